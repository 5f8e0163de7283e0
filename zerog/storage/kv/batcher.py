"""Writing to KV streams: a batch is one paid file, one transaction, and one result.

    drafted (bytes in the spool) -> submitted (Sender's row) -> uploaded -> result

The bytes are durable before anything is paid, and the intent is the name of their file: whoever
commits the same name again, in any process and after any crash, goes on with the first bytes.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.tx import Sender
from zerog.errors import NotFound
from zerog.files import replace_file, sync_folder
from zerog.storage.client.client import StorageClient
from zerog.storage.client.submit import NoSubmitLog, submit
from zerog.storage.codec import tree_of
from zerog.storage.encryption import Encryption, encrypt_stream, new_secret
from zerog.storage.errors import FileUnknown, NodeUnreachable
from zerog.storage.kv.client import KvClient
from zerog.storage.kv.codec import NEVER_CONFLICTS, Control, Op, Read, StreamData, Write
from zerog.storage.kv.errors import BadBatch, BatchRefused, ResultTimeout
from zerog.types import Address, Progress, no_progress

LOOK_SECONDS: Final = 10.0
"""How long one step is waited for before the receipt is looked at again: a reorg moves it."""
DATA: Final = ".data"
TAGS: Final = ".tags"
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Committed:
    """A batch that took effect; tx_seq is the new version of every key that it wrote."""

    tx_seq: int
    tx_hash: bytes
    fee_wei: int
    gas_used: int


class Batch:
    """Collects what one transaction is to do; the last word on a key counts."""

    def __init__(self, version: int = NEVER_CONFLICTS) -> None:
        """version: the batch commits only if no key in it is newer; by default it overwrites."""
        self.version = version
        self._reads: dict[tuple[bytes, bytes], Read] = {}
        self._writes: dict[tuple[bytes, bytes], Write] = {}
        self._controls: list[Control] = []

    def depend(self, stream: bytes, key: bytes) -> Batch:
        """Conflict also when this key is newer than the version."""
        self._reads[stream, key] = Read(stream, key)
        return self

    def put(self, stream: bytes, key: bytes, value: bytes) -> Batch:
        """Write a key; an empty value deletes it."""
        self._writes[stream, key] = Write(stream, key, value)
        return self

    def delete(self, stream: bytes, key: bytes) -> Batch:
        """Delete a key; its earlier versions stay readable."""
        return self.put(stream, key, b"")

    def control(
        self, op: Op, stream: bytes, key: bytes = b"", account: Address | None = None
    ) -> Batch:
        """Change access control; key and account where the operation has them."""
        who = b"" if account is None else bytes.fromhex(account[2:])
        self._controls.append(Control(op, stream, key, who))
        return self

    def build(self) -> StreamData:
        """The transaction, its keys in bytewise order."""
        reads = tuple(self._reads[place] for place in sorted(self._reads))
        writes = tuple(self._writes[place] for place in sorted(self._writes))
        return StreamData(self.version, reads, writes, tuple(self._controls))


class NoSuchDraft(NotFound):
    """No batch of that name waits in this home."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no KV batch called {name!r} waits in this home")


class Batcher:
    """One wallet's way to write; any number of threads and processes may commit at once.

    Nonces, and who goes first, are the Sender's matter.
    """

    def __init__(
        self,
        kv: KvClient,
        storage: StorageClient,
        sender: Sender,
        flow: FlowContract,
        spool: Path,
        encryption: Encryption | None = None,
    ) -> None:
        """spool: where batches lie until they have a result; encryption: of the stream's data."""
        self._kv, self._storage, self._sender, self._flow = kv, storage, sender, flow
        self._folder, self._encryption = spool / "kv" / sender.address, encryption

    def commit(
        self,
        batch: Batch,
        name: str | None = None,
        timeout_s: float = 120,
        progress: Progress = no_progress,
    ) -> Committed:
        """Bring a batch to its result.

        name: what the batch is for, a word; a second call with it goes on with the first batch,
        gives that one's result and pays nothing. Raises VersionConflict, NoWritePermission,
        ControlDenied, DownloadFailed, BatchRefused (decided; nothing was changed); ResultTimeout,
        NotFollowed, Unreachable, TxReverted (the draft stays: commit or resume it again).
        """
        self._kv.applied()  # a node that is not there is met before anything is paid
        chosen = secrets.token_hex(16) if name is None else name
        path = self._path(chosen)
        if not path.exists():
            if self._is_signed(chosen):
                return self._result_of(chosen, timeout_s)
            self._draft(path, batch.build())
        return self._go_on(chosen, path, timeout_s, progress)

    def resume(self, name: str, timeout_s: float = 120) -> Committed:
        """Go on with a draft that a crash left; raises NoSuchDraft and what `commit` raises."""
        path = self._path(name)
        if not path.exists():
            raise NoSuchDraft(name)
        return self._go_on(name, path, timeout_s, no_progress)

    def drafts(self) -> list[str]:
        """Names of this wallet's batches without a result."""
        return sorted(path.stem for path in self._folder.glob(f"*{DATA}"))

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise BadBatch(name, f"{name!r} is no name: letters, digits, - and _")
        return self._folder / f"{name}{DATA}"

    def _draft(self, path: Path, data: StreamData) -> None:
        """The file and its tags, made once: an encrypted one would differ at each attempt."""
        tags, plain = data.tags(), data.encode()
        pieces: Iterator[bytes] = iter([plain])
        if self._encryption is not None:
            pieces = encrypt_stream(new_secret(self._encryption), [plain])
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_file(path.with_suffix(TAGS), tags)
        replace_file(path, b"".join(pieces))  # last: a draft is whole once it is there

    def _go_on(self, name: str, path: Path, timeout_s: float, progress: Progress) -> Committed:
        try:
            done = self._decide(name, path, timeout_s, progress)
        except BatchRefused:
            self._forget(path)
            raise
        except FileNotFoundError:  # another process had the result first
            return self._result_of(name, timeout_s)
        self._forget(path)
        return done

    def _decide(self, name: str, path: Path, timeout_s: float, progress: Progress) -> Committed:
        """Submit, upload, wait; again from the receipt when a reorg moved the transaction."""
        end = time.monotonic() + timeout_s
        tree, tags = tree_of(path), path.with_suffix(TAGS).read_bytes()
        while True:
            sent = submit(self._sender, self._flow, tree, self._intent(name), tags=tags)
            try:
                self._storage.wait_known(tree.data_root, sent.tx_seq, LOOK_SECONDS)
                self._storage.upload(path, tree, sent.tx_seq, progress)
                self._kv.wait_commit(sent.tx_seq, LOOK_SECONDS)
            except (FileUnknown, ResultTimeout, NodeUnreachable):  # it is paid for: do not let go
                if time.monotonic() >= end:
                    raise
                continue
            return Committed(sent.tx_seq, sent.tx_hash, sent.fee_wei, sent.gas_used)

    def _is_signed(self, name: str) -> bool:
        row = self._sender.store.get(self._intent(name))
        return row is not None and row.hash is not None

    def _result_of(self, name: str, timeout_s: float) -> Committed:
        """What became of a batch whose draft is gone."""
        intent = self._intent(name)
        call = self._sender.store.require(intent).call
        receipt = self._sender.run(intent, call)
        for event in self._flow.decode(receipt, "Submit"):
            seq = event.number("submissionIndex")
            self._kv.wait_commit(seq, timeout_s)
            return Committed(seq, receipt.tx_hash, call.value_wei, receipt.gas_used)
        raise NoSubmitLog(intent, receipt.tx_hash)

    def _intent(self, name: str) -> str:
        return f"kv:{self._sender.address}:{name}"

    def _forget(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        path.with_suffix(TAGS).unlink(missing_ok=True)
        sync_folder(self._folder)
