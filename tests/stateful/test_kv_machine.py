"""The KV store on disk against the model: random transactions, restarts and rewinds."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from zerog.storage.kv.codec import Control, Op, Read, StreamData, StreamReader, Write
from zerog.storage.kv.model import LATEST, KvModel
from zerog.storage.kv.rules import Kind, Tx, judge
from zerog.storage.kv.schema import Submitted
from zerog.storage.kv.store import EVERY, KvStore
from zerog.storage.kv.views import View

pytestmark = pytest.mark.stateful

STREAMS = [bytes([n]) * 32 for n in (1, 2)]
KEYS = [b"a", b"b", b"ba", b"\xff", b"\xff\x00"]
PEOPLE = [bytes([n]) * 20 for n in (0xA, 0xB, 0xC)]

streams, keys, people = (st.sampled_from(one) for one in (STREAMS, KEYS, PEOPLE))
values = st.sampled_from([b"", b"v", b"value" * 3])


@st.composite
def controls(draw: st.DrawFn) -> Control:
    op = draw(st.sampled_from(Op))
    key = draw(keys) if op.has_key else b""
    return Control(op, draw(streams), key, draw(people) if op.has_account else b"")


batches = st.builds(
    StreamData,
    st.one_of(st.integers(0, 30), st.just(2**64 - 1)),
    st.lists(st.builds(Read, streams, keys), max_size=2).map(tuple),
    st.lists(st.builds(Write, streams, keys, values), max_size=4).map(tuple),
    st.lists(controls(), max_size=3).map(tuple),
)


class KvMachine(RuleBasedStateMachine):
    """One submission is one block; its number is also its place."""

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp())
        self.model = KvModel()
        self.seq = 0
        self.store = KvStore(self.home / "kv.db")
        self.store.follow([EVERY])

    @rule()
    def restart(self) -> None:
        """Nothing is left but the file."""
        self.store.database.close()
        self.store = KvStore(self.home / "kv.db")

    @rule(sender=people, data=batches, cut=st.integers(0, 3), all_tagged=st.booleans())
    def transact(self, sender: bytes, data: StreamData, cut: int, all_tagged: bool) -> None:
        tagged = tuple(STREAMS) if all_tagged else data.streams
        raw = data.encode()[: None if cut else -1]
        log = Submitted(
            self.seq, self.seq, bytes(32), bytes(32), sender, bytes(32), len(raw), tagged
        )
        with self.store.database.transaction() as cursor:
            self.store.add(cursor, log, 0.0)
        if tagged:
            tx = Tx(self.seq, sender, tagged)
            outcome = judge(tx, StreamReader(raw), self.store.at(), self.store.follows)
            assert self.store.settle(log, outcome)
            assert outcome.result == self.model.apply(tx, raw).result
        else:
            self.store.skip(self.seq, 1)
        self.seq += 1

    @rule(depth=st.integers(1, 6))
    def reorg(self, depth: int) -> None:
        kept = max(0, self.seq - depth)
        with self.store.database.transaction() as cursor:
            self.store.rewind(cursor, kept - 1)
        self.model.rewind(kept)
        self.seq = kept

    @invariant()
    def every_state_is_the_model_s(self) -> None:
        if not hasattr(self, "store"):
            return
        assert self.store.applied() == self.seq - 1
        for seq in range(self.seq):
            assert self.store.result(seq) == self.model.results.get(seq)
        for version in (None, self.seq - 2, self.seq // 2):
            self.compare(self.store.at(version), LATEST if version is None else version)

    def compare(self, view: View, version: int) -> None:
        model = self.model.at(version)
        for stream in STREAMS:
            assert view.is_new(stream) == model.is_new(stream)
            expected = list(model.items(stream))
            assert list(forwards(view, stream)) == expected
            assert list(backwards(view, stream)) == expected[::-1]
            for key in KEYS:
                found = view.get(stream, key)
                shown = found and (found.version, view.read(found, 0, 99))
                assert shown == model.get(stream, key)
                assert view.holds(Kind.SPECIAL_KEY, stream, key) == model.holds(
                    Kind.SPECIAL_KEY, stream, key
                )
            for account in PEOPLE:
                places = [(kind, b"") for kind in (Kind.ADMIN, Kind.WRITER)]
                places += [(Kind.KEY_WRITER, key) for key in KEYS]
                for kind, key in places:
                    held = view.holds(kind, stream, key, account)
                    assert held == model.holds(kind, stream, key, account)
                assert view.writes_some_key(stream, account) == model.writes_some_key(
                    stream, account
                )

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.database.close()
            shutil.rmtree(self.home)


Items = list[tuple[bytes, int, bytes]]


def forwards(view: View, stream: bytes) -> Items:
    """Every key from the first to the last, one query each."""
    items: Items = []
    found = view.after(stream, None)
    while found is not None:
        items.append((found.key, found.version, view.read(found, 0, 99)))
        assert view.after(stream, found.key, inclusive=True) == found
        found = view.after(stream, found.key)
    return items


def backwards(view: View, stream: bytes) -> Items:
    """Every key from the last to the first."""
    items: Items = []
    found = view.before(stream, None)
    while found is not None:
        items.append((found.key, found.version, view.read(found, 0, 99)))
        assert view.before(stream, found.key, inclusive=True) == found
        found = view.before(stream, found.key)
    return items


TestKvMachine = KvMachine.TestCase
TestKvMachine.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
