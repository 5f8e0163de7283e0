"""Packing and unpacking: one tree, one archive, one manifest hash."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.errors import UsageError
from zerog.inft import entries as rules
from zerog.inft.entries import Kind
from zerog.inft.folder import manifest_hash, pack_stream, require_free, scan, unpack

pytestmark = pytest.mark.unit

Tree = dict[str, bytes | None]
NAMES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="/\0"), min_size=1, max_size=40
).filter(lambda name: name not in (".", "..") and len(name.encode()) <= 120)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
TREES = st.dictionaries(PATHS, st.none() | st.binary(max_size=1500), min_size=1, max_size=8)


def build(root: Path, tree: Tree) -> None:
    """Write a tree; None is a folder; entries that collide with others are left out."""
    root.mkdir(parents=True, exist_ok=True)
    for number, (path, content) in enumerate(tree.items()):
        where = root / path
        if any(parent.is_file() for parent in where.parents) or where.exists():
            continue
        where.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            where.mkdir()
            continue
        where.write_bytes(content)
        where.chmod(0o755 if number % 2 else 0o600)


def packed(root: Path) -> bytes:
    return pack_stream(scan(root)).read()


class Dribble:
    """Gives a few bytes at a time, as a network does."""

    def __init__(self, data: bytes, step: int) -> None:
        self._stream, self._step = io.BytesIO(data), step

    def readinto(self, buffer: memoryview, /) -> int:
        return self._stream.readinto(buffer[: self._step])


@given(tree=TREES, step=st.integers(1, 700))
def test_folder_packed_and_unpacked_has_the_same_manifest(tree: Tree, step: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, copy = Path(scratch) / "source", Path(scratch) / "copy"
        build(source, tree)
        plan = scan(source)
        data = pack_stream(plan).read()
        assert len(data) == plan.tar_size
        written = unpack(Dribble(data, step), copy)
        assert written.entries == plan.entries
        assert written.tar_size == plan.tar_size
        assert manifest_hash(copy) == manifest_hash(source)
        assert packed(copy) == data


@given(tree=TREES)
def test_archive_is_what_the_standard_tar_reads(tree: Tree) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        build(Path(scratch) / "source", tree)
        plan = scan(Path(scratch) / "source")
        with tarfile.open(fileobj=io.BytesIO(pack_stream(plan).read())) as archive:
            found = [(m.name, m.isdir(), m.size, m.mtime, m.uid) for m in archive.getmembers()]
    assert found == [(e.path, e.kind is Kind.DIR, e.size, 0, 0) for e in plan.entries]


def test_archive_of_links_and_empty_folders_round_trips(tmp_path: Path) -> None:
    source = tmp_path / "agent"
    build(source, {"a/deep/file": b"1", "empty": None, "run": b"#!"})
    (source / "a/link").symlink_to("deep/../../run")
    (source / "dangling").symlink_to("not-there")
    (source / "loop").symlink_to("loop")
    (source / ("n" * 200)).symlink_to("a/" + "t" * 150)
    unpack(io.BytesIO(packed(source)), tmp_path / "out")
    assert os.readlink(tmp_path / "out/a/link") == "deep/../../run"
    assert os.readlink(tmp_path / "out" / ("n" * 200)) == "a/" + "t" * 150
    assert (tmp_path / "out/empty").is_dir()
    assert manifest_hash(tmp_path / "out") == manifest_hash(source)


def test_size_beyond_octal_is_carried_by_a_pax_record() -> None:
    entry = rules.Entry("big", Kind.FILE, 9 << 30)
    header = entry.header()
    assert header[156:157] == rules.PAX_TYPE
    records = rules.parse_pax(header[512 : 512 + rules.pax_length(header[:512])])
    assert rules.parse_header(header[-512:], records) == entry


def test_same_tree_built_in_another_order_packs_to_the_same_bytes(tmp_path: Path) -> None:
    tree: Tree = {"b/2": b"two", "a": b"one", "b/1": b"three", "b-": b""}
    build(tmp_path / "one", {name: tree[name] for name in sorted(tree)})
    build(tmp_path / "two", {name: tree[name] for name in sorted(tree)})
    os.utime(tmp_path / "two/a", (1, 1))
    assert packed(tmp_path / "one") == packed(tmp_path / "two")


@pytest.mark.parametrize("change", ["content", "mode", "name", "link", "folder"])
def test_manifest_hash_of_a_changed_tree_differs(tmp_path: Path, change: str) -> None:
    build(tmp_path, {"a/file": b"data", "b": None})
    (tmp_path / "l").symlink_to("a")
    before = manifest_hash(tmp_path)
    match change:
        case "content":
            (tmp_path / "a/file").write_bytes(b"dat4")
        case "mode":
            (tmp_path / "a/file").chmod(0o755)
        case "name":
            (tmp_path / "a/file").rename(tmp_path / "a/life")
        case "link":
            (tmp_path / "l").unlink()
            (tmp_path / "l").symlink_to("b")
        case "folder":
            (tmp_path / "b").rmdir()
    assert manifest_hash(tmp_path) != before


def test_scan_of_nothing_names_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "void").mkdir()
    with pytest.raises(rules.NoSuchFolder) as missing:
        scan(tmp_path / "missing")
    assert missing.value.path == tmp_path / "missing"
    with pytest.raises(rules.NotAFolder):
        scan(tmp_path / "file")
    with pytest.raises(rules.EmptyFolder):
        scan(tmp_path / "void")
    assert issubclass(rules.EmptyFolder, UsageError)
    assert rules.EmptyFolder.exit_code == 2


@pytest.mark.parametrize("target", ["/etc/passwd", "..", "../x", "a/../../x", "up/../..", ""])
def test_link_that_leaves_is_refused(tmp_path: Path, target: str) -> None:
    build(tmp_path, {"a/b/c/file": b""})
    (tmp_path / "up").symlink_to("a/b")
    links = {"up": "a/b", "way": "a/b/c/back/../..", "a/b/c/back": "../../..", "x": target}
    with pytest.raises(rules.LinkLeavesFolder):
        rules.check_links({"x": target, "up": "a"} if target else {"x": ""})
    with pytest.raises(rules.LinkLeavesFolder):
        rules.check_links({key: links[key] for key in ("way", "a/b/c/back")})
    if target:
        (tmp_path / "x").symlink_to(target if target != "up/../.." else "up/../../..")
        with pytest.raises(rules.LinkLeavesFolder) as error:
            scan(tmp_path)
        assert error.value.path == "x"


def test_special_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(rules.SpecialFile) as pipe:
        scan(tmp_path)
    assert pipe.value.path == "pipe"
    (tmp_path / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "sock"))
        with pytest.raises(rules.SpecialFile):
            scan(tmp_path)


def test_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe"))).write_text("x")
    with pytest.raises(rules.NameNotUtf8) as error:
        scan(tmp_path)
    assert error.value.name == b"\xff\xfe"


def test_folders_nested_too_deep_are_refused(tmp_path: Path) -> None:
    (tmp_path / "/".join(["d"] * (rules.MAX_DEPTH + 1))).mkdir(parents=True)
    with pytest.raises(rules.TooDeep):
        scan(tmp_path)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root reads everything, so root steps down."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_unreadable_file_or_folder_is_refused() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        root.chmod(0o755)
        build(root, {"open": b"x", "shut": b"y"})
        (root / "open").chmod(0o644)
        (root / "shut").chmod(0)
        with as_nobody(), pytest.raises(rules.UnreadableEntry) as error:
            scan(root)
        assert error.value.path == "shut"
        (root / "shut").unlink()
        (root / "cellar").mkdir(mode=0)
        with as_nobody(), pytest.raises(rules.UnreadableEntry):
            scan(root)
        (root / "cellar").chmod(0o755)


@pytest.mark.parametrize("change", ["grow", "shrink", "touch", "remove", "link"])
def test_file_changed_after_the_scan_is_noticed(tmp_path: Path, change: str) -> None:
    build(tmp_path, {"file": bytes(5000)})
    plan = scan(tmp_path)
    match change:
        case "grow":
            (tmp_path / "file").write_bytes(bytes(5001))
        case "shrink":
            os.truncate(tmp_path / "file", 10)
        case "touch":
            os.utime(tmp_path / "file", (1, 1))
        case "remove":
            (tmp_path / "file").unlink()
        case "link":
            (tmp_path / "file").unlink()
            (tmp_path / "file").symlink_to("/etc/hostname")
    with pytest.raises(rules.FolderChanged) as error:
        pack_stream(plan).read()
    assert error.value.path == "file"


def test_file_changed_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    build(tmp_path, {"file": bytes(5000)})
    with pack_stream(scan(tmp_path)) as stream:
        stream.read(1000)
        with (tmp_path / "file").open("ab") as file:
            file.write(b"more")
        with pytest.raises(rules.FolderChanged):
            stream.read()


def test_output_in_use_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    build(tmp_path / "used", {"file": b""})
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("used", "used/file", "link"):
        with pytest.raises(rules.OutputInUse):
            unpack(io.BytesIO(b"never read"), tmp_path / name)
    (tmp_path / "void").mkdir()
    require_free(tmp_path / "void")
    unpack(io.BytesIO(packed(tmp_path / "used")), tmp_path / "void")
    assert [path.name for path in (tmp_path / "void").iterdir()] == ["file"]
