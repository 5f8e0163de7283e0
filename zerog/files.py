"""Files that a crash leaves whole: replaced in one step, and their folders made durable."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path

from zerog.types import Buffer

PRIVATE = 0o600


def replace_file(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Replace a file: readers see the old content or the new, and so does a crash."""
    replace_file_parts(path, (content,), mode)


def replace_file_parts(path: Path, parts: Iterable[Buffer], mode: int = PRIVATE) -> None:
    """As `replace_file`, with content that is not copied together first.

    Two threads may replace one file at once: each has a scratch file of its own.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.writelines(parts)
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: without it a crash may undo a rename."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_at(path: Path, descriptor: int) -> bool:
    """Whether a name still stands for the file that was opened under it."""
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False
