"""The disperser's daemon: takes blobs, says what became of them, and gives them back.

`python -m zerog.da.disperser --home HOME [--port 51001] [--writes N] [--reads N]`

Disperser, retriever and encoder on one port. It moves nothing itself: workers do, and find what
it took in the rows and the bytes that they share with it.
"""

from __future__ import annotations

import argparse
import logging
import os
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from zerog import logs
from zerog.config import Settings
from zerog.da.collector import Collector
from zerog.da.disperser.bytestore import BadStoreUrl
from zerog.da.disperser.places import (
    ROWS,
    InBackground,
    blob_store,
    byte_store,
    folder_of,
    waker,
)
from zerog.da.disperser.storewatch import LOOK_SECONDS, Adopted, StoreAway, StoreWatch
from zerog.da.disperser_api import DisperserApi
from zerog.da.grpcserver import Server
from zerog.da.intake import Intake
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.ratelimit import RateLimit
from zerog.da.rpcs import DISPERSER, LIMITS
from zerog.da.serving import EndOrder, IdleMemory, refuse, run_beside, stop_all
from zerog.da.signer_api import EncoderApi, RetrieverApi
from zerog.errors import NotFound, ZerogError
from zerog.jobs import load_jobs

PORT: Final = 51001
TIDY_SECONDS: Final = 5.0
log = logging.getLogger(__name__)


class NoDisperser(NotFound):
    """A home in which no disperser ever was."""

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(f"there is no disperser's home at {home}", "correct --home")


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
        looked = threading.Event()

        def look() -> None:
            try:
                self.tell_health()
            finally:
                looked.set()

        def tend() -> None:
            memory.look()
            self.tell_silence()

        # A store that does not answer takes a minute to be given up, and neither the port nor the
        # end waits for that.
        self.server.serves(DISPERSER, False)
        watch = partial(run_beside, order, look, TIDY_SECONDS, first_s=0)
        threading.Thread(target=watch, name="store", daemon=True).start()
        try:
            looked.wait(LOOK_SECONDS)
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

    def tell_silence(self) -> None:
        """Nor is it while the store does not say whether it is there."""
        try:
            self.intake.watch.require_known()
        except StoreAway:
            self.server.serves(DISPERSER, False)


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
    intake = Intake(rows, files, wake, profile, watched=True)
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


def adopt_store(home: Path, named: str) -> Adopted:
    """Take the store at its place as this home's.

    A disperser that runs on the home sees it within seconds. Raises NoDisperser, BadStoreUrl,
    OtherMark, StoreUnreachable.
    """
    if not (folder_of(home) / ROWS).is_file():
        raise NoDisperser(home)
    files = byte_store(home, os.environ)
    if not files.exists():
        raise BadStoreUrl(files.place, f"there is no folder {files.place}")
    return StoreWatch(blob_store(home), files).adopt(named)


def _limit(per_minute: int | None, text: str) -> RateLimit | None:
    return None if per_minute is None else RateLimit(per_minute, text)


def options_of(parser: argparse.ArgumentParser) -> tuple[Path, Options, str | None]:
    """Home, options, and the mark of a store that is only to be adopted, from the command line."""
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--writes", type=int, help="blobs a minute from one client at most")
    parser.add_argument("--reads", type=int, help="reads a minute from one client at most")
    parser.add_argument(
        "--adopt-store",
        nargs="?",
        const="",
        metavar="MARK",
        help="take the store of bytes that is there, and end; MARK: if it has one",
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
        if adopting is not None:
            made = adopt_store(home, adopting)
            log.warning("the store of bytes is that at %s, marked %s", made.place, made.identity)
            if made.strangers:
                log.warning("%d objects in it have no row here and will go", made.strangers)
            return
        open_disperser(Settings.load(home), options).run()
    except ZerogError as error:
        refuse(parser, error)
