"""The folder codec: both versions read, one written, and no hostile tree comes through."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zerog.crypto.keccak import keccak256
from zerog.storage.dircodec import (
    MAGIC,
    MAX_BYTES,
    BadFolder,
    FsNode,
    Kind,
    decode,
    encode,
    is_folder,
)
from zerog.types import Json

pytestmark = pytest.mark.unit

ROOT = bytes(range(32))
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
GOOD_NAMES = NAMES.filter(lambda name: name not in {".", ".."} and len(name.encode()) <= 255)


def folder(*entries: FsNode, name: str = "top") -> FsNode:
    """A directory node."""
    return FsNode(name, Kind.DIRECTORY, entries=entries)


def file(name: str, size: int = 3) -> FsNode:
    """A file node."""
    return FsNode(name, Kind.FILE, size, (ROOT,) if size else ())


def link(name: str, target: str) -> FsNode:
    """A symbolic link node."""
    return FsNode(name, Kind.SYMBOLIC, link=target)


def stored(document: Json, version: int = 2) -> bytes:
    """Metadata as anybody might store it."""
    return MAGIC + version.to_bytes(2, "big") + orjson.dumps(document)


def tree(*entries: Json) -> Json:
    """JSON of a folder."""
    return {"name": "top", "type": "directory", "entries": list(entries)}


def test_magic_version_and_member_names_are_those_of_the_go_client() -> None:
    data = encode(folder(file("b"), link("c", "b"), folder(name="a"), file("d", 0)))
    assert data[:34] == keccak256(b"0g-storage-client-dir-codec") + b"\0\2"
    assert orjson.loads(data[34:]) == {
        "name": "top",
        "type": "directory",
        "entries": [
            {"name": "a", "type": "directory", "entries": []},
            {"name": "b", "type": "file", "size": 3, "roots": ["0x" + ROOT.hex()]},
            {"name": "c", "type": "symbolic", "link": "b"},
            {"name": "d", "type": "file", "size": 0},
        ],
    }


def test_version_one_with_one_hash_per_file_is_read() -> None:
    entry: Json = {"name": "f", "type": "file", "size": 9, "hash": "0x" + ROOT.hex()}
    assert decode(stored(tree(entry), version=1)).entries == (FsNode("f", Kind.FILE, 9, (ROOT,)),)


def test_zero_padding_behind_the_metadata_is_no_harm() -> None:
    made = folder(file("f"))
    assert decode(encode(made) + bytes(200)) == made


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> FsNode:
    """Folders with files, empty folders and links to siblings."""
    names = draw(st.lists(GOOD_NAMES, unique=True, max_size=4))
    entries: list[FsNode] = []
    for name in sorted(names, key=lambda one: one.encode()):
        kind = draw(st.sampled_from(["file", "empty", "folder", "link"]))
        if kind == "folder" and depth < 3:
            entries.append(FsNode(name, Kind.DIRECTORY, entries=draw(trees(depth + 1)).entries))
        elif kind == "link" and entries:
            entries.append(link(name, entries[0].name))
        else:
            entries.append(file(name, 0 if kind == "empty" else draw(st.integers(1, 1 << 62))))
    return folder(*entries)


@given(trees())
def test_every_good_tree_comes_back(made: FsNode) -> None:
    assert decode(encode(made)) == made
    assert all(made.find(path) == node for path, node in made.walk())


@given(st.binary(max_size=200))
def test_any_bytes_give_a_tree_or_the_named_error(data: bytes) -> None:
    for candidate in (data, MAGIC + data, MAGIC + b"\0\2" + data):
        with suppress(BadFolder):
            decode(candidate)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "size", "roots", "hash", "link", "entries", "x"]),
            inner
            | st.sampled_from(["file", "directory", "symbolic", "..", "a", "0x" + ROOT.hex()]),
        )
    ),
    max_leaves=12,
)


@given(JSON)
@example({"type": [], "name": "file"})
@example({"type": {}, "name": "file"})
def test_any_json_gives_a_tree_or_the_named_error(document: object) -> None:
    try:
        data = stored(cast(Json, document))
    except TypeError:  # an integer that JSON of 64 bits cannot hold
        return
    with suppress(BadFolder):
        decode(data)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc", "a\0b", "n" * 256, "ä" * 128])
def test_a_name_that_leaves_its_folder_is_refused(name: str) -> None:
    with pytest.raises(BadFolder):
        decode(stored(tree({"name": name, "type": "file", "size": 0})))


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../x", "a/../../x", "..", "", "sub/../..", "over/../x", "me", "x\0"]
)
def test_a_link_out_of_the_folder_or_in_a_circle_is_refused(target: str) -> None:
    # `over` is the folder itself: over/.. is its parent, though the text looks harmless.
    entries: list[Json] = [
        {"name": "me", "type": "symbolic", "link": target},
        {"name": "over", "type": "symbolic", "link": "."},
    ]
    with pytest.raises(BadFolder):
        decode(stored(tree(*entries)))


@pytest.mark.parametrize("target", ["f", "./f", "sub/../f", "gone", "sub/g", "sub", "second"])
def test_a_link_inside_the_folder_is_kept(target: str) -> None:
    made = folder(file("f"), link("l", target), link("second", "f"), folder(file("g"), name="sub"))
    assert decode(encode(made)).find("l") == link("l", target)


def test_a_circle_of_two_links_is_refused() -> None:
    with pytest.raises(BadFolder, match="circle"):
        encode(folder(link("a", "b"), link("b", "a")))


def test_double_names_are_refused() -> None:
    with pytest.raises(BadFolder, match="one name"):
        encode(folder(file("a"), link("a", "b")))


@pytest.mark.parametrize(
    "document",
    [
        {"name": "f", "type": "file", "size": 0},
        {"name": "d", "type": "directory", "entries": "abc"},
        tree({"type": "file"}),
        tree({"name": "f", "type": "device"}),
        tree({"name": "f", "type": "file", "size": 3}),
        tree({"name": "f", "type": "file", "size": -1, "roots": ["0x" + ROOT.hex()]}),
        tree({"name": "f", "type": "file", "size": 3, "roots": ["0x12"]}),
        tree({"name": "f", "type": "file", "size": 3, "roots": ["0x" + "zz" * 32]}),
        tree({"name": "l", "type": "symbolic"}),
        [],
    ],
)
def test_malformed_metadata_is_refused_by_name(document: Json) -> None:
    with pytest.raises(BadFolder):
        decode(stored(document))


def test_too_deep_too_long_or_of_another_version_is_refused() -> None:
    above = b'{"name":"d","type":"directory","entries":['
    with pytest.raises(BadFolder, match="levels"):
        decode(MAGIC + b"\0\2" + above * 150 + b"]}" * 150)
    with pytest.raises(BadFolder, match="JSON"):
        decode(MAGIC + b"\0\2" + above * 100_000 + b"]}" * 100_000)
    with pytest.raises(BadFolder, match="version 3"):
        decode(stored(tree(), version=3))
    with pytest.raises(BadFolder, match="metadata"):
        decode(MAGIC + bytes(MAX_BYTES))
    assert not is_folder(b"")
