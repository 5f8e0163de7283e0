"""A download that goes on where it stopped: OUT.part with the bytes, OUT.part.log with proofs.

The log holds the hash of each segment that was verified before it was written. An interrupted
download hashes what lies in OUT.part again and fetches only what does not match; at the end the
hashes of all segments must fold to the data root, so the log itself is not trusted either. OUT
appears whole or not at all, and what it holds is decrypted already.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zerog.crypto.merkle import ZERO_HASHES, tree_root
from zerog.files import is_at, sync_folder
from zerog.locks import lock
from zerog.storage.client.errors import (
    CannotWriteOutput,
    DownloadRunning,
    OutputExists,
    PartDamaged,
)
from zerog.storage.codec import (
    SEGMENT,
    SEGMENT_HEIGHT,
    TreeBuilder,
    padded_segment_count,
    padded_segment_sectors,
    segment_count,
    segment_root,
)
from zerog.storage.encryption import Secret

RECORD: Final = struct.Struct(">II32s")
"""Fragment, segment, its hash."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a fragment's bytes go.

    size: stored bytes. out: place of its first payload byte in the file. skip: header bytes
    before that in the fragment; cipher: place of the first payload byte in the keystream.
    """

    root: bytes
    size: int
    out: int
    skip: int = 0
    cipher: int = 0
    secret: Secret | None = field(default=None, repr=False)

    @property
    def payload(self) -> int:
        """Bytes that end up in the file."""
        return self.size - self.skip


class PartFile:
    """The unfinished download of some fragments into one file."""

    def __init__(self, out: Path, lanes: Sequence[Lane]) -> None:
        """Raises OutputExists, CannotWriteOutput; nothing is opened yet."""
        if os.path.lexists(out):
            raise OutputExists(out)
        self._out, self._lanes = out, tuple(lanes)
        self._part = out.with_name(f"{out.name}.part")
        self._log = out.with_name(f"{out.name}.part.log")
        self._hashes: dict[tuple[int, int], bytes] = {}
        self._files: tuple[int, int] = (-1, -1)

    @contextmanager
    def open(self) -> Iterator[PartFile]:
        """The file for writing, with what an earlier download left in it."""
        with _opened(self._log, os.O_APPEND) as log:
            # Whoever had it before may have ended, and then the name is no longer this file's.
            if not lock(log) or not is_at(self._log, log):
                raise DownloadRunning(self._out)
            with _opened(self._part) as part:
                self._files = (part, log)
                self._recall()
                yield self

    def missing(self, lane: int) -> list[int]:
        """Segments of a fragment that are not verified yet."""
        count = segment_count(self._lanes[lane].size)
        return [index for index in range(count) if (lane, index) not in self._hashes]

    def write(self, lane: int, index: int, data: bytes) -> None:
        """A verified segment as it is stored; raises CannotWriteOutput."""
        line, (part, log) = self._lanes[lane], self._files
        digest = self._digest(line, index, data)
        payload, at = self._payload(line, index, data)
        try:
            _write_at(part, payload, line.out + at)
            os.write(log, RECORD.pack(lane, index, digest))
        except OSError as error:
            raise CannotWriteOutput(self._part, error.strerror or "") from error
        self._hashes[lane, index] = digest

    def seal(self) -> None:
        """Give the file its name, once every segment is there.

        Raises PartDamaged (the leftovers are removed), CannotWriteOutput.
        """
        for number, lane in enumerate(self._lanes):
            if self._root(number, lane) != lane.root:
                self.forget()
                raise PartDamaged(self._part, lane.root)
        try:
            os.ftruncate(self._files[0], sum(lane.payload for lane in self._lanes))
            os.fsync(self._files[0])
            if os.path.lexists(self._out):
                raise OutputExists(self._out)
            self._part.rename(self._out)
        except OSError as error:
            raise CannotWriteOutput(self._out, error.strerror or "") from error
        self.forget()

    def forget(self) -> None:
        """Remove what was left."""
        for path in (self._part, self._log):
            path.unlink(missing_ok=True)
        sync_folder(self._out.parent)

    def _recall(self) -> None:
        """Believe of the log only what the bytes still say; begin again for other roots."""
        log = self._files[1]
        said = json.dumps([[lane.root.hex(), lane.size, lane.out] for lane in self._lanes])
        first = said.encode() + b"\n"
        found = os.pread(log, os.fstat(log).st_size, 0)
        if not found.startswith(first):
            os.ftruncate(log, 0)
            os.ftruncate(self._files[0], 0)
            os.write(log, first)
            return
        body = found[len(first) :]
        whole = len(body) // RECORD.size * RECORD.size
        os.ftruncate(log, len(first) + whole)
        for lane, index, digest in RECORD.iter_unpack(body[:whole]):
            if lane < len(self._lanes) and self._is_there(self._lanes[lane], index, digest):
                self._hashes[lane, index] = digest

    def _is_there(self, lane: Lane, index: int, digest: bytes) -> bool:
        """Whether the file still holds the segment."""
        if index >= segment_count(lane.size):
            return False
        data = stored_segment(self._files[0], lane, index)
        return data is not None and self._digest(lane, index, data) == digest

    @staticmethod
    def _payload(lane: Lane, index: int, data: bytes) -> tuple[bytes, int]:
        """What of a stored segment goes into the file, decrypted, and where in the fragment."""
        start = index * SEGMENT
        drop = max(0, lane.skip - start)
        at = max(0, start - lane.skip)
        payload = data[drop:]
        return (
            payload if lane.secret is None else lane.secret.apply(payload, lane.cipher + at)
        ), at

    @staticmethod
    def _digest(lane: Lane, index: int, data: bytes) -> bytes:
        return segment_root(data, padded_segment_sectors(lane.size, index))

    def _root(self, number: int, lane: Lane) -> bytes:
        """The data root of what was written, from the hashes; empty while something lacks."""
        count = segment_count(lane.size)
        with suppress(KeyError):
            real = [self._hashes[number, index] for index in range(count)]
            padding = padded_segment_count(lane.size) - count
            return tree_root(real + [ZERO_HASHES[SEGMENT_HEIGHT]] * padding)
        return b""


def stored_segment(file: int, lane: Lane, index: int) -> bytes | None:
    """A segment as it is stored, made of what lies in a file; None when that is too short."""
    start = index * SEGMENT
    wanted = min(SEGMENT, lane.size - start)
    header = lane.secret.header.encode() if lane.secret is not None else b""
    head = header[: lane.skip][start : start + wanted]
    at = max(0, start - lane.skip)
    payload = os.pread(file, wanted - len(head), lane.out + at)
    if len(head) + len(payload) != wanted:
        return None
    if lane.secret is not None:
        payload = lane.secret.apply(payload, lane.cipher + at)
    return head + payload


def holds(path: Path, lanes: Sequence[Lane]) -> bool:
    """Whether a file is already what its lanes say, to the last byte."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if os.fstat(file).st_size != sum(lane.payload for lane in lanes):
            return False
        return all(_root_in(file, lane) == lane.root for lane in lanes)
    finally:
        os.close(file)


def _root_in(file: int, lane: Lane) -> bytes:
    builder = TreeBuilder()
    for index in range(segment_count(lane.size)):
        builder.update(stored_segment(file, lane, index) or b"")
    return builder.finish().data_root


@contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    """A file to read and write, no link; raises CannotWriteOutput."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | flags, 0o666)
    except OSError as error:
        raise CannotWriteOutput(path, error.strerror or type(error).__name__) from error
    try:
        yield file
    finally:
        os.close(file)


def _write_at(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, offset)
        view, offset = view[done:], offset + done
