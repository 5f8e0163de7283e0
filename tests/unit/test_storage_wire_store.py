"""The node's rows and files, without a network: durability order, expiry, log rules."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from zerog.crypto.merkle import Proof
from zerog.storage.codec import SubmissionNode
from zerog.storage.errors import LogGap
from zerog.storage.node.entries import Submission
from zerog.storage.node.store import DROPPED_SECONDS, EARLY_SECONDS, NodeStore

pytestmark = pytest.mark.unit

ROOT = b"\1" * 32
PROOF = Proof((ROOT,), ())


@pytest.fixture
def store(tmp_path: Path) -> NodeStore:
    return NodeStore(tmp_path / "node")


def add(store: NodeStore, seq: int, size: int = 256, block: int = 1, root: bytes = ROOT) -> None:
    nodes = (SubmissionNode(root, 0),)
    with store.database.transaction() as cursor:
        store.add(cursor, Submission(seq, root, size, 1 + seq, nodes, block))


def rewind(store: NodeStore, block: int) -> None:
    with store.database.transaction() as cursor:
        store.rewind(cursor, block)


def test_add_twice_is_harmless_and_gap_or_change_is_refused(store: NodeStore) -> None:
    add(store, 0)
    add(store, 0)
    assert store.next_seq() == 1
    for seq, size in ((2, 256), (0, 255)):
        with pytest.raises(LogGap):
            add(store, seq, size)


def test_entry_of_absurd_size_does_not_stop_the_log(store: NodeStore) -> None:
    add(store, 0, size=2**72)
    add(store, 1)
    found = store.entry(0)
    assert found is not None
    assert found.content.size == 2**72
    assert store.next_seq() == 2


def test_put_marks_only_after_bytes_and_counts_once(store: NodeStore) -> None:
    add(store, 0)
    content = store.content(ROOT, 256)
    assert store.put(content, [(0, b"x" * 256, PROOF)])
    assert store.put(content, [(0, b"x" * 256, PROOF)])
    found = store.entry(0)
    assert found is not None
    assert (found.stored, found.final) == (1, True)
    assert store.read(found.content, 0, 1) == b"x" * 256
    assert store.proof(found.content, 0) == PROOF


def test_second_length_of_a_root_is_a_content_of_its_own(store: NodeStore) -> None:
    add(store, 0, size=255)
    add(store, 1, size=256)
    store.put(store.content(ROOT, 256), [(0, b"x" * 256, PROOF)])
    first, second = store.entry(0), store.entry(1)
    assert first is not None
    assert second is not None
    assert not first.final
    assert second.final
    assert store.by_root(ROOT) == second


def test_rewind_drops_entries_above_and_keeps_data(store: NodeStore) -> None:
    add(store, 0, block=5)
    add(store, 1, block=9)
    store.put(store.content(ROOT, 256), [(0, b"x" * 256, PROOF)])
    rewind(store, 5)
    assert store.entry(1) is None
    rewind(store, -1)
    assert store.by_root(ROOT) is None
    add(store, 0, block=7)
    found = store.entry(0)
    assert found is not None
    assert found.final


def test_generation_changes_with_every_rewind(store: NodeStore) -> None:
    before, log = store.log_after(0)
    assert log == []
    rewind(store, 0)
    assert store.log_after(0)[0] != before


def test_sweep_drops_what_waited_in_vain_and_nothing_else(store: NodeStore) -> None:
    early, dropped, paid = (bytes([n]) * 32 for n in (3, 4, 5))
    add(store, 0, block=1, root=paid)
    add(store, 1, block=2, root=dropped)
    rewind(store, 1)
    for root in (early, dropped, paid):
        store.put(store.content(root, 256), [(0, b"x" * 256, PROOF)])
    now = time.time()
    assert store.early_bytes() == 256
    assert store.sweep(now + EARLY_SECONDS - 10) == 0
    assert store.sweep(now + EARLY_SECONDS + 10) == 1
    assert store.early_bytes() == 0
    assert len(store.files.numbers()) == 2
    assert store.sweep(now + DROPPED_SECONDS + 10) == 1
    assert store.sweep(now + 10 * DROPPED_SECONDS) == 0
    found = store.entry(0)
    assert found is not None
    assert found.final


def test_put_into_swept_content_stores_nothing(store: NodeStore) -> None:
    content = store.content(ROOT, 256)
    assert store.sweep(time.time() + EARLY_SECONDS + 10) == 1
    assert not store.put(content, [(0, b"x" * 256, PROOF)])
    assert store.files.numbers() == []


def test_store_opened_again_has_everything(tmp_path: Path) -> None:
    first = NodeStore(tmp_path)
    add(first, 0)
    first.put(first.content(ROOT, 256), [(0, b"y" * 256, PROOF)])
    found = NodeStore(tmp_path).entry(0)
    assert found is not None
    assert found.final
