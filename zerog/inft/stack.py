"""The collaborators that a mint, a transfer and an opening share, built once by the caller."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

from zerog.chain.bindings import AgentNft, FlowContract
from zerog.chain.hexes import to_address
from zerog.chain.recovery import heal
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Keys, Signer
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.inft.envelope import SealContext
from zerog.inft.errors import KeyNotHere
from zerog.inft.jobstore import JobStore, Row
from zerog.storage.client.client import StorageClient
from zerog.types import Address, Progress, no_progress

HEAL_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Stack:
    """One home's view of one network."""

    settings: Settings
    registry: Registry
    keys: Keys
    chain: Chain
    nft: AgentNft
    flow: FlowContract
    storage: StorageClient
    transactions: TxStore
    jobs: JobStore
    spool: Path
    progress: Progress

    @classmethod
    def open(cls, settings: Settings, progress: Progress = no_progress) -> Stack:
        """Connect to what the home's registry names; raises ChainUnreachable, WrongChain.

        Nothing is written but the home's own files.
        """
        registry = Registry.load(settings.home)
        chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
        chain.chain_id()
        return cls(
            settings=settings,
            registry=registry,
            keys=Keys(settings.home, registry.chain_id),
            chain=chain,
            nft=AgentNft.of(chain, registry.contract("AgentNFT")),
            flow=FlowContract.of(chain, registry.contract("Flow")),
            storage=StorageClient(settings.indexer_url),
            transactions=TxStore(settings.home / "tx.db"),
            jobs=JobStore(settings.home / "jobs.db"),
            spool=settings.home / "spool",
            progress=progress,
        )

    @classmethod
    def connect(
        cls, home: str | PathLike[str] | None = None, progress: Progress = no_progress
    ) -> Stack:
        """The network that a home's registry names; home: default $ZEROG_HOME, else ~/.zerog.

        Raises ChainUnreachable, WrongChain, NoRegistry.
        """
        return cls.open(Settings.load(Path(home) if home is not None else None), progress)

    def holder(self, address: Address) -> Signer | None:
        """The key behind an address, where it is in this home."""
        name = self.keys.name_of(address)
        return None if name is None else self.keys.signer(name)

    def owner_of(self, row: Row) -> Signer:
        """The key of a row's owner; raises KeyNotHere."""
        found = self.holder(to_address(row.text("owner")))
        if found is None:
            raise KeyNotHere(row.text("owner"))
        return found

    def heal(self) -> None:
        """Give a chain that lost its last blocks our transactions back."""
        heal(self.chain, self.transactions, HEAL_SECONDS)

    def sender(self, signer: Signer) -> Sender:
        """The one owner of an account's transactions in this home."""
        return Sender(self.chain, self.transactions, signer, self.settings.finality_depth)

    def seal_context(self, token_id: int) -> SealContext:
        """What a key sealed for that token is bound to."""
        return SealContext(self.registry.chain_id, self.nft.address, token_id)
