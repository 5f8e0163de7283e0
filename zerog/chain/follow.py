"""Follows contract events to the head of a chain, and back when the chain reorganises.

What the handlers write and the checkpoint (number, hash) are one database transaction per page,
so a killed follower goes on exactly where it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from zerog.chain.errors import RpcFailure
from zerog.chain.rpc import BlockRef, Chain, Log
from zerog.store import Database
from zerog.types import Address

PAGE_BLOCKS = 1000
KEEP_BLOCKS = 1024
"""A reorg deeper than this many blocks, or than the kept checkpoints, starts from the first."""

CHECKPOINTS = """
    CREATE TABLE IF NOT EXISTS follow_checkpoint (
      follower TEXT NOT NULL,
      number INTEGER NOT NULL,
      hash BLOB NOT NULL,
      PRIMARY KEY (follower, number)
    )
"""

Handler = Callable[[sqlite3.Cursor, Log], None]
"""Writes what an event means; run inside the page's transaction, so it must not commit."""

Rewind = Callable[[sqlite3.Cursor, int], None]
"""Called as on_rewind(cursor, number): drop all that came from blocks above `number`."""


class Follower:
    """One reader of some contracts' events; its place is kept in `database`."""

    def __init__(
        self,
        chain: Chain,
        database: Database,
        addresses: Sequence[Address],
        handlers: Mapping[bytes, Handler],
        on_rewind: Rewind,
        depth: int = 0,
        *,
        first_block: int = 0,
        name: str = "main",
    ) -> None:
        """handlers: by topic 0; depth: blocks to stay behind the head.

        first_block: where the contracts were deployed; name: tells followers of one file apart.
        """
        self._chain, self._database = chain, database
        self._addresses, self._handlers = [*addresses], dict(handlers)
        self._on_rewind, self._depth = on_rewind, depth
        self._before_first, self._name = first_block - 1, name
        self._page = PAGE_BLOCKS
        self._seen = b""
        with database.transaction() as cursor:
            cursor.execute(CHECKPOINTS)

    def height(self) -> int:
        """The last block that was followed; first_block - 1 before any."""
        found = self._last()
        return self._before_first if found is None else found[0]

    def block_hash(self) -> bytes:
        """Hash of that block; 32 zero bytes before any."""
        found = self._last()
        return bytes(32) if found is None else found[1]

    def step(self) -> int:
        """Follow to head - depth, rewinding first where the chain changed.

        Gives how many blocks were followed. When nothing is new it costs one request: a head's
        hash stands for the whole chain under it. Raises ChainUnreachable, RpcFailure; what was
        followed so far stays.
        """
        head = self._chain.head()
        if head.hash == self._seen:
            return 0
        done = 0
        while True:
            at = self._common()
            target = head.number - self._depth
            if at >= target:
                break
            read = self._follow_page(at, target)
            done += read
            if not read:  # the chain moved under us
                head = self._chain.head()
        self._seen = head.hash
        return done

    def _follow_page(self, at: int, target: int) -> int:
        """Read blocks at+1 .. one page further; 0 when the chain changed while we read."""
        last = min(target, at + self._page)
        end = self._chain.block(last)
        if end is None:
            return 0
        try:
            logs = self._chain.logs(self._addresses, [[*self._handlers]], at + 1, last)
        except RpcFailure:
            # Public nodes refuse a range with too many blocks or events.
            if last == at + 1:
                raise
            self._page = max(1, (last - at) // 2)
            return 0
        if not self._stands(end) or not self._store(at, end, logs):
            return 0
        self._page = min(self._page * 2, PAGE_BLOCKS)
        return last - at

    def _stands(self, end: BlockRef) -> bool:
        """Whether page and last checkpoint are on the chain as it is after the reading."""
        if self._chain.block(end.number) != end:
            return False
        last = self._last()
        return last is None or self._is_on_chain(*last)

    def _store(self, at: int, end: BlockRef, logs: Sequence[Log]) -> bool:
        with self._database.transaction() as cursor:
            if self.height() != at:  # another process follows with the same file
                return False
            for log in logs:
                self._handlers[log.topics[0]](cursor, log)
            cursor.execute(
                "INSERT INTO follow_checkpoint VALUES (?, ?, ?)",
                (self._name, end.number, end.hash),
            )
            # Far below the head one checkpoint per page is enough to rewind to.
            cursor.execute(
                "DELETE FROM follow_checkpoint WHERE follower = ? AND number < ?"
                " AND number % ? != 0",
                (self._name, at - KEEP_BLOCKS, PAGE_BLOCKS),
            )
        return True

    def _common(self) -> int:
        """The newest checkpoint that the chain still has, after rewinding to it."""
        last = self._last()
        if last is None:
            return self._before_first
        if self._is_on_chain(*last):
            return last[0]
        standing = (row[0] for row in self._checkpoints() if self._is_on_chain(*row))
        number = next(standing, self._before_first)
        self._rewind(number)
        return number

    def _is_on_chain(self, number: int, block_hash: bytes) -> bool:
        found = self._chain.block(number)
        return found is not None and found.hash == block_hash

    def _rewind(self, number: int) -> None:
        with self._database.transaction() as cursor:
            self._on_rewind(cursor, number)
            cursor.execute(
                "DELETE FROM follow_checkpoint WHERE follower = ? AND number > ?",
                (self._name, number),
            )

    def _checkpoints(self) -> list[tuple[int, bytes]]:
        found = self._database.connection.execute(
            "SELECT number, hash FROM follow_checkpoint WHERE follower = ? ORDER BY number DESC",
            (self._name,),
        )
        return [(int(row["number"]), bytes(row["hash"])) for row in found]

    def _last(self) -> tuple[int, bytes] | None:
        row = self._database.connection.execute(
            "SELECT number, hash FROM follow_checkpoint WHERE follower = ?"
            " ORDER BY number DESC LIMIT 1",
            (self._name,),
        ).fetchone()
        return None if row is None else (int(row["number"]), bytes(row["hash"]))
