"""Sealing loads: which units, with which digest, of which bytes; and their proofs."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mining_world import MINER, World
from zerog.storage.flowproof import NodeDataDiffers
from zerog.storage.mining.answer import UnitNotSealed, unit_proof
from zerog.storage.mining.pora import flow_root_of, unit_root, unseal_unit
from zerog.storage.mining.ranges import LOAD_SECTORS, UNIT_SECTORS
from zerog.storage.mining.sealing import SealedLoad, SegmentNotInNode, seal_load, units_of

pytestmark = pytest.mark.unit

sizes = st.one_of(st.integers(1, 900), st.integers(1, 40_000), st.integers(200_000, 900_000))


@settings(max_examples=30)
@given(st.lists(sizes, min_size=1, max_size=5), st.data())
def test_every_unit_of_a_closed_epoch_is_sealed_and_proves_to_the_flow_root(
    chosen: list[int], data: st.DataObject
) -> None:
    last = data.draw(st.integers(0, len(chosen) - 1))
    closings = {last, *data.draw(st.sets(st.integers(0, last)))}
    world = World(chosen, closings)
    tree = world.tree()
    assert tree.root() == world.root
    for load in range(-(-world.length // LOAD_SECTORS)):
        sealed, bytes_ = world.sealed(load)
        for unit in range(64):
            position = load * LOAD_SECTORS + unit * UNIT_SECTORS
            end = position + UNIT_SECTORS
            assert (unit in sealed.units) == (UNIT_SECTORS < end <= world.length)
            if unit not in sealed.units:
                continue
            plain, found = world.unit(load, unit), sealed.units[unit]
            (epoch,) = [one for one in world.epochs if one.first < end <= one.beyond]
            assert found.digest == epoch.digest
            own = bytes_[unit * 4096 : unit * 4096 + 4096]
            assert unseal_unit(own, MINER, epoch.digest, position) == plain
            if position % 64 == 0:
                assert found.root == unit_root(plain)
                proof = unit_proof(tree, sealed, unit)
                assert flow_root_of(found.root, position, proof) == world.root


def test_file_without_data_keeps_back_its_own_units_only() -> None:
    world = World([3_000, 300, 200, 9_000, 5_000], {4})
    missing = world.files[3]
    whole = {run.unit + i for run in world.seal(0) for i in range(run.count)}
    partly = {run.unit + i for run in world.seal(0, {3}) for i in range(run.count)}
    assert whole - partly == set(units_of(missing, 0))
    assert partly
    rest = {run.unit + i for run in world.seal(0, (), partly) for i in range(run.count)}
    assert rest == whole - partly


def test_unit_shared_by_two_files_waits_for_both() -> None:
    world = World([3_000, 300, 200], {2})
    shared = set(units_of(world.files[0], 0)) & set(units_of(world.files[1], 0))
    assert shared
    for seq in (0, 1):
        got = {run.unit + i for run in world.seal(0, {seq}) for i in range(run.count)}
        assert not got & shared


def test_padding_loads_of_a_large_file_are_sealed_zeros_with_their_way_up() -> None:
    size = 32 * 262_144 + 1
    world = World([size], {0})
    file, tree = world.files[0], world.tree()
    beyond = file.beyond // LOAD_SECTORS
    assert (beyond * LOAD_SECTORS - file.first) * 256 == 36 * 262_144
    for load in range(beyond - 3, beyond):
        sealed, _ = world.sealed(load)
        for unit in (0, 31, 63):
            assert world.unit(load, unit) == bytes(4096)
            position = load * LOAD_SECTORS + unit * UNIT_SECTORS
            proof = unit_proof(tree, sealed, unit)
            assert flow_root_of(sealed.units[unit].root, position, proof) == world.root


def test_segment_whose_proof_misses_its_node_is_refused() -> None:
    world = World([2_000_000], {0})
    file = world.files[0]
    load = file.first // LOAD_SECTORS
    piece = world.piece(file, 0)
    lemma = (piece.proof.lemma[0], bytes(32), *piece.proof.lemma[2:])
    forged = dataclasses.replace(piece, proof=dataclasses.replace(piece.proof, lemma=lemma))
    due = dict.fromkeys(range(64), world.epochs[0])
    with pytest.raises(SegmentNotInNode) as caught:
        seal_load(load, due, [(file, forged)], MINER)
    assert (caught.value.seq, caught.value.index) == (0, 0)


def test_proof_of_a_unit_whose_neighbour_is_gone_is_named() -> None:
    world = World([2_000_000], {0})
    load = world.files[0].first // LOAD_SECTORS
    sealed, _ = world.sealed(load)
    units = {unit: one for unit, one in sealed.units.items() if unit != 7}
    with pytest.raises(UnitNotSealed) as caught:
        unit_proof(world.tree(), SealedLoad(load, units, sealed.siblings), 3)
    assert (caught.value.load, caught.value.unit) == (load, 7)


def test_wrong_unit_root_in_a_small_file_is_found_before_it_is_sent() -> None:
    world = World([100_000], {0})
    file = world.files[0]
    sealed, _ = world.sealed(file.first // LOAD_SECTORS)
    first, other, *_ = units_of(file, sealed.load)
    wrong = dataclasses.replace(sealed.units[first], root=bytes(32))
    with pytest.raises(NodeDataDiffers):
        unit_proof(
            world.tree(), SealedLoad(sealed.load, {**sealed.units, first: wrong}, b""), other
        )
