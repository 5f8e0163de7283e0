"""The storage nodes that an indexer knows: who lives, how fast, and who let it down lately."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

from zerog.errors import ZerogError
from zerog.storage.errors import NodeUnreachable
from zerog.storage.guard import GuardedPool
from zerog.storage.remote import Remote
from zerog.storage.wire import ShardConfig, ShardedNode

ANSWER_SECONDS: Final = 3.0
"""For small answers; the reference's indexer waits as long."""
ANSWER_BYTES: Final = 256 * 1024
SEGMENT_SECONDS: Final = 5.0
SEGMENT_BYTES: Final = 1024 * 1024
"""A segment is 350 kB of base64, its proof a few kB."""
GRACE_SECONDS: Final = 0.5
"""What slow nodes get when the others have said enough."""
FIRST_REST_SECONDS: Final = 2.0
LAST_REST_SECONDS: Final = 120.0
THREADS: Final = 32

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NodeUrls:
    """Which nodes there are, as this process reaches them, and how clients reach them."""

    trusted: tuple[str, ...]
    discovered: tuple[str, ...] = ()
    public: Mapping[str, str] | None = None


class Link:
    """One node: its last sign of life, and a rest after each failure of a call for data."""

    def __init__(self, url: str, public_url: str, trusted: bool, pools: Pools) -> None:
        """Raises BadUrl."""
        self.url, self.public_url, self.trusted = url, public_url, trusted
        self.small = Remote(url, pools.small, attempts=1)
        self.large = Remote(url, pools.large, attempts=1)
        self._lock, self._probing = threading.Lock(), threading.Lock()
        self._seen: ShardedNode | None = None
        self._config: ShardConfig | None = None
        self._failures = 0
        self._rests_until = 0.0

    def __repr__(self) -> str:
        return f"Link({self.url!r})"

    @property
    def seen(self) -> ShardedNode | None:
        """As clients are told of it; None while it does not live."""
        return self._seen

    @property
    def config(self) -> ShardConfig | None:
        """The share that it kept when it last lived; None before that."""
        return self._config

    @property
    def rests(self) -> bool:
        """Whether it failed so lately that others are asked first."""
        return time.monotonic() < self._rests_until

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Sorts the better node first: not resting, trusted, near."""
        return (self.rests, not self.trusted, self._seen.latency_ms if self._seen else 1 << 30)

    def poll(self) -> None:
        """Ask for its share and time the answer; silence or nonsense means that it is gone."""
        start = time.monotonic()
        try:
            config = self.small.shard_config()
        except ZerogError as error:
            if self._seen is not None or self._config is None:
                log.info("%s does not live: %s", self.url, error)
            self._seen = None
            return
        latency_ms = round((time.monotonic() - start) * 1000)
        self._config = config
        self._seen = ShardedNode(self.public_url, config, latency_ms, int(time.time()))

    def probe(self, call: Callable[[Link], None]) -> None:
        """Call a node that rests, unless a call to it is under way already."""
        if self._probing.acquire(blocking=False):
            try:
                call(self)
            finally:
                self._probing.release()

    def succeeded(self) -> None:
        """A call for data went well."""
        with self._lock:
            self._failures, self._rests_until = 0, 0.0

    def failed(self) -> None:
        """A call for data failed: each further time it rests twice as long."""
        with self._lock:
            if self.rests:
                return  # calls that failed together count once
            rest = FIRST_REST_SECONDS * 2 ** min(self._failures, 10)
            self._failures += 1
            self._rests_until = time.monotonic() + min(rest, LAST_REST_SECONDS)


@dataclass(frozen=True, slots=True)
class Pools:
    """Connections for small answers and for segments."""

    small: GuardedPool
    large: GuardedPool

    @classmethod
    def make(cls) -> Pools:
        """With the bounds above."""
        return cls(
            GuardedPool(4, ANSWER_SECONDS, ANSWER_BYTES),
            GuardedPool(8, SEGMENT_SECONDS, SEGMENT_BYTES),
        )


class Nodes:
    """All nodes of an indexer; safe for many threads."""

    def __init__(self, urls: NodeUrls) -> None:
        """Raises BadUrl."""
        pools, public = Pools.make(), urls.public or {}
        known = [(url, True) for url in dict.fromkeys(urls.trusted)]
        known += [
            (url, False) for url in dict.fromkeys(urls.discovered) if (url, True) not in known
        ]
        self.links = tuple(Link(url, public.get(url, url), sure, pools) for url, sure in known)
        self._polls = ThreadPoolExecutor(THREADS, thread_name_prefix="poll")
        self._asks = ThreadPoolExecutor(THREADS, thread_name_prefix="ask")
        self._polling = threading.Lock()
        self._polled_at = 0.0

    def poll(self) -> None:
        """Ask every node at once whether it lives."""
        with self._polling:
            wait([self._polls.submit(link.poll) for link in self.links])
            self._polled_at = time.monotonic()

    def alive(self) -> list[Link]:
        """Nodes that live, the better ones first; when none is known to, they are asked."""
        if not self._polled_at:
            self._poll_since(0.0)  # half a list would pass for the whole one
        if not (found := self._alive()):
            self._poll_since(time.monotonic())
            found = self._alive()
        return found

    def _poll_since(self, moment: float) -> None:
        """Have a poll that ended after `moment`: somebody else's, or one of our own."""
        with self._polling:
            if self._polled_at > moment:
                return
        self.poll()

    def shown(self, trusted: bool) -> list[ShardedNode]:
        """Living nodes of one kind as clients are told of them."""
        return [one.seen for one in self.alive() if one.trusted == trusted and one.seen]

    def hosts(self) -> list[str]:
        """Host parts of all nodes' public URLs, alive or not."""
        return sorted({urlsplit(link.public_url).hostname or "" for link in self.links})

    def ask(
        self,
        question: Callable[[Remote], T],
        enough: Callable[[list[tuple[Link, T]]], bool],
        trusted_only: bool = False,
    ) -> list[tuple[Link, T]]:
        """What the living nodes answer, all asked at once; nodes that fail rest.

        enough: says whether the answers so far do; then the rest get GRACE_SECONDS and no more.
        Raises NodeUnreachable when no node answers.
        """
        answers: dict[Link, T] = {}
        for _ in range(2):
            self._ask(question, enough, trusted_only, answers)
            if answers:
                return [(link, answers[link]) for link in self.links if link in answers]
            self._poll_since(time.monotonic())  # those that we knew are gone: are there others?
        raise NodeUnreachable(", ".join(link.url for link in self.links) or "no node")

    def _ask(
        self,
        question: Callable[[Remote], T],
        enough: Callable[[list[tuple[Link, T]]], bool],
        trusted_only: bool,
        answers: dict[Link, T],
    ) -> None:
        known = [link for link in self.alive() or self.links if link.trusted or not trusted_only]
        asked = [link for link in known if not link.rests] or known

        def one(link: Link) -> None:
            try:
                answers[link] = question(link.small)
            except ZerogError as error:
                log.info("%s rests: %s", link.url, error)
                link.failed()

        def lacks() -> bool:
            return not enough([(link, answers[link]) for link in known if link in answers])

        waiting = [self._asks.submit(one, link) for link in asked]
        wait(waiting, GRACE_SECONDS)
        if lacks():
            wait(waiting)
        if lacks():
            probes = [self._asks.submit(link.probe, one) for link in known if link not in asked]
            wait(probes, GRACE_SECONDS if answers else None)

    def _alive(self) -> list[Link]:
        return sorted((one for one in self.links if one.seen), key=lambda one: one.rank)


def urls_of(text: str) -> tuple[str, ...]:
    """URLs of a comma separated list."""
    return tuple(url for url in (one.strip().rstrip("/") for one in text.split(",")) if url)
