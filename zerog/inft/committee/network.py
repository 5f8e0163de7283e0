"""The contracts that a member, the board and the SDK look at, as one home names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zerog.chain.bindings import AgentNft
from zerog.chain.bindings_committee import (
    CommitteeContract,
    CommitteeDeskContract,
    CommitteeVaultContract,
)
from zerog.chain.bindings_market import AgentMarketContract
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.config import Settings, variable
from zerog.inft.committee.errors import NoCommitteeHere
from zerog.types import Address

BOARD: Final = "committee"
"""The board's name among the endpoints of a registry."""
DEFAULT_BOARD: Final = "http://127.0.0.1:7867"
NEEDED: Final = frozenset({"Committee", "CommitteeVault", "CommitteeDesk", "AgentMarket"})
URL_VARIABLE: Final = "ZEROG_COMMITTEE_URL"


@dataclass(frozen=True, slots=True)
class Network:
    """One network's committee. verifier: whom the token asks; board_url: where shares meet."""

    settings: Settings
    chain: Chain
    committee: CommitteeContract
    vault: CommitteeVaultContract
    desk: CommitteeDeskContract
    market: AgentMarketContract
    token: AgentNft
    verifier: Address
    board_url: str

    @classmethod
    def open(cls, settings: Settings, env: Mapping[str, str]) -> Network:
        """As the home's registry names it; raises NoCommitteeHere, ChainUnreachable, WrongChain."""
        registry = Registry.load(settings.home)
        if not registry.contracts.keys() >= NEEDED:
            raise NoCommitteeHere(registry.chain_id)
        chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
        chain.chain_id()
        return cls(
            settings=settings,
            chain=chain,
            committee=CommitteeContract.of(chain, registry.contract("Committee")),
            vault=CommitteeVaultContract.of(chain, registry.contract("CommitteeVault")),
            desk=CommitteeDeskContract.of(chain, registry.contract("CommitteeDesk")),
            market=AgentMarketContract.of(chain, registry.contract("AgentMarket")),
            token=AgentNft.of(chain, registry.contract("AgentNFT")),
            verifier=registry.contract("DataVerifier").address,
            board_url=variable(URL_VARIABLE, env) or registry.endpoints.get(BOARD, DEFAULT_BOARD),
        )
