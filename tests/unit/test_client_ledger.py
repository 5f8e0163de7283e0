"""The ledger: one row per content and payer, whatever batch it came in."""

from __future__ import annotations

from pathlib import Path

import pytest

from zerog.chain.hexes import to_address
from zerog.storage.client.endowment import Part
from zerog.storage.client.ledger import Ledger, Order, Row
from zerog.storage.client.submit import BATCH, Submission, Submitted
from zerog.storage.codec import TreeBuilder

pytestmark = pytest.mark.unit

ALICE, BOB = to_address("0x" + "a1" * 20), to_address("0x" + "b0" * 20)


def order(data: bytes, tags: bytes = b"") -> Order:
    """Of some bytes."""
    builder = TreeBuilder()
    builder.update(data)
    tree = builder.finish()
    return Order(data[:5].decode(), tree.data_root, Submission.of(tree, tags))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An empty one."""
    return Ledger(tmp_path / "storage.db", "31337/0xf1")


def pay(ledger: Ledger, row: Row, seq: int) -> None:
    """As if the chain had taken the row's batch."""
    batch = ledger.batch(row.intent)
    ledger.paid(row.intent, [Submitted(seq + at, b"h" * 32, 9, 7) for at in range(len(batch))])


def test_new_orders_share_intents_by_ten_and_keep_them(ledger: Ledger) -> None:
    orders = [order(b"file%d" % number) for number in range(BATCH + 3)]
    rows = ledger.plan(orders, ALICE)
    assert [row.order for row in rows] == orders
    assert [len(ledger.batch(row.intent)) for row in (rows[0], rows[-1])] == [BATCH, 3]
    # A later run wants other files beside them: the old ones stay in the batch they had.
    again = ledger.plan([order(b"new"), *reversed(orders)], ALICE)
    assert again[1:] == list(reversed(rows))
    assert ledger.batch(again[0].intent) == [again[0]]


def test_equal_orders_share_a_row_and_other_payers_tags_and_lengths_do_not(ledger: Ledger) -> None:
    one, two = ledger.plan([order(b"same"), order(b"same")], ALICE)
    assert one == two
    others = [
        *ledger.plan([order(b"same", b"tag"), order(b"same\0")], ALICE),
        *ledger.plan([order(b"same")], BOB),
    ]
    assert len({row.number for row in [one, *others]}) == 4
    assert others[1].order.root == one.order.root


def test_again_pays_anew_only_for_what_is_stored(ledger: Ledger) -> None:
    (row,) = ledger.plan([order(b"file")], ALICE)
    assert ledger.plan([order(b"file")], ALICE, again=True) == [row]
    pay(ledger, row, 5)
    ledger.mark_stored([row])
    (new,) = ledger.plan([order(b"file")], ALICE, again=True)
    assert (new.serial, new.tx_seq) == (1, None)
    assert ledger.find(order(b"file"), ALICE) == new
    assert ledger.plan([order(b"file")], ALICE, again=True) == [new]


def test_what_the_chain_said_is_kept_and_a_failed_intent_forgotten(ledger: Ledger) -> None:
    first, second = ledger.plan([order(b"one"), order(b"two")], ALICE)
    pay(ledger, first, 40)
    assert [(row.tx_seq, row.fee_wei) for row in ledger.rows()] == [(40, 7), (41, 7)]
    pay(ledger, first, 50)  # after a reorg
    assert [row.tx_seq for row in ledger.rows()] == [50, 51]
    ledger.failed(second.intent)
    assert ledger.rows() == []


def test_rows_of_another_network_are_not_seen(ledger: Ledger, tmp_path: Path) -> None:
    (row,) = ledger.plan([order(b"one")], ALICE)
    other = Ledger(tmp_path / "storage.db", "1/0xf1")
    assert other.rows() == []
    assert other.find(order(b"one"), ALICE) is None
    assert Ledger(tmp_path / "storage.db", "31337/0xf1").rows() == [row]


def test_the_length_of_a_root_is_known_where_it_is_one(ledger: Ledger) -> None:
    first = order(b"abc")
    ledger.plan([first], ALICE)
    assert ledger.size_of(first.root) == 3
    ledger.plan([order(b"abc\0")], ALICE)
    assert ledger.size_of(first.root) is None
    assert ledger.size_of(b"\1" * 32) is None


def test_an_open_extension_keeps_its_plan_until_it_ends(ledger: Ledger) -> None:
    plan = (Part(4, 10**30), Part(5, 1))
    assert ledger.extension(ALICE, 7, "1 s") is None
    begun = ledger.extension(ALICE, 7, "1 s", plan)
    assert begun is not None
    assert begun.parts == plan
    assert ledger.extension(ALICE, 7, "1 s", plan[:1]) == begun
    assert ledger.extension(BOB, 7, "1 s") is None
    assert ledger.extension(ALICE, 7, "2 s") is None
    ledger.end_extension(begun)
    assert ledger.extension(ALICE, 7, "1 s") is None


def test_what_failed_of_an_extension_goes_on_under_a_new_intent(ledger: Ledger) -> None:
    begun = ledger.extension(ALICE, 7, "1 s", (Part(4, 9), Part(5, 8)))
    assert begun is not None
    for _ in range(2):  # two processes may find the same failure
        ledger.end_extension(begun, left=begun.parts[1:])
    left = ledger.extension(ALICE, 7, "1 s")
    assert left is not None
    assert (left.parts, left.intent != begun.intent) == ((Part(5, 8),), True)
