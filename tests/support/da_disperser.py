"""A disperser and its three signers on a test chain: real sockets, keys and contracts.

town = DisperserTown.build(anvil, home)
request = town.disperse(b"data")
town.work()                                      # everything that was asked for is done
town.row(request).stage
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.da_onchain import DaPlace, Terms
from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from zerog.config import Settings
from zerog.crypto.bn254 import G1, SecretKey
from zerog.da.collector import Collector
from zerog.da.desk import Desk
from zerog.da.disperser.encoded import make_encoded
from zerog.da.disperser.house import House, Pace
from zerog.da.disperser.moving import move, sweep
from zerog.da.disperser.places import waker
from zerog.da.grpcserver import Server
from zerog.da.intake import Intake
from zerog.da.onchain.founding import found
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.onchain.views import UploadLog, open_desk
from zerog.da.rpcs import MIB
from zerog.da.signer_api import SignerApi, SignerDesk
from zerog.da.status import Blob, Stage
from zerog.da.wire import RowsAsked, RowsGiven, SignOrder
from zerog.errors import Refused
from zerog.jobs import EncodeBlob, Job, MoveBlobs

SIGNERS = 3
QUICK = Pace(sign=60, retry=0.01, most=1, poll=0.01)
"""Signers get long: none of those that answer late on a busy machine is to be counted out."""


class NotNow(Refused):
    """A signer that does not want to."""

    def __init__(self) -> None:
        super().__init__("not this one")


@dataclass(slots=True)
class Mood:
    """A signer's desk, which may lie about its key, and refuse some blobs."""

    desk: Desk
    lies: bool = False
    refuses: set[bytes] = field(default_factory=set)

    def sign(self, orders: Sequence[SignOrder]) -> list[G1]:
        """As SignerDesk."""
        if any(order.data_root in self.refuses for order in orders):
            raise NotNow
        made = self.desk.sign(orders)
        return [SecretKey(5).sign(bytes(32)) for _ in made] if self.lies else made

    def rows(self, asked: RowsAsked) -> RowsGiven:
        """As SignerDesk."""
        return self.desk.rows(asked)


@dataclass(slots=True)
class Errands:
    """A broker in memory: what was asked for is done when somebody looks."""

    waiting: list[Job] = field(default_factory=list)

    def submit(self, job: Job) -> str:
        """As Jobs."""
        self.waiting.append(job)
        return "errand"


@dataclass(slots=True)
class DisperserTown:
    """The disperser, the signers with four rows of twelve each, and their chain."""

    place: DaPlace
    house: House
    intake: Intake
    errands: Errands
    ports: dict[str, int]
    moods: dict[str, Mood]
    servers: dict[str, Server] = field(default_factory=dict)

    @classmethod
    def build(cls, process: AnvilProcess, home: Path, pace: Pace = QUICK) -> DisperserTown:
        """Contracts, signers that serve, and the first epoch, which is a long one."""
        place = DaPlace.build(process, home, terms=Terms(epoch=100_000))
        ports = {f"signer-{number}": free_port() for number in range(1, SIGNERS + 1)}
        seats = found(place.network, SIGNERS, ports, 4)
        uploads, book = UploadLog(place.network), QuorumBook(place.network, final=True)
        moods = {seat.name: Mood(open_desk(place.network, seat, uploads, book)) for seat in seats}
        errands = Errands()
        house = replace(House.open(Settings.load(home), {}, errands), pace=pace)
        intake = Intake(house.rows, house.files, waker(errands, house.profile), house.profile)
        town = cls(place, house, intake, errands, ports, moods)
        town.open(*ports)
        return town

    # --------------------------------------------------------------- signers

    def open(self, *names: str) -> None:
        """Some signers serve."""
        for name in names:
            desk: SignerDesk = self.moods[name]
            api = SignerApi(desk, self.house.entrance, self.house.profile)
            self.servers[name] = Server([api.service()], MIB)
            self.servers[name].start("127.0.0.1", self.ports[name])

    def close(self, *names: str) -> None:
        """Some signers, or all, do not answer any more."""
        for name in names or tuple(self.servers):
            self.servers.pop(name).stop(0)

    def collect(self, blob: Blob) -> bytes:
        """What a reader gets, from the signers alone."""
        where = blob.assignment
        assert where is not None
        house = self.house
        book = QuorumBook(self.place.network)
        reader = Collector(
            book, house.chain_id, house.entrance, house.profile, PATIENCE_SECONDS, 0.5
        )
        return bytes(reader.collect(blob.data_root, where.epoch, where.quorum_id))

    @contextmanager
    def window(self, seconds: float) -> Iterator[None]:
        """Signers get only so long, for tests in which that runs out."""
        before = self.house
        self.house = replace(before, pace=replace(before.pace, sign=seconds))
        try:
            yield
        finally:
            self.house = before

    # ----------------------------------------------------------------- blobs

    def disperse(self, data: bytes) -> str:
        """Take a blob; its request."""
        return self.intake.take(data).request_id

    def row(self, request: str) -> Blob:
        """What became of it."""
        return self.house.rows.get(request)

    def stages(self, *requests: str) -> list[Stage]:
        """How far some requests are."""
        return [self.row(request).stage for request in requests]

    def work(self, until: Stage | None = None) -> None:
        """Do everything that is asked for, but no step that leaves `until`."""
        kept: list[Job] = []
        while self.errands.waiting:
            job = self.errands.waiting.pop(0)
            if isinstance(job, EncodeBlob):
                make_encoded(self.house.files, job.request_id, self.house.profile)
                self.errands.submit(MoveBlobs(Stage.ACCEPTED))
            elif isinstance(job, MoveBlobs) and job.stage != until:
                move(self.house, Stage(job.stage))
            else:
                kept.append(job)
        self.errands.waiting.extend(kept)

    def work_until(self, done: Callable[[], bool], what: str) -> None:
        """Work and sweep, as beat does, until something is so."""

        def look() -> bool:
            self.work()
            if not done():
                sweep(self.house)
            return done()

        wait_for(look, what)

    def finish(self, *requests: str) -> list[Blob]:
        """Work until some requests have ended; their rows."""
        ended = {Stage.FINALIZED, Stage.FAILED, Stage.INSUFFICIENT}
        self.work_until(lambda: ended.issuperset(self.stages(*requests)), "the end of all blobs")
        return [self.row(request) for request in requests]

    # ----------------------------------------------------------------- chain

    def events(self, name: str, data_root: bytes) -> int:
        """How many events of the entrance name a blob."""
        entrance, chain = self.place.network.entrance, self.place.network.chain
        logs = chain.logs(entrance.address, [entrance.topic(name)], 0, chain.head().number)
        found = [entrance.decode_event(log) for log in logs]
        return sum(event is not None and event.args["dataRoot"] == data_root for event in found)
