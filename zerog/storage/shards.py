"""Which nodes together hold everything, so and so many times (pure).

Rule of the official indexer: 0gfoundation/0g-storage-client: common/shard.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from zerog.storage.errors import BadField, NotEnoughNodes
from zerog.storage.wire import ShardedNode


def select(
    nodes: Sequence[ShardedNode], replicas: int, method: str, chance: random.Random
) -> list[ShardedNode]:
    """Nodes that cover every shard `replicas` times.

    method: `min` prefers nodes with large shares, so few are chosen; `max` those with small
    ones; `random`; a decimal number is `random` with at most that many nodes.
    Raises NotEnoughNodes, and BadField for another method.
    """
    if method == "min":
        ordered = sorted(nodes, key=lambda node: node.config.num_shard)
    elif method == "max":
        ordered = sorted(nodes, key=lambda node: -node.config.num_shard)
    elif method == "random" or method.isdecimal():
        ordered = chance.sample(list(nodes), len(nodes))
    else:
        raise BadField("method", "not min, max, random or a number")
    chosen = _cover(ordered, replicas)
    if chosen is None or (method.isdecimal() and len(chosen) > int(method)):
        raise NotEnoughNodes(len(nodes), replicas)
    return chosen


def _cover(nodes: Sequence[ShardedNode], replicas: int) -> list[ShardedNode] | None:
    """Walk the nodes and keep those that some shard still lacks; None when one lacks to the end."""
    shards = max((node.config.num_shard for node in nodes), default=1)
    covered = [0] * shards
    chosen: list[ShardedNode] = []
    for node in nodes:
        share = range(node.config.shard_id, shards, node.config.num_shard)
        if any(covered[shard] < replicas for shard in share):
            chosen.append(node)
            for shard in share:
                covered[shard] += 1
    return chosen if min(covered) >= replicas else None
