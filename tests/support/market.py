"""A market over a collection, its people, and hand-overs with real sealed keys."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from web3.types import RPCEndpoint, TxReceipt

from tests.support.agents import CHAIN_ID, House, Pair, Person, root
from tests.support.contracts import Deployed, artifact, compiled
from tests.support.evm import AnvilProcess
from zerog.inft.envelope import DataKey, SealContext, open_seal, seal
from zerog.inft.market.orders import NOBODY, Offer, Order, data_commitment
from zerog.inft.proofs import (
    TRANSFER,
    ZKP,
    AccessProof,
    OwnershipProof,
    Statement,
    access_digest,
    access_proof,
)
from zerog.inft.sealproof import transfer_seal
from zerog.types import Address, PublicKey

PROOF, COMMITTEE, ORACLE = range(3)
NONE, LISTED, PAID, SETTLED, DELISTED, OWED = range(6)
FEE_BPS = 250
PRICE = 10**18 + 7
WINDOW = 3600
DAY = 86_400
COIN = NOBODY
STATE, MODE, TOKEN, BUYER = 0, 1, 2, 13


@dataclass(slots=True)
class Bazaar:
    """A house of agents with a market, a currency, and what was sealed in every token."""

    house: House
    market: Deployed
    currency: Deployed
    treasury: Person
    seals: dict[int, list[bytes]] = field(default_factory=dict)
    nonces: itertools.count[int] = field(default_factory=lambda: itertools.count(10**6))

    @classmethod
    def build(cls, anvil: AnvilProcess) -> Bazaar:
        """Deploy everything; account 1 administers, and everybody has an ERC-20 to spend."""
        return cls.over(House.build(anvil))

    @classmethod
    def over(cls, house: House) -> Bazaar:
        """A market of its own over a house that is there."""
        treasury = Person.development(6)
        logic = house.evm.deploy(artifact("AgentMarket"), house.token.address)
        setup = (FEE_BPS, treasury.address, house.authority.address)
        call = logic.calldata("initialize", *setup)
        proxy = house.evm.deploy(artifact("Proxy"), logic.address, call)
        market = house.evm.at(proxy.address, artifact("AgentMarket"))
        currency = house.evm.deploy(compiled("PlainCurrency"))
        bazaar = cls(house, market, currency, treasury)
        for person in (house.alice, house.bob, house.carol):
            bazaar.endow(person)
        return bazaar

    def endow(self, person: Person) -> None:
        """ERC-20 units and approvals: what a person needs to sell and to buy."""
        address, market = person.address, self.market.address
        self.currency.send("mint", address, 1000 * PRICE)
        self.currency.send("approve", market, 2**256 - 1, sender=address)
        self.house.token.send("setApprovalForAll", market, True, sender=address)

    def house_people(self) -> tuple[Person, Person, Person]:
        """Alice, bob and carol."""
        return self.house.alice, self.house.bob, self.house.carol

    # ------------------------------------------------------------------- reading

    def state(self, listing: int) -> int:
        """Where a listing is."""
        return cast(int, self.sale(listing)[STATE])

    def sale(self, listing: int) -> tuple[object, ...]:
        """Every field of a sale."""
        return cast("tuple[object, ...]", self.market.read("saleOf", listing))

    def credit(self, person: Person | Deployed, currency: Address = COIN) -> int:
        """What an account can take out."""
        return cast(int, self.market.read("credits", currency, person.address))

    def wait(self, seconds: int) -> None:
        """Let the chain's clock run."""
        provider = self.house.evm.w3.provider
        provider.make_request(RPCEndpoint("evm_increaseTime"), [seconds])
        provider.make_request(RPCEndpoint("evm_mine"), [])

    # -------------------------------------------------------------------- tokens

    def mint(self, owner: Person, *labels: object) -> int:
        """A token with real sealed keys, one item per label (one of its own without any)."""
        token = self.house.token
        token_id = cast(int, token.read("nextTokenId"))
        names = labels or (f"agent {next(self.nonces)}",)
        context = SealContext(CHAIN_ID, token.address, token_id)
        key = PublicKey(owner.public_key)
        sealed = [seal(DataKey.generate(), key, context) for _ in names]
        data = [("{}", root(name)) for name in names]
        token.send("mint", owner.address, data, sealed, token_id, sender=owner.address)
        self.seals[token_id] = sealed
        return token_id

    def statement(self, token_id: int, seller: Person, buyer: Person | Deployed) -> Statement:
        """The act of moving the data of a token's first item as it is."""
        data_hash = self.house.hashes_of(token_id)[0]
        return Statement(
            chain_id=CHAIN_ID,
            token=self.house.token.address,
            verifier=self.house.verifier.address,
            operation=TRANSFER,
            token_id=token_id,
            sender=seller.address,
            receiver=buyer.address,
            old_data_hash=data_hash,
            new_data_hash=data_hash,
        )

    def consents(
        self,
        act: Statement,
        signer: Person,
        wanted: bytes = b"",
        nonce: int | None = None,
        deadline: int | None = None,
    ) -> list[AccessProof]:
        """The buyer's access proofs, one per item; nonces ascend."""
        until = self.house.now() + 2 * WINDOW if deadline is None else deadline
        proofs = []
        for data_hash in self.house.hashes_of(act.token_id):
            number = next(self.nonces) if nonce is None else nonce
            item = replace(act, old_data_hash=data_hash, new_data_hash=data_hash)
            signature = signer.sign(access_digest(item, wanted, number, until))
            proofs.append(access_proof(data_hash, data_hash, number, until, wanted, signature))
        return proofs

    def pairs(
        self, act: Statement, seller: Person, target: bytes, consents: Sequence[AccessProof]
    ) -> list[Pair]:
        """The seller's sigma proofs to the consents; the new seals are the token's from then on."""
        made = []
        for index, consent in enumerate(consents):
            data_hash = consent.old_data_hash
            item = replace(act, old_data_hash=data_hash, new_data_hash=data_hash)
            current = self.seals[act.token_id][index]
            handed = transfer_seal(seller.secret, current, PublicKey(target), item, index)
            made.append((consent, zkp(data_hash, handed.sealed_key, target, handed.proof)))
        return made

    def opens(self, token_id: int, person: Person) -> bool:
        """Whether the current seals of a token open with a person's key."""
        return all(open_seal(one, person.secret) for one in self.seals[token_id])

    # ------------------------------------------------------------------- acting

    def terms(self, token_id: int, **changes: object) -> tuple[object, ...]:
        """ListingTerms; changes: currency, price, mode, until, window."""
        return (
            token_id,
            changes.get("currency", COIN),
            changes.get("price", PRICE),
            changes.get("mode", PROOF),
            changes.get("until", self.house.now() + DAY),
            changes.get("window", WINDOW),
        )

    def put_up(self, token_id: int, seller: Person, **changes: object) -> int:
        """List a token; gives the listing."""
        self.market.send("list", self.terms(token_id, **changes), sender=seller.address)
        return cast(int, self.market.read("listingOf", token_id))

    def buy(
        self,
        listing: int,
        buyer: Person,
        consents: Sequence[AccessProof] | None = None,
        *,
        currency: Address = COIN,
        price: int = PRICE,
        value: int | None = None,
    ) -> list[AccessProof]:
        """Pay for a listing with the buyer's own key as target; gives the consents."""
        if consents is None:
            consents = self.consents(self.act_of(listing, buyer), buyer)
        arguments = (listing, currency, price, buyer.public_key, list(consents))
        sent = (price if currency == COIN else 0) if value is None else value
        self.market.send("buy", *arguments, sender=buyer.address, value=sent)
        return list(consents)

    def act_of(self, listing: int, buyer: Person | Deployed) -> Statement:
        """The hand-over of a listing."""
        sale = self.sale(listing)
        token_id = cast(int, sale[5])
        return self.statement(token_id, self.person(str(sale[6])), buyer)

    def person(self, address: str) -> Person:
        """The person of the house behind an address."""
        people = (self.house.alice, self.house.bob, self.house.carol)
        return next(one for one in people if one.address.lower() == address.lower())

    def settle(
        self, listing: int, buyer: Person, consents: Sequence[AccessProof], by: Person | None = None
    ) -> TxReceipt:
        """The seller's proofs, brought by anyone."""
        act = self.act_of(listing, buyer)
        seller = self.person(act.sender)
        pairs = self.pairs(act, seller, buyer.public_key, consents)
        sender = (by or seller).address
        receipt = self.market.send("settle", listing, pairs, sender=sender)
        self.seals[act.token_id] = [ownership.sealed_key for _, ownership in pairs]
        return receipt

    # ----------------------------------------------------------- signed messages

    def order(self, token_id: int, seller: Person, /, **changes: object) -> Order:
        """A signed order; changes are fields of it, and `signer`."""
        made = Order(
            collection=self.house.token.address,
            token_id=token_id,
            data_commitment=data_commitment(self.house.hashes_of(token_id)),
            currency=COIN,
            price=PRICE,
            min_proceeds=0,
            seller=seller.address,
            receiver=NOBODY,
            nonce=next(self.nonces),
            expiry=self.house.now() + DAY,
        )
        signer = cast(Person, changes.pop("signer", seller))
        made = made._replace(**changes)  # type: ignore[arg-type]
        return made._replace(signature=signer.sign(made.digest(CHAIN_ID, self.market.address)))

    def offer(self, token_id: int, buyer: Person, /, **changes: object) -> Offer:
        """A signed offer; changes are fields of it, and `signer`."""
        made = Offer(
            collection=self.house.token.address,
            any_token=False,
            token_id=token_id,
            data_commitment=data_commitment(self.house.hashes_of(token_id)),
            currency=COIN,
            price=PRICE,
            buyer=buyer.address,
            nonce=next(self.nonces),
            expiry=self.house.now() + DAY,
        )
        signer = cast(Person, changes.pop("signer", buyer))
        made = made._replace(**changes)  # type: ignore[arg-type]
        return made._replace(signature=signer.sign(made.digest(CHAIN_ID, self.market.address)))

    def proofs(self, token_id: int, seller: Person, buyer: Person) -> list[Pair]:
        """Consent and sigma proof for a sale outside the listings."""
        act = self.statement(token_id, seller, buyer)
        return self.pairs(act, seller, buyer.public_key, self.consents(act, buyer))

    def fulfil(
        self,
        order: Order,
        offer: Offer,
        pairs: Sequence[Pair],
        by: Person,
        value: int | None = None,
    ) -> TxReceipt:
        """Match; the value is the offer's price in coin unless told otherwise."""
        sent = (offer.price if offer.currency == COIN else 0) if value is None else value
        return self.market.send("fulfil", order, offer, list(pairs), sender=by.address, value=sent)


def zkp(data_hash: bytes, sealed_key: bytes, target: bytes, proof: bytes) -> OwnershipProof:
    """An ownership proof that needs no oracle; it has no nonce of its own."""
    return OwnershipProof(ZKP, data_hash, data_hash, sealed_key, target, b"", proof)
