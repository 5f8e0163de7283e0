"""Files whose segments lie on nodes of different shares: served, counted and restored by share."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.support.fleet import Fleet, Stored, running_fleet
from zerog.storage.codec import SEGMENT, segment_count
from zerog.storage.indexer.files import Cid, Files
from zerog.storage.indexer.nodes import Nodes, NodeUrls
from zerog.storage.repair import Repair, RepairOptions, RepairReport

pytestmark = pytest.mark.daemons

SIZE = 6 * SEGMENT + 300


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Six nodes, even ones with share 0 of 2, odd ones with share 1 of 2."""
    with running_fleet(tmp_path_factory.mktemp("fleet"), 6, shards=2) as made:
        yield made


@pytest.fixture(autouse=True)
def _healed(fleet: Fleet) -> None:
    fleet.heal()


def repaired(fleet: Fleet, stored: Stored, replicas: int) -> RepairReport:
    repair = Repair(Nodes(NodeUrls(fleet.urls)), RepairOptions(replicas=replicas, sample=None))
    return repair.run(stored.tx_seq)


def content(fleet: Fleet, stored: Stored) -> bytes:
    files = Files(Nodes(NodeUrls(fleet.urls)))
    found = files.find(Cid(stored.tree.data_root))
    assert found is not None
    assert found.info.finalized
    return b"".join(files.segment(found, at) for at in range(segment_count(len(stored.data))))


def test_shares_on_different_nodes_make_a_file(fleet: Fleet) -> None:
    stored = fleet.put(random.Random(1).randbytes(SIZE), [0])
    files = Files(Nodes(NodeUrls(fleet.urls)))
    half = files.find(Cid(stored.tree.data_root))
    assert half is not None
    assert not half.info.finalized
    fleet.upload(stored, 3)
    assert content(fleet, stored) == stored.data


def test_repair_restores_each_share_on_nodes_that_keep_it(fleet: Fleet) -> None:
    stored = fleet.put(random.Random(2).randbytes(SIZE), [0, 1])
    report = repaired(fleet, stored, 2)
    assert (report.short, report.restored, report.faults) == (1, 2, [])
    for place in (0, 1):
        fleet.members[place].liar.mode = "wrong bytes"
    assert content(fleet, stored) == stored.data
    assert repaired(fleet, stored, 2).restored == 2
    fleet.heal()
    assert repaired(fleet, stored, 3).whole == 1


def test_file_of_one_segment_needs_only_the_nodes_of_its_share(fleet: Fleet) -> None:
    for seed in (3, 4):
        stored = fleet.submit(random.Random(seed).randbytes(SEGMENT))
        keeper = (stored_start(fleet, stored) // 1024) % 2
        fleet.upload(stored, keeper)
        for place in range(1 - keeper, 6, 2):
            fleet.members[place].liar.mode = "gone"
        assert content(fleet, stored) == stored.data
        fleet.heal()
        report = repaired(fleet, stored, 3)
        assert (report.restored, report.faults) == (2, [])


def stored_start(fleet: Fleet, stored: Stored) -> int:
    """First sector of the file in the flow."""
    info = fleet.members[0].remote.info_of(stored.tx_seq)
    assert info is not None
    return info.start


def test_more_copies_than_nodes_of_a_share_are_as_many_as_can_be(fleet: Fleet) -> None:
    stored = fleet.put(random.Random(5).randbytes(SIZE), [0, 1])
    assert repaired(fleet, stored, 9).restored == 4
    assert repaired(fleet, stored, 9).whole == 1


def test_nodes_with_peers_fetch_what_repair_tells_them_to(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_fleet(tmp_path_factory.mktemp("peers"), 3, peers=True) as fleet:
        stored = fleet.put(random.Random(6).randbytes(SIZE), [1])
        admins = {member.url: member.server.url for member in fleet.members}
        nodes = Nodes(NodeUrls(fleet.urls))
        report = Repair(nodes, RepairOptions(replicas=3), admins).run(stored.tx_seq)
        assert (report.restored, report.faults) == (2, [])
        calls = [call for member in fleet.members for call in member.liar.calls]
        assert not [call for call in calls if call.startswith("zgs_upload")]
