"""Storage: data roots beside the official SDKs, transfer beside a server that discards, memory.

python bench/storage.py [--json] [--mib 256] [--rounds 5] [--gib 4] [--files 10000] [PART...]

PART: roots, transfer, four, large, small (default: all). The node is a real one beside a real
chain. The discarding server reads each body and answers 0; the client that posts to it is the
one that uploads. Memory is RssAnon, sampled.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, emit
from bench.storing import machines, memory, roots, transfer
from tests.support.evm import AnvilProcess
from tests.support.storage_daemons import Storage

PARTS = ("roots", "transfer", "four", "large", "small")


def measure(home: Path, chosen: argparse.Namespace) -> list[Metric]:
    """The figures of the chosen parts."""
    parts = chosen.parts or PARTS
    found: list[Metric] = []
    if "roots" in parts:
        path, few = home / "file", home / "few"
        machines.make_file(path, chosen.mib)
        machines.make_file(few, roots.SDK_MIB)
        found += roots.measure(path, few)
        path.unlink()
    if parts == ["roots"]:
        return found
    anvil = AnvilProcess.start(home)
    try:
        storage = Storage.make(home, anvil)
        start = time.perf_counter()
        storage.node.start()
        found.append(Metric("node start to healthy", time.perf_counter() - start, "s"))
        try:
            found += stored(storage, home, chosen)
        finally:
            storage.node.stop()
    finally:
        anvil.stop()
    return found


def stored(storage: Storage, home: Path, chosen: argparse.Namespace) -> list[Metric]:
    """The parts that need a node."""
    parts = chosen.parts or PARTS
    found: list[Metric] = []
    if "transfer" in parts:
        found += transfer.one_client(storage, home, chosen.mib, chosen.rounds)
    if "four" in parts:
        found += transfer.four_clients(storage, home, chosen.mib, chosen.rounds)
    if "large" in parts:
        found += memory.large(storage, home, chosen.gib)
    if "small" in parts:
        found += memory.small(storage, home, chosen.files)
    return found


def main() -> None:
    """Measure; or be the discarding server or one of several clients."""
    parser = argparse.ArgumentParser(description="Measure the storage room.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gib", type=int, default=4)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--discard", type=int, metavar="PORT")
    parser.add_argument("--client", nargs=4, metavar=("ACT", "URL", "FILE", "SEQ"))
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no part called {', '.join(sorted(unknown))}")
    if chosen.discard:
        machines.discard(chosen.discard)
    elif chosen.client:
        act, url, path, seq = chosen.client
        print(json.dumps({"end": machines.client(act, url, Path(path), int(seq))}))
    else:
        with tempfile.TemporaryDirectory(prefix="zerog-bench-") as home:
            emit("Storage", measure(Path(home), chosen))


if __name__ == "__main__":
    main()
