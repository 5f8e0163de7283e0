"""Folders: their files as contents of their own, and the metadata that holds them together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from zerog.files import sync_folder
from zerog.storage.client.client import StorageClient
from zerog.storage.client.errors import (
    CannotWriteOutput,
    FolderNotStorable,
    NoSuchFile,
    NotAStoredFolder,
    OutputExists,
)
from zerog.storage.client.fetching import Fetching
from zerog.storage.client.placement import Meter
from zerog.storage.client.resume import holds
from zerog.storage.client.sources import FRAGMENT, UNCUT, Content, Fragment, size_of
from zerog.storage.client.storing import Stored, Storing
from zerog.storage.dircodec import MAX_BYTES, BadFolder, FsNode, Kind, decode, encode, is_folder
from zerog.storage.encryption import Decryption
from zerog.types import Progress, no_progress

AT_ONCE: Final = 4

Sealing = Callable[[Content], Content]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder to store: its tree, and where its files lie; keys are paths in the tree."""

    tree: FsNode
    files: Mapping[str, Path]

    @property
    def metadata_size(self) -> int:
        """Bytes of the metadata, every file in one fragment."""
        return len(encode(_with_roots(self.tree, dict.fromkeys(self.files, (bytes(32),)))))


@dataclass(frozen=True, slots=True)
class StoredFolder:
    """root: of the metadata. files: results by path, of the fragments in order."""

    root: bytes
    metadata: Stored
    files: Mapping[str, Sequence[Stored]]


def scan(folder: Path) -> Folder:
    """What is in a folder, links and empty folders too.

    Raises NoSuchFile; FolderNotStorable for sockets, pipes, links out of it and names that are
    no Unicode text.
    """
    if not folder.is_dir():
        raise NoSuchFile(folder, "it is no folder")
    files: dict[str, Path] = {}
    tree = replace(_scan(folder, "", files), name=folder.resolve().name or "root")
    try:
        encode(_with_roots(tree, dict.fromkeys(files, (bytes(32),))))
    except BadFolder as error:
        raise FolderNotStorable(error.path or str(folder), error.reason) from error
    return Folder(tree, files)


def _scan(folder: Path, above: str, files: dict[str, Path]) -> FsNode:
    made: list[FsNode] = []
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise NoSuchFile(folder, error.strerror or type(error).__name__) from error
    for entry in found:
        path = Path(entry.path)
        name = f"{above}{entry.name}"
        if entry.is_symlink():
            made.append(FsNode(entry.name, Kind.SYMBOLIC, link=os.readlink(entry.path)))
        elif entry.is_dir(follow_symlinks=False):
            made.append(_scan(path, f"{name}/", files))
        elif entry.is_file(follow_symlinks=False):
            size = entry.stat(follow_symlinks=False).st_size
            made.append(FsNode(entry.name, Kind.FILE, size))
            if size:
                files[name] = path
        else:
            raise FolderNotStorable(name, "it is no file, folder or link")
    return FsNode(folder.name, Kind.DIRECTORY, entries=tuple(made))


def upload_folder(
    storing: Storing,
    folder: Folder,
    seal: Sealing,
    fragment_size: int = FRAGMENT,
    progress: Progress = no_progress,
) -> StoredFolder:
    """Store every file, then the metadata; each may be repeated.

    seal: makes a content the encrypted one, or gives it back.
    """
    cut: dict[str, list[Fragment]] = {}
    sizes: dict[str, int] = {}
    meter = Meter("hash", sum(size_of(path) for path in folder.files.values()), progress)
    for name, path in folder.files.items():
        content = seal(replace(Content.of_file(path), name=name))
        cut[name], sizes[name] = content.fragments(fragment_size), content.plain_size
        meter.add(content.plain_size)
    results = iter(storing.store([fragment for parts in cut.values() for fragment in parts]))
    files = {name: [next(results) for _ in parts] for name, parts in cut.items()}
    roots = {name: [one.root for one in stored] for name, stored in files.items()}
    blob = encode(_with_roots(folder.tree, roots, sizes))
    content = seal(Content.of_bytes(f"{folder.tree.name}/", blob))
    (metadata,) = storing.store(content.fragments(UNCUT))
    return StoredFolder(metadata.root, metadata, files)


def read_folder(client: StorageClient, root: bytes, decryption: Decryption | None) -> FsNode:
    """The tree behind a root; raises NotAStoredFolder, BadFolder and what a download raises."""
    found = Fetching(client, [root], decryption)
    if found.size > MAX_BYTES:
        raise NotAStoredFolder(root)
    data = found.to_bytes()
    if not is_folder(data):
        raise NotAStoredFolder(root)
    return decode(data)


def download_folder(
    client: StorageClient,
    root: bytes,
    out: Path,
    decryption: Decryption | None = None,
    progress: Progress = no_progress,
) -> FsNode:
    """Write the new folder `out`; what an earlier attempt for this root left is used again.

    Links are made last, so that no byte is written through one. Raises OutputExists,
    CannotWriteOutput and what `read_folder` raises.
    """
    if os.path.lexists(out):
        raise OutputExists(out)
    tree = read_folder(client, root, decryption)
    staging = out.with_name(f"{out.name}.{root.hex()[:12]}.part")
    try:
        _make_folders(staging, tree)
        entries = list(tree.walk())
        files = [(path, node) for path, node in entries if node.kind is Kind.FILE]
        meter = Meter("download", sum(node.size for _, node in files), progress)

        def fetch(entry: tuple[str, FsNode]) -> None:
            path, node = entry
            _fetch(client, staging / path, node, decryption)
            meter.add(node.size)

        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="files") as pool:
            for _ in pool.map(fetch, files):
                pass
        for path, node in entries:
            if node.kind is Kind.SYMBOLIC and not (staging / path).is_symlink():
                (staging / path).symlink_to(node.link)
        staging.rename(out)
        sync_folder(out.parent)
    except OSError as error:
        raise CannotWriteOutput(staging, error.strerror or type(error).__name__) from error
    return tree


def _make_folders(staging: Path, tree: FsNode) -> None:
    """Every folder of the tree, and none of them over a link that lies there."""
    for path in ("", *(path for path, node in tree.walk() if node.kind is Kind.DIRECTORY)):
        folder = staging / path
        if folder.is_symlink():
            raise CannotWriteOutput(folder, "a link is in the way")
        folder.mkdir(exist_ok=True)


def _fetch(client: StorageClient, path: Path, node: FsNode, decryption: Decryption | None) -> None:
    """One file, unless it is there already, to the last byte."""
    if not node.size:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666))
        return
    found = Fetching(client, node.roots, decryption, _stored_sizes(node, decryption))
    if found.size != node.size:
        raise BadFolder(path.name, f"{node.size} bytes in the tree, {found.size} stored")
    if path.exists() and holds(path, found.lanes):
        return
    path.unlink(missing_ok=True)
    found.to_file(path)


def _stored_sizes(node: FsNode, decryption: Decryption | None) -> Sequence[int]:
    """The length of a plain file in one piece is known: a root alone would not bind it."""
    return [node.size] if decryption is None and len(node.roots) == 1 else []


def _with_roots(
    node: FsNode,
    roots: Mapping[str, Sequence[bytes]],
    sizes: Mapping[str, int] | None = None,
    above: str = "",
) -> FsNode:
    """The tree with the roots of its files, and their sizes as they were read."""

    def filled() -> Iterator[FsNode]:
        for entry in node.entries:
            path = f"{above}{entry.name}"
            if entry.kind is Kind.DIRECTORY:
                yield _with_roots(entry, roots, sizes, f"{path}/")
            elif path in roots:
                size = entry.size if sizes is None else sizes[path]
                yield replace(entry, size=size, roots=tuple(roots[path]))
            else:
                yield entry

    return replace(node, entries=tuple(filled()))


__all__ = [
    "Folder", "StoredFolder", "download_folder", "read_folder", "scan",
    "upload_folder",
]  # fmt: skip
