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
from zerog.da.disperser.storewatch import StoreAway, StoreWatch
from zerog.da.disperser_api import DisperserApi
from zerog.da.grpcserver import Server
from zerog.da.intake import Intake
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.ratelimit import RateLimit
from zerog.da.rpcs import DISPERSER, LIMITS
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
    intake: Intake

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; raises PortTaken."""
        order, memory = EndOrder(), IdleMemory()

        def tend() -> None:
            memory.look()
            self.tell_health()

        try:
            self.tell_health()
            port = self.server.start(self.options.host, self.options.port)
            log.info("the disperser serves on %s:%d", self.options.host, port)
            run_beside(order, tend, TIDY_SECONDS)
        finally:
            stop_all([self.server])

    def tell_health(self) -> None:
        """The service is healthy while blobs are taken; the log of the store says why not."""
        try:
            self.intake.ready()
        except StoreAway:
            self.server.serves(DISPERSER, False)
        else:
            self.server.serves(DISPERSER, True)


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
    intake = Intake(rows, files, wake, profile)
    disperser = DisperserApi(
        intake,
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
    return Daemon(Server(services, LIMITS["disperser"]), options, intake)


def adopt_store(home: Path) -> str:
    """Take the store at its place as this home's; its mark. Raises BadStoreUrl, StoreUnreachable.

    A disperser that runs on the home sees it within seconds.
    """
    return StoreWatch(blob_store(home), byte_store(home, os.environ)).adopt()


def _limit(per_minute: int | None, text: str) -> RateLimit | None:
    return None if per_minute is None else RateLimit(per_minute, text)


def options_of(parser: argparse.ArgumentParser) -> tuple[Path, Options, bool]:
    """Home, options, and whether only the store is to be adopted, from the command line."""
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--writes", type=int, help="blobs a minute from one client at most")
    parser.add_argument("--reads", type=int, help="reads a minute from one client at most")
    parser.add_argument(
        "--adopt-store", action="store_true", help="take the store of bytes that is there, and end"
    )
    chosen = parser.parse_args()
    options = Options(chosen.port, chosen.host, chosen.writes, chosen.reads)
    return chosen.home, options, chosen.adopt_store


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-disperser", description="0G DA disperser")
    try:
        home, options, adopting = options_of(parser)
        logs.set_up()
        if adopting:
            log.warning("the store of bytes is that with the mark %s", adopt_store(home))
            return
        open_disperser(Settings.load(home), options).run()
    except ZerogError as error:
        refuse(parser, error)
