"""One frozen object with everything that a process must be told.

The environment wins over HOME/registry.json, which wins over the defaults of a local stack.
Every variable NAME may be given as NAME_FILE instead, the path of a file with the value, so
that a URL with a password in it never shows in a process list.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zerog.errors import UsageError

DEVNET_CHAIN_IDS = frozenset({31337, 1337})
"""Chains on which plaintext keys and simulated attestations are allowed."""

DEFAULT_CHAIN_ID = 31337
PUBLIC_FINALITY_DEPTH = 5
DEFAULTS: Mapping[str, str] = {
    "chain": "http://127.0.0.1:8545",
    "broker": "redis://127.0.0.1:6399/0",
    "indexer": "http://127.0.0.1:12345",
    "node": "http://127.0.0.1:5678",
    "oracle": "http://127.0.0.1:7857",
    "kv": "http://127.0.0.1:6789",
}
VARIABLES: Mapping[str, str] = {
    "chain": "ZEROG_RPC_URL",
    "broker": "ZEROG_BROKER_URL",
    "indexer": "ZEROG_INDEXER_URL",
    "node": "ZEROG_NODE_URL",
    "oracle": "ZEROG_ORACLE_URL",
    "kv": "ZEROG_KV_URL",
}
"""Endpoint name in registry.json (the process name) -> its environment variable."""
ROOM_VARIABLES: Mapping[str, str] = {
    "committee": "ZEROG_COMMITTEE_URL",
    "attestor": "ZEROG_ATTESTOR_URL",
    "gallery": "ZEROG_GALLERY_URL",
    "alt-da": "ZEROG_ALT_DA_URL",
    "disperser": "ZEROG_DA_URL",
}
"""As VARIABLES, for parts that a stack need not have."""
ELSEWHERE: Mapping[str, str] = {**VARIABLES, "disperser": ROOM_VARIABLES["disperser"]}
"""The parts that a stack can use where they run already."""
DISPERSER: str = "127.0.0.1:51001"
"""host:port of a disperser's gRPC, unless something else is said."""
NODE_URLS = "ZEROG_NODE_URLS"
NODE_ADMIN_URLS = "ZEROG_NODE_ADMIN_URLS"
"""Storage nodes of a stack with several, comma separated; the first one is ZEROG_NODE_URL's."""


DA_RETENTION = "ZEROG_DA_RETENTION_SECONDS"
DA_RETENTION_SECONDS: int = 30 * 86400
"""As 0G's disperser keeps blobs that ended (time-to-expire)."""
DA_RETENTION_BOUNDS = (3600, 10 * 365 * 86400)
"""Below, a client may find its request forgotten before it looked what became of it."""


class BadSetting(UsageError):
    """A variable or a registry value cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"{name} {reason}", f"correct {name}")


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Where everything is. URLs may hold passwords: repr hides them.

    node_urls: every storage node, node_url the first; node_admin_urls: their admin ports, in the
    same order, empty where a node runs elsewhere. da_url: host:port of the disperser's gRPC.
    da_retention_s: how long a disperser keeps rows and bytes of blobs that ended.
    """

    home: Path
    rpc_url: str
    broker_url: str
    indexer_url: str
    node_url: str
    oracle_url: str
    chain_id: int
    finality_depth: int
    kv_url: str = DEFAULTS["kv"]
    node_urls: tuple[str, ...] = ()
    node_admin_urls: tuple[str, ...] = ()
    da_url: str = DISPERSER
    da_retention_s: int = DA_RETENTION_SECONDS

    @classmethod
    def load(cls, home: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings of `home` (else ZEROG_HOME, else ~/.zerog).

        env: os.environ when None. Raises BadSetting.
        """
        found = os.environ if env is None else env
        place = default_home(found) if home is None else home
        document = _read_registry(place)
        urls = document.get("endpoints", {})
        if not isinstance(urls, dict):
            raise BadSetting("registry.json", "has endpoints that are no object")
        chosen = {
            name: variable(VARIABLES[name], found) or str(urls.get(name, fallback))
            for name, fallback in DEFAULTS.items()
        }
        saved_id = str(document.get("chainId", DEFAULT_CHAIN_ID))
        chain_id = _integer("ZEROG_CHAIN_ID", variable("ZEROG_CHAIN_ID", found) or saved_id)
        depth = 0 if chain_id in DEVNET_CHAIN_IDS else PUBLIC_FINALITY_DEPTH
        given = variable("ZEROG_FINALITY_DEPTH", found)
        nodes, admins = _nodes(found, urls, chosen["node"])
        return cls(
            home=place,
            rpc_url=chosen["chain"],
            broker_url=chosen["broker"],
            indexer_url=chosen["indexer"],
            node_url=chosen["node"],
            oracle_url=chosen["oracle"],
            chain_id=chain_id,
            finality_depth=depth if given is None else _integer("ZEROG_FINALITY_DEPTH", given),
            kv_url=chosen["kv"],
            node_urls=nodes,
            node_admin_urls=admins,
            da_url=variable(ELSEWHERE["disperser"], found) or str(urls.get("disperser", DISPERSER)),
            da_retention_s=_retention(found),
        )

    def __repr__(self) -> str:
        urls = (self.rpc_url, self.broker_url, self.indexer_url, self.node_url, self.oracle_url)
        shown = ", ".join(redact_url(url) for url in urls)
        return f"Settings({str(self.home)!r}, chain {self.chain_id}, {shown})"


def default_home(env: Mapping[str, str]) -> Path:
    """ZEROG_HOME, else ~/.zerog."""
    given = env.get("ZEROG_HOME")
    return Path(given).expanduser() if given else Path.home() / ".zerog"


def variable(name: str, env: Mapping[str, str]) -> str | None:
    """The value of NAME, or the content of the file that NAME_FILE names; None when unset.

    Raises BadSetting when both are set or the file cannot be read.
    """
    value, file = env.get(name), env.get(f"{name}_FILE")
    if value and file:
        raise BadSetting(name, f"is given twice, also as {name}_FILE")
    if not file:
        return value or None
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{name}_FILE", f"cannot be read ({type(error).__name__})") from error


def redact_url(url: str) -> str:
    """The URL, or each in a text, without user, password and query, for logs and messages."""
    bare = re.sub(r"//[^/@\s]*@", "//***@", url)
    return re.sub(r"\?\S*", "?***", bare)


def _integer(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", value):
        raise BadSetting(name, f"is {value!r}, not a whole number")
    return int(value)


def _retention(env: Mapping[str, str]) -> int:
    seconds = _integer(DA_RETENTION, variable(DA_RETENTION, env) or str(DA_RETENTION_SECONDS))
    least, most = DA_RETENTION_BOUNDS
    if not least <= seconds <= most:
        raise BadSetting(DA_RETENTION, f"is {seconds}, not {least} to {most} seconds")
    return seconds


def node_lists(endpoints: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The storage nodes of a registry and their admin ports: node, node-2, ... in that order."""
    nodes = [name for name in endpoints if re.fullmatch(r"node(-[0-9]+)?", name)]
    admins = [name for name in endpoints if re.fullmatch(r"node(-[0-9]+)?-admin", name)]
    return (
        tuple(str(endpoints[name]) for name in sorted(nodes, key=_node_number)),
        tuple(str(endpoints[name]) for name in sorted(admins, key=_node_number)),
    )


def _node_number(name: str) -> int:
    """1 for `node` and `node-admin`, 2 for `node-2`."""
    found = re.search(r"[0-9]+", name)
    return int(found[0]) if found else 1


def _nodes(
    env: Mapping[str, str], endpoints: Mapping[str, object], first: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(URLs, admin URLs): what the environment names is all there is."""
    urls, admins = _listed(NODE_URLS, env), _listed(NODE_ADMIN_URLS, env)
    if urls or variable(VARIABLES["node"], env):
        return urls or (first,), admins
    known, ports = node_lists(endpoints)
    return known or (first,), admins or ports


def _listed(name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    given = variable(name, env) or ""
    return tuple(filter(None, (url.strip() for url in given.split(","))))


def _read_registry(home: Path) -> dict[str, object]:
    path = home / "registry.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadSetting(str(path), f"cannot be read ({type(error).__name__})") from error
    if not isinstance(document, dict):
        raise BadSetting(str(path), "is no JSON object")
    return document
