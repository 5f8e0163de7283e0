"""The contracts of data availability as one home names them, and where it keeps what it signs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.bindings_da import (
    ChallengeContract,
    DaRegistryContract,
    EntranceContract,
    SignersContract,
)
from zerog.chain.hexes import to_bytes
from zerog.chain.registry import Registry
from zerog.chain.rpc import Block, Chain
from zerog.chain.signer import Keys, Signer
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.da.onchain.errors import NoDaHere
from zerog.da.params import Profile

NEEDED: Final = frozenset({"DASigners", "DARegistry", "DAEntrance", "DAChallenge"})
DISPERSER: Final = "disperser"
"""The name of the disperser's account."""


def disperser_keys(home: Path, chain_id: int) -> Keys:
    """The account that announces and certifies: HOME/da/disperser/keys."""
    return Keys(home / "da" / "disperser", chain_id)


def signer_accounts(home: Path, chain_id: int) -> Keys:
    """The accounts of a home's signers: HOME/da/accounts/keys, named as their BLS keys are."""
    return Keys(home / "da" / "accounts", chain_id)


@dataclass(frozen=True, slots=True)
class DaNetwork:
    """One network's data availability."""

    settings: Settings
    chain: Chain
    signers: SignersContract
    registry: DaRegistryContract
    entrance: EntranceContract
    challenge: ChallengeContract

    @classmethod
    def open(cls, settings: Settings) -> DaNetwork:
        """As the home's registry names it; raises NoDaHere, ChainUnreachable, WrongChain."""
        registry = Registry.load(settings.home)
        if not registry.contracts.keys() >= NEEDED:
            raise NoDaHere(registry.chain_id)
        chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
        chain.chain_id()
        return cls(
            settings=settings,
            chain=chain,
            signers=SignersContract.of(chain, registry.contract("DASigners")),
            registry=DaRegistryContract.of(chain, registry.contract("DARegistry")),
            entrance=EntranceContract.of(chain, registry.contract("DAEntrance")),
            challenge=ChallengeContract.of(chain, registry.contract("DAChallenge")),
        )

    @property
    def entrance_bytes(self) -> bytes:
        """The entrance's address, which data roots bind: 20 bytes."""
        return to_bytes(self.entrance.address, 20)

    def profile(self) -> Profile:
        """How many rows this network's blobs have."""
        return Profile(*self.entrance.profile())

    def final_block(self) -> Block:
        """The newest block that counts as final."""
        depth = self.settings.finality_depth
        return max(self.chain.head().number - depth, 0) if depth else "latest"

    def recent_block(self) -> int:
        """Where who begins to follow may begin: the epoch before the one under way.

        Nobody signs for older epochs, and no challenge is open for longer than an epoch.
        """
        epoch = self.signers.epoch()
        first = self.signers.epoch_block(epoch - 1) if epoch > 1 else 0
        return max(first, self.entrance.first_block)

    def sender(self, account: Signer) -> Sender:
        """The owner of an account's transactions: HOME/tx.db, as for all accounts of a home.

        One file for all: a chain that lost its blocks is given them back in their order.
        """
        store = TxStore(self.settings.home / "tx.db")
        return Sender(self.chain, store, account, self.settings.finality_depth)
