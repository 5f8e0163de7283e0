"""Bytes of stored files: whatever way they take to disk and back, they are the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerog.storage.codec import SECTOR, SEGMENT
from zerog.storage.node.files import BLOCK, SLABS, FlatFiles, Slabs

pytestmark = pytest.mark.unit

SECTORS = SEGMENT // SECTOR


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> FlatFiles:
    """On the disk of this machine."""
    return FlatFiles(tmp_path_factory.mktemp("data"))


def content(length: int) -> bytes:
    """Bytes that differ everywhere."""
    return random.Random(length).randbytes(length)


@given(
    st.integers(1, 6 * SECTORS),
    st.permutations(range(6)),
    st.lists(st.tuples(st.integers(0, 6 * SECTORS), st.integers(1, SECTORS)), max_size=5),
)
@settings(max_examples=40, deadline=None)
def test_write_from_slabs_then_read_gives_the_same_bytes(
    files: FlatFiles, sectors: int, order: list[int], ranges: list[tuple[int, int]]
) -> None:
    whole = content(sectors * SECTOR)
    number = sectors
    with files.slabs.one() as slab:
        parts = []
        for index in (one for one in order if one * SEGMENT < len(whole)):
            data = whole[index * SEGMENT : (index + 1) * SEGMENT]
            place = slab[index * SEGMENT :][: len(data)]
            place[:] = data
            parts.append((index * SEGMENT, place if index % 3 else data))
        files.write(number, len(whole), parts)
    files.sync(number)
    assert files.path(number).read_bytes() == whole
    assert files.read(number, 0, len(whole)) == whole
    for first, count in ranges:
        end = min((first + count) * SECTOR, len(whole))
        if first * SECTOR < end:
            assert (
                files.read(number, first * SECTOR, end - first * SECTOR)
                == (whole[first * SECTOR : end])
            )


def test_read_sees_what_was_written_beside_and_after(files: FlatFiles) -> None:
    first, second = content(2 * SEGMENT), content(2 * SEGMENT + 1)[1:]
    for data in (first, second):
        with files.slabs.one() as slab:
            slab[: len(data)] = data
            files.write(1 << 20, len(data), [(0, slab[:SEGMENT]), (SEGMENT, data[SEGMENT:])])
        assert files.read(1 << 20, 0, len(data)) == data


def test_slab_place_at_an_odd_address_is_written_all_the_same(tmp_path: Path) -> None:
    files = FlatFiles(tmp_path)
    data = content(BLOCK)
    with files.slabs.one() as slab:
        slab[SECTOR : SECTOR + BLOCK] = data
        files.write(1, 2 * BLOCK, [(BLOCK, slab[SECTOR : SECTOR + BLOCK])])
    assert files.read(1, BLOCK, BLOCK) == data


def test_read_beyond_the_end_or_of_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    files = FlatFiles(tmp_path)
    files.write(1, 3 * BLOCK, [(0, content(3 * BLOCK))])
    for offset, length in ((2 * BLOCK, 2 * BLOCK), (3 * BLOCK, 10), (SECTOR, 3 * BLOCK)):
        with pytest.raises(OSError, match="ends at"):
            files.read(1, offset, length)
    with pytest.raises(FileNotFoundError):
        files.read(2, 0, 2 * BLOCK)
    files.sync(2)


def test_sparse_file_has_its_length_and_takes_only_what_is_written(tmp_path: Path) -> None:
    files = FlatFiles(tmp_path)
    files.write(1, 64 * SEGMENT, [(SEGMENT, content(SEGMENT))], sparse=True)
    files.sync(1)
    found = files.path(1).stat()
    assert found.st_size == 64 * SEGMENT
    assert found.st_blocks * 512 < 4 * SEGMENT
    assert files.read(1, 2 * SEGMENT, SEGMENT) == bytes(SEGMENT)


def test_slabs_are_used_again_and_few_are_kept() -> None:
    slabs = Slabs()
    with slabs.one() as slab:
        slab[:5] = b"again"
    with slabs.one() as slab, slabs.one() as other:
        assert bytes(slab[:5]) == b"again"
        assert bytes(other[:5]) != b"again"
    opened = [slabs.one() for _ in range(3 * SLABS)]
    for one in opened:
        one.__enter__()
    for one in opened:
        one.__exit__(None, None, None)
    assert len(slabs) == SLABS
