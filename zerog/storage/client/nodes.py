"""The storage nodes that a client knows: those of an indexer, of a list, or a single one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from zerog.errors import ZerogError
from zerog.storage.errors import BadAnswer, NodeRefused, NodeUnreachable, NoStorageNode
from zerog.storage.guard import GuardedPool
from zerog.storage.remote import ATTEMPTS, Remote
from zerog.storage.selection import EVERYTHING
from zerog.storage.wire import ShardConfig, ShardedNode

T = TypeVar("T")

CONNECTIONS: Final = 8
"""Kept open per node."""
QUICK_SECONDS: Final = 5.0
"""For an answer about a file or a node."""
BULK_SECONDS: Final = 20.0
"""For an answer to or with a batch of segments."""
MAX_ANSWER: Final = 16 * 1024 * 1024
"""Bytes of any answer; a batch of segments is a tenth of it."""
AT_ONCE: Final = 16
"""Nodes that are asked at the same time."""
NODE_ERRORS: Final = (NodeUnreachable, NodeRefused, BadAnswer)
"""What one node may do to us without spoiling the whole."""


class Nodes:
    """Remotes by URL over one pool of connections; safe for many threads."""

    def __init__(self, url: str, nodes: Sequence[str] = ()) -> None:
        """url: of an indexer or a node, found out at the first call; nodes: used instead."""
        self.url, self._given = url, tuple(dict.fromkeys(nodes))
        self._bulk = GuardedPool(CONNECTIONS, BULK_SECONDS, MAX_ANSWER)
        self._quick = GuardedPool(CONNECTIONS, QUICK_SECONDS, MAX_ANSWER)
        self._front = Remote(url, self._quick)

    def remote(self, url: str, attempts: int = ATTEMPTS) -> Remote:
        """One node, for segments; attempts: 1 where another node can give the same."""
        return Remote(url, self._bulk, attempts)

    def all(self) -> list[ShardedNode]:
        """The nodes that live, nearest first.

        Raises NoStorageNode (an indexer knows none), NodeUnreachable (nobody answers).
        """
        if self._given:
            return self._living(self._given)
        found = self._front.nodes()
        if found is None:
            return [ShardedNode(self.url, self._front.shard_config(), 0, 0)]
        if not found:
            raise NoStorageNode(self.url)
        return sorted(found, key=lambda node: node.latency_ms)

    def ask(
        self, nodes: Sequence[ShardedNode], question: Callable[[Remote, ShardedNode], T]
    ) -> list[T | ZerogError]:
        """The answers of many nodes at once, in their order; an error where one gave none.

        The remotes that `question` gets are for short answers: silence ends after some seconds.
        """

        # A silent node among others costs twice its time-out; the only one there is gets patience.
        attempts = 2 if len(nodes) > 1 else ATTEMPTS

        def one(node: ShardedNode) -> T | ZerogError:
            try:
                return question(Remote(node.url, self._quick, attempts), node)
            except NODE_ERRORS as error:
                return error

        if len(nodes) == 1:
            return [one(nodes[0])]
        with ThreadPoolExecutor(max(1, min(AT_ONCE, len(nodes))), "ask") as pool:
            return list(pool.map(one, nodes))

    def _living(self, urls: Sequence[str]) -> list[ShardedNode]:
        nodes = [ShardedNode(url, config, 0, 0) for url, config in self._configs(urls)]
        if not nodes:
            raise NodeUnreachable(", ".join(urls))
        return nodes

    def _configs(self, urls: Sequence[str]) -> list[tuple[str, ShardConfig]]:
        """Of the nodes that answer."""
        asked = [ShardedNode(url, EVERYTHING, 0, 0) for url in urls]
        found = self.ask(asked, lambda remote, _node: remote.shard_config())
        pairs = zip(urls, found, strict=True)
        return [(url, config) for url, config in pairs if isinstance(config, ShardConfig)]
