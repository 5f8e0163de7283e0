"""A worker loads the tasks of its queues: every job and every tick of beat finds its task there."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from tests.support.evm import ROOT
from workers.app import app
from workers.queue import ROUTES
from workers.rooms import BY_QUEUE, ROOMS, rooms_of
from workers.schedule import NoSuchRoom, schedule

pytestmark = pytest.mark.unit

EVERYTHING = {
    "ZEROG_MINE": "1",
    "ZEROG_COMMITTEE": "3",
    "ZEROG_RELAY": "1",
    "ZEROG_DA_SIGNERS": "4",
    "ZEROG_DA_DISPERSER": "1",
    "ZEROG_KV_RENEW_KEY": "0x1",
}


def asked() -> list[tuple[str, str]]:
    """Queue and task of all that is ever sent."""
    jobs = [(route.queue, route.task) for route in ROUTES.values()]
    for entry in schedule(EVERYTHING).values():
        options = entry["options"]
        assert isinstance(options, dict)
        jobs.append((str(options["queue"]), str(entry["task"])))
    return jobs


@pytest.mark.parametrize(("queue", "task"), sorted(set(asked())))
def test_task_of_a_queue_is_in_a_room_that_its_worker_loads(queue: str, task: str) -> None:
    for room in rooms_of([queue]):
        import_module(room)
    assert app.tasks[task].__module__ in rooms_of([queue])


def test_beat_of_one_room_sends_to_its_queue_only() -> None:
    for room in ("da-signer", "da", "mining", "relay"):
        entries = schedule({**EVERYTHING, "ZEROG_BEAT": room})
        assert entries
        assert entries.items() <= schedule(EVERYTHING).items()
        queues = [entry["options"] for entry in entries.values()]
        assert all(isinstance(found, dict) and found["queue"] == room for found in queues)
    both = schedule({"ZEROG_BEAT": "da-signer, relay"})
    assert both == schedule({"ZEROG_BEAT": "da-signer"}) | schedule({"ZEROG_BEAT": "relay"})


def test_beat_of_an_unknown_room_is_refused_by_name() -> None:
    with pytest.raises(NoSuchRoom) as caught:
        schedule({"ZEROG_BEAT": "da-signers"})
    assert caught.value.room == "da-signers"


def test_rooms_of_several_queues_are_each_loaded_once() -> None:
    assert rooms_of(["da", "da-encode"]) == ("workers.da",)
    assert rooms_of(["committee-7"]) == BY_QUEUE["committee"]
    assert rooms_of(["default", "oracle"]) == BY_QUEUE["default"]


def test_rooms_of_no_queue_or_an_unknown_one_are_all() -> None:
    assert rooms_of([]) == ROOMS
    assert set(rooms_of(["da", "of-tomorrow"])) == set(ROOMS)


def test_beat_and_the_processes_of_a_pool_load_no_room_by_themselves() -> None:
    program = (
        "import sys; from workers.app import app; from workers.rooms import ROOMS\n"
        "app.loader.init_worker(); print(sorted(set(ROOMS) & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
