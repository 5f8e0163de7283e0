"""Which processes make a stack, with which commands and ports: data only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from zerog.config import NODE_ADMIN_URLS, NODE_URLS, ROOM_VARIABLES, VARIABLES
from zerog.devnet.commands import (
    MALLOC,
    anvil_command,
    broker_command,
    celery,
    daemon,
    worker_arguments,
)
from zerog.devnet.shape import HOST, Ports, Shape, is_member, is_node, is_signer

BOTH: Final = ("chain", "broker")
DISPERSER_QUEUES, SIGNER_QUEUE = ("da", "da-encode"), "da-signer"
DA_THREADS: Final = 8
SIGNER_PORTS: Final = "ZEROG_DA_SIGNER_PORTS"
"""Of the signers of this stack, comma separated, in the order of their names."""


class Probe(StrEnum):
    """How the health of a part is seen."""

    CHAIN = "chain"  # eth_blockNumber
    BROKER = "broker"  # PING
    HTTP = "http"  # GET /health
    GRPC = "grpc"  # grpc.health.v1
    LOG = "log"  # a line that the process writes when it is ready


Endpoints = Mapping[str, str]
"""Where the parts of one stack answer, by part name."""


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
        return {name: port for name, port in self.ports.items() if part_of(name) in own}


def part_of(port: str) -> str:
    """The part that listens on a port of this name."""
    return "signers" if is_signer(port) else port.removesuffix("-admin")


def stop_order(names: Collection[str]) -> list[list[str]]:
    """Stages of stopping; the names within one stop together: who asks before who answers."""
    stages = (
        (
            *("beat", "worker", "oracle-worker", "da-worker", "miner", "relay", "alt-da"),
            *(name for name in names if is_member(name)),
        ),
        ("gallery", "attestor", "committee", "oracle", "indexer", "kv", "disperser"),
        ("signers", *(name for name in names if is_node(name))),
        ("broker", "chain"),
    )
    return [[name for name in stage if name in names] for stage in stages]


def chosen_endpoints(ports: Ports, external: Mapping[str, str]) -> dict[str, str]:
    """The URL of each part: the external one where there is one, else on loopback.

    gRPC has no URL: disperser and signers are host:port, and `signers` is where the first answers.
    """
    own = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    own["broker"] = f"redis://{HOST}:{ports['broker']}/0"
    own |= {
        name: f"{HOST}:{port}"
        for name, port in ports.items()
        if name == "disperser" or is_signer(name)
    }
    if "signer-1" in own:
        own["signers"] = own["signer-1"]
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
        *_rooms(home, ports, binaries.python, size),
        *_availability(home, ports, binaries.python, size, "disperser" in external),
    )
    parts = []
    for part in makers:
        if part.name == "oracle-worker" and "oracle" in external:
            continue  # the key is where the oracle is
        command = () if part.name in external else part.command
        parts.append(replace(part, endpoint=urls.get(part.name), command=command))
    environment = _environment(home, urls, external, nodes, size, ports)
    return StackPlan(home, ports, urls, tuple(parts), environment)


def _environment(
    home: Path,
    urls: Endpoints,
    external: Mapping[str, str],
    nodes: Sequence[str],
    shape: Shape,
    ports: Ports,
) -> dict[str, str]:
    """What every process of the stack is told.

    External URLs reach the children as they reached us: by the inherited environment.
    """
    found = {VARIABLES[name]: urls[name] for name in VARIABLES if name not in external}
    if "node" not in external:
        found[NODE_URLS] = ",".join(urls[name] for name in nodes)
        found[NODE_ADMIN_URLS] = ",".join(urls[f"{name}-admin"] for name in nodes)
    rooms = {name: given for name, given in ROOM_VARIABLES.items() if name not in external}
    found |= {variable: urls[name] for name, variable in rooms.items() if name in urls}
    if shape.signers:
        found[SIGNER_PORTS] = ",".join(str(ports[name]) for name in shape.signer_names())
    for variable, wanted in schedule_variables(shape, "disperser" in external).items():
        if wanted:
            found[variable] = str(int(wanted))
    return found | {"ZEROG_HOME": str(home), "PYTHONUNBUFFERED": "1", **MALLOC}


def schedule_variables(shape: Shape, elsewhere: bool) -> Mapping[str, int]:
    """What the shape tells beat (workers/schedule.py) and the provisioning.

    elsewhere: the disperser; nobody here would take its messages.
    """
    return {
        "ZEROG_MINE": shape.mine,
        "ZEROG_COMMITTEE": shape.committee,
        "ZEROG_RELAY": shape.relay,
        "ZEROG_DA_SIGNERS": shape.signers,
        "ZEROG_DA_DISPERSER": bool(shape.signers) and not elsewhere,
    }


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

    def node(name: str, url: str) -> Part:
        admin = ("--admin-port", str(ports[f"{name}-admin"]))
        data = () if name == "node" else ("--data", str(home / name))
        others = ",".join(other for other in urls if other != url)
        peers = ("--peers", others) if others else ()
        more = (*admin, *data, *peers)
        return _daemon(name, daemon(python, "zerog.storage.node", home, ports[name], *more))

    return (
        *(node(name, url) for name, url in zip(names, urls, strict=True)),
        _daemon("indexer", daemon(python, "zerog.storage.indexer", home, ports["indexer"])),
        _daemon("kv", daemon(python, "zerog.storage.kv", home, ports["kv"])),
    )


def _services(home: Path, ports: Ports, python: str) -> tuple[Part, ...]:
    oracle = daemon(python, "zerog.inft.oracle", home, ports["oracle"])
    ticker = ("beat", "-l", "INFO", "-s", str(home / "run" / "beat"), "--pidfile=")
    return (
        _daemon("oracle", oracle, "chain", "broker"),
        _worker(python, "worker", "default", "-c", "2"),
        _worker(python, "oracle-worker", "oracle", "-P", "solo"),
        Part("beat", Probe.LOG, None, (*celery(python), *ticker), "beat: Starting", BOTH),
    )


def _rooms(home: Path, ports: Ports, python: str, shape: Shape) -> Iterator[Part]:
    """What only some stacks have. The names of members are those of their queues."""
    if shape.mine:
        yield _worker(python, "miner", "mining", "-c", "1")
    if shape.relay:
        yield _worker(python, "relay", "relay", "-P", "solo")
    if shape.committee:
        board = daemon(python, "zerog.inft.committee", home, ports["committee"])
        yield _daemon("committee", board)
    for name in shape.member_names():
        yield _worker(python, name, name, "-P", "solo")
    if shape.agentic:
        attestor = daemon(python, "zerog.inft.agentic", home, ports["attestor"])
        yield _daemon("attestor", attestor)
    if shape.gallery:
        yield _daemon("gallery", daemon(python, "zerog.gallery", home, ports["gallery"]))


def _availability(
    home: Path, ports: Ports, python: str, shape: Shape, elsewhere: bool
) -> Iterator[Part]:
    """Data availability. elsewhere: the disperser, and with it the rows that its jobs move."""
    names = shape.signer_names()
    if names:
        yield from _signers(home, ports, python, names, elsewhere)
    if shape.alt_da:
        needs = ("chain", "disperser") if names else ("chain",)
        yield _daemon("alt-da", daemon(python, "zerog.da.altda", home, ports["alt-da"]), *needs)


def _signers(
    home: Path, ports: Ports, python: str, names: Sequence[str], elsewhere: bool
) -> Iterator[Part]:
    """One process serves all signers of this home, one worker does all jobs.

    Threads are enough for the worker: its jobs wait, for the chain and for signers, or encode in
    native code. There are enough of them that the steps of a disperser, of which it runs some at
    once (workers/da.py), leave some to the duties of the signers.
    """
    own = (*("--names", ",".join(names)), "--ports", ",".join(str(ports[name]) for name in names))
    signers = (python, "-m", "zerog.da.signer", "--home", str(home), *own)
    disperser = daemon(python, "zerog.da.disperser", home, ports["disperser"])
    yield Part("signers", Probe.GRPC, None, signers, "", ("chain",))
    yield Part("disperser", Probe.GRPC, None, disperser, "", BOTH)
    queues = (*(() if elsewhere else DISPERSER_QUEUES), SIGNER_QUEUE)
    yield _worker(python, "da-worker", ",".join(queues), "-P", "threads", "-c", str(DA_THREADS))


def _daemon(name: str, command: tuple[str, ...], *needs: str) -> Part:
    return Part(name, Probe.HTTP, None, command, "", needs or ("chain",))


def _worker(python: str, name: str, queue: str, *pool: str) -> Part:
    command = (*celery(python), *worker_arguments(name, queue, pool))
    return Part(name, Probe.LOG, None, command, " ready.", BOTH)


def host_port(url: str) -> tuple[str, int]:
    """Host and port of a URL; without a port, that of its scheme."""
    parts = urlsplit(url)
    known = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "https": 443}
    default = known.get(parts.scheme, 80)
    return parts.hostname or HOST, parts.port or default
