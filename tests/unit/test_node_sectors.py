"""Proofs of the flow's sectors from what a node holds, against the model of the contract."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.node_store import Blob, FedStore
from zerog.crypto.keccak import keccak256
from zerog.crypto.merkle import Proof, check, tree_root
from zerog.storage.codec import SECTOR, SEGMENT
from zerog.storage.errors import BadField
from zerog.storage.node.sectors import SectorNotHere, Sectors
from zerog.storage.wire import ShardConfig

pytestmark = pytest.mark.unit

SIZES = [1, 700, 4096, 7425, 262_144, 262_145, 700_000, 5 * SEGMENT, 17 * SEGMENT + 5, 1000]


def fed_with(tmp_path: Path, shard: ShardConfig | None = None) -> FedStore:
    fed = FedStore.make(tmp_path, shard)
    for seq, size in enumerate(SIZES):
        fed.submit(Blob.make(size, seq))
        fed.put(seq)
    return fed


def leaves(fed: FedStore) -> list[bytes]:
    """The dense model: a leaf hash for every sector of the flow."""
    found = [bytes(32)] + [keccak256(bytes(SECTOR))] * (fed.flow.length - 1)
    for seq, blob in enumerate(fed.blobs):
        start = fed.entry(seq).start
        for at in range(0, len(blob.data), SECTOR):
            sector = blob.data[at : at + SECTOR].ljust(SECTOR, b"\0")
            found[start + at // SECTOR] = keccak256(sector)
    return found


def shows(proof: Proof, sector: int, leaf: bytes, root: bytes, height: int) -> None:
    check(proof, sector, 1 << height, leaf, root)


def test_every_kind_of_sector_is_proved_to_the_flow_root(tmp_path: Path) -> None:
    fed = fed_with(tmp_path)
    sectors, dense = Sectors(fed.store), leaves(fed)
    height = (fed.flow.length - 1).bit_length()
    dense += [keccak256(bytes(SECTOR))] * ((1 << height) - len(dense))
    chance = random.Random(7)
    chosen = {0, 1, 2, fed.flow.length - 1, fed.flow.length, (1 << height) - 1}
    for seq, blob in enumerate(fed.blobs):
        start = fed.entry(seq).start
        covered = sum(1 << one.height for one in blob.tree.nodes)
        chosen |= {start - 1, start, start + covered - 1, start + len(blob.data) // SECTOR}
        chosen |= {start + chance.randrange(covered) for _ in range(4)}
    for sector in sorted(chosen):
        shows(sectors.prove(sector), sector, dense[sector], fed.flow.root(), height)
    with pytest.raises(BadField):
        sectors.prove(1 << height)


def test_sector_is_proved_to_an_earlier_root(tmp_path: Path) -> None:
    fed = fed_with(tmp_path)
    sectors, dense = Sectors(fed.store), leaves(fed)
    start = fed.entry(6).start + 1500
    for root, seq in zip(fed.roots[6:], range(6, 10), strict=True):
        proof = sectors.prove(start, root)
        assert (proof.lemma[0], proof.lemma[-1]) == (dense[start], root)
        shows(proof, start, dense[start], root, len(proof.path))
        del seq
    with pytest.raises(BadField):
        sectors.prove(start, fed.roots[0])
    with pytest.raises(BadField):
        sectors.prove(start, b"\1" * 32)


@pytest.mark.parametrize("shard", [ShardConfig(0, 2), ShardConfig(3, 4)])
def test_node_with_a_share_proves_all_of_it_and_nothing_else(
    tmp_path: Path, shard: ShardConfig
) -> None:
    fed = fed_with(tmp_path, shard)
    sectors, dense = Sectors(fed.store), leaves(fed)
    height = (fed.flow.length - 1).bit_length()
    seq = 8
    start, count = fed.entry(seq).start, fed.blobs[seq].tree.segment_count
    for index in range(count):
        sector = start + 1024 * index + 3
        if sector // 1024 % shard.num_shard == shard.shard_id:
            shows(sectors.prove(sector), sector, dense[sector], fed.flow.root(), height)
        else:
            with pytest.raises(SectorNotHere):
                sectors.prove(sector)


def test_rewind_changes_the_proofs(tmp_path: Path) -> None:
    fed = fed_with(tmp_path)
    sectors = Sectors(fed.store)
    sectors.prove(1)
    with fed.store.database.transaction() as cursor:
        fed.store.rewind(cursor, 0)
    assert sectors.prove(0) == Proof((bytes(32),), ())


def test_segment_of_the_flow_by_number(tmp_path: Path) -> None:
    fed = fed_with(tmp_path)
    sectors, dense = Sectors(fed.store), leaves(fed)
    last = (fed.flow.length - 1) // 1024
    for number in range(last):
        data = sectors.load(number)
        assert data is not None
        expected = dense[number * 1024 : (number + 1) * 1024]
        hashed = [keccak256(data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)]
        assert hashed[1 if number == 0 else 0 :] == expected[1 if number == 0 else 0 :]
        assert sectors.load_root(number) == tree_root(expected)
        line = sectors.describe(number)
        assert isinstance(line, str)
        assert '"ours":true' in line
    for answer in (sectors.load, sectors.load_root, sectors.describe):
        assert answer(last + 1) is None
        assert answer(1 << 63) is None


def test_proofs_of_padding_follow_the_last_segment_with_data(tmp_path: Path) -> None:
    """18 segments of data in a node of 16 and one of 4 at most: the rest is zeros."""
    fed = FedStore.make(tmp_path)
    fed.submit(Blob.make(33 * SEGMENT))
    fed.put(0)
    sectors, entry = Sectors(fed.store), fed.entry(0)
    covered = sum(1 << one.height for one in entry.nodes)
    height = (fed.flow.length - 1).bit_length()
    zero = keccak256(bytes(SECTOR))
    for segment in range(33, covered // 1024):
        sector = entry.start + 1024 * segment + 17
        shows(sectors.prove(sector), sector, zero, fed.flow.root(), height)
        assert sectors.load(sector // 1024) == bytes(SEGMENT)
