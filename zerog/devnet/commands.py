"""The command lines of the processes of a stack: data only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from zerog.devnet.shape import HOST

CHAIN_ID: Final = 31337
LARGE_BLOCK: Final = str(4 * 1024 * 1024)
MALLOC: Final[Mapping[str, str]] = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": LARGE_BLOCK,
    "MALLOC_TRIM_THRESHOLD_": LARGE_BLOCK,
}
"""glibc keeps what was freed, in an arena for each thread: after one blob of 31 MiB the processes
of data availability would hold 600 MB for good. Other systems pass this over."""
KEPT_STATES: Final = 50
"""States that anvil keeps for reads at a past block; more make a Prague chain slow."""


def celery(python: str) -> tuple[str, ...]:
    """Celery over the workers' application."""
    return (python, "-m", "celery", "-A", "workers.app")


def worker_arguments(name: str, queue: str, pool: tuple[str, ...]) -> tuple[str, ...]:
    """Celery's arguments for one worker.

    Gossip and mingle only serve clusters that schedule among themselves, and cost a second.
    """
    quiet = ("--without-gossip", "--without-mingle")
    return ("worker", "-n", f"{name}@%h", "-Q", queue, "-l", "INFO", *pool, *quiet)


def daemon(python: str, module: str, home: Path, port: int, *more: str) -> tuple[str, ...]:
    """A daemon of the library: a module that takes its home and its port."""
    return (python, "-m", module, "--home", str(home), "--port", str(port), *more)


def anvil_command(binary: str, port: int, mine: bool = False) -> tuple[str, ...]:
    """anvil as the devnet runs it, with its well-known accounts; a saved state comes on top.

    mine: a block each second besides those of transactions, for miners wait for blocks.
    """
    ticking = ("--block-time", "1", "--mixed-mining") if mine else ()
    return (
        binary,
        *("--host", HOST),
        *("--port", str(port)),
        *("--chain-id", str(CHAIN_ID)),
        *("--hardfork", "prague"),
        *("--prune-history", str(KEPT_STATES)),
        "--no-request-size-limit",
        "--quiet",
        *ticking,
    )


def broker_command(binary: str, port: int, data: Path) -> tuple[str, ...]:
    """The embedded broker: append-only file, loopback only."""
    return (
        binary,
        *("--port", str(port)),
        *("--bind", HOST),
        *("--save", ""),
        *("--appendonly", "yes"),
        *("--appendfsync", "everysec"),
        *("--dir", str(data)),
    )
