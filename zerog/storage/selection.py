"""Which nodes together hold everything, so and so many times (pure).

A share `shardId of numShard` is a node of a binary tree over the flow: the root is everything,
and each further bit of a segment's number, lowest first, goes left or right. So no table of
shards is needed, however large the numShard that somebody claims.
(0gfoundation/0g-storage-client: common/shard, indexer/api.go)
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zerog.storage.errors import BadField, NotEnoughNodes
from zerog.storage.wire import ShardConfig, ShardedNode

EVERYTHING: Final = ShardConfig(0, 1)
DISCOVERED_SHARE: Final = (3, 5)
"""Of the wanted replicas, what may come from nodes that nobody vouches for."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Nodes by how they are known."""

    trusted: list[ShardedNode]
    discovered: list[ShardedNode]


def coverage(share: ShardConfig, configs: Sequence[ShardConfig]) -> int:
    """How often the least kept segment of `share` is kept by nodes of these configs."""
    whole = 0
    parts: list[ShardConfig] = []
    for one in configs:
        if one.num_shard <= share.num_shard:
            whole += share.shard_id % one.num_shard == one.shard_id
        elif one.shard_id % share.num_shard == share.shard_id:
            parts.append(one)
    if not parts:
        return whole
    return whole + min(coverage(half, parts) for half in _halves(share))


def choose(
    trusted: Sequence[ShardedNode],
    discovered: Sequence[ShardedNode],
    replicas: int,
    method: str,
    full_trusted: bool,
    chance: random.Random,
) -> Chosen:
    """Nodes for `replicas` copies of everything; of these up to 3/5 from the discovered ones.

    Where the discovered nodes cannot give their part, all of it comes from the trusted ones.
    Raises NotEnoughNodes, BadField.
    """
    others = 0 if full_trusted else replicas * DISCOVERED_SHARE[0] // DISCOVERED_SHARE[1]
    strangers: list[ShardedNode] = []
    if others:
        try:
            strangers = select(discovered, others, method, chance)
        except NotEnoughNodes:
            others = 0
    return Chosen(select(trusted, replicas - others, method, chance), strangers)


def select(
    nodes: Sequence[ShardedNode], replicas: int, method: str, chance: random.Random
) -> list[ShardedNode]:
    """Nodes that cover every share `replicas` times, none of them superfluous.

    method: `min` prefers nodes with large shares, so that few are chosen; `max` those with small
    ones; `random`; a decimal number N takes nodes of N shares each (the reference's reading),
    and where these do not hold everything at most N nodes of any kind.
    Raises NotEnoughNodes, and BadField for another method.
    """
    if method.isascii() and method.isdecimal() and len(method) < 20:
        chosen = _of_number(nodes, replicas, int(method), chance)
    else:
        chosen = _cover(_ordered(nodes, method, chance), replicas)
    if chosen is None:
        raise NotEnoughNodes(len(nodes), replicas)
    return chosen


def _ordered(
    nodes: Sequence[ShardedNode], method: str, chance: random.Random
) -> Sequence[ShardedNode]:
    if method == "min":
        return sorted(nodes, key=lambda node: (node.config.num_shard, node.config.shard_id))
    if method == "max":
        return sorted(nodes, key=lambda node: (-node.config.num_shard, node.config.shard_id))
    if method == "random":
        return chance.sample(list(nodes), len(nodes))
    raise BadField("method", "not min, max, random or a number")


def _of_number(
    nodes: Sequence[ShardedNode], replicas: int, number: int, chance: random.Random
) -> list[ShardedNode] | None:
    alike = _cover([node for node in nodes if node.config.num_shard == number], replicas)
    if alike is not None:
        return alike
    mixed = _cover(chance.sample(list(nodes), len(nodes)), replicas)
    if mixed is None or len(mixed) > number:
        mixed = _cover(_ordered(nodes, "min", chance), replicas)  # fewest nodes
    return mixed if mixed is not None and len(mixed) <= number else None


def _cover(nodes: Sequence[ShardedNode], replicas: int) -> list[ShardedNode] | None:
    """Take each node whose share still lacks copies, then drop what turned out superfluous."""
    chosen: list[ShardedNode] = []
    configs: list[ShardConfig] = []
    for node in nodes:
        if coverage(node.config, configs) < replicas:
            chosen.append(node)
            configs.append(node.config)
    if coverage(EVERYTHING, configs) < replicas:
        return None
    for at in range(len(chosen) - 1, -1, -1):
        if coverage(configs[at], configs) > replicas:
            del chosen[at], configs[at]
    return chosen


def _halves(share: ShardConfig) -> tuple[ShardConfig, ShardConfig]:
    double = share.num_shard * 2
    return ShardConfig(share.shard_id, double), ShardConfig(
        share.shard_id + share.num_shard, double
    )
