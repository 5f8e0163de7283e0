"""A folder as one stored file: the metadata of its tree, in the form of the Go client (pure).

    magic 32 | version u16 big-endian | JSON of the root node

magic is keccak256("0g-storage-client-dir-codec"). A node is `{name, type, ...}`: a `file` has
`size` (bytes as the reader gets them) and `roots`, its data roots in order (version 2) or one
`hash` (version 1); an empty file has none. A `directory` has `entries`, a `symbolic` a `link`.
The files are stored by themselves. (0gfoundation/0g-storage-client: transfer/dir)

What is read may come from anybody: `decode` gives only trees that can be written below one
folder without leaving it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered
from zerog.types import Json

MAGIC: Final = keccak256(b"0g-storage-client-dir-codec")
VERSION: Final = 2
READABLE: Final = (1, 2)
PREFIX: Final = len(MAGIC) + 2
MAX_BYTES: Final = 64 * 1024 * 1024
"""Of the metadata: some 300,000 entries."""
MAX_ENTRIES: Final = 500_000
MAX_DEPTH: Final = 100
"""Levels of folders; orjson itself refuses more than about 250."""
MAX_NAME_BYTES: Final = 255
MAX_STEPS: Final = 256
"""Names that following one link passes."""
MAX_SIZE: Final = 1 << 63
ROOT_PATH: Final = "/"


class BadFolder(Tampered):
    """Metadata that describes no folder, or one that must not be written."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        where = f" at {path[:200]!r}" if path else ""
        super().__init__(f"not a stored folder{where}: {reason}")


class Kind(StrEnum):
    """What a node is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMBOLIC = "symbolic"


@dataclass(frozen=True, slots=True)
class FsNode:
    """One entry; size and roots of a file, link of a symbolic one, entries of a directory."""

    name: str
    kind: Kind
    size: int = 0
    roots: tuple[bytes, ...] = ()
    link: str = ""
    entries: tuple[FsNode, ...] = ()

    def walk(self, above: str = "") -> Iterator[tuple[str, FsNode]]:
        """Every node below this one with its path ("a/b"), parents first."""
        for entry in self.entries:
            path = f"{above}{entry.name}"
            yield path, entry
            yield from entry.walk(f"{path}/")

    def find(self, path: str) -> FsNode | None:
        """The node at "a/b" below this one; this one for an empty path."""
        here: FsNode | None = self
        for name in filter(None, path.split("/")):
            here = next((one for one in here.entries if one.name == name), None) if here else None
        return here


def is_folder(start: bytes) -> bool:
    """Whether a stored file begins as folder metadata does."""
    return start[: len(MAGIC)] == MAGIC


def encode(root: FsNode) -> bytes:
    """The bytes to store, version 2; entries in the order of their names.

    Raises BadFolder for a tree that `decode` would refuse.
    """
    _check(root)
    return MAGIC + VERSION.to_bytes(2, "big") + orjson.dumps(_to_json(root))


def decode(data: bytes) -> FsNode:
    """The tree of stored metadata, version 1 or 2; zeros behind the JSON are padding.

    Raises BadFolder: names with / or NUL, `.`, `..`, doubles, links that leave the folder or
    run in a circle, more than MAX_ENTRIES, deeper than MAX_DEPTH, longer than MAX_BYTES.
    """
    if not is_folder(data) or len(data) < PREFIX:
        raise BadFolder("", "the magic bytes are missing")
    if len(data) > MAX_BYTES:
        raise BadFolder("", f"{len(data)} bytes of metadata, {MAX_BYTES} are allowed")
    version = int.from_bytes(data[len(MAGIC) : PREFIX], "big")
    if version not in READABLE:
        raise BadFolder("", f"version {version} is unknown")
    try:
        document: Json = orjson.loads(data[PREFIX:].rstrip(b"\0"))
    except orjson.JSONDecodeError as error:
        raise BadFolder("", f"no JSON ({error.msg})") from error
    root = _from_json(document, "", 0)
    _check(root)
    return root


def _to_json(node: FsNode) -> dict[str, Json]:
    found: dict[str, Json] = {"name": node.name, "type": node.kind.value}
    if node.kind is Kind.FILE:
        found["size"] = node.size
        if node.roots:
            found["roots"] = ["0x" + root.hex() for root in node.roots]
    elif node.kind is Kind.SYMBOLIC:
        found["link"] = node.link
    else:
        ordered = sorted(node.entries, key=lambda entry: entry.name.encode())
        found["entries"] = [_to_json(entry) for entry in ordered]
    return found


def _from_json(value: Json, above: str, depth: int) -> FsNode:
    if not isinstance(value, Mapping):
        raise BadFolder(above, "an entry is no object")
    name, said = value.get("name"), value.get("type")
    if not isinstance(name, str):
        raise BadFolder(above, "an entry has no name")
    path = f"{above}/{name}" if above else name
    if depth > MAX_DEPTH:
        raise BadFolder(path, f"more than {MAX_DEPTH} levels")
    if not isinstance(said, str) or said not in set(Kind):
        raise BadFolder(path, f"type {str(said)[:20]!r} is unknown")
    kind = Kind(said)
    if kind is Kind.FILE:
        return FsNode(name, kind, _size(value.get("size"), path), _roots(value, path))
    if kind is Kind.SYMBOLIC:
        link = value.get("link")
        if not isinstance(link, str):
            raise BadFolder(path, "a link without a target")
        return FsNode(name, kind, link=link)
    entries = _list(value.get("entries"), path)
    made = tuple(_from_json(entry, path, depth + 1) for entry in entries)
    return FsNode(name, kind, entries=made)


def _size(value: Json, path: str) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MAX_SIZE:
        raise BadFolder(path, "its size is no number of bytes")
    return value


def _roots(found: Mapping[str, Json], path: str) -> tuple[bytes, ...]:
    """Of version 2, or the one hash of version 1."""
    texts = list(_list(found.get("roots"), path))
    if not texts and found.get("hash"):
        texts = [found.get("hash")]
    return tuple(_root(text, path) for text in texts)


def _root(text: Json, path: str) -> bytes:
    if not isinstance(text, str) or len(text) != 66 or text[:2] != "0x":
        raise BadFolder(path, "a root is no 32-byte hash in 0x hex")
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise BadFolder(path, "a root is no 32-byte hash in 0x hex") from error


def _list(value: Json, path: str) -> Sequence[Json]:
    if value is None:
        return []
    if isinstance(value, str | memoryview) or not isinstance(value, Sequence):
        raise BadFolder(path, "a list is none")
    return value


def _check(root: FsNode) -> None:
    """All rules on a whole tree."""
    if root.kind is not Kind.DIRECTORY:
        raise BadFolder(root.name, "the outermost entry is no directory")
    links: dict[str, str] = {}
    for count, (path, node) in enumerate(_walk(root), 1):
        if count > MAX_ENTRIES:
            raise BadFolder("", f"more than {MAX_ENTRIES} entries")
        _check_node(path, node)
        if node.kind is Kind.SYMBOLIC:
            links[path] = node.link
    _check_links(links)


def _walk(root: FsNode) -> Iterator[tuple[str, FsNode]]:
    """As FsNode.walk, the root too, doubles refused, without recursion."""
    waiting: list[tuple[str, FsNode]] = [(ROOT_PATH, root)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        if path.count("/") >= MAX_DEPTH:
            raise BadFolder(path, f"more than {MAX_DEPTH} levels")
        names = [entry.name for entry in node.entries]
        if len(set(names)) != len(names):
            raise BadFolder(path, "two entries have one name")
        above = "" if path == ROOT_PATH else f"{path}/"
        waiting += [(f"{above}{one.name}", one) for one in node.entries]


def _check_node(path: str, node: FsNode) -> None:
    if path != ROOT_PATH:
        _check_name(path, node.name)
    if node.kind is Kind.FILE and bool(node.size) != bool(node.roots):
        raise BadFolder(path, f"a file of {node.size} bytes with {len(node.roots)} roots")
    if node.kind is not Kind.DIRECTORY and node.entries:
        raise BadFolder(path, "only a directory has entries")


def _check_name(path: str, name: str) -> None:
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise BadFolder(path, "that name leaves its folder or is none")
    try:
        length = len(name.encode())
    except UnicodeEncodeError as error:
        raise BadFolder(path, "that name is no Unicode text") from error
    if length > MAX_NAME_BYTES:
        raise BadFolder(path, f"a name of {length} bytes")


def _check_links(links: Mapping[str, str]) -> None:
    """Every link ends inside the folder, whatever other links it leads over."""
    for path in links:
        _check_link(path, links)


def _check_link(path: str, links: Mapping[str, str]) -> None:
    """Resolve as a file system does: a step onto a link goes on with that link's steps."""
    here = path.split("/")[:-1]
    waiting = deque(_steps(path, links[path]))
    for _ in range(MAX_STEPS):
        if not waiting:
            return
        step = waiting.popleft()
        if step == "..":
            if not here:
                raise BadFolder(path, "a link that leaves the folder")
            here.pop()
        elif step not in {"", "."}:
            target = "/".join([*here, step])
            if target in links:
                waiting.extendleft(reversed(_steps(target, links[target])))
            else:
                here.append(step)
    raise BadFolder(path, "a link in a circle, or a very long one")


def _steps(path: str, link: str) -> list[str]:
    if not link or link.startswith("/") or "\0" in link:
        raise BadFolder(path, "a link that leaves the folder or names nothing")
    try:
        link.encode()
    except UnicodeEncodeError as error:
        raise BadFolder(path, "its link is no Unicode text") from error
    return link.split("/")


__all__ = ["BadFolder", "FsNode", "Kind", "decode", "encode", "is_folder"]
