"""What a sale with complaints costs, to the unit of gas (gas_snapshot.json).

A sigma proof is drawn anew each time, and so is what its zero bytes save of the calldata: of such
calls the most is known. The rest is exact.
"""

from __future__ import annotations

from itertools import count

import pytest

from tests.support.contracts import Evm, artifact, check_gas
from tests.support.escrow import FEE, Bazaar, Goods
from tests.support.evm import AnvilProcess
from zerog.crypto.curve import generate
from zerog.crypto.keccak import keccak256
from zerog.crypto.keccakctr import (
    CHUNK,
    SEGMENT_CHUNKS,
    chunk_block,
    chunk_count,
    content_key,
    sealed_size,
)
from zerog.crypto.merkle import node
from zerog.inft.envelope import DataKey
from zerog.inft.escrow.pieces import Piece
from zerog.storage.codec import SECTOR, padded_sectors

pytestmark = pytest.mark.contracts

KEY = DataKey(generate(7))
PLAIN = b"".join(keccak256(number.to_bytes(4, "big")) for number in range(1000))


def test_gas_of_a_sale_is_the_committed_figure(fresh_anvil: AnvilProcess) -> None:
    bazaar = Bazaar.build(fresh_anvil)
    bazaar.house.counter = count(1 << 40)
    goods, bob = Goods.of(PLAIN, KEY).spoil(chunk_block(3) * CHUNK), bazaar.house.bob.address
    check_gas("FairExchange.register", bazaar.register(goods)["gasUsed"])
    token_id = bazaar.mint(goods)
    terms = bazaar.terms(token_id)
    escrow_id = bazaar.offer(terms)
    pair = bazaar.pair(goods, token_id, bazaar.buy(goods, terms, escrow_id))
    assert bazaar.deliver(escrow_id, pair)["gasUsed"] < 210_000
    call = (escrow_id, chunk_block(3))
    asked = bazaar.exchange.send("challenge", *call, sender=bob, value=FEE)
    check_gas("FairExchange.challenge", asked["gasUsed"])
    shown = bazaar.exchange.send("answer", *call, goods.block(chunk_block(3)), sender=bob)
    check_gas("FairExchange.answer", shown["gasUsed"])
    assert bazaar.complain(goods, escrow_id, pair, 3)["gasUsed"] < 200_000
    honest, sold = bazaar.delivered(Goods.of(PLAIN, KEY))
    finished = bazaar.exchange.send("finish", honest, [sold], sender=bob)
    assert finished["gasUsed"] < 295_000


def deep(goods: Goods, piece: Piece) -> Piece:
    """A piece of the one segment of some goods, as if 2^10 segments more lay around it."""
    return Piece(piece.data, (*piece.path, *(keccak256(bytes([level])) for level in range(10))))


def test_gas_of_judging_a_chunk_of_a_large_file_is_the_committed_figure(
    fresh_anvil: AnvilProcess,
) -> None:
    """Paths of 18 hashes for the chunk and 20 for its leaf: a file of 256 MiB."""
    judge = Evm(fresh_anvil.url).deploy(artifact("ExchangeJudge"))
    goods = Goods.of(PLAIN * 8, KEY).spoil(chunk_block(3) * CHUNK)
    assert chunk_count(len(PLAIN) * 8) > SEGMENT_CHUNKS
    size = (1 << 10) * SEGMENT_CHUNKS * CHUNK
    assert padded_sectors(sealed_size(size)) == 1 << 20
    block, leaves = (
        deep(goods, Piece(piece.data, piece.path[:depth]))
        for piece, depth in zip(goods.chunk(3), (8, 10), strict=True)
    )
    root = keccak256(leaves.data)
    place = 1
    for sibling in leaves.path:
        root = node(sibling, root) if place & 1 else node(root, sibling)
        place >>= 1
    assert len(leaves.data) == SECTOR
    key = content_key(KEY.data_key(), goods.header)
    call = (root, size, key, 3, block, leaves)
    receipt = judge.send("requireWrong", *call)
    check_gas("ExchangeJudge.requireWrong, paths of 18 and 20", receipt["gasUsed"])
    # All of it is the price of the calldata (EIP-7623: 21,000, and 10 per zero byte, 40 per other
    # one); reading and judging them costs less than that.
    data = bytes.fromhex(judge.calldata("requireWrong", *call)[2:])
    zeros = data.count(0)
    assert receipt["gasUsed"] == 21_000 + 10 * zeros + 40 * (len(data) - zeros)
