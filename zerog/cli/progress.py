"""Progress of long work: bars on a terminal, a plain line per step elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from zerog.types import Progress

LINE_EVERY_BYTES = 256 * 1024 * 1024


class LineProgress:
    """Says when a step starts and ends, and a line per 256 MiB between."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """say: takes one finished line."""
        self._say = say
        self._said: dict[str, int] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Report `done` of `total` bytes of a step; total 0 when it has no size."""
        mark = -1 if total and done >= total else done // LINE_EVERY_BYTES
        if self._said.get(step) == mark:
            return
        self._said[step] = mark
        if not total:
            self._say(step)
        elif mark == -1:
            self._say(f"{step}: {size_text(total)} done")
        else:
            self._say(f"{step}: {size_text(done)} of {size_text(total)}")


@contextmanager
def bar_progress() -> Iterator[Progress]:
    """One bar per step, drawn on stderr."""
    from rich.console import Console  # noqa: PLC0415  (0.1 s that only a terminal pays)
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("{task.description:<10}"), BarColumn(), DownloadColumn())
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:

        def sink(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total or None)
            bars.update(tasks[step], completed=done, total=total or None)

        yield sink


def size_text(size: int) -> str:
    """A size for people: `12 B`, `3.4 KiB`, `2.0 GiB`."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"
