"""Where a disperser keeps things, how patient it is, and what it does without a broker."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from workers.da import STEPS_AT_ONCE, StepRoom, rest, sweep_blobs
from workers.da_beat import BEAT
from workers.da_signer_beat import BEAT as DUTIES
from workers.queue import ROUTES, CeleryJobs
from workers.schedule import SCHEDULE, schedule
from zerog.da.disperser.bytestore import StoreUnreachable
from zerog.da.disperser.house import BadPace, Pace
from zerog.da.disperser.places import InBackground, blob_store, byte_store, nudge, waker
from zerog.da.disperser.storewatch import StoreAway
from zerog.da.intake import Intake
from zerog.da.params import Profile
from zerog.da.status import Stage
from zerog.devnet.plan import DA_THREADS
from zerog.errors import ZerogError
from zerog.jobs import EncodeBlob, Job, MoveBlobs

pytestmark = pytest.mark.workers

SMALL = Profile(4, 8)


def test_bytes_are_at_home_or_where_the_environment_says(tmp_path: Path) -> None:
    here = byte_store(tmp_path, {})
    here.begin("0f")
    here.put("blob/a", b"1")
    assert (tmp_path / "da" / "bytes" / "blob" / "a").read_bytes() == b"1"
    other = tmp_path / "other"
    there = byte_store(tmp_path, {"ZEROG_DA_STORE": str(other)})
    there.begin("1e")
    there.put("blob/b", b"2")
    assert (other / "blob" / "b").read_bytes() == b"2"


def test_blob_is_taken_while_the_broker_is_away(tmp_path: Path) -> None:
    jobs = CeleryJobs(f"redis://127.0.0.1:{free_port()}/0")
    rows, files = blob_store(tmp_path), byte_store(tmp_path, {})
    asked, seen = list[bool](), threading.Event()

    def ask(_: str) -> None:
        assert seen.wait(PATIENCE_SECONDS)
        asked.append(nudge(jobs, MoveBlobs(Stage.ACCEPTED)))

    wake = InBackground(ask)
    blob = Intake(rows, files, wake, SMALL).take(b"kept all the same")
    assert asked == [], "nobody waits for it"
    assert rows.get(blob.request_id).stage is Stage.ACCEPTED
    seen.set()
    assert wait_for(lambda: asked, "an answer") == [False]


def test_taken_blob_is_asked_to_be_encoded_as_its_network_does(tmp_path: Path) -> None:
    class Kept(list[Job]):
        def submit(self, job: Job) -> str:
            """As Jobs."""
            self.append(job)
            return ""

    jobs = Kept()
    intake = Intake(blob_store(tmp_path), byte_store(tmp_path, {}), waker(jobs, SMALL), SMALL)
    name = intake.take(b"data").request_id
    assert jobs == [EncodeBlob(name, 4, 8)]
    assert jobs[0].key == f"4+8/{name}"


def test_calls_in_the_background_are_bounded_and_in_order() -> None:
    go, made = threading.Event(), list[str]()

    def call(request_id: str) -> None:
        go.wait(PATIENCE_SECONDS)
        made.append(request_id)

    wake = InBackground(call)
    taken = [wake(str(number)) for number in range(InBackground.MOST + 3)]
    assert InBackground.MOST <= sum(taken) <= InBackground.MOST + 1, "one is under way"
    go.set()
    wait_for(lambda: len(made) == sum(taken), "all calls")
    assert made == [str(number) for number, was in enumerate(taken) if was]


def test_patience_for_signers_can_be_set() -> None:
    assert Pace.of({}) == Pace()
    assert Pace.of({"ZEROG_DA_SIGN_SECONDS": "2.5"}).sign == 2.5
    for bad in ("soon", "0", "-1", "nan", "4000"):
        with pytest.raises(BadPace) as caught:
            Pace.of({"ZEROG_DA_SIGN_SECONDS": bad})
        assert caught.value.value == bad


def test_store_that_is_away_is_told_by_its_watch_and_not_by_every_task(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(error: ZerogError) -> None:
        raise error

    assert rest(sweep_blobs, lambda: fail(StoreAway("/mnt", "ab", ""))) == "waiting"
    assert caplog.records == []
    assert rest(sweep_blobs, lambda: fail(StoreUnreachable("blob/a", "full"))) == "waiting"
    assert len(caplog.records) == 1


def test_disperser_is_swept_where_there_is_one() -> None:
    assert schedule({"ZEROG_DA_SIGNERS": "0"}) == SCHEDULE
    assert schedule({"ZEROG_DA_SIGNERS": "4"}) == {**SCHEDULE, **DUTIES}
    assert schedule({"ZEROG_DA_DISPERSER": "1"}) == {**SCHEDULE, **BEAT}


def test_every_job_of_the_disperser_is_a_task() -> None:
    import workers.da  # noqa: F401  (its tasks are those of the app)
    from workers.app import app

    names = {str(entry["task"]) for entry in BEAT.values()}
    names |= {ROUTES[EncodeBlob].task, ROUTES[MoveBlobs].task}
    assert names <= set(app.tasks)


def test_steps_leave_threads_to_what_expires_soon() -> None:
    room, over = StepRoom(), threading.Event()
    stages = [Stage.ACCEPTED, Stage.ENCODED, Stage.UPLOADED]

    def step() -> str:
        over.wait(PATIENCE_SECONDS)
        return "done"

    with ThreadPoolExecutor(STEPS_AT_ONCE) as pool:
        running = [pool.submit(room.run, stage, step) for stage in stages]
        wait_for(lambda: room.running == 3, "three steps")
        assert room.run(Stage.SIGNED, lambda: "done") == "done"
        running += [pool.submit(room.run, stage, step) for stage in stages]
        wait_for(lambda: room.running == STEPS_AT_ONCE, "all steps that may run")
        assert room.run(Stage.SIGNED, step) == "busy"
        over.set()
        assert [one.result() for one in running] == ["done"] * STEPS_AT_ONCE
    assert room.running == 0
    assert STEPS_AT_ONCE < DA_THREADS


def test_steps_of_one_stage_leave_room_to_the_others() -> None:
    room = StepRoom()
    found = room.run(
        Stage.SIGNED,
        lambda: room.run(Stage.SIGNED, lambda: room.run(Stage.SIGNED, lambda: "third")),
    )
    assert found == "busy"
