"""Anonymous memory of node and client: one large file, then many small ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench.report import Metric
from bench.storing.machines import MIB, Peak, anonymous_mib, make_file
from tests.support.storage_daemons import Storage
from zerog.storage.client.client import StorageClient
from zerog.storage.client.submit import BATCH, Submission, submit_many
from zerog.storage.codec import TreeBuilder, tree_of

TARGET_MIB = 300.0
SMALL_BYTES = 1000
PER_TX = BATCH
GROWTH_MIB = 16.0
"""What an allocator may do; 8,000 files of 1,000 bytes kept in memory would be more."""


def large(storage: Storage, home: Path, gib: int) -> list[Metric]:
    """The peaks while one file is hashed, uploaded and downloaded; the client is this process."""
    assert storage.node.process is not None
    path = home / "large"
    make_file(path, gib * 1024)
    node, here = Peak(storage.node.process.pid), Peak(os.getpid())
    tree = tree_of(path)
    done = storage.submit(tree)
    storage.wait_seen(done.tx_seq + 1)
    store = StorageClient(storage.node.url)
    start = time.perf_counter()
    store.upload(path, tree, done.tx_seq)
    middle = time.perf_counter()
    assert sum(map(len, store.segments(tree.data_root))) == tree.size
    end = time.perf_counter()
    path.unlink()
    rate = tree.size / MIB
    return [
        Metric(f"upload of {gib} GiB", rate / (middle - start), "MiB/s"),
        Metric(f"download of {gib} GiB", rate / (end - middle), "MiB/s"),
        Metric(f"node, {gib} GiB: peak", node.stop(), "MiB", TARGET_MIB, "lower"),
        Metric(f"client, {gib} GiB: peak", here.stop(), "MiB", TARGET_MIB, "lower"),
    ]


def small(storage: Storage, home: Path, count: int) -> list[Metric]:
    """What memory grows by over the last four fifths of many small files."""
    assert storage.node.process is not None
    path, store, node = home / "small", StorageClient(storage.node.url), storage.node.process.pid
    start = time.perf_counter()
    before = (0.0, 0.0)
    for first in range(0, count, PER_TX):
        if first == count // 5 // PER_TX * PER_TX:
            before = anonymous_mib(node), anonymous_mib(os.getpid())
        _batch(storage, store, path, first)
    seconds = time.perf_counter() - start
    node_grown = anonymous_mib(node) - before[0]
    here_grown = anonymous_mib(os.getpid()) - before[1]
    return [
        Metric(
            f"{count} files of {SMALL_BYTES} bytes, submitted and stored", count / seconds, "/s"
        ),
        Metric("node, growth over the last four fifths", node_grown, "MiB", GROWTH_MIB, "lower"),
        Metric("client, growth over the last four fifths", here_grown, "MiB", GROWTH_MIB, "lower"),
    ]


def _batch(storage: Storage, store: StorageClient, path: Path, first: int) -> None:
    """PER_TX files in one transaction, then each to its node."""
    contents = [os.urandom(SMALL_BYTES) for _ in range(PER_TX)]
    trees = []
    for data in contents:
        builder = TreeBuilder()
        builder.update(data)
        trees.append(builder.finish())
    batch = [Submission.of(tree) for tree in trees]
    done = submit_many(storage.sender, storage.flow, batch, f"small:{first}")
    storage.wait_seen(done[-1].tx_seq + 1)
    for data, tree, one in zip(contents, trees, done, strict=True):
        path.write_bytes(data)
        store.upload(path, tree, one.tx_seq)
