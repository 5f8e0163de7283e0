"""A member's rows: what is due, what has moved, which shares were laid down."""

from __future__ import annotations

from pathlib import Path

import pytest

from zerog.inft.committee import store
from zerog.inft.committee.release import SignedShare
from zerog.inft.committee.store import Desk

pytestmark = pytest.mark.unit

HELD = "INSERT INTO held (token_id, item, key_id, block) VALUES (?, ?, ?, ?)"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "member.db")


def share(slot: int, label: bytes) -> SignedShare:
    return SignedShare(slot, label, b"signed " + label)


def test_release_is_asked_for_once_until_it_ran_and_never_after_its_end(desk: Desk) -> None:
    desk.seen("sale:1", 10)
    desk.seen("sale:1", 11)
    assert desk.due() == ["sale:1"]
    assert desk.due() == []
    desk.ran("sale:1")
    assert desk.due() == []
    desk.done("sale:1", 12)
    assert desk.due() == []
    desk.seen("sale:1", 20)
    assert desk.due() == ["sale:1"]


def test_release_that_nobody_knows_has_no_age(desk: Desk) -> None:
    assert desk.age_s("sale:9") == 0
    desk.seen("sale:9", 1)
    assert desk.age_s("sale:9") >= 0


def test_deposit_moves_once_for_each_newest_key(desk: Desk) -> None:
    token = 2**255
    with desk.database.transaction() as cursor:
        cursor.execute(HELD, (str(token), 0, 1, 7))
        cursor.execute(HELD, ("5", 0, 2, 8))
    assert desk.outdated(1) == []
    (found,) = desk.outdated(2)
    assert found == (token, 0, 7)
    desk.move("move:big:0", found, 2)
    assert desk.outdated(2) == []
    assert desk.due() == ["move:big:0"]
    assert {one[0] for one in desk.outdated(3)} == {token, 5}
    with desk.database.transaction() as cursor:
        cursor.execute(HELD, (str(token), 0, 3, 9))
    assert {one[0] for one in desk.outdated(3)} == {5}


def test_first_shares_of_a_member_stay_and_members_keep_their_order(desk: Desk) -> None:
    desk.put("tag", [share(4, b"a"), share(4, b"b")])
    desk.put("tag", [share(2, b"c"), share(2, b"d")])
    desk.put("tag", [share(4, b"x"), share(4, b"y")])
    desk.put("other", [share(1, b"z")])
    assert desk.of("tag") == [[share(4, b"a"), share(4, b"b")], [share(2, b"c"), share(2, b"d")]]
    assert desk.of("none") == []


def test_board_forgets_the_oldest_shares(desk: Desk, tmp_path: Path) -> None:
    assert store.KEPT_SHARES == 100_000
    with desk.database.transaction() as cursor:
        cursor.execute(
            "INSERT INTO posted VALUES (?, 'old', 1, 0, x'00', x'00'), (?, 'new', 1, 0, x'00',"
            " x'00')",
            (1, store.KEPT_SHARES),
        )
    desk.put("newest", [share(1, b"a")])
    assert desk.of("old") == []
    assert desk.of("new")
