"""The main job, measured: `zerog demo` from a warm cache, and a large agent's memory.

python bench/agents.py [--json] [--gib 2]

The large agent goes through mint, transfer and open on a stack of its own; every 50 ms the
anonymous memory (RssAnon) of each process of the stack and of the command is read, and the
peak of each is kept. Needs about four times the agent's size of disk below $TMPDIR.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, emit
from tests.support.stack import RunningStack

MIB = 1 << 20
MEMORY_TARGET_MB = 300.0
DEMO_TARGET_SECONDS = 45.0
SAMPLE_SECONDS = 0.05


class MemoryPeaks:
    """Highest anonymous memory seen of each process, by name."""

    def __init__(self) -> None:
        """Nothing is watched yet."""
        self.peaks: dict[str, int] = {}
        self._watched: dict[int, str] = {}
        self._ended = threading.Event()

    def watch(self, pid: int, name: str) -> None:
        """Watch a process and those below it."""
        self._watched[pid] = name

    @contextmanager
    def running(self) -> Iterator[None]:
        """Sample while the block runs."""
        sampler = threading.Thread(target=self._sample, daemon=True)
        sampler.start()
        try:
            yield
        finally:
            self._ended.set()
            sampler.join()

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            for pid, name in list(self._watched.items()):
                for process in _family(pid):
                    self.peaks[name] = max(self.peaks.get(name, 0), anonymous_bytes(process))


def _family(pid: int) -> list[int]:
    try:
        top = psutil.Process(pid)
        return [pid, *(child.pid for child in top.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def anonymous_bytes(pid: int) -> int:
    """RssAnon of one process; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def write_agent(folder: Path, size: int) -> None:
    """A folder of `size` bytes in files of 256 MiB; content that no one could compress."""
    folder.mkdir(parents=True)
    (folder / "persona.md").write_text("# A large agent\n")
    block, number = os.urandom(MIB), 0
    while size > 0:
        part = min(size, 256 * MIB)
        with (folder / f"weights-{number:02}.bin").open("wb") as file:
            for index in range(0, part, MIB):
                file.write(index.to_bytes(8, "big") + block[8 : min(MIB, part - index)])
        size, number = size - part, number + 1


def timed_command(stack: RunningStack, peaks: MemoryPeaks, *words: str) -> tuple[float, str]:
    """Run one command under watch; its wall seconds and standard output."""
    begin = time.monotonic()
    command = stack.spawn(*words, "--json")
    peaks.watch(command.pid, f"zerog {words[1]}")
    output, errors = command.communicate()
    if command.returncode != 0:
        raise RuntimeError(f"zerog {' '.join(words)}: {errors}")
    return time.monotonic() - begin, output


def large_agent(size: int) -> list[Metric]:
    """Mint, transfer and open one large agent."""
    metrics = []
    with tempfile.TemporaryDirectory(prefix="zerog-bench-") as scratch:
        write_agent(Path(scratch) / "agent", size)
        stack, peaks = RunningStack.start(Path(scratch) / "home"), MemoryPeaks()
        try:
            for name, part in stack.parts().items():
                peaks.watch(part["pid"], name)
            with peaks.running():
                agent, out = str(Path(scratch) / "agent"), str(Path(scratch) / "out")
                took, said = timed_command(stack, peaks, "inft", "mint", agent, "--as", "alice")
                token = str(json.loads(said)["token_id"])
                metrics.append(Metric("mint", took, "s"))
                words = ("inft", "transfer", token, "--to", "bob", "--as", "alice")
                metrics.append(Metric("transfer", timed_command(stack, peaks, *words)[0], "s"))
                words = ("inft", "open", token, "--as", "bob", "--out", out)
                metrics.append(Metric("open", timed_command(stack, peaks, *words)[0], "s"))
            same = subprocess.run(["diff", "-r", agent, out], check=False).returncode == 0
            metrics.append(Metric("opened folder is identical", float(same), "bool", 1))
        finally:
            stack.stop()
    return metrics + [
        Metric(f"anonymous memory, {name}", peak / 1e6, "MB", MEMORY_TARGET_MB, "lower")
        for name, peak in sorted(peaks.peaks.items())
    ]


def demo() -> list[Metric]:
    """`zerog demo` on a stack that it starts itself, twice; the second is the warm one."""
    for _ in range(2):
        with tempfile.TemporaryDirectory(prefix="zerog-bench-") as scratch:
            begin = time.monotonic()
            done = RunningStack(Path(scratch) / "home").run("demo", "--ports", "auto", "--json")
            took = time.monotonic() - begin
            if done.returncode != 0:
                raise RuntimeError(done.stderr)
    said = json.loads(done.stdout)
    return [
        Metric("zerog demo, whole command", took, "s", DEMO_TARGET_SECONDS, "lower"),
        Metric("zerog demo, without starting the stack", float(said["seconds"]), "s"),
        Metric("opened identical", float(said["opened_identical"]), "bool", 1),
        Metric("old owner can open", float(said["old_owner_can_open"]), "bool", 0, "lower"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--gib", type=float, default=2.0, help="size of the large agent")
    chosen = parser.parse_args()
    metrics = demo() + large_agent(int(chosen.gib * 1024) * MIB)
    emit(f"The main job; an agent of {chosen.gib:g} GiB", metrics, sys.argv[1:])


if __name__ == "__main__":
    main()
