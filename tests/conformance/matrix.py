"""The matrix of official clients: which lines each can do by itself, as data.

A line that ends inside the SDK whatever server it speaks to is in the matrix too, with the
words that its error must have: the day it works, the run says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a client is seen doing. broken: the SDK's own error has these words."""

    id: str
    title: str
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """An official client: its package, its environment, its driver, who pays, its lines."""

    id: str
    package: str
    environment: str
    driver: str
    person: str
    lines: tuple[Line, ...]


UPLOADS: Final = Line("files", "upload and download of files of the vectors' sizes")
DUPLICATE: Final = Line("duplicate", "the same file twice")
FETCH: Final = Line("fetch", "download of what `zerog storage upload` uploaded")

TYPESCRIPT: Final = Client(
    "ts",
    "@0gfoundation/0g-ts-sdk 1.2.8 (npm)",
    "ts_sdk",
    "typescript.mjs",
    "alice",
    (
        UPLOADS,
        DUPLICATE,
        Line("skip", "`skipIfFinalized` pays nothing"),
        Line("memory", "upload from memory"),
        Line("fragments", "a file cut into fragments, downloaded by its list of roots"),
        Line("ecies", "ECIES encryption, there and back; opened by `zerog storage download` too"),
        Line("aes", "AES-256 encryption, there and back; opened by `zerog storage download` too"),
        Line("unseal", "decryption of what `zerog storage upload --encrypt` sealed, both schemes"),
        Line("replicas", "`expectedReplica: 2` on two nodes"),
        Line("kv", "KV: Batcher, KvClient, iterator, deletion, permissions"),
        FETCH,
    ),
)
LEGACY: Final = Client(
    "ts-legacy",
    "@0glabs/0g-ts-sdk 0.3.3 (npm)",
    "ts_legacy",
    "typescript.mjs",
    "bob",
    (
        UPLOADS,
        DUPLICATE,
        Line("memory", "upload from memory"),
        Line("kv", "KV: Batcher, KvClient, iterator, deletion, permissions"),
        FETCH,
    ),
)
PYTHON: Final = Client(
    "python",
    "0g-storage-sdk 0.4.0 (PyPI)",
    "python_sdk",
    "python_sdk.py",
    "carol",
    (
        UPLOADS,
        DUPLICATE,
        FETCH,
        Line("decrypt", "download and decryption of what the TypeScript SDK sealed by ECIES"),
        Line("unseal", "decryption of what `zerog storage upload --encrypt` sealed, both schemes"),
        Line("kv-read", "KV: values, transaction result, streams, permissions"),
        Line("kv-iterator", "KV: iterator", broken="non-hexadecimal"),
        Line("encrypted-upload", "ECIES upload", broken="iterate_with_offset_and_batch"),
        Line("splitable-upload", "upload in fragments", broken="relative import"),
    ),
)
ZG_STORAGE: Final = Client(
    "zg-storage",
    "zg-storage 0.2.0 (PyPI)",
    "zg_storage",
    "zg_storage_client.py",
    "dave",
    (
        UPLOADS,
        DUPLICATE,
        FETCH,
        Line("selected", "node choice by `indexer_getSelectedNodes`"),
        Line("kv-cached", "KV: CachedKvClient and iterator"),
        Line("indexer-download", "IndexerClient.download", broken="unexpected keyword argument"),
    ),
)
MATRIX: Final = (TYPESCRIPT, LEGACY, PYTHON, ZG_STORAGE)
