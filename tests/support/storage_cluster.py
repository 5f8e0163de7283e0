"""Several storage nodes as real processes on one chain, each behind a proxy that may lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.evm import AnvilProcess
from tests.support.liars import Liar
from tests.support.storage_daemons import Daemon, Storage, remote_of, start_all
from tests.support.storage_people import people, sdk
from zerog.storage.client.sdk import Storage as Sdk


@dataclass(frozen=True, slots=True)
class Member:
    """A node and what stands before it."""

    node: Daemon
    liar: Liar

    @property
    def url(self) -> str:
        """As clients reach it."""
        return self.liar.url

    def holds(self, root: bytes) -> bool:
        """Whether it has all of its share, asked past the proxy."""
        info = remote_of(self.node).info(root)
        return info is not None and info.finalized


@dataclass(frozen=True, slots=True)
class Cluster:
    """The nodes, the chain below them, and the home that pays."""

    storage: Storage
    members: Sequence[Member]

    @property
    def home(self) -> Path:
        """Of keys, ledger and registry."""
        return self.storage.home

    @property
    def urls(self) -> tuple[str, ...]:
        """Of all nodes."""
        return tuple(member.url for member in self.members)

    def sdk(self) -> Sdk:
        """On all nodes."""
        return sdk(self.home, self.urls)

    def holding(self, root: bytes) -> set[str]:
        """URLs of the nodes that have all of their share of a root."""
        return {member.url for member in self.members if member.holds(root)}

    def calls(self, prefix: str) -> int:
        """How many requests of a kind the nodes have had."""
        every = [call for member in self.members for call in member.liar.calls]
        return sum(call.startswith(prefix) for call in every)

    def balance(self, name: str) -> int:
        """Wei of a person."""
        return self.storage.chain.balance(people(self.home).address(name))

    def heal(self) -> None:
        """Every node is honest again."""
        for member in self.members:
            member.liar.mode = "honest"


@contextmanager
def running_cluster(home: Path, shards: Sequence[str]) -> Iterator[Cluster]:
    """One node per share ("0/1" keeps everything) on a fresh chain."""
    anvil = AnvilProcess.start(home)
    members: list[Member] = []
    try:
        storage = Storage.make(home, anvil)
        for number, shard in enumerate(shards):
            node = storage.another(f"node{number}", "--shard", shard)
            members.append(Member(node, Liar(node.url)))
        start_all(*(member.node for member in members))
        yield Cluster(storage, members)
    finally:
        for member in members:
            member.liar.stop()
            member.node.stop()
        anvil.stop()
