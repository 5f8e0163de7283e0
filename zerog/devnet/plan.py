"""Which processes make a stack, with which commands and ports: data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from zerog.config import VARIABLES

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


@dataclass(frozen=True, slots=True)
class Ports:
    """The loopback ports of one stack."""

    chain: int = 8545
    broker: int = 6399
    node: int = 5678
    indexer: int = 12345
    oracle: int = 7857

    def to_json(self) -> dict[str, int]:
        """By part name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the parts of one stack answer."""

    chain: str
    broker: str
    node: str
    indexer: str
    oracle: str

    def to_json(self) -> dict[str, str]:
        """By part name."""
        return asdict(self)


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
        chosen = self.ports.to_json()
        return {part.name: chosen[part.name] for part in self.parts if _listens(part, chosen)}


def _listens(part: Part, chosen: Mapping[str, int]) -> bool:
    return not part.external and part.name in chosen


STOP_ORDER: Final = (
    ("beat", "worker", "oracle-worker"),
    ("oracle", "indexer"),
    ("node",),
    ("broker", "chain"),
)
"""Stages of stopping; the names within one stop together."""


def chosen_endpoints(ports: Ports, external: Mapping[str, str]) -> Endpoints:
    """The URL of each part: the external one where there is one, else on loopback."""
    own = {name: f"http://{HOST}:{port}" for name, port in ports.to_json().items()}
    own["broker"] = f"redis://{HOST}:{ports.broker}/0"
    return Endpoints(**{**own, **external})


def make_plan(
    home: Path, ports: Ports, binaries: Binaries, external: Mapping[str, str]
) -> StackPlan:
    """The stack of `home`.

    external: URLs, by part name, of parts that run elsewhere; they are used, not started.
    """
    endpoints = chosen_endpoints(ports, external)
    urls = endpoints.to_json()
    parts = []
    for part in (*_networks(home, ports, binaries), *_services(home, ports, binaries.python)):
        if part.name == "oracle-worker" and "oracle" in external:
            continue  # the key is where the oracle is
        command = () if part.name in external else part.command
        parts.append(replace(part, endpoint=urls.get(part.name), command=command))
    # External URLs reach the children as they reached us: by the inherited environment.
    environment = {VARIABLES[name]: url for name, url in urls.items() if name not in external}
    environment |= {"ZEROG_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    return StackPlan(home, ports, endpoints, tuple(parts), environment)


def _networks(home: Path, ports: Ports, binaries: Binaries) -> tuple[Part, ...]:
    return (
        Part("chain", Probe.CHAIN, command=anvil_command(binaries.anvil, ports.chain)),
        Part(
            "broker",
            Probe.BROKER,
            command=broker_command(binaries.broker, ports.broker, home / "broker"),
        ),
    )


def _services(home: Path, ports: Ports, python: str) -> tuple[Part, ...]:
    def daemon(module: str, port: int) -> tuple[str, ...]:
        return (python, "-m", module, "--home", str(home), "--port", str(port))

    celery = (python, "-m", "celery", "-A", "workers.app")
    both = ("chain", "broker")
    return (
        Part("node", Probe.HTTP, None, daemon("zerog.storage.node", ports.node), "", ("chain",)),
        Part(
            "indexer",
            Probe.HTTP,
            None,
            daemon("zerog.storage.indexer", ports.indexer),
            "",
            ("chain",),
        ),
        Part("oracle", Probe.HTTP, None, daemon("zerog.inft.oracle", ports.oracle), "", both),
        Part(
            "worker",
            Probe.LOG,
            None,
            (*celery, *worker_arguments("worker", "default", ("-c", "2"))),
            " ready.",
            both,
        ),
        Part(
            "oracle-worker",
            Probe.LOG,
            None,
            (*celery, *worker_arguments("oracle-worker", "oracle", ("-P", "solo"))),
            " ready.",
            both,
        ),
        Part(
            "beat",
            Probe.LOG,
            None,
            (*celery, "beat", "-l", "INFO", "-s", str(home / "run" / "beat"), "--pidfile="),
            "beat: Starting",
            both,
        ),
    )


def worker_arguments(name: str, queue: str, pool: tuple[str, ...]) -> tuple[str, ...]:
    """Celery's arguments for one worker.

    Gossip and mingle only serve clusters that schedule among themselves, and cost a second.
    """
    quiet = ("--without-gossip", "--without-mingle")
    return ("worker", "-n", f"{name}@%h", "-Q", queue, "-l", "INFO", *pool, *quiet)


def anvil_command(binary: str, port: int) -> tuple[str, ...]:
    """anvil as the devnet runs it, with its well-known accounts; a saved state comes on top."""
    return (
        binary,
        *("--host", HOST),
        *("--port", str(port)),
        *("--chain-id", str(CHAIN_ID)),
        *("--hardfork", "prague"),
        *("--prune-history", str(KEPT_STATES)),
        "--no-request-size-limit",
        "--quiet",
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
