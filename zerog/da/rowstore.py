"""The rows that a signer keeps: a file for each blob, a folder for each epoch.

A file is commitment(80) ‖ LE32(slices) ‖ LE32(bytes of each) ‖ the slices, ascending; it is
whole and durable before anything is signed. An old epoch goes by deleting its folder.
"""

from __future__ import annotations

import shutil
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from zerog.da.commitment import Commitment
from zerog.da.encoding import ProvenRow
from zerog.da.params import FULL, Profile
from zerog.da.wire import (
    COMMITMENT_BYTES,
    BadMessage,
    RowsAsked,
    RowsGiven,
    decode_commitment,
    decode_slice,
    encode_commitment,
    encode_slice,
    path_bytes,
)
from zerog.errors import NotFound, Tampered
from zerog.files import replace_file_parts, sync_folder
from zerog.types import Buffer

_COUNTS: Final = struct.Struct("<2I")
_INDEX: Final = struct.Struct("<I")
_START: Final = COMMITMENT_BYTES + _COUNTS.size


class RowsNotHere(NotFound):
    """A signer has no such blob, or not all of the rows; the text is 0G's."""

    def __init__(self, data_root: bytes, missing: Sequence[int]) -> None:
        self.data_root, self.missing = data_root, missing
        text = f"{len(missing)} of the rows are not kept here" if missing else ""
        super().__init__("blob not found", text)


class BrokenRows(Tampered):
    """A file of rows is not what this store wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is damaged", "its rows are lost")


@dataclass(frozen=True, slots=True)
class Kept:
    """A blob of which some rows are here."""

    epoch: int
    quorum_id: int
    data_root: bytes


class RowStore:
    """A folder of rows; any thread and any process may use it."""

    def __init__(self, folder: Path, profile: Profile = FULL) -> None:
        """Make the folder."""
        self.folder, self._profile = folder, profile
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, kept: Kept, commitment: Commitment, rows: Sequence[ProvenRow]) -> None:
        """Write rows of one length durably; the same again changes nothing, but mends damage.

        What is there already may be another thread's, whose names are not on the disk yet.
        """
        path = self._path(kept)
        parts = list(_parts(commitment, sorted(rows, key=lambda row: row.index)))
        if _holds(path, parts):
            sync_folder(path.parent)
        else:
            path.parent.mkdir(exist_ok=True)
            replace_file_parts(path, parts)
        sync_folder(self.folder)

    def rows(self, asked: RowsAsked) -> RowsGiven:
        """Rows by index; raises RowsNotHere when one is missing, BrokenRows."""
        path = self._path(Kept(asked.epoch, asked.quorum_id, asked.data_root))
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise RowsNotHere(asked.data_root, ()) from error
        with file:
            commitment, indices, size = self._head(file, path)
            places = {index: bisect_left(indices, index) for index in asked.indices}
            missing = [i for i, at in places.items() if indices[at : at + 1] != [i]]
            if missing:
                raise RowsNotHere(asked.data_root, missing)
            rows = [self._row(file, path, at, size) for at in places.values()]
        return RowsGiven(commitment, rows)

    def kept(self) -> Iterator[Kept]:
        """Every blob of which rows are here, epochs ascending."""
        for epoch in sorted(self._epochs()):
            try:
                names = sorted(path.name for path in (self.folder / str(epoch)).iterdir())
            except FileNotFoundError:  # pruned meanwhile: a caller may take its time
                continue
            for name in names:
                quorum_id, dash, root = name.partition("-")
                if dash and quorum_id.isdecimal():
                    yield Kept(epoch, int(quorum_id), bytes.fromhex(root))

    def prune(self, before: int) -> int:
        """Delete the epochs before one; how many went."""
        old = [epoch for epoch in self._epochs() if epoch < before]
        for epoch in old:
            shutil.rmtree(self.folder / str(epoch))
        return len(old)

    def drop(self, kept: Kept) -> None:
        """Delete one blob's rows, if they are here."""
        self._path(kept).unlink(missing_ok=True)

    def _epochs(self) -> Iterable[int]:
        return [int(path.name) for path in self.folder.iterdir() if path.name.isdecimal()]

    def _path(self, kept: Kept) -> Path:
        return self.folder / str(kept.epoch) / f"{kept.quorum_id}-{kept.data_root.hex()}"

    def _head(self, file: BinaryIO, path: Path) -> tuple[Commitment, list[int], int]:
        head = file.read(_START)
        if len(head) != _START:
            raise BrokenRows(path)
        count, size = _COUNTS.unpack_from(head, COMMITMENT_BYTES)
        too_small = count and size <= _INDEX.size + path_bytes(self._profile)
        if too_small or path.stat().st_size != _START + count * size:
            raise BrokenRows(path)
        indices = []
        for at in range(count):
            file.seek(_START + at * size)
            indices.append(_INDEX.unpack(file.read(_INDEX.size))[0])
        return decode_commitment(head[:COMMITMENT_BYTES]), indices, size

    def _row(self, file: BinaryIO, path: Path, at: int, size: int) -> ProvenRow:
        file.seek(_START + at * size)
        found = file.read(size)
        if len(found) != size:
            raise BrokenRows(path)
        try:
            return decode_slice(found, self._profile)
        except BadMessage as error:
            raise BrokenRows(path) from error


def _parts(commitment: Commitment, rows: Sequence[ProvenRow]) -> Iterator[Buffer]:
    """A file, without a copy of the rows; each is as `encode_slice` has it."""
    yield encode_commitment(commitment)
    size = len(encode_slice(rows[0])) if rows else 0
    yield _COUNTS.pack(len(rows), size)
    for row in rows:
        yield from (_INDEX.pack(row.index), row.path, row.data)


def _holds(path: Path, parts: Sequence[Buffer]) -> bool:
    """Whether a file is these bytes."""
    try:
        with path.open("rb") as file:
            return all(
                file.read(memoryview(part).nbytes) == part for part in parts
            ) and not file.read(1)
    except FileNotFoundError:
        return False
