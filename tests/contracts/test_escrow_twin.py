"""The rules of the exchange in Solidity and in Python, on the same random values."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, Reverted, artifact, compiled
from tests.support.escrow import Goods
from tests.support.evm import AnvilProcess
from zerog.crypto.keccak import keccak256
from zerog.crypto.keccakctr import (
    CHUNK,
    chunk_block,
    chunk_count,
    content_key,
    decrypt_chunk,
    derive,
    leaf_sector,
    sealed_size,
)
from zerog.crypto.merkle import levels, prove_in
from zerog.inft.escrow.errors import NotInData, WrongPiece
from zerog.inft.escrow.pieces import (
    Piece,
    check_block,
    check_sector,
    container_of,
    is_wrong,
    root_from,
)
from zerog.storage.codec import padded_sectors

pytestmark = pytest.mark.contracts

words = st.binary(min_size=32, max_size=32)
SIZES = (1, 900, 31_000, 248 * 1024, 248 * 1024 + 1, 500_000)


@pytest.fixture(scope="module")
def rules(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(compiled("EscrowHarness"))


@pytest.fixture(scope="module")
def judge(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(artifact("ExchangeJudge"))


@settings(max_examples=25, deadline=None)
@given(salt=words, secret=st.binary(max_size=200), info=st.binary(max_size=150))
def test_hkdf_is_that_of_the_library(
    rules: Deployed, salt: bytes, secret: bytes, info: bytes
) -> None:
    tag = HMAC(salt, SHA256())
    tag.update(secret)
    assert rules.read("hmac", salt, secret) == tag.finalize()
    assert rules.read("hkdf", salt, secret, info) == HKDF(SHA256(), 32, salt, info).derive(secret)


@settings(max_examples=20, deadline=None)
@given(data_key=words, salt=words, size=st.integers(0, 2**42))
def test_keys_of_a_container_are_the_same(
    rules: Deployed, data_key: bytes, salt: bytes, size: int
) -> None:
    assert rules.read("derive", (size, salt, bytes(32)), data_key) == derive(data_key, salt, size)


@settings(max_examples=20, deadline=None)
@given(key=words, chunk=st.integers(0, 2**32 - 1), seed=st.integers(0, 2**32))
def test_leaf_of_a_chunk_is_the_same(rules: Deployed, key: bytes, chunk: int, seed: int) -> None:
    cipher = (keccak256(seed.to_bytes(8, "big")) * 32)[:CHUNK]
    assert rules.read("leafOf", key, chunk, cipher) == decrypt_chunk(key, chunk, cipher)[1]


@settings(max_examples=40, deadline=None)
@given(size=st.integers(0, 2**42), chunk=st.integers(0, 2**32 - 1))
def test_places_are_the_same(rules: Deployed, size: int, chunk: int) -> None:
    sector, place = leaf_sector(chunk)
    blocks = sealed_size(size) // CHUNK
    expected = (chunk_count(size), blocks, chunk_block(chunk), sector, place * 32)
    assert rules.read("places", size, chunk) == expected


@settings(max_examples=50, deadline=None)
@given(size=st.one_of(st.integers(1, 2**16), st.integers(1, 2**45)))
def test_padding_is_that_of_storage(rules: Deployed, size: int) -> None:
    assert rules.read("paddedSectors", size) == padded_sectors(size)


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 70), data=st.data())
def test_path_leads_to_the_root_of_the_left_complete_tree(
    rules: Deployed, count: int, data: st.DataObject
) -> None:
    leaves = [keccak256(bytes([index])) for index in range(count)]
    index = data.draw(st.integers(0, count - 1))
    tree = levels(leaves)
    path = list(prove_in(tree, index).lemma[1:-1])
    assert rules.read("rootFrom", count, index, leaves[index], path) == tree[-1][0]
    assert root_from(count, index, leaves[index], path) == tree[-1][0]
    for wrong in (path[:-1] if path else [bytes(32)], [*path, bytes(32)]):
        with pytest.raises(Reverted, match="WrongPathLength"):
            rules.read("rootFrom", count, index, leaves[index], wrong)
        with pytest.raises(WrongPiece):
            root_from(count, index, leaves[index], wrong)
    with pytest.raises(Reverted, match="NoSuchPiece"):
        rules.read("rootFrom", count, count, leaves[index], path)


@pytest.mark.parametrize("size", SIZES)
def test_every_kind_of_piece_is_found_in_its_data(judge: Deployed, size: int) -> None:
    goods = Goods.of(os.urandom(size))
    root, header = goods.tree.data_root, goods.header
    shown = judge.read("containerOf", root, goods.sector(0))
    assert shown == (size, header.salt, header.key_check)
    assert container_of(root, goods.sector(0)) == header
    blocks = len(goods.container) // CHUNK
    assert judge.read("blocksOf", size) == blocks
    for index in {0, 7, 8, blocks // 2, blocks - 1}:
        judge.read("requireBlock", root, size, index, goods.block(index))
        check_block(root, size, index, goods.block(index))


@pytest.mark.parametrize("size", SIZES)
def test_complaint_about_a_right_chunk_fails_and_about_a_wrong_one_holds(
    judge: Deployed, size: int
) -> None:
    good = Goods.of(os.urandom(size))
    key = content_key(good.key.data_key(), good.header)
    for chunk in {0, chunk_count(size) // 2, chunk_count(size) - 1}:
        bad = good.spoil(chunk_block(chunk) * CHUNK + 5)
        root = good.tree.data_root
        assert not is_wrong(root, size, key, chunk, *good.chunk(chunk))
        with pytest.raises(Reverted, match="ChunkIsRight"):
            judge.read("requireWrong", root, size, key, chunk, *good.chunk(chunk))
        assert is_wrong(bad.tree.data_root, size, key, chunk, *bad.chunk(chunk))
        judge.read("requireWrong", bad.tree.data_root, size, key, chunk, *bad.chunk(chunk))


def test_pieces_of_other_data_or_another_place_are_refused(judge: Deployed) -> None:
    goods = Goods.of(os.urandom(400_000))
    root, size = goods.tree.data_root, 400_000
    block, sector = goods.block(20), goods.sector(3)
    forged = Piece(bytes([block.data[0] ^ 1]) + block.data[1:], block.path)
    detour = Piece(block.data, (bytes(32), *block.path[1:]))
    for index, piece in ((20, forged), (20, detour), (21, block)):
        with pytest.raises(Reverted, match="NotInData"):
            judge.read("requireBlock", root, size, index, piece)
        with pytest.raises(NotInData):
            check_block(root, size, index, piece)
    with pytest.raises(Reverted, match="NotInData"):
        judge.read("containerOf", bytes(32), goods.sector(0))
    with pytest.raises(NotInData):
        check_sector(root, size, 4, sector)
    key = content_key(goods.key.data_key(), goods.header)
    mixed = (goods.chunk(5)[0], goods.chunk(50)[1])
    with pytest.raises(Reverted, match="NotInData"):
        judge.read("requireWrong", root, size, key, 5, *mixed)
    with pytest.raises(Reverted, match="NoSuchChunk"):
        judge.read("requireWrong", root, size, key, chunk_count(size), *goods.chunk(0))


def test_pieces_of_wrong_length_are_refused(judge: Deployed) -> None:
    goods = Goods.of(bytes(5000))
    root = goods.tree.data_root
    head, block = goods.sector(0), goods.block(9)
    for data in (b"", head.data[:-1], head.data + b"\0", block.data):
        with pytest.raises(Reverted, match="WrongPieceLength"):
            judge.read("containerOf", root, Piece(data, head.path))
        with pytest.raises(WrongPiece):
            check_sector(root, 5000, 0, Piece(data, head.path))
    for data in (b"", block.data[:-1], block.data + b"\0"):
        with pytest.raises(Reverted, match="WrongPieceLength"):
            judge.read("requireBlock", root, 5000, 9, Piece(data, block.path))
        with pytest.raises(WrongPiece):
            check_block(root, 5000, 9, Piece(data, block.path))
    with pytest.raises(Reverted, match="NoSuchPiece"):
        judge.read("requireBlock", root, 5000, len(goods.container) // CHUNK, block)


@pytest.mark.parametrize("at", [0, 5, 6, 7])
def test_head_of_another_format_version_or_suite_is_refused(judge: Deployed, at: int) -> None:
    goods = Goods.of(bytes(5000)).spoil(at)
    with pytest.raises(Reverted, match="NotAContainer"):
        judge.read("containerOf", goods.tree.data_root, goods.sector(0))


def test_head_that_claims_more_chunks_than_there_are_numbers_is_refused(judge: Deployed) -> None:
    goods = Goods.of(bytes(5000)).spoil(8)
    with pytest.raises(Reverted, match="NotAContainer"):
        judge.read("containerOf", goods.tree.data_root, goods.sector(0))


# --------------------------------------------------------------------------- opening a seal
