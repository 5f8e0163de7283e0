"""Offers: a buyer's signed wish, and the consent that goes with it, seen from the buyer's home.

    planned -> funded -> final (taken, cancelled or expired)

An offer travels as a JSON document. In the chain's own coin the price is credited at the market
before the document is shown, so that whoever accepts is paid (`acceptance.py`).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Final

from zerog.chain.hexes import to_address
from zerog.chain.signer import Signer
from zerog.crypto.curve import BadSignature, address_of, recover_key
from zerog.inft.documents import (
    Json,
    MalformedDocument,
    address_field,
    big_field,
    hex_field,
    number_field,
)
from zerog.inft.errors import SameOwner
from zerog.inft.jobstore import Row, Value
from zerog.inft.market.counter import (
    act,
    allow_currency,
    chain_time,
    market_of,
    single_item,
)
from zerog.inft.market.errors import BadPrice, OfferForAnother
from zerog.inft.market.orders import NOBODY, Offer, data_commitment
from zerog.inft.opening import Token
from zerog.inft.papers import Paper
from zerog.inft.proofs import Statement
from zerog.inft.readers import wanted_key_of
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import FINAL, Workflow, drive
from zerog.types import Address

KIND: Final = "offer"
DEFAULT_OFFER_SECONDS: Final = 7 * 86_400
MAX_PRICE: Final = 2**256 - 1


@dataclass(frozen=True, slots=True)
class OfferPaper:
    """A signed offer, and the buyer's consent to get the token's data from its owner."""

    offer: Offer
    consent: Paper

    def to_json(self) -> dict[str, object]:
        """The document, as the buyer hands it over."""
        made = self.offer
        return {
            "collection": made.collection,
            "tokenId": made.token_id,
            "dataCommitment": "0x" + made.data_commitment.hex(),
            "currency": made.currency,
            "price": hex(made.price),
            "buyer": made.buyer,
            "nonce": hex(made.nonce),
            "expiry": made.expiry,
            "signature": "0x" + made.signature.hex(),
            "consent": self.consent.to_json(),
        }

    @classmethod
    def from_json(cls, document: Json) -> OfferPaper:
        """Read a document; raises MalformedDocument. Nothing is verified yet."""
        consent = document.get("consent")
        if not isinstance(consent, dict):
            raise MalformedDocument("consent", "an object expected")
        offer = Offer(
            collection=address_field(document, "collection"),
            any_token=False,
            token_id=number_field(document, "tokenId"),
            data_commitment=hex_field(document, "dataCommitment", 32),
            currency=address_field(document, "currency"),
            price=big_field(document, "price"),
            buyer=address_field(document, "buyer"),
            nonce=big_field(document, "nonce"),
            expiry=number_field(document, "expiry"),
            signature=hex_field(document, "signature", 65),
        )
        return cls(offer, Paper.from_json(consent))

    def check(self, stack: Stack, token: Token) -> None:
        """That it is a good offer for this token as it is now; raises OfferForAnother,
        PaperForAnother, PaperNotSigned.
        """
        made, market = self.offer, market_of(stack)
        commitment = data_commitment([token.data_root])
        facts = (
            ("collection", stack.nft.address, made.collection),
            ("token", token.token_id, made.token_id),
            ("data", commitment.hex(), made.data_commitment.hex()),
            ("a spent nonce", False, market.is_nonce_spent(made.buyer, made.nonce)),
            ("signer", made.buyer, _signer_of(made, stack.registry.chain_id, market.address)),
        )
        for field, wanted, found in facts:
            if wanted != found:
                raise OfferForAnother(field, wanted, found)
        now = chain_time(stack)
        if made.expiry < now:
            raise OfferForAnother("an end before", now, made.expiry)
        self.consent.check(statement_of(stack, token, made.buyer), now)


def _signer_of(offer: Offer, chain_id: int, market: Address) -> Address | None:
    try:
        return address_of(recover_key(offer.digest(chain_id, market), offer.signature))
    except BadSignature:
        return None


def statement_of(stack: Stack, token: Token, receiver: Address) -> Statement:
    """The hand-over of a token's data, as it is, by its owner."""
    roots = (token.data_root, token.data_root)
    return transfer_statement(stack.registry, token.token_id, (token.owner, receiver), roots)


def plan_offer(
    stack: Stack, token_id: int, buyer: str, *, price: int, currency: Address, lasting_s: int
) -> Row:
    """Look at the data, sign offer and consent, and record them; nothing has left this home yet.

    price: base units. Raises UnknownToken, UnsupportedData, SameOwner, BadPrice, and what the
    storage client raises.
    """
    signer, token = stack.keys.signer(buyer), single_item(stack, token_id)
    if token.owner == signer.address:
        raise SameOwner(token_id, token.owner)
    if not 0 <= price <= MAX_PRICE:
        raise BadPrice(price)
    for _ in stack.storage.segments(token.data_root):
        pass
    paper = _signed(stack, signer, token, (price, currency), chain_time(stack) + lasting_s)
    data: dict[str, Value] = {
        "token_id": token_id,
        "owner": signer.address,
        "currency": currency,
        "price": str(price),
        "nonce": hex(paper.offer.nonce),
        "expiry": paper.offer.expiry,
        "document": json.dumps(paper.to_json()),
    }
    return stack.jobs.add(f"{KIND}-{secrets.token_hex(8)}", KIND, "planned", data)


def _signed(
    stack: Stack, signer: Signer, token: Token, price: tuple[int, Address], until: int
) -> OfferPaper:
    offer = Offer(
        collection=stack.nft.address,
        any_token=False,
        token_id=token.token_id,
        data_commitment=data_commitment([token.data_root]),
        currency=price[1],
        price=price[0],
        buyer=signer.address,
        nonce=secrets.randbits(256),
        expiry=until,
    )
    consent = Paper(
        statement_of(stack, token, signer.address),
        wanted_key_of(stack, signer),
        secrets.randbits(256),
        until,
        bytes(65),
    )
    digest = offer.digest(stack.registry.chain_id, market_of(stack).address)
    return OfferPaper(
        offer._replace(signature=signer.sign_digest(digest)),
        consent.signed(signer.sign_digest(consent.digest)),
    )


def paper_in(row: Row) -> OfferPaper:
    """The document that a row carries."""
    return OfferPaper.from_json(json.loads(row.text("document")))


class Offering:
    """The steps of one buyer's offers."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the buyer, who funds the offer."""
        self._stack, self._signer = stack, signer

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {"planned": self.fund, "funded": self.watch}
        return Workflow(steps, self._stack.heal, lambda row: row)

    def fund(self, row: Row) -> Row:
        """planned -> funded: the market holds the price, or may pull it."""
        stack, signer, price = self._stack, self._signer, int(row.text("price"))
        currency = to_address(row.text("currency"))
        if currency == NOBODY:
            intent = f"{row.job_id}:deposit"
            act(stack, signer, intent, "deposit", [signer.address], price)
        else:
            allow_currency(stack, signer, f"{row.job_id}:allow", currency, price)
        return row.to("funded")

    def watch(self, row: Row) -> Row:
        """funded -> final, when it was taken or cancelled, or is over."""
        owner, nonce = self._signer.address, int(row.text("nonce"), 16)
        if market_of(self._stack).is_nonce_spent(owner, nonce):
            taken = self._stack.nft.owner_of(row.number("token_id")) == owner
            return row.to(FINAL, result="taken" if taken else "cancelled")
        over = chain_time(self._stack) > row.number("expiry")
        return row.to(FINAL, result="expired") if over else row


def run_offer(stack: Stack, job_id: str) -> Row:
    """Go on with an offer from wherever it is; the buyer's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Offering(stack, signer).workflow())
