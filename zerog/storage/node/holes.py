"""Gives parts of a file back to the disk: the file keeps its length and reads zeros there."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

KEEP_SIZE: Final = 0x01
PUNCH_HOLE: Final = 0x02
UNSUPPORTED: Final = frozenset({errno.EOPNOTSUPP, errno.ENOSYS})


def punch(path: Path, parts: Iterable[tuple[int, int]]) -> bool:
    """Free (offset, length) parts of a file, durably; parts that follow each other are joined.

    False where the system has no such call: the space then stays taken. A missing file is no
    error. Raises OSError. (Linux: fallocate(2), FALLOC_FL_PUNCH_HOLE)
    """
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None, use_errno=True)
    call = library.fallocate
    call.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        for offset, length in _joined(parts):
            if call(file, KEEP_SIZE | PUNCH_HOLE, offset, length):
                number = ctypes.get_errno()
                if number in UNSUPPORTED:
                    return False
                raise OSError(number, os.strerror(number), str(path))
        os.fsync(file)
    finally:
        os.close(file)
    return True


def _joined(parts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start = end = 0
    for offset, length in sorted(parts):
        if offset != end and end > start:
            yield start, end - start
            start = offset
        elif end == start:
            start = offset
        end = offset + length
    if end > start:
        yield start, end - start
