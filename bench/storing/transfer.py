"""Upload and download through one node, beside the same client posting to nobody."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from bench.report import Metric
from bench.storing.machines import MIB, Discarding, make_file, together
from tests.support.storage_daemons import Storage
from zerog.storage.client.client import StorageClient
from zerog.storage.client.upload import FileSource, upload_segments
from zerog.storage.codec import FileTree
from zerog.storage.remote import Remote, make_pool

CLIENTS = 4


def one_client(storage: Storage, home: Path, mib: int, rounds: int) -> list[Metric]:
    """Rounds of discard, upload, download with a fresh file each; medians of rates and ratios."""
    path = home / "file"
    rates: list[tuple[float, float, float]] = []
    with Discarding() as url:
        for turn in range(rounds + 1):  # the first one warms up
            tree = make_file(path, mib)
            done = storage.submit(tree)
            storage.wait_seen(done.tx_seq + 1)
            nobody = mib / _post(url, path, tree)
            up, down = _both(storage.node.url, path, tree, done.tx_seq)
            if turn:
                rates.append((nobody, mib / up, mib / down))
    path.unlink()
    nobody, up, down = (statistics.median(one) for one in zip(*rates, strict=True))
    shares = [(u / n, d / n) for n, u, d in rates]
    up_share, down_share = (statistics.median(one) for one in zip(*shares, strict=True))
    return [
        Metric("posts to a server that discards them", nobody, "MiB/s"),
        Metric("upload", up, "MiB/s"),
        Metric("download, every segment verified", down, "MiB/s"),
        Metric("upload, share of the discarding server", up_share, "", 0.5),
        Metric("download, share of the discarding server", down_share, "", 0.5),
    ]


def four_clients(storage: Storage, home: Path, mib: int, rounds: int) -> list[Metric]:
    """The same bytes by one client process and by four at once, in turn: medians of the ratio."""
    ups: list[float] = []
    downs: list[float] = []
    for turn in range(rounds + 1):
        alone, four = _prepared(storage, home, mib, 1), _prepared(storage, home, mib, CLIENTS)
        for act, kept in (("upload", ups), ("download", downs)):
            once = together(act, storage.node.url, alone)
            all_of_them = together(act, storage.node.url, four)
            if turn:
                kept.append(once / all_of_them)
    return [
        Metric("upload by four clients, share of one", statistics.median(ups), "", 1.0),
        Metric("download by four clients, share of one", statistics.median(downs), "", 1.0),
    ]


def _prepared(storage: Storage, home: Path, mib: int, count: int) -> list[tuple[Path, int]]:
    """`count` submitted files, `mib` together."""
    found = []
    for number in range(count):
        path = home / f"part-{count}-{number}"
        done = storage.submit(make_file(path, mib // count))
        storage.wait_seen(done.tx_seq + 1)
        found.append((path, done.tx_seq))
    return found


def _post(url: str, path: Path, tree: FileTree) -> float:
    """Seconds of the posts of an upload, without what comes before and after them."""
    remote = Remote(url, make_pool())
    with FileSource(path) as source:
        start = time.perf_counter()
        upload_segments(remote, source, tree, 0, range(tree.segment_count))
        return time.perf_counter() - start


def _both(url: str, path: Path, tree: FileTree, seq: int) -> tuple[float, float]:
    """Seconds of an upload to final, and of a download."""
    store = StorageClient(url)
    start = time.perf_counter()
    store.upload(path, tree, seq)
    up = time.perf_counter() - start
    start = time.perf_counter()
    size = sum(map(len, store.segments(tree.data_root)))
    down = time.perf_counter() - start
    assert size == tree.size >= MIB
    return up, down
