"""What people type and hand over: prices, and offers as documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zerog.chain.signer import devnet_signer
from zerog.cli.inft_market import MalformedOffer, MalformedPrice, OfferType, PriceType
from zerog.crypto.curve import ORDER
from zerog.inft.documents import MalformedDocument
from zerog.inft.market.offers import OfferPaper
from zerog.inft.market.orders import NOBODY, Offer
from zerog.inft.papers import Paper
from zerog.inft.proofs import TRANSFER, Statement

pytestmark = pytest.mark.unit

ALICE, BOB = devnet_signer(3).address, devnet_signer(4).address


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.5", 15 * 10**17), ("0", 0), ("7wei", 7), ("0.000000000000000001", 1), ("1e3wei", 1000)],
)
def test_price_is_read_in_coin_or_base_units(text: str, amount: int) -> None:
    assert PriceType().convert(text, None, None) == amount


@pytest.mark.parametrize("text", ["", "one", "-1", "0.5wei", "1e-19", "nan", "inf", "1 wei wei"])
def test_price_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(MalformedPrice) as caught:
        PriceType().convert(text, None, None)
    assert caught.value.text == text


def paper() -> OfferPaper:
    """An offer of bob's for alice's token."""
    offer = Offer(ALICE, False, 7, b"\x01" * 32, NOBODY, 10**18, BOB, ORDER, 2**40, b"\x02" * 65)
    act = Statement(31337, ALICE, BOB, TRANSFER, 7, ALICE, BOB, b"\x03" * 32, b"\x03" * 32)
    return OfferPaper(offer, Paper(act, b"", ORDER, 2**40, b"\x04" * 65))


def test_offer_survives_its_document(tmp_path: Path) -> None:
    made = paper()
    path = tmp_path / "offer.json"
    path.write_text(json.dumps(made.to_json()))
    read = OfferType().convert(str(path), None, None)
    assert read == made
    assert OfferType().convert(read, None, None) is read


@pytest.mark.parametrize("text", ["", "[]", "7", '"offer"'])
def test_file_that_is_no_offer_is_refused_by_its_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "offer.json"
    path.write_text(text)
    for wrong in (path, tmp_path / "none"):
        with pytest.raises(MalformedOffer):
            OfferType().convert(str(wrong), None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("consent", None),
        ("consent", []),
        ("tokenId", "7"),
        ("tokenId", -1),
        ("price", "0x"),
        ("price", hex(2**256)),
        ("buyer", "bob"),
        ("signature", "0x00"),
        ("dataCommitment", "0x" + "00" * 31),
        ("expiry", True),
    ],
)
def test_document_with_a_bad_field_is_refused_by_its_name(field: str, value: object) -> None:
    document = json.loads(json.dumps({**paper().to_json(), field: value}))
    with pytest.raises(MalformedDocument) as caught:
        OfferPaper.from_json(document)
    assert field in str(caught.value)
