"""What waits holds up nothing: young blocks, a slow chain, a certificate or a store that is odd or
away.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.da_disperser import DisperserTown
from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from zerog.da.certificate import Certificate
from zerog.da.disperser.bytestore import BLOB, CERTIFICATE, ENCODED, ByteStore, StoreUnreachable
from zerog.da.disperser.confirming import confirm, finalize, keep_certificate, kept_certificate
from zerog.da.disperser.moving import move, sweep
from zerog.da.disperser.pruning import forget
from zerog.da.disperser.signing import SigningRoom
from zerog.da.disperser.storewatch import StoreAway, StoreWatch
from zerog.da.disperser.uploading import ask_for_encodings
from zerog.da.ports import Confirmation, Door, Quorum, Standing, Tip
from zerog.da.status import Assignment, Blob, Stage
from zerog.da.wire import request_id
from zerog.errors import Unreachable
from zerog.types import Buffer

pytestmark = pytest.mark.daemons


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisperserTown]:
    anvil = AnvilProcess.start(tmp_path_factory.mktemp("anvil"))
    try:
        made = DisperserTown.build(anvil, tmp_path_factory.mktemp("town") / "home")
        try:
            yield made
        finally:
            made.close()
    finally:
        anvil.stop()


@dataclass(slots=True)
class SlowChain:
    """The chain of a door, as one sees it on which blocks are final late: nothing is final yet.

    Counts what it is asked. known: whether the tip tells that, or only the answers do. delay: of
    an answer, in seconds.
    """

    door: Door
    known: bool
    delay: float = 0.15
    looks: int = 0

    def tip(self) -> Tip:
        """As Door."""
        return Tip(self.door.tip().number, 1000 if self.known else 0)

    def _pending(self) -> Standing:
        self.looks += 1
        assert self.looks < 100, "asked again and again"
        threading.Event().wait(self.delay)
        return Standing.PENDING

    def upload_standing(
        self, data_root: bytes, where: Assignment, tip: Tip | None = None
    ) -> Standing:
        """As Door."""
        assert data_root
        assert where
        assert tip
        return self._pending()

    def standing(self, data_root: bytes, where: Assignment, tip: Tip | None = None) -> Standing:
        """As Door."""
        return self.upload_standing(data_root, where, tip)

    def upload(self, roots: Sequence[bytes], policy: int, intent: str) -> list[Assignment]:
        """As Door."""
        return self.door.upload(roots, policy, intent)

    def announced_again(self, data_root: bytes, where: Assignment) -> Assignment | None:
        """As Door."""
        return self.door.announced_again(data_root, where)

    def is_under_way(self, tx: bytes) -> bool:
        """As Door."""
        return self.door.is_under_way(tx)

    def recover(self) -> None:
        """As Door."""
        self.door.recover()

    def quorum(self, epoch: int, quorum_id: int) -> Quorum:
        """As Door."""
        return self.door.quorum(epoch, quorum_id)

    def confirm(self, certificates: Sequence[Certificate], intent: str) -> Confirmation:
        """As Door."""
        return self.door.confirm(certificates, intent)

    def current_epoch(self) -> int:
        """As Door."""
        return self.door.current_epoch()


class Cursed(ByteStore):
    """A store that fails as nobody thought of, for one blob."""

    curse = ""

    def get(self, name: str, start: int = 0, end: int | None = None) -> Buffer:
        """As ByteStore."""
        if self.curse and name.endswith(self.curse):
            raise RuntimeError("nobody thought of this")
        return super().get(name, start, end)


@pytest.mark.parametrize("known", [True, False])
def test_signing_room_does_not_spin_while_announcements_are_young(
    town: DisperserTown, known: bool
) -> None:
    requests = [
        town.disperse(b"young %d, %d" % (number, known)) for number in range(2 if known else 8)
    ]
    town.work(until=Stage.UPLOADED)
    chain = SlowChain(town.house.door, known)
    house = replace(town.house, door=chain, pace=replace(town.house.pace, poll=0.3))
    assert not SigningRoom(house).run(time.monotonic() + 0.1)
    assert chain.looks <= (0 if known else 5), "one pass over eight rows is one that ends"
    assert set(town.stages(*requests)) == {Stage.UPLOADED}
    assert all(row.stage is Stage.FINALIZED for row in town.finish(*requests))


@pytest.mark.parametrize("known", [True, False])
def test_finalizing_is_bounded_and_asks_nothing_about_young_blocks(
    town: DisperserTown, known: bool
) -> None:
    requests = [
        town.disperse(b"watched %d, %d" % (number, known)) for number in range(2 if known else 8)
    ]
    town.work(until=Stage.CONFIRMED)
    chain = SlowChain(town.house.door, known, delay=0.5)
    house = replace(town.house, door=chain)
    assert not finalize(house)
    assert chain.looks < (1 if known else 8), "below half of a claim"
    assert all(row.stage is Stage.FINALIZED for row in town.finish(*requests))


def test_signers_that_are_away_are_not_asked_for_the_whole_window(town: DisperserTown) -> None:
    request = town.disperse(b"two of three are away")
    town.work(until=Stage.UPLOADED)
    town.close("signer-1", "signer-2")
    house = replace(town.house, pace=replace(town.house.pace, sign=16))
    began = time.monotonic()
    try:
        assert not SigningRoom(house).run(began + 0.1)
    finally:
        town.open("signer-1", "signer-2")
    assert 8 <= time.monotonic() - began < 15, "half of the window, and the next refusal"
    assert town.row(request).error == "4 of 12 rows are signed, 8 make a certificate"
    assert town.finish(request)[0].stage is Stage.FINALIZED


def test_certificate_of_another_announcement_is_never_submitted(town: DisperserTown) -> None:
    request = town.disperse(b"written over")
    town.work(until=Stage.SIGNED)
    kept = kept_certificate(town.house.files, request)
    keep_certificate(town.house.files, request, replace(kept, epoch=kept.epoch + 1))
    assert not confirm(town.house)
    row = town.row(request)
    assert (row.stage, row.error) == (
        Stage.ENCODED,
        "the kept certificate is of another announcement",
    )
    row = town.finish(request)[0]
    assert (row.stage, row.retries) == (Stage.FINALIZED, 1)


def test_blob_that_breaks_its_signing_rests_and_stops_no_other(
    town: DisperserTown, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = town.disperse(b"cursed"), town.disperse(b"beside it")
    town.work(until=Stage.UPLOADED)
    files = Cursed(town.place.network.settings.home / "da" / "bytes")
    files.curse = bad
    assert SigningRoom(replace(town.house, files=files)).run(time.monotonic() + PATIENCE_SECONDS)
    assert town.stages(bad, good) == [Stage.UPLOADED, Stage.SIGNED]
    assert "RuntimeError: nobody thought of this" in caplog.text
    assert not town.house.has(Stage.UPLOADED), "it rests"
    town.house.rows.release([town.row(bad)])
    assert [row.stage for row in town.finish(bad, good)] == [Stage.FINALIZED] * 2


class Counted(ByteStore):
    """A store that knows how often it was told to drop something."""

    drops = 0

    def drop(self, name: str) -> None:
        """As ByteStore."""
        self.drops += 1
        super().drop(name)


@contextmanager
def gone(place: Path, *, broken: bool) -> Iterator[None]:
    """The folder of a store is an empty one for a while; broken: or no folder, so all fails."""
    unmounted = place.rename(place.with_name("unmounted"))
    if broken:
        place.write_bytes(b"")
    else:
        place.mkdir()
    try:
        yield
        assert broken or list(place.iterdir()) == []
    finally:
        if broken:
            place.unlink()
        else:
            place.rmdir()
        unmounted.rename(place)


def test_blobs_stay_where_they_are_while_the_store_is_not_mounted(town: DisperserTown) -> None:
    house, requests = town.house, []
    stages = [Stage.SIGNED, Stage.UPLOADED, Stage.ACCEPTED]
    for stage in stages:
        requests.append(town.disperse(stage.encode()))
        town.work(until=stage)
        town.errands.waiting.clear()
    before = [town.row(request) for request in requests]
    assert [row.stage for row in before] == stages
    with gone(Path(house.files.place), broken=False):
        with pytest.raises(StoreAway):
            house.watch.require_now()
        tries: list[Callable[[], object]] = [
            *(partial(move, house, stage) for stage in (*stages, Stage.ENCODED)),
            *(partial(step, house) for step in (sweep, confirm)),
            partial(forget, house, time.time()),
        ]
        for work in tries:
            with pytest.raises(StoreAway):
                work()
        with pytest.raises(
            Unreachable
        ):  # StoreAway, or within a second of the last look: no folder
            town.disperse(b"one more")
        assert [town.row(request) for request in requests] == before
    house.watch.require_now()
    house.rows.release(before)
    ended = town.finish(*requests)
    assert [(row.stage, row.retries) for row in ended] == [(Stage.FINALIZED, 0)] * 3
    assert [row.data_root for row in ended[:2]] == [row.data_root for row in before[:2]]


@pytest.mark.parametrize("broken", [False, True], ids=["a folder gone", "a drop that raises"])
def test_confirmed_blobs_become_final_while_the_store_is_away(
    town: DisperserTown, broken: bool, caplog: pytest.LogCaptureFixture
) -> None:
    requests = [town.disperse(b"confirmed %d, %d" % (number, broken)) for number in range(3)]
    town.work(until=Stage.CONFIRMED)
    assert town.stages(*requests) == [Stage.CONFIRMED] * 3
    files = Counted(town.house.files.place)
    house = replace(town.house, files=files, watch=StoreWatch(town.house.rows, files))
    with gone(Path(files.place), broken=broken):
        wait_for(
            lambda: (
                move(house, Stage.CONFIRMED) and town.stages(*requests) == [Stage.FINALIZED] * 3
            ),
            "the end of all of them",
        )
    said = [record for record in caplog.records if "store of bytes" in record.getMessage()]
    assert len(said) == broken, "once, not with each drop"
    assert files.drops == (1 if broken else 6), "each may take a minute"
    made = [f"{kind}/{request}" for kind in (ENCODED, CERTIFICATE) for request in requests]
    assert all(files.has(name) for name in made)
    forget(town.house, time.time())
    assert not any(files.has(name) for name in made)


def test_blobs_whose_encoding_is_asked_for_are_free_when_the_store_is_back(
    town: DisperserTown,
) -> None:
    """They were claimed, for as long as an encoding may take, and then the store was away."""
    house, names = town.house, []
    for data in (b"first in line", b"second in line"):
        digest, past = sha256(data).digest(), time.time_ns() - 60 * 10**9
        names.append(request_id(digest, past))
        house.files.put(f"{BLOB}/{names[-1]}", data)
        house.rows.accept(Blob(names[-1], digest, len(data), past / 1e9, past / 1e9))
    with gone(Path(house.files.place), broken=True), pytest.raises(StoreUnreachable):
        ask_for_encodings(house)
    assert ask_for_encodings(house) == 2
    assert [row.stage for row in town.finish(*names)] == [Stage.FINALIZED] * 2
