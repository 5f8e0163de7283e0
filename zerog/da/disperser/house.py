"""What the steps of a disperser work with, and what several of them do."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from zerog.config import DA_RETENTION_SECONDS, Settings, variable
from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import CERTIFICATE, ENCODED, ByteStore, StoreUnreachable
from zerog.da.disperser.places import blob_store, byte_store, folder_of
from zerog.da.disperser.storewatch import StoreAway, StoreWatch
from zerog.da.onchain.door import ChainDoor
from zerog.da.params import FULL, Profile
from zerog.da.ports import Door, Standing
from zerog.da.status import TERMINAL, Blob, LateMove, Stage
from zerog.errors import UsageError
from zerog.jobs import Jobs

log = logging.getLogger(__name__)
LEASE_SECONDS: Final = 6.0
"""A claim is renewed while its owner lives; a dead one's rows are free after so long."""
PASS_SECONDS: Final = LEASE_SECONDS / 3
"""A pass over many rows that renews no claim gives back what it did not get to by then."""
LAG_SECONDS: Final = 10.0
"""A node of the chain may be so far behind the one that mined."""
LONGEST_POLLS: Final = 10
WINDOW_VARIABLE: Final = "ZEROG_DA_SIGN_SECONDS"


class BadPace(UsageError):
    """Times that cannot be kept."""

    def __init__(self, value: str) -> None:
        self.value = value
        super().__init__(f"{WINDOW_VARIABLE} is {value!r}, not a number of seconds above 0")


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a disperser is, in seconds, and how often.

    sign: for the signatures of one upload; retry: before the first new upload, twice as long
    before each further one; most: new uploads of a blob; poll: between looks at the chain.
    """

    sign: float = 20.0
    retry: float = 2.0
    most: int = 2
    poll: float = 1.0

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Pace:
        """With $ZEROG_DA_SIGN_SECONDS; raises BadPace."""
        given = variable(WINDOW_VARIABLE, env)
        if given is None:
            return cls()
        try:
            seconds = float(given)
        except ValueError as error:
            raise BadPace(given) from error
        if not 0 < seconds < 3600:
            raise BadPace(given)
        return cls(sign=seconds)


@dataclass(frozen=True, slots=True)
class House:
    """One disperser: its rows, its bytes, its account on the chain, its workers.

    watch: whether `files` is the store that `rows` are about. entrance: the 20 bytes of
    DAEntrance. retention_s: for rows and bytes of blobs that ended.
    """

    folder: Path
    rows: BlobStore
    files: ByteStore
    watch: StoreWatch
    door: Door
    jobs: Jobs
    chain_id: int
    entrance: bytes
    profile: Profile = FULL
    pace: Pace = field(default_factory=Pace)
    retention_s: int = DA_RETENTION_SECONDS

    @classmethod
    def open(cls, settings: Settings, env: Mapping[str, str], jobs: Jobs) -> House:
        """The disperser of a home; raises NoDaHere, NoSuchKey, ChainUnreachable, BadPace."""
        door = ChainDoor.open(settings)
        rows, files = blob_store(settings.home), byte_store(settings.home, env)
        return cls(
            folder=folder_of(settings.home),
            rows=rows,
            files=files,
            watch=StoreWatch(rows, files),
            door=door,
            jobs=jobs,
            chain_id=door.network.chain.chain_id(),
            entrance=door.network.entrance_bytes,
            profile=door.network.profile(),
            pace=Pace.of(env),
            retention_s=settings.da_retention_s,
        )

    def move(self, *moves: tuple[Blob, Blob]) -> bool:
        """Record some steps together; False when another process was faster.

        What nobody needs any more of a blob that ended is dropped.
        """
        now = time.time()
        retries = max(after.retries for _, after in moves)
        hold = now + self.pace.retry * 2 ** max(retries - 1, 0)
        try:
            self.rows.move_all(moves, now, hold)
        except LateMove as error:
            log.info("%s", error)
            return False
        for before, after in moves:
            if after.error and after.error != before.error:
                log.warning("blob %s is %s: %s", after.request_id[:16], after.stage, after.error)
            if after.stage in TERMINAL:
                self._drop_made(after)
        return True

    def _drop_made(self, blob: Blob) -> None:
        """Drop what was made of a blob that ended; what is not to be had now, `forget` drops."""
        with suppress(StoreAway):  # which the watch tells once
            self.watch.require_known()
            try:
                self.files.drop(f"{ENCODED}/{blob.request_id}")
                self.files.drop(f"{CERTIFICATE}/{blob.request_id}")
            except StoreUnreachable as error:
                self.watch.require_now()
                log.warning("%s", error)

    def has(self, stage: Stage) -> bool:
        """Whether there are rows in a stage that nobody works on."""
        return stage in self.rows.waiting(time.time())

    def back(self, blob: Blob, reason: str) -> Blob:
        """The row as it goes back for a new upload, or ends."""
        return blob.again(reason, self.pace.most)

    def rest(self, blobs: Sequence[Blob], reason: object) -> None:
        """Give rows back for now; they are tried again soon."""
        log.warning("%d blobs wait: %s", len(blobs), reason)
        self.rows.hold(blobs, time.time() + self.pace.retry)

    def rest_for_blocks(self, waiting: Sequence[tuple[Blob, int]]) -> None:
        """Rest claimed rows, each until about so many blocks have come; one look at least."""
        now = time.time()
        for missing in {blocks for _, blocks in waiting}:
            polls = min(max(missing, 1), LONGEST_POLLS)
            rows = [blob for blob, blocks in waiting if blocks == missing]
            self.rows.hold(rows, now + self.pace.poll * polls)


def believed(standing: Standing, blob: Blob, now: float) -> Standing:
    """What a blob's standing comes to: not seen is gone when nodes have had time to catch up.

    now: seconds since 1970.
    """
    if standing is not Standing.UNSEEN:
        return standing
    return Standing.GONE if now - blob.updated_at > LAG_SECONDS else Standing.PENDING


@contextmanager
def keeping(rows: BlobStore, blobs: Sequence[Blob]) -> Iterator[None]:
    """Renew the claims of some rows as long as the block runs."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 3):
            rows.hold(blobs, time.time() + LEASE_SECONDS)
        rows.close()

    thread = threading.Thread(target=renew, name="claims", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def intent(deed: str, blobs: Sequence[Blob]) -> str:
    """The name of the one transaction that a batch means: the same for whoever goes on with it."""
    members = "".join(f"{one.request_id} {one.retries} {one.data_root.hex()}\n" for one in blobs)
    return f"da-{deed}:{sha256(members.encode()).hexdigest()[:32]}"
