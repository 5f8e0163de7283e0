"""Choosing nodes: every share is covered as often as asked, by no node too many."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.storage.errors import BadField, NotEnoughNodes
from zerog.storage.selection import EVERYTHING, choose, coverage, select
from zerog.storage.wire import ShardConfig, ShardedNode

pytestmark = pytest.mark.unit

SPACE = 8
CONFIGS = st.integers(0, 3).flatmap(
    lambda bits: st.builds(ShardConfig, st.integers(0, 2**bits - 1), st.just(2**bits))
)
METHODS = st.sampled_from(["min", "max", "random"])


def nodes_of(configs: Sequence[ShardConfig], name: str = "n") -> list[ShardedNode]:
    return [ShardedNode(f"http://{name}{at}", one, at, 0) for at, one in enumerate(configs)]


def dense(configs: Sequence[ShardConfig], share: ShardConfig = EVERYTHING) -> int:
    """The same as coverage(), by counting every residue."""
    residues = [at for at in range(SPACE) if at % share.num_shard == share.shard_id]
    return min(sum(at % one.num_shard == one.shard_id for one in configs) for at in residues)


def configs_of(nodes: Sequence[ShardedNode]) -> list[ShardConfig]:
    return [node.config for node in nodes]


@given(CONFIGS, st.lists(CONFIGS, max_size=12))
def test_coverage_is_the_least_covered_residue(
    share: ShardConfig, configs: list[ShardConfig]
) -> None:
    assert coverage(share, configs) == dense(configs, share)


@given(st.lists(CONFIGS, max_size=10), st.integers(1, 3), METHODS, st.integers())
def test_selection_covers_everything_or_says_that_it_cannot(
    configs: list[ShardConfig], replicas: int, method: str, seed: int
) -> None:
    nodes, chance = nodes_of(configs), random.Random(seed)
    if dense(configs) < replicas:
        with pytest.raises(NotEnoughNodes, match="meets the replication requirement"):
            select(nodes, replicas, method, chance)
        return
    chosen = select(nodes, replicas, method, chance)
    assert dense(configs_of(chosen)) >= replicas
    assert len({one.url for one in chosen}) == len(chosen)
    for left_out in chosen:
        rest = [one for one in chosen if one is not left_out]
        assert dense(configs_of(rest)) < replicas


@given(st.lists(CONFIGS, max_size=7), st.integers(1, 2))
def test_selection_min_takes_the_fewest_nodes_there_are(
    configs: list[ShardConfig], replicas: int
) -> None:
    sizes = range(len(configs) + 1)
    enough = (
        size
        for size in sizes
        if any(dense(list(some)) >= replicas for some in itertools.combinations(configs, size))
    )
    least = next(enough, None)
    if least is not None:
        assert len(select(nodes_of(configs), replicas, "min", random.Random(1))) == least


@given(st.lists(CONFIGS, max_size=8), st.integers(0, 9), st.integers(1, 2), st.integers())
def test_selection_by_number_gives_nodes_of_that_many_shares_or_at_most_so_many(
    configs: list[ShardConfig], number: int, replicas: int, seed: int
) -> None:
    nodes = nodes_of(configs)
    alike = [one for one in configs if one.num_shard == number]
    try:
        chosen = select(nodes, replicas, str(number), random.Random(seed))
    except NotEnoughNodes:
        assert dense(alike) < replicas
        assert dense(configs) < replicas or number < len(
            select(nodes, replicas, "min", random.Random(seed))
        )
        return
    assert dense(configs_of(chosen)) >= replicas
    if dense(alike) >= replicas:
        assert {one.config.num_shard for one in chosen} == {number}
    else:
        assert len(chosen) <= number


@pytest.mark.parametrize(("replicas", "from_discovered"), [(1, 0), (2, 1), (3, 1), (5, 3)])
def test_three_fifths_of_the_replicas_may_come_from_discovered_nodes(
    replicas: int, from_discovered: int
) -> None:
    whole = nodes_of([EVERYTHING] * 6)
    others = nodes_of([EVERYTHING] * 6, "d")
    found = choose(whole, others, replicas, "min", False, random.Random(1))
    assert len(found.discovered) == from_discovered
    assert len(found.trusted) == replicas - from_discovered
    alone = choose(whole, others, replicas, "min", True, random.Random(1))
    assert (len(alone.trusted), alone.discovered) == (replicas, [])


def test_discovered_nodes_that_hold_too_little_leave_all_to_the_trusted_ones() -> None:
    half = nodes_of([ShardConfig(0, 2)] * 9, "d")
    found = choose(nodes_of([EVERYTHING] * 5), half, 5, "min", False, random.Random(1))
    assert (len(found.trusted), found.discovered) == (5, [])


def test_selection_with_a_claimed_shard_of_2_to_the_63_costs_no_memory() -> None:
    liar = ShardConfig(5, 1 << 63)
    nodes = nodes_of([liar, EVERYTHING])
    assert select(nodes, 1, "max", random.Random(1)) == nodes[1:]
    with pytest.raises(NotEnoughNodes):
        select(nodes, 2, "max", random.Random(1))


@pytest.mark.parametrize("method", ["best", "-1", "1.5", "٣", "9" * 30])
def test_selection_unknown_method_is_bad_field(method: str) -> None:
    with pytest.raises(BadField):
        select(nodes_of([EVERYTHING]), 1, method, random.Random(1))
