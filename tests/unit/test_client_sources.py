"""What a stored file is made of: headers, ciphertext, fragments; and a download's leftovers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.storage.client.errors import BadFragmentSize, NoSuchFile, PartDamaged
from zerog.storage.client.resume import Lane, PartFile, holds
from zerog.storage.client.sources import Content, fragment_sizes, hash_source
from zerog.storage.codec import SEGMENT, EmptyFile, FileTree, TreeBuilder, segment_count
from zerog.storage.encryption import (
    SymmetricKey,
    decrypt_stream,
    encrypt_stream,
    new_secret,
)
from zerog.storage.errors import FileChanged

pytestmark = pytest.mark.unit

KEY = SymmetricKey(bytes(range(32)))


def tree(data: bytes) -> FileTree:
    """Of bytes."""
    builder = TreeBuilder()
    builder.update(data)
    return builder.finish()


def sealed(data: bytes) -> Content:
    """Encrypted bytes in memory."""
    plain = Content.of_bytes("x", data)
    return Content(plain.name, None, data, len(data), new_secret(KEY, b"n" * 16))


@given(
    data=st.binary(min_size=1, max_size=3000),
    reads=st.lists(st.tuples(st.integers(0, 3016), st.integers(0, 500)), max_size=6),
)
def test_any_read_of_an_encrypted_source_is_that_part_of_the_stored_file(
    data: bytes, reads: list[tuple[int, int]]
) -> None:
    content = sealed(data)
    assert content.secret is not None
    stored = b"".join(encrypt_stream(content.secret, [data]))
    assert len(stored) == content.size
    with content.open() as source:
        for offset, length in reads:
            wanted = stored[offset : offset + length]
            assert bytes(source.read_at(offset, len(wanted))) == wanted


@given(data=st.binary(min_size=1, max_size=5000), power=st.integers(8, 13), secret=st.booleans())
def test_fragments_are_the_stored_file_cut_at_a_power_of_two(
    data: bytes, power: int, secret: bool
) -> None:
    content = sealed(data) if secret else Content.of_bytes("x", data)
    parts = content.fragments(1 << power)
    counted = fragment_sizes(content.size, 1 << power)
    assert [part.tree.size for part in parts] == [each for n, each in counted for _ in range(n)]
    pieces: list[bytes] = []
    for part in parts:
        with part.open() as source:
            pieces.append(bytes(source.read_at(0, part.tree.size)))
        assert tree(pieces[-1]) == part.tree
    whole = b"".join(pieces)
    assert (b"".join(decrypt_stream(KEY, [whole])) if secret else whole) == data


def test_the_same_file_and_key_give_the_same_stored_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"0g" * 1000)
    content = Content.of_file(tmp_path / "f")
    first, second = content.sealed(KEY, b"o" * 32), content.sealed(KEY, b"o" * 32)
    assert first.fragments() == second.fragments()
    (tmp_path / "f").write_bytes(b"1g" * 1000)
    assert content.sealed(KEY, b"o" * 32).fragments() != first.fragments()


def test_not_a_byte_of_a_changed_file_is_encrypted_with_the_old_nonce(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(2 * SEGMENT))
    (part,) = Content.of_file(path).sealed(KEY, b"o" * 32).fragments()
    path.write_bytes(bytes(2 * SEGMENT - 1) + b"\1")
    with part.open() as source:
        source.read_at(0, 2 * SEGMENT)
        with pytest.raises(FileChanged):
            source.read_at(2 * SEGMENT, part.tree.size - 2 * SEGMENT)


def test_what_cannot_be_stored_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(EmptyFile):
        Content.of_file(tmp_path / "empty")
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(NoSuchFile):
            Content.of_file(path)
    for size in (0, 128, 300, -256):
        with pytest.raises(BadFragmentSize):
            Content.of_bytes("x", b"x").fragments(size)


def lanes_of(content: Content, fragment: int) -> tuple[list[Lane], list[list[bytes]]]:
    """Where a content's fragments go, and their stored segments."""
    lanes: list[Lane] = []
    stored: list[list[bytes]] = []
    for part in content.fragments(fragment):
        done = sum(lane.payload for lane in lanes)
        skip = content.secret.header.size if content.secret and not lanes else 0
        root = part.tree.data_root
        lanes.append(Lane(root, part.tree.size, done, skip, done, content.secret))
        with part.open() as source:
            data = bytes(source.read_at(0, part.tree.size))
        stored.append([data[at : at + SEGMENT] for at in range(0, len(data), SEGMENT)])
    return lanes, stored


@given(
    size=st.integers(1, 5 * SEGMENT),
    secret=st.booleans(),
    fragment=st.sampled_from([1 << 18, 1 << 19, 1 << 32]),
    chance=st.randoms(use_true_random=False),
)
def test_a_download_in_any_order_with_a_break_ends_in_the_plain_file(
    tmp_path_factory: pytest.TempPathFactory,
    size: int,
    secret: bool,
    fragment: int,
    chance: object,
) -> None:
    import random

    assert isinstance(chance, random.Random)
    data = chance.randbytes(min(size, 1000)) * (size // min(size, 1000) + 1)
    content = sealed(data[:size]) if secret else Content.of_bytes("x", data[:size])
    lanes, stored = lanes_of(content, fragment)
    out = tmp_path_factory.mktemp("part") / "out"
    every = [(lane, at) for lane in range(len(lanes)) for at in range(len(stored[lane]))]
    chance.shuffle(every)
    half = len(every) // 2
    with PartFile(out, lanes).open() as part:
        for lane, index in every[:half]:
            part.write(lane, index, stored[lane][index])
    with PartFile(out, lanes).open() as part:
        left = {(lane, at) for lane in range(len(lanes)) for at in part.missing(lane)}
        assert left == set(every[half:])
        for lane, index in every[half:]:
            part.write(lane, index, stored[lane][index])
        part.seal()
    assert out.read_bytes() == data[:size]
    assert holds(out, lanes)
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_forged_log_is_found_at_the_end_and_nothing_is_left(tmp_path: Path) -> None:
    data = bytes(range(256)) * 2048
    lanes, stored = lanes_of(Content.of_bytes("x", data), 1 << 32)
    with PartFile(tmp_path / "out", lanes).open() as part:
        part.write(0, 0, stored[0][0])
    # Whoever can write the log can write bytes that fit it.
    forged = [Lane(lanes[0].root, lanes[0].size, 0)]
    with PartFile(tmp_path / "out", forged).open() as part:
        part.write(0, 1, b"\7" * SEGMENT)
    with PartFile(tmp_path / "out", lanes).open() as part:
        assert part.missing(0) == []
        with pytest.raises(PartDamaged):
            part.seal()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_differs_in_its_last_byte_is_not_held(tmp_path: Path) -> None:
    data = bytes(SEGMENT + 300)
    lanes, _ = lanes_of(sealed(data), 1 << 32)
    (tmp_path / "f").write_bytes(data)
    assert holds(tmp_path / "f", lanes)
    for other in (data[:-1], data + b"\0", data[:-1] + b"\1"):
        (tmp_path / "f").write_bytes(other)
        assert not holds(tmp_path / "f", lanes)
    assert not holds(tmp_path / "gone", lanes)


def test_hashing_a_part_of_a_source_is_hashing_that_part() -> None:
    data = bytes(range(251)) * 5000
    with Content.of_bytes("x", data).open() as source:
        found = hash_source(source, 1000, 1_100_000)
    assert found == tree(data[1000:1_101_000])
    assert segment_count(found.size) == 5
