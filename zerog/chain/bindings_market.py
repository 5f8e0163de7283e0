"""Typed reads of the markets and of the registry of oracle keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from zerog.chain.abi import BadArguments
from zerog.chain.bindings import Contract
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Block
from zerog.types import Address


class SaleMode(IntEnum):
    """Who makes the ownership proof (contracts/interfaces/AgentMarketTypes.sol, same order)."""

    PROOF = 0
    COMMITTEE = 1
    ORACLE = 2


class SaleState(IntEnum):
    """Where a listing is (contracts/interfaces/AgentMarketTypes.sol, same order)."""

    NONE = 0
    LISTED = 1
    PAID = 2
    SETTLED = 3
    DELISTED = 4
    OWED = 5


@dataclass(frozen=True, slots=True)
class Sale:
    """A listing and its sale, as the market stores it.

    Amounts in base units of `currency` (zero address: the chain's own coin); times in Unix
    seconds, window in seconds. buyer is the zero address, paid_at_block, deadline and both
    hashes are zero while nobody has paid.
    """

    state: SaleState
    mode: SaleMode
    token: Address
    fee_bps: int
    listed_until: int
    token_id: int
    seller: Address
    window: int
    paid_at_block: int
    currency: Address
    deadline: int
    price: int
    royalty_cap: int
    buyer: Address
    target_key_hash: bytes
    consents_hash: bytes


class AgentMarketContract(Contract):
    """AgentMarket: listings, signed orders and offers, and what is credited."""

    artifact = "AgentMarket"

    def collection(self, block: Block = "latest") -> Address:
        """Whose tokens are sold here."""
        return self._address("collection", block=block)

    def committee(self, block: Block = "latest") -> Address:
        """Whose deposits listings of mode COMMITTEE need; the zero address for none."""
        return self._address("committee", block=block)

    def fee_bps(self, block: Block = "latest") -> int:
        """Fee of later sales, basis points."""
        return self._number("feeBps", block=block)

    def listing_count(self, block: Block = "latest") -> int:
        """Listings are numbered from 1 to this."""
        return self._number("listingCount", block=block)

    def listing_of(self, token_id: int, block: Block = "latest") -> int:
        """The listing that a token is in; 0 for none."""
        return self._number("listingOf", token_id, block=block)

    def credit(self, currency: Address, account: Address, block: Block = "latest") -> int:
        """What an account can take out, base units."""
        return self._number("credits", currency, account, block=block)

    def is_nonce_spent(self, signer: Address, nonce: int, block: Block = "latest") -> bool:
        """Whether a signer used or cancelled a nonce."""
        return bool(self.read("isNonceSpent", signer, nonce, block=block))

    def sale(self, listing_id: int, block: Block = "latest") -> Sale:
        """A listing; state NONE where there never was one."""
        match self.read("saleOf", listing_id, block=block):
            case (
                int(state),
                int(mode),
                str(token),
                int(fee_bps),
                int(listed_until),
                int(token_id),
                str(seller),
                int(window),
                int(paid_at_block),
                str(currency),
                int(deadline),
                int(price),
                int(royalty_cap),
                str(buyer),
                bytes(target_key_hash),
                bytes(consents_hash),
            ):
                return Sale(
                    state=SaleState(state),
                    mode=SaleMode(mode),
                    token=to_address(token),
                    fee_bps=fee_bps,
                    listed_until=listed_until,
                    token_id=token_id,
                    seller=to_address(seller),
                    window=window,
                    paid_at_block=paid_at_block,
                    currency=to_address(currency),
                    deadline=deadline,
                    price=price,
                    royalty_cap=royalty_cap,
                    buyer=to_address(buyer),
                    target_key_hash=target_key_hash,
                    consents_hash=consents_hash,
                )
            case other:
                raise BadArguments("saleOf", f"gives no sale: {other!r}")


class ReferenceMarketContract(Contract):
    """ReferenceMarket: the ABI of 0g-agent-nft's market."""

    artifact = "ReferenceMarket"

    def balance(self, account: Address, block: Block = "latest") -> int:
        """Coin that an account can pay with or take out, wei."""
        return self._number("getBalance", account, block=block)


class AttestationKind(IntEnum):
    """What stands behind a key (contracts/interfaces/IAttestationRegistry.sol, same order)."""

    NONE = 0
    SIMULATED = 1
    QUOTED = 2


@dataclass(frozen=True, slots=True)
class OracleRecord:
    """What the registry knows of a key; valid_from and expiry in Unix seconds."""

    kind: AttestationKind
    valid_from: int
    expiry: int
    measurement: bytes
    evidence_hash: bytes


class AttestationRegistryContract(Contract):
    """AttestationRegistry: oracle keys behind a timelock."""

    artifact = "AttestationRegistry"

    def is_oracle(self, oracle: Address, block: Block = "latest") -> bool:
        """Whether a key's signatures count."""
        return bool(self.read("isOracle", oracle, block=block))

    def record(self, oracle: Address, block: Block = "latest") -> OracleRecord:
        """What is known of a key; kind NONE where nothing is."""
        match self.read("attestationOf", oracle, block=block):
            case (int(kind), int(start), int(end), bytes(measurement), bytes(evidence)):
                return OracleRecord(AttestationKind(kind), start, end, measurement, evidence)
            case other:
                raise BadArguments("attestationOf", f"gives no record: {other!r}")
