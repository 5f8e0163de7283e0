"""The disperser's daemon: takes blobs, says what became of them, and gives them back.

`python -m zerog.da.disperser --home HOME [--port 51001] [--writes N] [--reads N]`

Disperser, retriever and encoder on one port. It moves nothing itself: workers do, and find what
it took in the rows and the bytes that they share with it.
"""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog import logs
from zerog.config import Settings
from zerog.da.collector import Collector
from zerog.da.disperser.places import InBackground, blob_store, byte_store, waker
from zerog.da.disperser_api import DisperserApi
from zerog.da.grpcserver import Server
from zerog.da.intake import Intake
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.ratelimit import RateLimit
from zerog.da.rpcs import LIMITS
from zerog.da.serving import EndOrder, IdleMemory, refuse, run_beside, stop_all
from zerog.da.signer_api import EncoderApi, RetrieverApi
from zerog.errors import ZerogError
from zerog.jobs import load_jobs

PORT: Final = 51001
TIDY_SECONDS: Final = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """Where a disperser serves. writes, reads: of one client in a minute; None: no limit."""

    port: int = PORT
    host: str = "127.0.0.1"
    writes: int | None = None
    reads: int | None = None


@dataclass(frozen=True, slots=True)
class Daemon:
    """A disperser that is ready to serve."""

    server: Server
    options: Options

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; raises PortTaken."""
        order = EndOrder()
        try:
            port = self.server.start(self.options.host, self.options.port)
            log.info("the disperser serves on %s:%d", self.options.host, port)
            run_beside(order, IdleMemory().look, TIDY_SECONDS)
        finally:
            stop_all([self.server])


def open_disperser(settings: Settings, options: Options) -> Daemon:
    """Open rows and bytes, and what it knows of the chain.

    Raises NoDaHere, BadRegistry, BadStoreUrl, ChainUnreachable, WrongChain, NoSuchJobs.
    """
    network = DaNetwork.open(settings)
    profile, entrance = network.profile(), network.entrance_bytes
    chain_id = network.chain.chain_id()
    rows, files = blob_store(settings.home), byte_store(settings.home, os.environ)
    wake = InBackground(waker(load_jobs("celery", settings.broker_url), profile))
    collector = Collector(QuorumBook(network), chain_id, entrance, profile)
    disperser = DisperserApi(
        Intake(rows, files, wake, profile),
        rows,
        files,
        collector,
        writes=_limit(options.writes, "request ratelimited"),
        reads=_limit(options.reads, "request rate limited"),
    )
    services = [
        disperser.service(),
        RetrieverApi(collector).service(),
        EncoderApi(chain_id, entrance, profile).service(),
    ]
    return Daemon(Server(services, LIMITS["disperser"]), options)


def _limit(per_minute: int | None, text: str) -> RateLimit | None:
    return None if per_minute is None else RateLimit(per_minute, text)


def options_of(parser: argparse.ArgumentParser) -> tuple[Path, Options]:
    """Home and options from the command line."""
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--writes", type=int, help="blobs a minute from one client at most")
    parser.add_argument("--reads", type=int, help="reads a minute from one client at most")
    chosen = parser.parse_args()
    return chosen.home, Options(chosen.port, chosen.host, chosen.writes, chosen.reads)


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-disperser", description="0G DA disperser")
    try:
        home, options = options_of(parser)
        logs.set_up()
        open_disperser(Settings.load(home), options).run()
    except ZerogError as error:
        refuse(parser, error)
