"""What a packed agent folder consists of: its entries, their tar headers, and what is refused.

The archive has one canonical form per tree (plain ustar headers, PAX records only where a
name or a size needs them, sorted by UTF-8 path, no times, no owners). Whoever unpacks accepts
nothing else, so a hostile packer has no freedom to use.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from zerog.errors import Refused, UsageError, ZerogError

BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
MAX_PAX = 65536
"""Bytes of one PAX header: far more than two longest paths take."""
MAX_LINKS = 40
"""Links that one path may pass through, as in Linux."""
MAX_DEPTH = 100
"""Folders inside folders; the standard library removes trees by recursion."""
PAX_TYPE = tarfile.XHDTYPE


class NoSuchFolder(UsageError):
    """The folder to pack does not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"there is no folder {path}", "give the path of an agent folder")


class NotAFolder(UsageError):
    """The path names something else than a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is not a folder", "give the path of a folder")


class EmptyFolder(UsageError):
    """A folder without a single entry has nothing to mint."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"the folder {path} is empty", "put the agent's files into it")


class LinkLeavesFolder(UsageError):
    """A symbolic link points, directly or through other links, out of the folder."""

    def __init__(self, path: str, target: str) -> None:
        self.path, self.target = path, target
        super().__init__(
            f"the link {path!r} -> {target!r} leaves the folder",
            "replace it by the file itself or by a relative link inside the folder",
        )


class SpecialFile(UsageError):
    """A socket, pipe or device cannot be packed."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path!r} is no file, folder or link", "remove it from the folder")


class UnreadableEntry(UsageError):
    """The system does not let us read an entry."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"cannot read {path!r}: {reason}", "change its permissions or remove it")


class NameNotUtf8(UsageError):
    """A file name that is not UTF-8 has no portable spelling."""

    def __init__(self, name: bytes) -> None:
        self.name = name
        super().__init__(f"the name {name!r} is not UTF-8", "rename the file")


class TooDeep(UsageError):
    """Folders are nested beyond MAX_DEPTH."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path[:60]!r}... is nested too deep", f"at most {MAX_DEPTH} levels")


class OutputInUse(UsageError):
    """The place to unpack into holds something already."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} exists and is not an empty folder", "choose another --out")


class FolderChanged(ZerogError):
    """A file was changed between the scan and the end of packing."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path!r} changed while it was packed", "stop the writer, try again")


class BadArchive(Refused):
    """An archive is not the canonical form of any folder; whoever packed it is not to be trusted.

    Nothing of it is left on disk.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        self.reason, self.path = reason, path
        where = f" at {path!r}" if path else ""
        super().__init__(f"the archive is refused{where}: {reason}", "do not trust its packer")


class CannotWrite(ZerogError):
    """The system refused to create an entry while unpacking."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"cannot write {path!r}: {reason}", "free space or choose another --out")


class Kind(StrEnum):
    """What an entry is; the value is what the manifest hash sees."""

    FILE = "file"
    DIR = "dir"
    LINK = "link"


_TAR_TYPES = {Kind.FILE: tarfile.REGTYPE, Kind.DIR: tarfile.DIRTYPE, Kind.LINK: tarfile.SYMTYPE}
_KINDS = {value: key for key, value in _TAR_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or symbolic link below the packed folder.

    path: relative, '/'-separated; size: bytes of a file, else 0; executable: of a file;
    target: of a link. mtime_ns only serves to notice changes and takes no part in equality.
    """

    path: str
    kind: Kind
    size: int = 0
    executable: bool = False
    target: str = ""
    mtime_ns: int = field(default=0, compare=False, repr=False)

    @property
    def padding(self) -> int:
        """Zero bytes that fill the content up to whole tar blocks."""
        return -self.size % BLOCK

    def header(self) -> bytes:
        """The canonical tar header of this entry, PAX blocks included."""
        info = tarfile.TarInfo(self.path)
        info.type = _TAR_TYPES[self.kind]
        info.size = self.size
        info.linkname = self.target
        info.mode = 0o755 if self.executable or self.kind is not Kind.FILE else 0o644
        return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def parse_header(raw: bytes, records: Mapping[str, str]) -> Entry:
    """The entry that a 512-byte header and its PAX records describe.

    Raises BadArchive for other types than file, folder and link, and for malformed fields.
    The caller compares `Entry.header()` with what it read: only that makes it canonical.
    """
    try:
        info = tarfile.TarInfo.frombuf(raw, "utf-8", "strict")
        size = int(records.get("size", str(info.size)))
    except (tarfile.HeaderError, ValueError) as error:
        raise BadArchive("a header is malformed") from error
    path = records.get("path", info.name).removesuffix("/")
    kind = _KINDS.get(info.type)
    if kind is None:
        raise BadArchive("it is no file, folder or link", path)
    target = records.get("linkpath", info.linkname)
    if size < 0 or (size and kind is not Kind.FILE):
        raise BadArchive("its size makes no sense", path)
    return Entry(path, kind, size, kind is Kind.FILE and bool(info.mode & 0o100), target)


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """What is packed, in the order of the archive.

    tar_size: bytes of the whole archive, known before any file is read.
    """

    root: Path
    entries: tuple[Entry, ...]
    tar_size: int


def pax_length(raw: bytes) -> int:
    """Bytes of the PAX records that follow a PAX header block; raises BadArchive."""
    try:
        size = tarfile.TarInfo.frombuf(raw, "utf-8", "strict").size
    except (tarfile.HeaderError, ValueError) as error:
        raise BadArchive("a PAX header is malformed") from error
    if not 0 < size <= MAX_PAX:
        raise BadArchive("a PAX header has an impossible size")
    return size


def parse_pax(raw: bytes) -> dict[str, str]:
    """PAX records `LENGTH KEY=VALUE\\n`; only path, linkpath and size may occur."""
    records: dict[str, str] = {}
    while raw:
        digits = raw.partition(b" ")[0]
        if not digits.isdigit() or len(digits) > len(str(MAX_PAX)):
            raise BadArchive("a PAX record has no length")
        length = int(digits)
        record, raw = raw[len(digits) + 1 : length], raw[length:]
        key, _, value = record.removesuffix(b"\n").partition(b"=")
        if key not in (b"path", b"linkpath", b"size"):
            raise BadArchive("a PAX record is none of path, linkpath, size")
        try:
            records[key.decode()] = value.decode()
        except UnicodeDecodeError as error:
            raise BadArchive("a PAX record is not UTF-8") from error
    return records


def check_path(path: str) -> None:
    """Refuse a path that is absolute, climbs, or has another spelling."""
    if not path or path.startswith("/") or posixpath.normpath(path) != path or "\0" in path:
        raise BadArchive("the path is not plain and relative", path)
    if path.partition("/")[0] in ("..", "."):
        raise BadArchive("the path leaves the folder", path)
    if path.count("/") >= MAX_DEPTH:
        raise BadArchive("it is nested too deep", path[:60])


def check_links(links: Mapping[str, str]) -> None:
    """Refuse any link that leaves the folder when it is followed to its end.

    links: path -> target of every link. Spelling alone does not decide: `x/up -> ..` stays
    inside, `l -> x/up/../..` seems to, and together they leave. So each target is walked, and
    links on the way are followed. Raises LinkLeavesFolder; loops and dangling links stay inside.
    """
    for path, target in links.items():
        here = posixpath.dirname(path).split("/") if "/" in path else []
        if not target or not _stays_inside(here, target, links):
            raise LinkLeavesFolder(path, target)


def _stays_inside(here: list[str], target: str, links: Mapping[str, str]) -> bool:
    """Walk `target` from the folder `here`; false once a step leaves the root."""
    if target.startswith("/"):
        return False
    steps = target.split("/")[::-1]
    where, followed = list(here), 0
    while steps:
        step = steps.pop()
        if step in ("", "."):
            continue
        if step == "..":
            if not where:
                return False
            where.pop()
            continue
        where.append(step)
        onward = links.get("/".join(where))
        if onward is None:
            continue
        followed += 1
        if followed > MAX_LINKS:
            return True  # a loop: the system gives up as well
        if onward.startswith("/"):
            return False
        where.pop()
        steps.extend(onward.split("/")[::-1])
    return True
