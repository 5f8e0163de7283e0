"""The bytes of stored files: one flat file each, at full length from its first segment on.

A preallocated file takes a segment in a tenth of the time of one that grows, and a torn write
can only hurt bytes that no row has declared stored yet.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Final

from zerog.files import sync_folder
from zerog.types import Buffer

MAX_VECTORS: Final = 64
"""Below every system's limit for one vectored write."""


class FlatFiles:
    """Files by number in one folder; safe for many threads."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is missing."""
        self._folder = folder
        self._ready: set[int] = set()
        self._making = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, number: int) -> Path:
        """Where the file of that number lies."""
        return self._folder / f"{number:08x}.data"

    def write(self, number: int, length: int, parts: Sequence[tuple[int, Buffer]]) -> None:
        """Write each (offset, data); `sync` makes it durable.

        length: of the whole file, which is preallocated first. Raises OSError (no space).
        """
        self._make(number, length)
        file = os.open(self.path(number), os.O_WRONLY)
        try:
            for offset, run in _runs(parts):
                _write_all(file, run, offset)
        finally:
            os.close(file)

    def sync(self, number: int) -> None:
        """Return when all that was written to the file is on disk; a removed file is no error."""
        try:
            file = os.open(self.path(number), os.O_WRONLY)
        except FileNotFoundError:
            return
        try:
            _sync_data(file)
        finally:
            os.close(file)

    def read(self, number: int, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`; raises OSError when the file is gone or shorter."""
        file = os.open(self.path(number), os.O_RDONLY)
        try:
            data = os.pread(file, length, offset)
        finally:
            os.close(file)
        if len(data) != length:
            raise OSError(f"{self.path(number)} ends at {offset + len(data)}")
        return data

    def remove(self, number: int) -> None:
        """Delete the file, if it is there."""
        with self._making:
            self._ready.discard(number)
            self.path(number).unlink(missing_ok=True)

    def numbers(self) -> list[int]:
        """Numbers of all files in the folder."""
        return [int(path.stem, 16) for path in self._folder.glob("*.data")]

    def _make(self, number: int, length: int) -> None:
        """Once per process: full length, and file and folder entry durable."""
        with self._making:
            if number in self._ready:
                return
            file = os.open(self.path(number), os.O_RDWR | os.O_CREAT, 0o644)
            try:
                if os.fstat(file).st_size < length:
                    _allocate(file, length)
                os.fsync(file)
            finally:
                os.close(file)
            sync_folder(self._folder)
            self._ready.add(number)


def _runs(parts: Sequence[tuple[int, Buffer]]) -> Iterator[tuple[int, list[memoryview]]]:
    """Parts that follow each other, joined: one system call each."""
    run: list[memoryview] = []
    start = end = 0
    for offset, data in sorted(parts, key=itemgetter(0)):
        if run and (offset != end or len(run) == MAX_VECTORS):
            yield start, run
            run = []
        if not run:
            start = end = offset
        run.append(memoryview(data))
        end += run[-1].nbytes
    if run:
        yield start, run


def _write_all(file: int, run: list[memoryview], offset: int) -> None:
    while run:
        count = os.pwritev(file, run, offset)
        offset += count
        while run and count >= run[0].nbytes:
            count -= run.pop(0).nbytes
        if run:
            run[0] = run[0][count:]


def _allocate(file: int, length: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, length)
    else:
        os.ftruncate(file, length)


def _sync_data(file: int) -> None:
    if hasattr(os, "fdatasync"):
        os.fdatasync(file)
    else:
        os.fsync(file)
