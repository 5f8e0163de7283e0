"""What the rooms of an attestor share, opened once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.bindings_agentic import AgenticContracts
from zerog.chain.recovery import heal
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.tx import Sender, TxStore
from zerog.config import DEVNET_CHAIN_IDS, Settings
from zerog.inft.agentic.errors import PublicChain
from zerog.inft.agentic.keys import FOLDER, AttestorKeys, Seal
from zerog.inft.agentic.rows import Containers
from zerog.inft.agentic.sealkeys import seal_id
from zerog.inft.jobstore import JobStore
from zerog.storage.client.client import StorageClient
from zerog.types import Address

HEAL_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Office:
    """One attestor: its home, its network and the URL under which clients know it."""

    settings: Settings
    registry: Registry
    chain: Chain
    contracts: AgenticContracts
    flow: FlowContract
    storage: StorageClient
    keys: AttestorKeys
    transactions: TxStore
    jobs: JobStore
    containers: Containers
    folder: Path
    public_url: str

    @classmethod
    def open(cls, settings: Settings, public_url: str) -> Office:
        """Raises PublicChain, ChainUnreachable, WrongChain, NoSuchContract."""
        registry = Registry.load(settings.home)
        if registry.chain_id not in DEVNET_CHAIN_IDS:
            raise PublicChain(registry.chain_id)
        chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
        chain.chain_id()
        folder = settings.home / FOLDER
        jobs = JobStore(folder / "jobs.db")
        return cls(
            settings=settings,
            registry=registry,
            chain=chain,
            contracts=AgenticContracts.of(chain, registry),
            flow=FlowContract.of(chain, registry.contract("Flow")),
            storage=StorageClient(settings.indexer_url),
            keys=AttestorKeys.open(settings.home),
            transactions=TxStore(settings.home / "tx.db"),
            jobs=jobs,
            containers=Containers(jobs),
            folder=folder,
            public_url=public_url,
        )

    @property
    def contract(self) -> Address:
        """The AgenticID."""
        return self.contracts.agents.address

    def seal(self, seal: bytes) -> Seal:
        """The key of a seal."""
        return self.keys.seal(self.registry.chain_id, self.contract, seal)

    def seal_id(self, request: bytes) -> bytes:
        """The seal that a request gets."""
        return seal_id(self.keys.master, self.registry.chain_id, self.contract, request)

    def sender(self) -> Sender:
        """The one owner of the attestor's transactions."""
        depth = self.settings.finality_depth
        return Sender(self.chain, self.transactions, self.keys.account, depth)

    def heal(self) -> None:
        """Give a chain that lost its last blocks our transactions back."""
        heal(self.chain, self.transactions, HEAL_SECONDS)

    def card_url(self, seal: bytes) -> str:
        """Where the card of a seal's agent is."""
        return f"{self.public_url}/card/0x{seal.hex()}"
