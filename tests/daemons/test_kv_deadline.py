"""Files that nobody uploads or can upload: what is given up in its time, and what is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.kv_daemon import KvStack, kv_stack
from tests.support.storage_daemons import health, wait_for, with_size
from zerog.storage.client.client import StorageClient
from zerog.storage.client.submit import submit
from zerog.storage.codec import TreeBuilder
from zerog.storage.kv.batcher import Batch
from zerog.storage.kv.codec import NEVER_CONFLICTS, StreamData, Write
from zerog.storage.kv.errors import DownloadFailed
from zerog.storage.kv.sdk import stream_id

pytestmark = pytest.mark.daemons

DEADLINE = 2
LOST = 40


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KvStack]:
    """A stack that soon gives a file up: what must commit here is stored before it is asked for."""
    with kv_stack(tmp_path_factory.mktemp("hasty"), "--deadline", str(DEADLINE)) as made:
        yield made


def test_files_that_nobody_uploads_run_out_together(stack: KvStack, tmp_path: Path) -> None:
    """One after the other they would take longer than the last result is waited for."""
    stream = stream_id("together")
    data = StreamData(NEVER_CONFLICTS, (), (Write(stream, b"k", b"v"),))
    stack.store(data.encode(), tmp_path / "stored")
    lost = [
        stack.submit(data.encode() + bytes([n + 1]), data.tags(), f"lost {n}").tx_seq
        for n in range(LOST)
    ]
    after = stack.submit(data.encode(), data.tags(), "after").tx_seq
    assert stack.wait_result(after, 0.9 * DEADLINE * LOST) == "Commit"
    assert [stack.kv.result(seq) for seq in lost] == ["DownloadFailed"] * LOST


def test_file_that_comes_late_is_not_applied(stack: KvStack, tmp_path: Path) -> None:
    stream = stream_id("late")
    data = StreamData(NEVER_CONFLICTS, (), (Write(stream, b"k", b"late"),))
    lost = stack.submit(data.encode(), data.tags(), "late")
    with pytest.raises(DownloadFailed):
        stack.kv.wait_commit(lost.tx_seq)
    stack.upload(data.encode(), lost, tmp_path / "late")
    other = StreamData(NEVER_CONFLICTS, (), (Write(stream, b"other", b"v"),))
    stack.store(other.encode(), tmp_path / "other")
    done = stack.submit(other.encode(), other.tags(), "other")
    assert stack.wait_result(done.tx_seq) == "Commit"
    assert stack.kv.get(stream, b"k") is None


def test_length_that_the_root_rules_out_is_never_read(stack: KvStack, tmp_path: Path) -> None:
    """The root is stored whole; under it a shorter length is claimed, and would parse."""
    stream = stream_id("short")
    write = StreamData(NEVER_CONFLICTS, (), (Write(stream, b"k", b"cut"),))
    data = write.encode() + b"not zero"
    stack.upload(data, stack.submit(data, b"", "the whole"), tmp_path / "whole")
    builder = TreeBuilder()
    builder.update(data)
    short = with_size(builder.finish(), len(write.encode()))
    done = submit(stack.sender(3), stack.storage.flow, short, "short", tags=write.tags())
    assert stack.wait_result(done.tx_seq) == "DownloadFailed"


def failures(stack: KvStack) -> int:
    """How many steps of the replay have failed so far."""
    cycles = health(stack.node.port)["cycles"]
    assert isinstance(cycles, dict)
    return int(cycles["replay"]["failures"])


def test_outage_of_storage_gives_nothing_up(stack: KvStack) -> None:
    """It lasts for longer than the deadline, and counts for no file."""
    storage = stack.storage
    storage.node.stop()
    storage.indexer.stop()
    lost = Batch().put(stream_id("outage"), b"k", b"never uploaded").build()
    kept = Batch().put(stream_id("outage"), b"k", b"uploaded in the outage").build()
    first = stack.submit(lost.encode(), lost.tags(), "lost")
    second = stack.submit(kept.encode(), kept.tags(), "kept")
    before, began = failures(stack), time.monotonic()
    wait_for(lambda: failures(stack) - before >= 2, "the outage to be noticed")
    wait_for(lambda: time.monotonic() - began > DEADLINE, "the deadline to pass")
    assert stack.kv.result(first.tx_seq) is None
    storage.node.start()
    stack.upload(kept.encode(), second, storage.home / "scratch", StorageClient(storage.node.url))
    # The KV node asks the indexer, so only now is its outage over.
    over = time.monotonic()
    storage.indexer.start()
    assert stack.wait_result(first.tx_seq) == "DownloadFailed"
    assert time.monotonic() - over > DEADLINE, "the lost file is given its time"
    assert stack.wait_result(second.tx_seq) == "Commit"
