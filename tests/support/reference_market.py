"""The market with the ABI of 0g-agent-nft over a house of agents, and its signed messages."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from web3.types import TxReceipt

from tests.support.agents import CHAIN_ID, House, Person, root, sealed
from tests.support.contracts import Deployed, artifact, compiled
from tests.support.evm import AnvilProcess
from tests.support.handovers import AGENT_NFT, safe
from zerog.chain.steps_market import MINTER_ROLE, MINTS
from zerog.crypto.keccak import keccak256
from zerog.inft.market.orders import NOBODY
from zerog.inft.market.reference import ReferenceOffer, ReferenceOrder

COIN = NOBODY
PRICE = 10**18 + 7
FEE_BPS = 1000
MINT_FEE = 10**17
DAY = 86_400
Halves = tuple[tuple[object, ...], tuple[object, ...]]


@dataclass(slots=True)
class Desk:
    """A house, the reference's market over it, and an ERC-20."""

    house: House
    market: Deployed
    currency: Deployed
    treasury: Person
    count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def build(cls, anvil: AnvilProcess) -> Desk:
        """Deploy as the plan does; account 1 administers and may mint."""
        house, treasury = House.build(anvil), Person.development(6)
        authority, token = house.authority, house.token
        setup = (token.address, FEE_BPS, authority.address, MINT_FEE, 0)
        market = house.evm.deploy_proxy(artifact("ReferenceMarket"), "initialize", *setup)
        market.send("setTreasury", treasury.address)
        selectors = [keccak256(one.encode())[:4] for one in MINTS]
        authority.send("setTargetFunctionRole", token.address, selectors, MINTER_ROLE)
        authority.send("grantRole", MINTER_ROLE, market.address, 0)
        currency = house.evm.deploy(compiled("PlainCurrency"))
        for person in (house.alice, house.bob, house.carol):
            token.send("setApprovalForAll", market.address, True, sender=person.address)
            currency.send("mint", person.address, 1000 * PRICE)
            currency.send("approve", market.address, 2**256 - 1, sender=person.address)
        return cls(house, market, currency, treasury)

    # ------------------------------------------------------------------- reading

    def balance(self, person: Person | Deployed) -> int:
        """Coin that an account can pay with or take out."""
        return cast(int, self.market.read("getBalance", person.address))

    def plain_token(self, owner: Person) -> int:
        """A token without data."""
        token_id = cast(int, self.house.token.read("nextTokenId"))
        self.house.token.send("mint(address)", owner.address, sender=owner.address)
        return token_id

    # ------------------------------------------------------------------ messages

    def nonce(self) -> bytes:
        """One that nobody used."""
        return keccak256(f"nonce {next(self.count)}".encode())

    def order(self, token_id: int, signer: Person, **changes: object) -> ReferenceOrder:
        """A signed order; changes are fields of it."""
        made = ReferenceOrder(
            token_id, PRICE, COIN, self.house.now() + DAY, self.nonce(), b"", NOBODY
        )
        made = made._replace(**changes)  # type: ignore[arg-type]
        return made._replace(signature=signer.sign(made.digest(CHAIN_ID, self.market.address)))

    def offer(self, token_id: int, signer: Person, **changes: object) -> ReferenceOffer:
        """A signed offer; changes are fields of it."""
        made = ReferenceOffer(token_id, PRICE, self.house.now() + DAY, self.nonce(), True, b"")
        made = made._replace(**changes)  # type: ignore[arg-type]
        return made._replace(signature=signer.sign(made.digest(CHAIN_ID, self.market.address)))

    def proofs(self, token_id: int, seller: Person | Deployed, buyer: Person) -> list[Halves]:
        """Consent and a TEE's proof in the reference's structs; the data stays as it is."""
        act = replace(
            self.house.statement(token_id, self.house.alice, buyer), sender=seller.address
        )
        kept = replace(act, new_data_hash=act.old_data_hash)
        return [safe(self.house, AGENT_NFT, kept, buyer).own]

    def fulfil(
        self,
        order: ReferenceOrder,
        offer: ReferenceOffer,
        proofs: Sequence[Halves],
        by: Person,
        value: int = 0,
    ) -> TxReceipt:
        """Match."""
        call = ("fulfillOrder", order, offer, list(proofs))
        return self.market.send(*call, sender=by.address, value=value)

    def item(self) -> tuple[str, bytes]:
        """An item of data that nobody has."""
        return ("{}", root(f"desk {next(self.count)}"))

    def seal(self) -> bytes:
        """Bytes that stand for a sealed key."""
        return sealed(next(self.count))
