"""Openings of delivered seals in public: Solidity, Python, and every forgery."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, Reverted, artifact, compiled
from tests.support.escrow import Goods
from tests.support.evm import AnvilProcess
from zerog.crypto.curve import FIELD, ORDER, add, generate, multiply, negate, random_scalar
from zerog.crypto.keccak import keccak256
from zerog.crypto.keccakctr import content_key
from zerog.inft.envelope import SUITE_KECCAK_CTR, VERSION, DataKey, Envelope
from zerog.inft.escrow.errors import SealHoldsNothing
from zerog.inft.escrow.reveal import Reveal, opened, reveal

pytestmark = pytest.mark.contracts

words = st.binary(min_size=32, max_size=32)


@pytest.fixture(scope="module")
def rules(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(compiled("EscrowHarness"))


@pytest.fixture(scope="module")
def judge(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(artifact("ExchangeJudge"))


def xy(point: bytes) -> tuple[int, int]:
    return int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")


def seal_of(k: bytes | None, secret: int, r: int) -> bytes:
    """A seal of version 2 over any group element, infinity (None) too."""
    owner = generate(secret)
    shared = multiply(owner, r)
    e2 = shared if k is None else add(k, shared)
    envelope = Envelope(VERSION, SUITE_KECCAK_CTR, bytes(129), owner, generate(r), e2, 0, 0)
    return envelope.encode()


def container(goods: Goods) -> tuple[int, bytes, bytes]:
    return goods.header.plain_size, goods.header.salt, goods.header.key_check


@settings(max_examples=15, deadline=None)
@given(head=words, q=st.integers(1, 2**200), r=st.integers(1, 2**200))
def test_opening_shows_the_key_that_the_seal_holds(
    judge: Deployed, head: bytes, q: int, r: int
) -> None:
    goods = Goods.of(b"agent")
    sealed = seal_of(goods.key.point, q, r)
    shown = reveal(head, sealed, q.to_bytes(32, "big"))
    data_key = goods.key.data_key()
    assert opened(head, sealed, shown) == data_key
    expected = (True, data_key, content_key(data_key, goods.header))
    assert judge.read("open", head, container(goods), sealed, shown) == expected


def test_opening_of_another_key_is_not_right(judge: Deployed) -> None:
    goods, other = Goods.of(b"agent"), DataKey.generate()
    sealed = seal_of(other.point, 5, 7)
    shown = reveal(bytes(32), sealed, (5).to_bytes(32, "big"))
    answer = judge.read("open", bytes(32), container(goods), sealed, shown)
    assert answer == (False, other.data_key(), bytes(32))


def test_seal_of_infinity_can_be_complained_about(judge: Deployed) -> None:
    sealed, secret = seal_of(None, 5, 7), (5).to_bytes(32, "big")
    shown = reveal(bytes(32), sealed, secret)
    answer = judge.read("open", bytes(32), container(Goods.of(b"a")), sealed, shown)
    assert answer == (False, bytes(32), bytes(32))
    with pytest.raises(SealHoldsNothing):
        opened(bytes(32), sealed, shown)


def test_seal_whose_key_is_a_double_can_be_opened(rules: Deployed, judge: Deployed) -> None:
    """K chosen as -2w makes e2 = -w: two points with one x, whose difference is a double."""
    q, r = random_scalar(), random_scalar()
    w = multiply(generate(q), r)
    key = DataKey(negate(multiply(w, 2)))
    goods = Goods.of(b"agent", key)
    sealed = seal_of(key.point, q, r)
    shown = reveal(bytes(32), sealed, q.to_bytes(32, "big"))
    answer = cast(
        "tuple[bool, bytes, bytes]", judge.read("open", bytes(32), container(goods), sealed, shown)
    )
    assert answer[:2] == (True, key.data_key())
    assert opened(bytes(32), sealed, shown) == key.data_key()
    with pytest.raises(Reverted, match="WrongInverse"):
        judge.read("open", bytes(32), container(goods), sealed, shown._replace(inverse=1))


@settings(max_examples=10, deadline=None)
@given(k=st.integers(1, 2**250))
def test_double_and_data_key_are_those_of_the_curve(rules: Deployed, k: int) -> None:
    point = generate(k)
    _, y = xy(point)
    assert rules.read("double", xy(point), pow(2 * y, -1, FIELD)) == xy(multiply(point, 2))
    assert rules.read("dataKeyOf", xy(point)) == DataKey(point).data_key()


def test_forged_openings_are_refused(judge: Deployed) -> None:
    goods = Goods.of(b"agent")
    sealed = seal_of(goods.key.point, 5, 7)
    head = keccak256(b"escrow")
    good = reveal(head, sealed, (5).to_bytes(32, "big"))
    other = multiply(Envelope.parse(sealed).e1, 6)
    stranger = reveal(head, seal_of(goods.key.point, 6, 7), (6).to_bytes(32, "big"))
    flipped = good.proof[:-200] + bytes([good.proof[-200] ^ 1]) + good.proof[-199:]
    forged = {
        "another w": good._replace(w=xy(other)),
        "off the curve": good._replace(w=(1, 1)),
        "infinity": good._replace(w=(0, 0)),
        "another inverse": good._replace(inverse=good.inverse + 1),
        "a bit of the proof": good._replace(proof=flipped),
        "a short proof": good._replace(proof=good.proof[:-1]),
        "somebody else's": stranger,
    }
    for name, shown in forged.items():
        with pytest.raises(Reverted):
            judge.read("open", head, container(goods), sealed, shown)
        assert name
    with pytest.raises(Reverted):
        judge.read("open", keccak256(b"another escrow"), container(goods), sealed, good)


@pytest.mark.parametrize("value", [0, 1, ORDER - 1, ORDER, ORDER + 1, FIELD, FIELD + 1, 2**256 - 1])
def test_no_word_of_an_opening_can_be_another(judge: Deployed, value: int) -> None:
    """Scalars and coordinates: zero, at and above the order and the field's prime."""
    goods, head, word = Goods.of(b"agent"), keccak256(b"words"), value.to_bytes(32, "big")
    sealed = seal_of(goods.key.point, 5, 7)
    good = reveal(head, sealed, (5).to_bytes(32, "big"))
    changed = [
        good._replace(proof=good.proof[:at] + word + good.proof[at + 32 :])
        for at in range(0, len(good.proof), 32)
    ]
    changed += [good._replace(inverse=value), good._replace(w=(value, good.w[1]))]
    changed += [good._replace(w=(good.w[0], value)), good._replace(w=(value, value))]
    assert good not in changed
    for shown in changed:
        with pytest.raises(Reverted):
            judge.read("open", head, container(goods), sealed, shown)
    assert cast("tuple[bool]", judge.read("open", head, container(goods), sealed, good))[0]


@pytest.mark.parametrize("length", [0, 32, 255, 257, 288, 512])
def test_opening_of_another_length_is_refused(judge: Deployed, length: int) -> None:
    goods, head = Goods.of(b"agent"), keccak256(b"length")
    sealed = seal_of(goods.key.point, 5, 7)
    good = reveal(head, sealed, (5).to_bytes(32, "big"))
    shown = good._replace(proof=good.proof.ljust(length, b"\0")[:length])
    with pytest.raises(Reverted, match="WrongProofLength"):
        judge.read("open", head, container(goods), sealed, shown)


def test_seal_of_version_one_cannot_be_opened(judge: Deployed) -> None:
    sealed = seal_of(generate(3), 5, 7)
    old = sealed[:129] + b"\x01" + sealed[130:131] + sealed[195:]
    shown = Reveal((1, 1), 1, bytes(256))
    with pytest.raises(Reverted, match="NotAPoint"):
        judge.read("open", bytes(32), container(Goods.of(b"a")), old, shown)
