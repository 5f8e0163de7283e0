"""Choosing nodes: everything is covered as often as asked, or it is said that it cannot be."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.storage.errors import BadField, NotEnoughNodes
from zerog.storage.shards import select
from zerog.storage.wire import ShardConfig, ShardedNode

pytestmark = pytest.mark.unit

CONFIGS = st.integers(min_value=0, max_value=3).flatmap(
    lambda bits: st.builds(
        ShardConfig, st.integers(min_value=0, max_value=2**bits - 1), st.just(2**bits)
    )
)


def nodes_of(configs: list[ShardConfig]) -> list[ShardedNode]:
    return [ShardedNode(f"http://n{at}", one, at, 0) for at, one in enumerate(configs)]


def least_cover(nodes: list[ShardedNode]) -> int:
    """How often the least covered of eight shards is covered."""
    return min(
        sum(shard % one.config.num_shard == one.config.shard_id for one in nodes)
        for shard in range(8)
    )


@given(
    st.lists(CONFIGS, max_size=12),
    st.integers(min_value=1, max_value=3),
    st.sampled_from(["min", "max", "random"]),
    st.integers(),
)
def test_select_covers_every_shard_or_says_it_cannot(
    configs: list[ShardConfig], replicas: int, method: str, seed: int
) -> None:
    nodes = nodes_of(configs)
    if least_cover(nodes) < replicas:
        with pytest.raises(NotEnoughNodes):
            select(nodes, replicas, method, random.Random(seed))
        return
    chosen = select(nodes, replicas, method, random.Random(seed))
    assert least_cover(chosen) >= replicas
    assert len({one.url for one in chosen}) == len(chosen)


def test_select_min_prefers_whole_nodes_and_max_shares() -> None:
    whole, left, right = ShardConfig(0, 1), ShardConfig(0, 2), ShardConfig(1, 2)
    nodes = nodes_of([left, right, whole])
    chance = random.Random(1)
    assert [one.config for one in select(nodes, 1, "min", chance)] == [whole]
    assert [one.config for one in select(nodes, 1, "max", chance)] == [left, right]


def test_select_number_bounds_the_choice() -> None:
    nodes = nodes_of([ShardConfig(0, 2), ShardConfig(1, 2)])
    assert len(select(nodes, 1, "2", random.Random(1))) == 2
    with pytest.raises(NotEnoughNodes):
        select(nodes, 1, "1", random.Random(1))


def test_select_unknown_method_is_bad_field() -> None:
    with pytest.raises(BadField):
        select(nodes_of([ShardConfig()]), 1, "best", random.Random(1))
