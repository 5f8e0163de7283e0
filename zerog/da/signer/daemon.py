"""Signers of a home, each on a port of its own.

`python -m zerog.da.signer --home HOME --names signer-1,signer-2 [--port 34000 | --ports A,B]`

An operator runs one; the stack of one machine runs all of its signers in one process. What one
signer keeps and signs is decided by its own keys and folder alone, as if it were by itself.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zerog import logs
from zerog.config import Settings
from zerog.da.grpcserver import Server
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.onchain.seats import Seat, open_seat
from zerog.da.onchain.views import UploadLog, open_desk
from zerog.da.rpcs import LIMITS
from zerog.da.serving import EndOrder, IdleMemory, refuse, run_beside, stop_all
from zerog.da.signer_api import SignerApi
from zerog.errors import UsageError, ZerogError

FIRST_PORT: Final = 34000
FOLLOW_SECONDS: Final = 1.0
"""Announcements are followed while nobody asks, so that who asks does not wait for a backlog."""
log = logging.getLogger(__name__)


class BadSigners(UsageError):
    """The names or ports on the command line do not fit together."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"bad signers: {reason}", "as in: --names signer-1,signer-2 --port 34000")


@dataclass(frozen=True, slots=True)
class Options:
    """Which signers serve, and where. ports: by name; 0 for a free one."""

    ports: Mapping[str, int]
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Signers:
    """Signers that are ready to serve."""

    servers: Mapping[str, Server]
    uploads: UploadLog
    options: Options
    memory: IdleMemory = field(default_factory=IdleMemory)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; raises PortTaken."""
        order = EndOrder()
        try:
            for name, server in self.servers.items():
                port = server.start(self.options.host, self.options.ports[name])
                log.info("%s serves on %s:%d", name, self.options.host, port)
            run_beside(order, self._look, FOLLOW_SECONDS)
        finally:
            stop_all(list(self.servers.values()))

    def _look(self) -> None:
        self.uploads.follow()
        self.memory.look()


def open_signers(settings: Settings, options: Options) -> Signers:
    """Open the keys and rows of signers, and what they know of the chain.

    Raises NoDaHere, NoSuchKey and what opening a key raises, BadRegistry, ChainUnreachable,
    WrongChain.
    """
    network = DaNetwork.open(settings)
    chain_id = network.chain.chain_id()
    uploads, quorums = UploadLog(network), QuorumBook(network, final=True)

    def serve(seat: Seat) -> Server:
        desk = open_desk(network, seat, uploads, quorums)
        api = SignerApi(desk, network.entrance_bytes, network.profile())
        return Server([api.service()], LIMITS["signer"])

    seats = [open_seat(settings.home, chain_id, name) for name in options.ports]
    return Signers({seat.name: serve(seat) for seat in seats}, uploads, options)


def ports_of(names: Sequence[str], port: int, ports: Sequence[int]) -> Mapping[str, int]:
    """The port of each name: as `ports` lists them, else from `port` on; raises BadSigners."""
    if not names or len(set(names)) != len(names):
        raise BadSigners("each name once, and at least one")
    chosen = ports or range(port, port + len(names))
    if len(chosen) != len(names):
        raise BadSigners(f"{len(chosen)} ports for {len(names)} names")
    return dict(zip(names, chosen, strict=True))


def numbers(text: str) -> list[int]:
    """Ports, comma separated."""
    return [int(part) for part in text.split(",")]


def options_of(parser: argparse.ArgumentParser) -> tuple[Path, Options]:
    """Home and options from the command line; raises BadSigners."""
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--names", required=True, help="signers of this home, comma separated")
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="of the first; then the next")
    parser.add_argument("--ports", type=numbers, default=[], help="one for each name instead")
    chosen = parser.parse_args()
    names = [name.strip() for name in chosen.names.split(",") if name.strip()]
    return chosen.home, Options(ports_of(names, chosen.port, chosen.ports), chosen.host)


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-da-signer", description="0G DA signers")
    try:
        home, options = options_of(parser)
        logs.set_up()
        open_signers(Settings.load(home), options).run()
    except ZerogError as error:
        refuse(parser, error)
