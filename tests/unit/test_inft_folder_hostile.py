"""Archives that a malicious seller could make: each is refused and leaves nothing behind."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.inft.entries import END, BadArchive, CannotWrite, Entry, Kind, parse_pax
from zerog.inft.folder import pack_stream, scan, unpack

pytestmark = pytest.mark.unit


def member(path: str, kind: Kind = Kind.FILE, content: bytes = b"", target: str = "") -> bytes:
    entry = Entry(path, kind, len(content), target=target)
    return entry.header() + content + bytes(entry.padding)


def raw_member(change: Callable[[tarfile.TarInfo], None], content: bytes = b"") -> bytes:
    """A member as a foreign tool might write it."""
    info = tarfile.TarInfo("file")
    info.size = len(content)
    change(info)
    return info.tobuf(tarfile.PAX_FORMAT) + content + bytes(-len(content) % 512)


def kind_of(value: bytes) -> Callable[[tarfile.TarInfo], None]:
    return lambda info: setattr(info, "type", value)


HOSTILE = {
    "climbing path": member("../evil"),
    "climbing inside": member("a", Kind.DIR) + member("a/../../evil"),
    "absolute path": member("/tmp/evil"),  # noqa: S108
    "other spelling": member("./file"),
    "double slash": member("a", Kind.DIR) + member("a//file"),
    "empty path": member(""),
    "path with NUL": member("x" * 101).replace(b"x" * 101 + b"\n", b"x" * 50 + b"\0" * 51 + b"\n"),
    "duplicate": member("a") + member("a"),
    "out of order": member("b") + member("a"),
    "folder twice": member("a", Kind.DIR) + member("a", Kind.DIR),
    "missing folder": member("a/file"),
    "below a file": member("a") + member("a/b"),
    "below a link": member("a", Kind.LINK, target=".") + member("a/b"),
    "absolute link": member("l", Kind.LINK, target="/etc/passwd"),
    "climbing link": member("l", Kind.LINK, target=".."),
    "two links that leave": member("d", Kind.DIR)
    + member("d/up", Kind.LINK, target="..")
    + member("l", Kind.LINK, target="d/up/../x"),
    "empty link": member("l", Kind.LINK),
    "hard link": raw_member(kind_of(tarfile.LNKTYPE)),
    "device": raw_member(kind_of(tarfile.CHRTYPE)),
    "pipe": raw_member(kind_of(tarfile.FIFOTYPE)),
    "sparse file": raw_member(kind_of(tarfile.GNUTYPE_SPARSE)),
    "GNU long name": raw_member(kind_of(tarfile.GNUTYPE_LONGNAME), b"x" * 200),
    "foreign owner": raw_member(lambda info: setattr(info, "uid", 7)),
    "foreign time": raw_member(lambda info: setattr(info, "mtime", 7)),
    "setuid": raw_member(lambda info: setattr(info, "mode", 0o4755)),
    "foreign PAX record": raw_member(lambda info: setattr(info, "pax_headers", {"comment": "x"})),
    "folder with content": raw_member(kind_of(tarfile.DIRTYPE), b"x" * 512),
    "global PAX header": tarfile.TarInfo.create_pax_global_header({"path": "x"}) + member("a"),
    "nested too deep": b"".join(member("/".join("d" * n), Kind.DIR) for n in range(1, 120)),
    "nothing": b"",
    "padding not zero": Entry("a", Kind.FILE, 1).header() + b"x" * 512,
    "checksum": member("a")[:100] + b"1" + member("a")[101:],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archive_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    place = tmp_path / "place"
    with pytest.raises(BadArchive):
        unpack(io.BytesIO(HOSTILE[name] + END), place / "out")
    assert [path.name for path in tmp_path.rglob("*")] == ["place"]


@pytest.mark.parametrize("size", [0, 100, 512, 700, 1024, 1536, 2047])
def test_truncated_archive_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(BadArchive):
        unpack(io.BytesIO((member("a", content=b"x" * 400) + END)[:size]), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_bytes_after_the_end_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArchive):
        unpack(io.BytesIO(member("a") + END + b"\0"), tmp_path / "out")


@pytest.mark.parametrize(
    "raw", [b"x", b"0 path=a\n", b"999999 path=a\n", b"7 mood=", b"12 path=\xff\n"]
)
def test_malformed_pax_records_are_refused(raw: bytes) -> None:
    with pytest.raises(BadArchive):
        parse_pax(raw)


def test_huge_pax_header_is_refused_without_reading_it(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 4 << 30
    source = io.BytesIO(info.tobuf(tarfile.USTAR_FORMAT) + bytes(1 << 20))
    with pytest.raises(BadArchive):
        unpack(source, tmp_path / "out")
    assert source.tell() == 512


def test_name_that_the_system_refuses_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite) as error:
        unpack(io.BytesIO(member("n" * 300) + END), tmp_path / "out")
    assert error.value.path == "n" * 300
    assert not list(tmp_path.iterdir())


def test_error_of_the_source_passes_and_leaves_nothing(tmp_path: Path) -> None:
    class Cut(Exception):
        """The network went away."""

    class Broken(io.BytesIO):
        def readinto(self, buffer: object, /) -> int:
            if self.tell() >= 512:
                raise Cut
            return super().readinto(buffer)  # type: ignore[arg-type]

    with pytest.raises(Cut):
        unpack(Broken(member("a", content=b"x" * 400)), tmp_path / "out")
    assert not list(tmp_path.iterdir())


@given(place=st.integers(0, 4095), bit=st.integers(0, 7))
def test_any_bit_flipped_gives_the_flipped_content_or_a_refusal(place: int, bit: int) -> None:
    """Whatever is accepted is canonical: packing it again gives the same bytes."""
    data = bytearray(
        member("a", Kind.DIR)
        + member("a/é" + "x" * 120, content=b"c" * 30)
        + member("z", Kind.LINK, target="a")
        + END
    )
    data[place % len(data)] ^= 1 << bit
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        try:
            unpack(io.BytesIO(data), out)
        except BadArchive:
            assert not list(Path(scratch).iterdir())
        else:
            assert pack_stream(scan(out)).read() == data
