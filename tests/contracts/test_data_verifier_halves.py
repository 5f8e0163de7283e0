"""The seller's half of a hand-over, judged without the buyer's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.agents import House, Person, root
from tests.support.contracts import Reverted, compiled
from tests.support.handovers import FINAL, Shape, handover_of
from tests.support.sealing import Sale, seal_for
from zerog.inft.sealproof import Handed

pytestmark = pytest.mark.contracts


def judge(house: House, sale: Sale, *shapes: Shape, seals: list[bytes] | None = None) -> None:
    """Ask as a market does; raises Reverted."""
    hashes = sale.seals if seals is None else seals
    act = handover_of(sale.act, FINAL, hashes)
    house.verifier.read("requireSeals", sale.act.token, act, [shape.pair for shape in shapes])


def test_good_seals_are_judged_without_any_consent_and_again_and_again(house: House) -> None:
    sale = Sale.honest(house)
    access, ownership = sale.shape().pair
    unsigned = replace(sale.shape(), pair=(access._replace(proof=b""), ownership))
    for _ in range(2):
        judge(house, sale, unsigned)


def test_seals_that_are_not_good_are_refused(house: House) -> None:
    sale = Sale.honest(house)
    with pytest.raises(Reverted, match="SealCountMismatch"):
        judge(house, sale, sale.shape(), seals=[])
    wrong = sale.handed._replace(sealed_key=seal_for(sale.act, house.bob))
    with pytest.raises(Reverted, match="Wrong"):
        judge(house, sale, replace(sale, handed=wrong).shape())
    with pytest.raises(Reverted, match="NotTheCurrentSeal"):
        judge(house, sale, sale.shape(), seals=[root("another seal")])
    stranger = Person.named("stranger to the sale").address
    for field in ("token", "sender", "receiver"):
        other = replace(sale, act=replace(sale.act, **{field: stranger}))  # type: ignore[arg-type]
        with pytest.raises(Reverted, match="WrongProof"):
            judge(house, other, sale.shape())
    changed = replace(sale, act=replace(sale.act, new_data_hash=root("changed")))
    with pytest.raises(Reverted, match="DataHashChanged"):
        judge(house, sale, changed.shape())


def test_word_of_an_oracle_is_no_proof_of_a_seal(house: House) -> None:
    sale = Sale.honest(house)
    access, ownership = sale.shape().pair
    said = replace(sale.shape(), pair=(access, ownership._replace(oracle_type=0)))
    with pytest.raises(Reverted, match="UnsupportedOracleType"):
        judge(house, sale, said)


def test_release_is_judged_by_the_committee(own_house: House) -> None:
    sale = Sale.honest(own_house)
    released = replace(sale, handed=Handed(b"new seal", b"\x02shares")).shape()
    with pytest.raises(Reverted, match="NoCommittee"):
        judge(own_house, sale, released)
    book = own_house.evm.deploy(compiled("ReleaseJudge"))
    own_house.verifier.send("setCommittee", book.address)
    with pytest.raises(Reverted, match="NotReleased"):
        judge(own_house, sale, released)
    act = sale.act
    fields = (act.token, act.verifier, act.operation, act.token_id, act.sender, act.receiver)
    what = (0, act.old_data_hash, sale.seals[0], b"new seal", own_house.bob.public_key)
    book.send("allow", fields, *what, b"\x02shares")
    judge(own_house, sale, released)
