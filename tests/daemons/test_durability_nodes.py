"""Ten nodes, any three of them lost or lying: every file comes back; repair restores the copies."""

from __future__ import annotations

import http.client
import itertools
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.fleet import Fleet, Server, Stored, running_fleet
from tests.support.liars import LOST, LYING
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import wait_for
from zerog.config import Settings
from zerog.storage.codec import SEGMENT
from zerog.storage.durability import copies_to_survive, lost_nodes
from zerog.storage.errors import BadSegment
from zerog.storage.indexer.daemon import open_indexer
from zerog.storage.indexer.files import Cid, Files
from zerog.storage.indexer.nodes import Nodes, NodeUrls
from zerog.storage.repair import Repair, RepairBusy, RepairOptions, RepairReport, repair_page

pytestmark = pytest.mark.daemons

NODES = 10
LOSE = lost_nodes(NODES)
COPIES = copies_to_survive(NODES)
SIZES = (1, 257, 3000, SEGMENT, SEGMENT + 1, 700_000)
ROUNDS = 10


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with running_fleet(tmp_path_factory.mktemp("fleet"), NODES) as made:
        yield made


@pytest.fixture(autouse=True)
def _healed(fleet: Fleet) -> None:
    fleet.heal()


def blob(seed: int, size: int) -> bytes:
    return random.Random(seed * 7919 + size).randbytes(size)


def downloaded(port: int, stored: Stored) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", f"/file?txSeq={stored.tx_seq}")
    answer = connection.getresponse()
    assert answer.status == 200
    found = answer.read()
    connection.close()
    return found


def holders_of(fleet: Fleet, stored: Stored) -> list[int]:
    infos = [member.remote.info_of(stored.tx_seq) for member in fleet.members]
    return [place for place, info in enumerate(infos) if info and info.finalized]


def repaired(fleet: Fleet, first: int, **options: int | None) -> RepairReport:
    repair = Repair(Nodes(NodeUrls(fleet.urls)), RepairOptions(**options))  # type: ignore[arg-type]
    return repair.run(first)


def test_any_three_of_ten_nodes_lost_or_lying_lose_no_file(fleet: Fleet) -> None:
    chance = random.Random(30)
    files = [
        fleet.put(blob(at, size), chance.sample(range(NODES), COPIES))
        for at, size in enumerate(SIZES)
    ]
    kinds = itertools.cycle([*LOST, *LYING])
    for _ in range(ROUNDS):
        fleet.heal()
        for place in chance.sample(range(NODES), LOSE):
            fleet.members[place].liar.mode = next(kinds)
        app, poll = open_indexer(NodeUrls(fleet.urls))
        server = Server(app)
        try:
            for stored in files:
                assert downloaded(server.port, stored) == stored.data
        finally:
            server.stop()
            poll.stop()


def test_file_whose_every_copy_is_bad_is_an_error_and_no_wrong_byte(fleet: Fleet) -> None:
    stored = fleet.put(blob(1, 700_000), [0, 1, 2])
    for place, mode in enumerate(("wrong bytes", "wrong proof", "null")):
        fleet.members[place].liar.mode = mode
    files = Files(Nodes(NodeUrls(fleet.urls)))
    found = files.find(Cid(stored.tree.data_root))
    assert found is not None
    with pytest.raises(BadSegment):
        files.segment(found, 0)


def test_repair_brings_every_file_to_the_copies_that_survive_and_then_rests(fleet: Fleet) -> None:
    stored = [fleet.put(blob(at, 300_000), [at]) for at in (2, 5, 8)]
    first = stored[0].tx_seq
    report = repaired(fleet, first)
    assert (report.wanted, report.files, report.short) == (COPIES, 3, 3)
    assert (report.restored, report.lost, report.faults) == (3 * (COPIES - 1), [], [])
    assert [len(holders_of(fleet, one)) for one in stored] == [COPIES] * 3
    again = repaired(fleet, first)
    assert (again.whole, again.short, again.restored, again.next_seq) == (3, 0, 0, 0)
    lost = set(holders_of(fleet, stored[0])[:LOSE])
    for place in lost:
        fleet.members[place].liar.mode = "gone"
    after = repaired(fleet, first)
    assert after.restored >= LOSE
    assert len(set(holders_of(fleet, stored[0])) - lost) == COPIES


@pytest.mark.parametrize("mode", ["wrong bytes", "null", "silent", "no data"])
def test_copy_that_does_not_prove_counts_for_nothing(fleet: Fleet, mode: str) -> None:
    stored = fleet.put(blob(len(mode), 2 * SEGMENT), [0, 1])
    fleet.members[0].liar.mode = mode
    report = repaired(fleet, stored.tx_seq, replicas=2, sample=None)
    assert (report.short, report.restored) == (1, 1)
    assert len(holders_of(fleet, stored)) == 3


def test_lost_file_is_named_and_unfinished_ones_are_left_alone(fleet: Fleet) -> None:
    stored = fleet.put(blob(4, 1000), [0])
    pending = fleet.submit(blob(5, 1000))
    fleet.members[0].liar.mode = "wrong bytes"
    report = repaired(fleet, stored.tx_seq)
    assert (report.lost, report.unfinished, report.restored) == ([stored.tx_seq], 1, 0)
    assert holders_of(fleet, pending) == []


def test_repair_goes_on_page_by_page(fleet: Fleet) -> None:
    first = fleet.submit(b"a").tx_seq
    for _ in range(2):
        fleet.submit(b"b")
    report = repaired(fleet, first, page=2)
    assert (report.files, report.next_seq) == (2, first + 2)
    assert repaired(fleet, report.next_seq, page=2).next_seq == 0


def settings_of(fleet: Fleet, home: Path) -> Settings:
    return Settings.load(home, {"ZEROG_NODE_URLS": ",".join(fleet.urls)})


def test_repair_killed_in_the_middle_is_finished_by_the_next(fleet: Fleet, tmp_path: Path) -> None:
    stored = fleet.put(blob(6, 12 * SEGMENT), [4])
    (tmp_path / "indexer").mkdir()
    (tmp_path / "indexer" / "repair.json").write_text(f'{{"nextSeq": {stored.tx_seq}}}')
    script = (
        "import sys; from pathlib import Path; from zerog.config import Settings;"
        "from zerog.storage.repair import RepairOptions, repair_page;"
        "repair_page(Settings.load(Path(sys.argv[1])), RepairOptions(replicas=5))"
    )
    environment = {**os.environ, "ZEROG_NODE_URLS": ",".join(fleet.urls)}
    before = uploads(fleet)
    fleet.hold("zgs_uploadSegment", after=1)  # so that it is still at it when it is killed
    child = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], env=environment)
    wait_for(lambda: uploads(fleet) > before, "the first segment handed over")
    with pytest.raises(RepairBusy):
        repair_page(settings_of(fleet, tmp_path), RepairOptions())
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    fleet.heal()
    report = repair_page(settings_of(fleet, tmp_path), RepairOptions(replicas=5))
    assert report.first_seq == stored.tx_seq
    assert len(holders_of(fleet, stored)) == 5


def uploads(fleet: Fleet) -> int:
    calls: Sequence[str] = [call for member in fleet.members for call in member.liar.calls]
    return sum(call.startswith("zgs_uploadSegment") for call in calls)
