"""What a disperser waits for, and what it believes: rules without a chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zerog.da.disperser.house import LAG_SECONDS, believed
from zerog.da.disperser.signing import BLOBS_AT_ONCE, BYTES_AT_ONCE, is_crowded_out
from zerog.da.ports import Standing, Tip
from zerog.da.status import Assignment, Blob, Stage

pytestmark = pytest.mark.unit

NOW = 1_000_000.0
HERE, THERE = (3, 0), (3, 1)


def blob(name: str = "a", place: tuple[int, int] = HERE, length: int = 100) -> Blob:
    where = Assignment(*place, 7, bytes(32))
    made = Blob(name, bytes(32), length, NOW, NOW, Stage.UPLOADED)
    return replace(made, assignment=where)


@pytest.mark.parametrize("found", [Standing.FINAL, Standing.PENDING, Standing.GONE])
def test_what_the_chain_says_is_believed_at_once(found: Standing) -> None:
    assert believed(found, blob(), NOW) is found


def test_unseen_is_pending_until_every_node_had_time() -> None:
    assert believed(Standing.UNSEEN, blob(), NOW + LAG_SECONDS) is Standing.PENDING
    assert believed(Standing.UNSEEN, blob(), NOW + LAG_SECONDS + 0.1) is Standing.GONE


def test_tip_counts_the_blocks_that_are_missing() -> None:
    assert [Tip(10, 5).missing(block) for block in (4, 5, 6, 10, 12)] == [0, 0, 1, 5, 7]
    assert Tip(10, 0).missing(12) == 0, "where a reorg cut the chain, nobody waits for it"


def test_quorum_has_half_of_the_room_while_others_wait() -> None:
    half = [blob(str(number)) for number in range(BLOBS_AT_ONCE // 2)]
    assert is_crowded_out(blob(), half, {HERE, THERE})
    assert not is_crowded_out(blob(), half, {HERE})
    assert not is_crowded_out(blob(), half, set())
    assert not is_crowded_out(blob(), half[1:], {HERE, THERE})
    assert not is_crowded_out(blob(place=THERE), half, {HERE, THERE})


def test_quorum_has_half_of_the_bytes_while_others_wait() -> None:
    large = [blob(length=BYTES_AT_ONCE // 2)]
    assert is_crowded_out(blob(), large, {HERE, THERE})
    assert not is_crowded_out(blob(), large, {HERE})
