"""Follows the flow and replays its KV transactions in their order, one verdict each.

A transaction whose file nobody uploads is given up after a deadline, so it delays those behind it
once and blocks nobody. The deadline counts from when its log was seen, many such files in a row
run out together; but only while storage answers that it lacks them (`Patience`).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.follow import Follower
from zerog.chain.hexes import to_bytes
from zerog.chain.rpc import Log
from zerog.errors import Unreachable, ZerogError
from zerog.storage.codec import SubmissionNode, fold_nodes
from zerog.storage.kv.codec import StreamReader, read_tags
from zerog.storage.kv.errors import DATA_PARSE_ERROR, DOWNLOAD_FAILED, NO_WRITE_PERMISSION
from zerog.storage.kv.fetch import Fetcher
from zerog.storage.kv.patience import Patience
from zerog.storage.kv.rules import Outcome, Tx, judge, may_write_somewhere, sender_of
from zerog.storage.kv.schema import Pending, Submitted
from zerog.storage.kv.store import PLAIN, KvStore
from zerog.storage.kv.views import View

DEADLINE_SECONDS: Final = 60.0
MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""A transaction with more is refused unread: it would be held in one database transaction."""
LAST_PAUSE_SECONDS: Final = 1.0
PAGE: Final = 256
LOOKUPS: Final = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome, and the scheme that the data was encrypted in."""

    outcome: Outcome
    scheme: int = PLAIN


class Replayer:
    """The one writer of a KV store."""

    def __init__(
        self,
        flow: FlowContract,
        store: KvStore,
        fetcher: Fetcher,
        deadline_s: float = DEADLINE_SECONDS,
        max_file_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        """deadline_s: how long a mined transaction waits for its file."""
        self._flow, self._store, self._fetcher = flow, store, fetcher
        self._patience, self._max_file_bytes = Patience(deadline_s), max_file_bytes
        self._waits_for: Submitted | None = None
        self._look_again = 0.0
        self.waiting = ""
        self._follower = Follower(
            flow.chain,
            store.database,
            [flow.address],
            {flow.topic("Submit"): self._submitted},
            store.rewind,
            first_block=flow.first_block,
        )

    def height(self) -> int:
        """The last block that was followed."""
        return self._follower.height()

    def step(self) -> None:
        """Follow to the head, then judge all that can be judged.

        Raises Unreachable where chain or storage do not answer; what was done stays.
        """
        try:
            while self._follower.step():
                pass
            while self._advance():
                pass
        except Unreachable:
            self._patience.interrupt()
            raise

    def _submitted(self, cursor: sqlite3.Cursor, log: Log) -> None:
        self._store.add(cursor, decode_submit(self._flow, log), time.time())

    def _advance(self) -> bool:
        """Pass over what is not ours, or judge the next one; False when there is nothing to do."""
        pending = self._store.pending(PAGE)
        passed = 0
        while passed < len(pending) and not self._is_ours(pending[passed].log):
            passed += 1
        if passed:
            self._store.skip(pending[0].log.seq, passed)
            return True
        if not pending:
            return False
        verdict = self._verdict(pending)
        if verdict is None:
            return False
        return self._store.settle(pending[0].log, verdict.outcome, verdict.scheme)

    def _is_ours(self, log: Submitted) -> bool:
        return bool(log.streams) and all(self._store.follows(one) for one in log.streams)

    def _verdict(self, pending: Sequence[Pending]) -> Verdict | None:
        """The verdict on the first one; None while it must wait."""
        head = pending[0]
        if head.result == DOWNLOAD_FAILED:  # of an earlier run over the same log
            return Verdict(Outcome(DOWNLOAD_FAILED))
        sender = head.sender if head.sender is not None else self._identify(pending)
        if sender is None:
            return None
        tx = Tx(head.log.seq, sender or None, head.log.streams)
        state = self._store.at()
        if not may_write_somewhere(state, tx.streams, tx.sender):
            return Verdict(Outcome(NO_WRITE_PERMISSION))
        if head.log.size > self._max_file_bytes:
            text = f"{DATA_PARSE_ERROR}: more than {self._max_file_bytes} bytes"
            return Verdict(Outcome(text))
        return self._judge(head, tx, state)

    def _judge(self, head: Pending, tx: Tx, state: View) -> Verdict | None:
        """By its data; None while that is not there."""
        if head.log == self._waits_for and time.monotonic() < self._look_again:
            return None
        try:
            data, scheme = self._fetcher.fetch(head.log.root, head.log.size)
        except Unreachable as error:
            if not self._fetcher.is_answering():
                raise
            return self._lacking(head, str(error))  # this file alone is the trouble
        except ZerogError as error:
            return self._lacking(head, str(error))
        self.waiting = ""
        return Verdict(judge(tx, StreamReader(data), state, self._store.follows), scheme)

    def _lacking(self, head: Pending, reason: str) -> Verdict | None:
        now = time.monotonic()
        waited = self._patience.lacks(head.log, time.time() - head.seen, now)
        if self._patience.is_over(waited):
            self.waiting = ""
            return Verdict(Outcome(DOWNLOAD_FAILED))
        # An eighth later than it is late: quick for a file on its way, cheap for a lost one.
        self._waits_for, self._look_again = head.log, now + min(waited / 8, LAST_PAUSE_SECONDS)
        self.waiting = f"transaction {head.log.seq}: {reason}"
        return None

    def _identify(self, pending: Sequence[Pending]) -> bytes | None:
        """Ask for the senders of a page; gives the first one's, None when a reorg took it.

        An empty sender stands for nobody.
        """
        wanted = [one.log for one in pending if one.sender is None and self._is_ours(one.log)]
        with ThreadPoolExecutor(LOOKUPS, thread_name_prefix="senders") as pool:
            senders = list(pool.map(self._sender, wanted))
            blocks = {log.block: log.block_hash for log in wanted}
            times = dict(zip(blocks, pool.map(self._time, blocks, blocks.values()), strict=True))
        found = [
            (log, sender, times[log.block])
            for log, sender in zip(wanted, senders, strict=True)
            if sender is not None
        ]
        stored = [(log, sender, at) for log, sender, at in found if at is not None]
        self._store.identify(stored)
        return next((sender for log, sender, _ in stored if log == pending[0].log), None)

    def _sender(self, log: Submitted) -> bytes | None:
        found = self._flow.chain.rpc("eth_getTransactionByHash", ["0x" + log.tx_hash.hex()])
        if not isinstance(found, Mapping) or found.get("blockHash") != "0x" + log.block_hash.hex():
            return None
        origin, target = to_bytes(found["from"], 20), str(found.get("to")).lower()
        called = target == self._flow.address.lower()
        return sender_of(origin, called, log.submitter) or b""

    def _time(self, number: int, block_hash: bytes) -> int | None:
        block = self._flow.chain.block(number)
        return block.timestamp if block is not None and block.hash == block_hash else None


def decode_submit(flow: FlowContract, log: Log) -> Submitted:
    """A Submit log as the KV node keeps it.

    Source: 0gfoundation/0g-storage-contracts: contracts/interfaces/IFlow.sol (event Submit).
    """
    event = flow.decode_event(log)
    submission = None if event is None else event.args.get("submission")
    if event is None or not isinstance(submission, tuple):
        raise TypeError(f"a log of block {log.block_number} is no Submit")
    size, tags, pairs = submission
    nodes = [SubmissionNode(bytes(root), int(height)) for root, height in pairs]
    return Submitted(
        seq=event.number("submissionIndex"),
        block=log.block_number,
        block_hash=log.block_hash,
        tx_hash=log.tx_hash,
        submitter=to_bytes(event.args["sender"], 20),
        root=fold_nodes(nodes),
        size=int(size),
        streams=read_tags(bytes(tags)) or (),
    )
