"""One commit serves all who wait; its error reaches each of them and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.patience import PATIENCE_SECONDS
from zerog.crypto.merkle import Proof
from zerog.storage.codec import SubmissionNode
from zerog.storage.node.groupcommit import GroupCommit
from zerog.storage.node.packing import pack_nodes, pack_proof, unpack_nodes, unpack_proof

pytestmark = pytest.mark.unit

HASHES = st.binary(min_size=32, max_size=32)


class DiskFull(OSError):
    """The commit of the test fails."""


def test_commit_of_many_threads_is_shared_and_each_gets_its_own_result() -> None:
    groups: list[list[int]] = []
    first_runs, all_wait = threading.Event(), threading.Event()

    def commit(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        first_runs.set()
        assert all_wait.wait(PATIENCE_SECONDS)
        return [item * 10 for item in items]

    shared = GroupCommit(commit)
    with ThreadPoolExecutor(8) as pool:
        leader = pool.submit(shared.run, 0)
        assert first_runs.wait(PATIENCE_SECONDS)
        others = [pool.submit(shared.run, item) for item in range(1, 8)]
        while len(shared._queue) < 7:
            assert not leader.done()
        all_wait.set()
        assert [
            leader.result(PATIENCE_SECONDS),
            *(one.result(PATIENCE_SECONDS) for one in others),
        ] == list(range(0, 80, 10))
    assert groups[0] == [0]
    assert sorted(groups[1]) == list(range(1, 8))
    assert len(groups) == 2


def test_commit_that_fails_raises_for_its_group_and_the_next_works() -> None:
    def commit(items: Sequence[int]) -> list[int]:
        if 13 in items:
            raise DiskFull(28, "No space left on device")
        return list(items)

    shared = GroupCommit(commit)
    with pytest.raises(DiskFull):
        shared.run(13)
    assert shared.run(14) == 14


@given(st.lists(st.builds(SubmissionNode, HASHES, st.integers(0, 63)), max_size=4))
def test_nodes_unpack_to_what_was_packed(nodes: list[SubmissionNode]) -> None:
    assert unpack_nodes(pack_nodes(nodes)) == tuple(nodes)


@given(st.lists(HASHES, max_size=60), st.lists(st.booleans(), max_size=58))
def test_proof_unpacks_to_what_was_packed(lemma: list[bytes], path: list[bool]) -> None:
    proof = Proof(tuple(lemma), tuple(path))
    assert unpack_proof(pack_proof(proof)) == proof
