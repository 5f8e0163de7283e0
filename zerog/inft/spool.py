"""Writes an encrypted container to disk and hashes it on the way: one pass, constant memory."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from zerog.crypto.aead import Reader
from zerog.crypto.container import SUITE_AES_256_GCM, cipher_of
from zerog.files import sync_folder
from zerog.storage.codec import FileTree, TreeBuilder
from zerog.types import Buffer, Progress

SALT_BYTES: Final = 32


class Pieces:
    """An iterator of byte pieces, read as a stream; a piece may die when the next is asked for."""

    def __init__(self, pieces: Iterator[memoryview]) -> None:
        """pieces: each valid until the next one."""
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill as much of `buffer` as the current piece holds; 0 at the end."""
        target = buffer.cast("B")
        while not self._rest:
            following = next(self._pieces, None)
            if following is None:
                return 0
            self._rest = following
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def write_container(
    target: Path,
    data_key: bytes,
    plain: Reader,
    plain_size: int,
    progress: Progress,
    suite: int = SUITE_AES_256_GCM,
) -> FileTree:
    """Encrypt `plain` into `target`, which appears whole and durable or not at all.

    A fresh salt every time, so that two attempts under one data key never share a nonce.
    Gives the Merkle tree of what was written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    cipher = cipher_of(suite)
    tree, total = TreeBuilder(), cipher.sealed_size(plain_size)
    with partial.open("wb", buffering=0) as file:
        done = 0

        def write(piece: Buffer) -> None:
            nonlocal done
            view = memoryview(piece)
            tree.update(view)
            while view:
                view = view[file.write(view) or 0 :]
            done += memoryview(piece).nbytes
            progress("encrypt", done, total)

        salt = secrets.token_bytes(SALT_BYTES)
        cipher.seal_stream(data_key, salt, plain, plain_size, write)
        os.fsync(file.fileno())
    partial.replace(target)
    sync_folder(target.parent)
    return tree.finish()
