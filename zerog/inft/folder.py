"""An agent folder as a stream of bytes and back: one tree, one archive, nothing else accepted.

The archive is an uncompressed tar that the standard tools read. It keeps paths, contents, the
executable bit, empty folders and links inside the folder; it has no times and no owners, so the
same tree always gives the same bytes. Memory stays constant in the size of the folder's files.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from zerog.inft.entries import (
    END,
    MAX_DEPTH,
    EmptyFolder,
    Entry,
    FolderChanged,
    FolderPlan,
    Kind,
    NameNotUtf8,
    NoSuchFolder,
    NotAFolder,
    SpecialFile,
    TooDeep,
    UnreadableEntry,
    check_links,
)
from zerog.inft.unpacking import require_free, unpack

__all__ = [
    "FolderPlan",
    "PackStream",
    "manifest_hash",
    "pack_stream",
    "require_free",
    "scan",
    "unpack",
]


def scan(root: Path) -> FolderPlan:
    """List a folder for packing; every reason not to pack it is found here.

    Raises NoSuchFolder, NotAFolder, EmptyFolder, LinkLeavesFolder, SpecialFile,
    UnreadableEntry, NameNotUtf8 and TooDeep, all of them UsageErrors.
    """
    if not root.exists():
        raise NoSuchFolder(root)
    if not root.is_dir():
        raise NotAFolder(root)
    entries = sorted(_walk(root), key=lambda entry: entry.path.encode())
    if not entries:
        raise EmptyFolder(root)
    check_links({entry.path: entry.target for entry in entries if entry.kind is Kind.LINK})
    size = sum(len(entry.header()) + entry.size + entry.padding for entry in entries)
    return FolderPlan(root, tuple(entries), size + len(END))


def _walk(root: Path) -> Iterator[Entry]:
    """Every entry under `root`, in no order."""
    folders = [""]
    while folders:
        below = folders.pop()
        try:
            names = os.listdir(root / below)
        except OSError as error:
            raise UnreadableEntry(below or str(root), error.strerror or str(error)) from error
        for name in names:
            entry = _look(root, f"{below}/{name}" if below else name)
            yield entry
            if entry.kind is Kind.DIR:
                folders.append(entry.path)


def _look(root: Path, path: str) -> Entry:
    """The entry at `path`, which is not followed if it is a link."""
    where = root / path
    if path.count("/") >= MAX_DEPTH:
        raise TooDeep(path)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise NameNotUtf8(os.fsencode(path)) from error
    try:
        status = os.lstat(where)
        if stat.S_ISLNK(status.st_mode):
            return Entry(path, Kind.LINK, target=_target(where))
    except OSError as error:
        raise UnreadableEntry(path, error.strerror or str(error)) from error
    if stat.S_ISDIR(status.st_mode):
        return Entry(path, Kind.DIR)
    if not stat.S_ISREG(status.st_mode):
        raise SpecialFile(path)
    if not os.access(where, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        raise UnreadableEntry(path, "permission denied")
    runs = bool(status.st_mode & stat.S_IXUSR)
    return Entry(path, Kind.FILE, status.st_size, runs, mtime_ns=status.st_mtime_ns)


def _target(where: Path) -> str:
    target = os.readlink(where)
    try:
        target.encode()
    except UnicodeEncodeError as error:
        raise NameNotUtf8(os.fsencode(target)) from error
    return target


class PackStream(io.RawIOBase):
    """The archive of a plan as a readable stream; fills the whole buffer but at the end."""

    def __init__(self, plan: FolderPlan) -> None:
        """plan: from scan; the folder must not change until the stream has ended."""
        self._root = plan.root
        self._entries = iter(plan.entries)
        self._pending = memoryview(b"")
        self._file: io.FileIO | None = None
        self._entry: Entry | None = None
        self._left = 0
        self._ended = False

    def readable(self) -> bool:
        """True: it is only ever read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer`; raises FolderChanged when a file is not as it was at the scan."""
        view, done = memoryview(buffer), 0
        while done < len(view):
            if self._pending:
                count = min(len(self._pending), len(view) - done)
                view[done : done + count] = self._pending[:count]
                self._pending = self._pending[count:]
            elif self._file is not None:
                count = self._from_file(self._file, view[done:])
            elif self._ended:
                break
            else:
                self._advance()
                count = 0
            done += count
        return done

    def _advance(self) -> None:
        """Go to the next entry, or to the end mark."""
        entry = next(self._entries, None)
        if entry is None:
            self._pending, self._ended = memoryview(END), True
            return
        self._pending = memoryview(entry.header())
        if entry.kind is Kind.FILE:
            self._entry, self._left = entry, entry.size
            self._file = self._open(entry)

    def _open(self, entry: Entry) -> io.FileIO:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            opened = io.FileIO(os.open(self._root / entry.path, flags))
        except OSError as error:
            raise FolderChanged(entry.path) from error
        _same(opened, entry)
        return opened

    def _from_file(self, opened: io.FileIO, view: memoryview) -> int:
        """Read from the open file; at its end check it once more and add the padding."""
        assert self._entry is not None  # noqa: S101  (set with the file)
        entry = self._entry
        if self._left:
            count = opened.readinto(view[: self._left])
            if not count:
                raise FolderChanged(entry.path)
            self._left -= count
            return count
        _same(opened, entry)
        opened.close()
        self._file, self._pending = None, memoryview(bytes(entry.padding))
        return 0

    def close(self) -> None:
        """Close the file that is being read, if any."""
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()


def _same(opened: io.FileIO, entry: Entry) -> None:
    """Raise FolderChanged unless the open file has the size and time of the scan."""
    status = os.fstat(opened.fileno())
    if (status.st_size, status.st_mtime_ns) != (entry.size, entry.mtime_ns):
        opened.close()
        raise FolderChanged(entry.path)


def pack_stream(plan: FolderPlan) -> PackStream:
    """The deterministic archive of `plan`: `plan.tar_size` bytes from `read` or `readinto`."""
    return PackStream(plan)


def manifest_hash(root: Path) -> bytes:
    """32 bytes that stand for a whole folder: two folders with the same hash are identical.

    SHA-256 over, for every entry in order, path, kind, executable bit, link target and the
    SHA-256 of its content, each with its length in front. Raises what `scan` raises.
    """
    total = hashlib.sha256(b"zerog/inft/manifest/1")
    for entry in scan(root).entries:
        content = b""
        if entry.kind is Kind.FILE:
            with open(root / entry.path, "rb") as opened:
                content = hashlib.file_digest(opened, "sha256").digest()
        mode = b"x" if entry.executable else b"-"
        for part in (
            entry.path.encode(),
            entry.kind.encode(),
            mode,
            entry.target.encode(),
            content,
        ):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.digest()
