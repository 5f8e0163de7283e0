"""Which processes make a stack, with which commands and ports: data only."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from zerog.config import NODE_ADMIN_URLS, NODE_URLS, VARIABLES

HOST: Final = "127.0.0.1"
CHAIN_ID: Final = 31337
KEPT_STATES: Final = 50
"""States that anvil keeps for reads at a past block; more make a Prague chain slow."""


class Probe(StrEnum):
    """How the health of a part is seen."""

    CHAIN = "chain"  # eth_blockNumber
    BROKER = "broker"  # PING
    HTTP = "http"  # GET /health
    LOG = "log"  # a line that the process writes when it is ready


Ports = Mapping[str, int]
"""The loopback ports of one stack, by part name (`node-admin`: the admin port of `node`)."""
Endpoints = Mapping[str, str]
"""Where the parts of one stack answer, by the same names."""

FIXED_PORTS: Final[Ports] = {
    "chain": 8545,
    "broker": 6399,
    "node": 5678,
    "node-admin": 5679,
    "indexer": 12345,
    "kv": 6789,
    "oracle": 7857,
}
PART_NAMES: Final = (
    *("chain", "broker", "node", "indexer", "kv", "oracle"),
    *("worker", "oracle-worker", "beat"),
)
"""The processes of the smallest stack, in the order of starting."""
NODE_STEP: Final = 10
"""From the ports of one storage node to those of the next."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a stack is: its storage nodes, and whether it mines."""

    nodes: int = 1
    mine: bool = False

    def node_names(self) -> list[str]:
        """`node`, `node-2`, ..."""
        return ["node", *(f"node-{number}" for number in range(2, self.nodes + 1))]

    @classmethod
    def of(cls, parts: Collection[str]) -> Shape:
        """The shape that has these parts."""
        nodes = sum(is_node(name) for name in parts)
        return cls(max(1, nodes), "miner" in parts)


def is_node(name: str) -> bool:
    """Whether a part is a storage node."""
    return re.fullmatch(r"node(-[0-9]+)?", name) is not None


def default_ports(shape: Shape) -> dict[str, int]:
    """The documented ports; each further storage node has those of the one before plus ten."""
    found = dict(FIXED_PORTS)
    for number, name in enumerate(shape.node_names()):
        found[name] = FIXED_PORTS["node"] + NODE_STEP * number
        found[f"{name}-admin"] = FIXED_PORTS["node-admin"] + NODE_STEP * number
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the stack, or (command empty) one that runs elsewhere."""

    name: str
    probe: Probe
    endpoint: str | None = None
    command: tuple[str, ...] = ()
    ready_line: str = ""
    needs: tuple[str, ...] = ()

    @property
    def external(self) -> bool:
        """Whether it runs elsewhere and is only used."""
        return not self.command


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs that the embedded parts are."""

    python: str
    anvil: str
    broker: str


@dataclass(frozen=True, slots=True)
class StackPlan:
    """A whole stack; `parts` in the order of starting."""

    home: Path
    ports: Ports
    endpoints: Endpoints
    parts: tuple[Part, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def local_ports(self) -> dict[str, int]:
        """The ports that processes of this stack will listen on, by part name."""
        own = {part.name for part in self.parts if not part.external}
        return {
            name: port for name, port in self.ports.items() if name.removesuffix("-admin") in own
        }


def stop_order(names: Collection[str]) -> list[list[str]]:
    """Stages of stopping; the names within one stop together: who asks before who answers."""
    stages = (
        ("beat", "worker", "oracle-worker", "miner"),
        ("oracle", "indexer", "kv"),
        tuple(name for name in names if is_node(name)),
        ("broker", "chain"),
    )
    return [[name for name in stage if name in names] for stage in stages]


def chosen_endpoints(ports: Ports, external: Mapping[str, str]) -> dict[str, str]:
    """The URL of each part: the external one where there is one, else on loopback."""
    own = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    own["broker"] = f"redis://{HOST}:{ports['broker']}/0"
    return {**own, **external}


def make_plan(
    home: Path,
    ports: Ports,
    binaries: Binaries,
    external: Mapping[str, str],
    shape: Shape | None = None,
) -> StackPlan:
    """The stack of `home`; a shape is one node and no miner unless given.

    external: URLs, by part name, of parts that run elsewhere; they are used, not started.
    """
    size = shape or Shape()
    if "node" in external:
        size = replace(size, nodes=1)  # further nodes are the business of whoever runs the first
    urls = chosen_endpoints(ports, external)
    nodes = size.node_names()
    makers = (
        *_networks(home, ports, binaries, size.mine),
        *_storage(home, ports, binaries.python, [urls[name] for name in nodes], nodes),
        *_services(home, ports, binaries.python),
        *(_miner(binaries.python) if size.mine else ()),
    )
    parts = []
    for part in makers:
        if part.name == "oracle-worker" and "oracle" in external:
            continue  # the key is where the oracle is
        command = () if part.name in external else part.command
        parts.append(replace(part, endpoint=urls.get(part.name), command=command))
    environment = _environment(home, urls, external, nodes, size.mine)
    return StackPlan(home, ports, urls, tuple(parts), environment)


def _environment(
    home: Path,
    urls: Endpoints,
    external: Mapping[str, str],
    nodes: Sequence[str],
    mine: bool,
) -> dict[str, str]:
    """What every process of the stack is told.

    External URLs reach the children as they reached us: by the inherited environment.
    """
    found = {VARIABLES[name]: urls[name] for name in VARIABLES if name not in external}
    if "node" not in external:
        found[NODE_URLS] = ",".join(urls[name] for name in nodes)
        found[NODE_ADMIN_URLS] = ",".join(urls[f"{name}-admin"] for name in nodes)
    if mine:
        found["ZEROG_MINE"] = "1"
    return found | {"ZEROG_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def _networks(home: Path, ports: Ports, binaries: Binaries, mine: bool) -> tuple[Part, ...]:
    return (
        Part("chain", Probe.CHAIN, command=anvil_command(binaries.anvil, ports["chain"], mine)),
        Part(
            "broker",
            Probe.BROKER,
            command=broker_command(binaries.broker, ports["broker"], home / "broker"),
        ),
    )


def _storage(
    home: Path, ports: Ports, python: str, urls: Sequence[str], names: Sequence[str]
) -> tuple[Part, ...]:
    """The storage nodes, each with the others as peers; the indexer that lists them; the KV."""

    def daemon(name: str, module: str, *more: str) -> Part:
        command = (python, "-m", module, "--home", str(home), "--port", str(ports[name]), *more)
        return Part(name, Probe.HTTP, None, command, "", ("chain",))

    def node(name: str, url: str) -> Part:
        admin = ("--admin-port", str(ports[f"{name}-admin"]))
        data = () if name == "node" else ("--data", str(home / name))
        others = ",".join(other for other in urls if other != url)
        peers = ("--peers", others) if others else ()
        return daemon(name, "zerog.storage.node", *admin, *data, *peers)

    return (
        *(node(name, url) for name, url in zip(names, urls, strict=True)),
        daemon("indexer", "zerog.storage.indexer"),
        daemon("kv", "zerog.storage.kv"),
    )


def _services(home: Path, ports: Ports, python: str) -> tuple[Part, ...]:
    both = ("chain", "broker")
    port = str(ports["oracle"])
    oracle = (python, "-m", "zerog.inft.oracle", "--home", str(home), "--port", port)
    ticker = ("beat", "-l", "INFO", "-s", str(home / "run" / "beat"), "--pidfile=")
    return (
        Part("oracle", Probe.HTTP, None, oracle, "", both),
        _worker(python, "worker", "default", "-c", "2"),
        _worker(python, "oracle-worker", "oracle", "-P", "solo"),
        Part("beat", Probe.LOG, None, (*_celery(python), *ticker), "beat: Starting", both),
    )


def _miner(python: str) -> tuple[Part, ...]:
    return (_worker(python, "miner", "mining", "-c", "1"),)


def _worker(python: str, name: str, queue: str, *pool: str) -> Part:
    command = (*_celery(python), *worker_arguments(name, queue, pool))
    return Part(name, Probe.LOG, None, command, " ready.", ("chain", "broker"))


def _celery(python: str) -> tuple[str, ...]:
    return (python, "-m", "celery", "-A", "workers.app")


def worker_arguments(name: str, queue: str, pool: tuple[str, ...]) -> tuple[str, ...]:
    """Celery's arguments for one worker.

    Gossip and mingle only serve clusters that schedule among themselves, and cost a second.
    """
    quiet = ("--without-gossip", "--without-mingle")
    return ("worker", "-n", f"{name}@%h", "-Q", queue, "-l", "INFO", *pool, *quiet)


def anvil_command(binary: str, port: int, mine: bool = False) -> tuple[str, ...]:
    """anvil as the devnet runs it, with its well-known accounts; a saved state comes on top.

    mine: a block each second besides those of transactions, for miners wait for blocks.
    """
    ticking = ("--block-time", "1", "--mixed-mining") if mine else ()
    return (
        binary,
        *("--host", HOST),
        *("--port", str(port)),
        *("--chain-id", str(CHAIN_ID)),
        *("--hardfork", "prague"),
        *("--prune-history", str(KEPT_STATES)),
        "--no-request-size-limit",
        "--quiet",
        *ticking,
    )


def broker_command(binary: str, port: int, data: Path) -> tuple[str, ...]:
    """The embedded broker: append-only file, loopback only."""
    return (
        binary,
        *("--port", str(port)),
        *("--bind", HOST),
        *("--save", ""),
        *("--appendonly", "yes"),
        *("--appendfsync", "everysec"),
        *("--dir", str(data)),
    )


def host_port(url: str) -> tuple[str, int]:
    """Host and port of a URL; without a port, that of its scheme."""
    parts = urlsplit(url)
    known = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "https": 443}
    default = known.get(parts.scheme, 80)
    return parts.hostname or HOST, parts.port or default
