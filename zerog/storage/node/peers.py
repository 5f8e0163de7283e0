"""Other storage nodes as this one knows them: whom to ask, whom not to ask again soon.

A peer is a URL that the operator gave. It is asked for its network and its share of the flow
before anything else; one that does not answer is left alone for longer and longer, one whose
data does not prove is banned. Nothing that a peer says is believed without a proof.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from zerog.errors import ZerogError
from zerog.storage import wire
from zerog.storage.errors import BadAnswer, BadField
from zerog.storage.guard import GuardedPool
from zerog.storage.remote import Remote
from zerog.storage.wire import FileInfo, Segment, ShardConfig

REFRESH_SECONDS: Final = 10.0
"""How old a peer's share may be."""
FIRST_PAUSE_SECONDS: Final = 1.0
LAST_PAUSE_SECONDS: Final = 60.0
FIRST_BAN_SECONDS: Final = 600.0
LAST_BAN_SECONDS: Final = 86_400.0
AVOID_SECONDS: Final = 60.0
AVOIDED: Final = 1024
"""Files that one peer is remembered not to give."""
ANSWER_SECONDS: Final = 15.0
QUICK_SECONDS: Final = 4.0
"""For questions whose answer is short: a silent peer is not to hold up the others."""
ANSWER_BYTES: Final = 4 * 1024 * 1024
"""Above eight segments with their proofs."""
QUICK_BYTES: Final = 1024 * 1024
CONNECTIONS: Final = 4


class OtherNetwork(ZerogError):
    """A peer follows another chain or another Flow contract."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"{url} serves another network", "correct --peers")


@dataclass(frozen=True, slots=True)
class Network:
    """What a peer must have in common with us."""

    chain_id: int
    flow: str


@dataclass(frozen=True, slots=True)
class Pools:
    """Connections for short answers, and for data."""

    quick: GuardedPool
    data: GuardedPool


@dataclass(frozen=True, slots=True)
class PeerView:
    """A peer at one moment; seconds since it last answered, None if it never did."""

    url: str
    shard: ShardConfig | None
    state: str
    failures: int
    lies: int
    seen_ago_s: float | None
    last_error: str

    @property
    def host(self) -> str:
        """Host part of its URL."""
        return urlsplit(self.url).hostname or ""


class Peer:
    """One other node; safe for many threads."""

    def __init__(
        self,
        url: str,
        pools: Pools,
        network: Network,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises BadUrl."""
        self.url, self._network, self._clock = url, network, clock
        self._quick = Remote(url, pools.quick, attempts=1)
        self._remote = Remote(url, pools.data, attempts=1)
        self._lock = threading.Lock()
        self._shard: ShardConfig | None = None
        self._seen_at: float | None = None
        self._next_at = clock()
        self._banned_until = 0.0
        self._failures = self._lies = 0
        self._last_error = ""
        self._avoided: OrderedDict[int, float] = OrderedDict()

    def refresh(self) -> None:
        """Ask for network and share when it is time to."""
        if not self.due():
            return
        try:
            self._check_network()
            shard = self._quick.shard_config()
        except ZerogError as error:
            self.failed(str(error))
            return
        with self._lock:
            self._shard, self._failures = shard, 0
            self._seen_at = self._clock()
            self._next_at = self._seen_at + REFRESH_SECONDS

    def due(self) -> bool:
        """Whether it may be asked again."""
        with self._lock:
            return self._clock() >= max(self._next_at, self._banned_until)

    def shard(self) -> ShardConfig | None:
        """Its share; None while it is not to be asked."""
        with self._lock:
            alive = not self._failures and self._clock() >= self._banned_until
            return self._shard if alive else None

    def infos(self, seqs: Sequence[int]) -> list[FileInfo | None]:
        """What it has of some submissions, in their order; raises ZerogError."""
        found = self._quick.batch("zgs_getFileInfoByTxSeq", [[seq] for seq in seqs])
        try:
            return [None if one is None else FileInfo.from_json(one) for one in found]
        except BadField as error:
            raise BadAnswer(self.url, "zgs_getFileInfoByTxSeq", str(error)) from error

    def segments(self, seq: int, indexes: Sequence[int]) -> list[Segment | None]:
        """Segments with their proofs, not verified, in their order; raises ZerogError."""
        return self._remote.segments(seq, indexes)

    def failed(self, reason: str) -> None:
        """It did not answer, or not as the protocol says: ask again later."""
        with self._lock:
            self._failures += 1
            self._last_error = reason
            pause = FIRST_PAUSE_SECONDS * 2 ** min(self._failures - 1, 10)
            self._next_at = self._clock() + min(pause, LAST_PAUSE_SECONDS)

    def lied(self, reason: str) -> None:
        """It gave data that does not prove: do not ask it for long."""
        with self._lock:
            self._lies += 1
            self._last_error = reason
            ban = min(FIRST_BAN_SECONDS * 2 ** min(self._lies - 1, 20), LAST_BAN_SECONDS)
            self._banned_until = self._clock() + ban

    def avoid(self, seq: int, reason: str) -> None:
        """It does not give what it says it has: ask it for other files first."""
        with self._lock:
            self._last_error = reason
            self._avoided[seq] = self._clock() + AVOID_SECONDS
            while len(self._avoided) > AVOIDED:
                self._avoided.popitem(last=False)

    def avoids(self, seq: int) -> bool:
        """Whether it failed to give a file lately."""
        with self._lock:
            until = self._avoided.get(seq)
            if until is not None and until <= self._clock():
                del self._avoided[seq]
                until = None
            return until is not None

    def view(self) -> PeerView:
        """For those who look from outside."""
        with self._lock:
            now = self._clock()
            state = "connected" if self._shard and not self._failures else "disconnected"
            if now < self._banned_until:
                state = "banned"
            seen = None if self._seen_at is None else now - self._seen_at
            return PeerView(
                self.url,
                self._shard,
                state,
                self._failures,
                self._lies,
                seen,
                self._last_error,
            )

    def _check_network(self) -> None:
        try:
            status = wire.members(self._quick.call("zgs_getStatus"), "status")
            network = wire.members(status.get("networkIdentity"), "networkIdentity")
        except BadField as error:
            raise BadAnswer(self.url, "zgs_getStatus", str(error)) from error
        flow = network.get("flowAddress")
        same = network.get("chainId") == self._network.chain_id
        if not same or str(flow).lower() != self._network.flow.lower():
            raise OtherNetwork(self.url)


def peers_of(urls: Sequence[str], network: Network) -> list[Peer]:
    """Peers that share bounded pools of connections; raises BadUrl."""
    pools = Pools(
        GuardedPool(CONNECTIONS, QUICK_SECONDS, QUICK_BYTES),
        GuardedPool(CONNECTIONS, ANSWER_SECONDS, ANSWER_BYTES),
    )
    return [Peer(url, pools, network) for url in dict.fromkeys(urls)]
