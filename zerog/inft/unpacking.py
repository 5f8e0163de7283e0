"""From an archive back to a folder, trusting nobody who packed it.

What reaches the disk: plain files, folders, and at the very end links that stay inside. The
archive must be, byte for byte, what packing the result would give.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from zerog.inft.entries import (
    BLOCK,
    END,
    PAX_TYPE,
    BadArchive,
    CannotWrite,
    Entry,
    FolderPlan,
    Kind,
    LinkLeavesFolder,
    OutputInUse,
    check_links,
    check_path,
    parse_header,
    parse_pax,
    pax_length,
)

COPY: Final = 1 << 20


class Source(Protocol):
    """Where an archive is read from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill some of `buffer`; gives the number of bytes, 0 only at the end."""
        ...


def require_free(out: Path) -> None:
    """Raise OutputInUse unless `out` is absent or an empty folder."""
    if os.path.lexists(out) and (out.is_symlink() or not out.is_dir() or any(out.iterdir())):
        raise OutputInUse(out)


def unpack(source: Source, out: Path) -> FolderPlan:
    """Write the folder that an archive holds; `out` appears at the end, complete, or not at all.

    source: read to its end. Gives the plan of what was written.
    Raises OutputInUse before anything is read; BadArchive unless the bytes are the canonical
    archive of some folder; CannotWrite; and whatever `source` raises.
    """
    require_free(out)
    partial = out.parent / f".{out.name}.{secrets.token_hex(4)}.part"
    try:
        with _writing(partial):
            partial.mkdir(parents=True)
        plan = _Unpacking(source, partial).run(out)
        with _writing(out):
            partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return plan


@contextmanager
def _writing(path: Path | str) -> Iterator[None]:
    """Say CannotWrite where the system refuses."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(str(path), error.strerror or str(error)) from error


class _Unpacking:
    """One archive on its way to disk. Links are made last: nothing is written through one."""

    def __init__(self, source: Source, root: Path) -> None:
        self._source, self._root = source, root
        self._entries: list[Entry] = []
        self._folders = {""}
        self._size = 0

    def run(self, out: Path) -> FolderPlan:
        """Everything until the end of the source."""
        while (entry := self._next_entry()) is not None:
            self._check_place(entry)
            self._entries.append(entry)
            if entry.kind is Kind.DIR:
                self._folders.add(entry.path)
                with _writing(entry.path):
                    (self._root / entry.path).mkdir()
            elif entry.kind is Kind.FILE:
                self._write(entry)
        if not self._entries:
            raise BadArchive("it is empty")
        if self._source.readinto(memoryview(bytearray(1))):
            raise BadArchive("bytes follow its end")
        self._make_links()
        return FolderPlan(out, tuple(self._entries), self._size)

    def _next_entry(self) -> Entry | None:
        """The next header, proven canonical; None at the end mark."""
        raw = self._read(BLOCK)
        if raw == END[:BLOCK]:
            if self._read(BLOCK) != END[BLOCK:]:
                raise BadArchive("its end mark is broken")
            return None
        records: dict[str, str] = {}
        if raw[156:157] == PAX_TYPE:
            length = pax_length(raw)
            extra = self._read(length + -length % BLOCK)
            records = parse_pax(extra[:length])
            raw += extra + self._read(BLOCK)
        entry = parse_header(raw[-BLOCK:], records)
        check_path(entry.path)
        if entry.header() != raw:
            raise BadArchive("a header is not in canonical form", entry.path)
        return entry

    def _check_place(self, entry: Entry) -> None:
        """Each path once, in order, below a folder that the archive itself made."""
        if self._entries and entry.path.encode() <= self._entries[-1].path.encode():
            raise BadArchive("it is a duplicate or out of order", entry.path)
        if entry.path.rpartition("/")[0] not in self._folders:
            raise BadArchive("its folder is missing", entry.path)

    def _write(self, entry: Entry) -> None:
        """The content of one file, through one small buffer; never over an existing file."""
        left, buffer = entry.size, memoryview(bytearray(min(COPY, entry.size)))
        with _writing(entry.path):
            mode = 0o777 if entry.executable else 0o666
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            opened = io.FileIO(os.open(self._root / entry.path, flags, mode), "wb")
        with opened:
            while left:
                count = self._source.readinto(buffer[: min(left, len(buffer))])
                if not count:
                    raise BadArchive("it ends inside a file", entry.path)
                with _writing(entry.path):
                    _write_all(opened, buffer[:count])
                left -= count
        self._size += entry.size
        if any(self._read(entry.padding)):
            raise BadArchive("its padding is not zero", entry.path)

    def _make_links(self) -> None:
        links = {entry.path: entry.target for entry in self._entries if entry.kind is Kind.LINK}
        try:
            check_links(links)
        except LinkLeavesFolder as error:
            raise BadArchive("a link leaves the folder", error.path) from error
        for path, target in links.items():
            with _writing(path):
                os.symlink(target, self._root / path)

    def _read(self, size: int) -> bytes:
        """Exactly `size` bytes (headers and padding only)."""
        found = bytearray(size)
        view, done = memoryview(found), 0
        while done < size:
            count = self._source.readinto(view[done:])
            if not count:
                raise BadArchive("it ends too early")
            done += count
        self._size += size
        return bytes(found)


def _write_all(opened: io.FileIO, view: memoryview) -> None:
    done = 0
    while done < len(view):
        done += opened.write(view[done:])
