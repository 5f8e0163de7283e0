"""What counts of what was sealed: only bytes on disk, for this miner, under the chain's epochs."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from tests.support.mining_world import MINER, World
from zerog.config import BadSetting
from zerog.crypto.keccak import keccak256
from zerog.locks import try_lock
from zerog.storage.mining.chainlog import rewind, word
from zerog.storage.mining.config import MinerConfig
from zerog.storage.mining.sealed_store import MIGRATIONS, SealedFileFailed, SealedStore
from zerog.storage.mining.sealing import Epoch, SealedRun
from zerog.storage.wire import ShardConfig

pytestmark = pytest.mark.unit

WORLD = World([5_000, 300_000], {0, 1})
OTHER = keccak256(b"another miner")


def kept(store: SealedStore, load: int, epochs: list[Epoch], miner: bytes = MINER) -> set[int]:
    return set(store.load(load, miner, epochs).units)


def units(runs: list[SealedRun]) -> set[int]:
    return {run.unit + at for run in runs for at in range(run.count)}


def test_sealed_load_comes_back_from_another_process(tmp_path: Path) -> None:
    runs = WORLD.seal(0)
    SealedStore(tmp_path).put({0: ()}, runs, MINER)
    store = SealedStore(tmp_path)
    rows, data = WORLD.sealed(0)
    assert store.load(0, MINER, WORLD.epochs) == rows
    assert store.read(0) == data
    assert store.read(1) == bytes(262_144)
    assert store.counts() == (len(rows.units), 0)


def test_runs_of_another_miner_or_a_lost_epoch_do_not_count(tmp_path: Path) -> None:
    store, runs = SealedStore(tmp_path), WORLD.seal(0)
    store.put({0: ()}, runs, MINER)
    first, second = WORLD.epochs
    assert kept(store, 0, WORLD.epochs) == units(runs)
    assert kept(store, 0, WORLD.epochs, OTHER) == set()
    of_first = {u for run in runs if run.digest == first.digest for u in units([run])}
    assert kept(store, 0, [first]) == of_first
    assert kept(store, 0, [dataclasses.replace(first, first=first.beyond - 1), second]) == (
        units(runs) - of_first
    )
    assert kept(store, 0, [dataclasses.replace(first, digest=bytes(32))]) == set()


def test_row_goes_before_its_bytes_are_overwritten(tmp_path: Path) -> None:
    """A write that fails leaves the load unsealed, never half of it under the old row."""
    store, runs = SealedStore(tmp_path), WORLD.seal(0)
    store.put({0: ()}, runs, MINER)
    (tmp_path / "sealed.data").unlink()
    with pytest.raises(SealedFileFailed) as caught:
        store.put({0: ()}, runs, MINER)
    assert caught.value.path == tmp_path / "sealed.data"
    assert kept(store, 0, WORLD.epochs) == set()


def test_file_that_was_removed_leaves_nothing_that_counts(tmp_path: Path) -> None:
    SealedStore(tmp_path).put({0: ()}, WORLD.seal(0), MINER)
    (tmp_path / "sealed.data").unlink()
    store = SealedStore(tmp_path)
    assert kept(store, 0, WORLD.epochs) == set()
    assert store.cursor_of(MINER) == 0


def test_load_far_out_in_a_padded_flow_takes_the_room_of_one_load(tmp_path: Path) -> None:
    """A flow may be longer than any file, of gaps alone."""
    store, runs, far = SealedStore(tmp_path), WORLD.seal(0), 1 << 46
    there = [dataclasses.replace(run, load=far) for run in runs]
    store.put({far: ()}, there, MINER)
    store.put({0: ()}, runs, MINER)
    rows, data = WORLD.sealed(0)
    assert store.read(far) == store.read(0) == data
    assert (tmp_path / "sealed.data").stat().st_size == 2 * 262_144
    assert SealedStore(tmp_path).read(far) == data
    assert store.counts()[0] == 2 * len(rows.units)


def test_sealed_data_of_an_older_home_stays_where_it_is(tmp_path: Path) -> None:
    runs, (rows, data) = WORLD.seal(1), WORLD.sealed(1)
    SealedStore(tmp_path).put({1: ()}, runs, MINER)
    file = tmp_path / "sealed.data"
    file.write_bytes(bytes(262_144) + data)
    with sqlite3.connect(tmp_path / "miner.db") as connection:
        connection.execute("DROP TABLE place")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) - 1}")
    connection.close()
    store = SealedStore(tmp_path)
    assert store.load(1, MINER, WORLD.epochs) == rows
    assert store.read(1) == data
    assert store.read(0) == bytes(262_144)
    store.put({0: ()}, WORLD.seal(0), MINER)
    assert (store.read(0), store.read(1)) == (WORLD.sealed(0)[1], data)


def test_dropped_load_is_sealed_again(tmp_path: Path) -> None:
    store = SealedStore(tmp_path)
    store.cursor_of(MINER)
    last = add_epoch(store, b"a" * 32, 9_000, 7)
    store.put({0: (), 1: ()}, [*WORLD.seal(0), *WORLD.seal(1)], MINER)
    store.advance(MINER, 0, 9_000, last)
    store.drop(1)
    assert kept(store, 1, WORLD.epochs) == set()
    assert kept(store, 0, WORLD.epochs) != set()
    assert store.cursor_of(MINER) == 1_024


def test_rows_that_count_stay_when_their_load_is_completed(tmp_path: Path) -> None:
    store, runs = SealedStore(tmp_path), WORLD.seal(0)
    assert len(runs) == 2
    store.put({0: ()}, runs[:1], MINER)
    store.put({0: units(runs[:1])}, runs[1:], MINER)
    assert kept(store, 0, WORLD.epochs) == units(runs)
    with pytest.raises(sqlite3.IntegrityError):
        store.put({0: units(runs)}, runs[1:], MINER)


def add_epoch(store: SealedStore, digest: bytes, beyond: int, block: int) -> Epoch:
    with store.database.transaction() as cursor:
        cursor.execute(
            "INSERT INTO epoch (digest, first, beyond, block) VALUES (?, ?, ?, ?)",
            (digest, word(0), word(beyond), block),
        )
        place = cursor.lastrowid
    assert place is not None
    return Epoch(place, digest, 0, beyond)


def test_cursor_moves_only_under_the_epoch_that_was_looked_at(tmp_path: Path) -> None:
    store = SealedStore(tmp_path)
    assert store.cursor_of(MINER) == 0
    old = add_epoch(store, b"a" * 32, 5_000, 7)
    with store.database.transaction() as cursor:
        rewind(cursor, 6)
    new = add_epoch(store, b"a" * 32, 5_000, 7)
    store.advance(MINER, 0, 5_000, old)
    assert store.cursor_of(MINER) == 0
    store.advance(MINER, 0, 5_000, new)
    assert store.cursor_of(MINER) == 5_000
    store.advance(MINER, 0, 9_000, new)
    assert store.cursor_of(MINER) == 5_000


def testrewind_moves_the_cursor_back_and_another_miner_begins_anew(tmp_path: Path) -> None:
    store = SealedStore(tmp_path)
    store.cursor_of(MINER)
    add_epoch(store, b"a" * 32, 3_000, 5)
    last = add_epoch(store, b"b" * 32, 9_000, 8)
    store.advance(MINER, 0, 9_000, last)
    with store.database.transaction() as cursor:
        rewind(cursor, 7)
    assert store.cursor_of(MINER) == 3_000
    assert store.cursor_of(OTHER) == 0


def test_missing_data_is_looked_for_again_at_growing_intervals(tmp_path: Path) -> None:
    store, now = SealedStore(tmp_path), 1000.0
    pauses = []
    for _ in range(9):
        store.postpone(3, 40, now)
        store.postpone(3, 99, now + 0.5)
        assert store.due(now + 0.5, 8) == []
        later = next(now + s for s in range(1, 700) if store.due(now + s, 8))
        pauses.append(later - now)
        now = later
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert store.due(now, 8) == [(3, 40)]
    assert store.waiting([3, 4], now - 1) == {3}
    assert store.waiting([3, 4], now) == set()
    store.found_up_to(3, 41)
    assert store.due(now, 8) == [(3, 41)]
    assert store.counts() == (0, 1)
    store.forget(3)
    assert store.counts() == (0, 0)


def test_load_to_go_on_from_goes_down_while_data_is_waited_for(tmp_path: Path) -> None:
    """As after a reorg, when loads that had been sealed lose their epoch."""
    store, now = SealedStore(tmp_path), 1000.0
    store.postpone(3, 40, now)
    store.found_up_to(3, 42)
    store.postpone(3, 41, now + 1)
    assert store.due(now + 5, 8) == [(3, 41)]
    store.postpone(3, 40, now + 5)
    assert store.due(now + 14, 8) == []
    assert store.due(now + 15, 8) == [(3, 40)]


def test_rewind_forgets_what_was_missing_of_the_files_it_takes_back(tmp_path: Path) -> None:
    store = SealedStore(tmp_path)
    with store.database.transaction() as cursor:
        for seq, block in ((0, 5), (1, 9)):
            row = (seq, bytes(32), word(300), word(1), word(3), b"", block)
            cursor.execute("INSERT INTO filed VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    for seq in range(2):
        store.postpone(seq, 0, 1000.0)
    with store.database.transaction() as cursor:
        rewind(cursor, 8)
    assert store.due(2000.0, 8) == [(0, 0)]


def test_lock_is_held_by_one_and_free_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "miner" / "a.lock"
    with try_lock(path) as first, try_lock(path) as second:
        assert (first, second) == (True, False)
    with try_lock(path) as again:
        assert again


def test_config_comes_from_the_environment() -> None:
    named = {
        "ZEROG_MINE_KEY": "erin",
        "ZEROG_MINE_SHARD": "3/4",
        "ZEROG_MINE_LANES": "2",
        "ZEROG_MINE_ANSWERS": "5",
        "ZEROG_MINE_GIB": "3",
    }
    assert MinerConfig.load(named) == MinerConfig("erin", ShardConfig(3, 4), 2, 5, 3)
    assert MinerConfig.load({}).key == "dave"
    assert MinerConfig.load({}).shard == ShardConfig(0, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZEROG_MINE_SHARD", "1"),
        ("ZEROG_MINE_SHARD", "4/4"),
        ("ZEROG_MINE_SHARD", "0/3"),
        ("ZEROG_MINE_SHARD", "0/0"),
        ("ZEROG_MINE_LANES", "0"),
        ("ZEROG_MINE_ANSWERS", "-1"),
        ("ZEROG_MINE_GIB", "much"),
    ],
)
def test_wrong_config_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        MinerConfig.load({name: value})
    assert caught.value.name == name
