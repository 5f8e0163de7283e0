"""What the page must know of the network: chain, contracts, and where a browser asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from zerog.chain.registry import Registry
from zerog.config import DEVNET_CHAIN_IDS, Settings
from zerog.types import Json

NEEDED: Final = ("AgentNFT", "DataVerifier", "KeyDirectory", "AgentMarket")
"""Without these the page can do nothing."""
USED: Final = (*NEEDED, "FairExchange", "Committee", "CommitteeVault", "AttestationRegistry")


@dataclass(frozen=True, slots=True)
class Network:
    """One network, as `GET /network.json` shows it; URLs without user names and passwords."""

    chain_id: int
    contracts: Mapping[str, tuple[str, int]]
    chain_url: str
    indexer_url: str
    attestation: str

    @classmethod
    def load(cls, settings: Settings) -> Network:
        """Read the home's registry; raises BadRegistry, NoSuchContract."""
        registry = Registry.load(settings.home)
        for name in NEEDED:
            registry.contract(name)
        found = {name: registry.contracts[name] for name in USED if name in registry.contracts}
        return cls(
            chain_id=registry.chain_id,
            contracts={name: (one.address, one.block) for name, one in found.items()},
            chain_url=without_user(settings.rpc_url),
            indexer_url=without_user(settings.indexer_url).rstrip("/"),
            attestation=registry.oracle.attestation if registry.oracle else "",
        )

    def origins(self) -> tuple[str, ...]:
        """Where the page may connect to besides its own server."""
        return tuple(dict.fromkeys(origin(url) for url in (self.chain_url, self.indexer_url)))

    def to_json(self) -> dict[str, Json]:
        """chainId, development, contracts {name: {address, block}}, endpoints, attestation."""
        return {
            "chainId": self.chain_id,
            "development": self.chain_id in DEVNET_CHAIN_IDS,
            "contracts": {
                name: {"address": address, "block": block}
                for name, (address, block) in self.contracts.items()
            },
            "endpoints": {"chain": self.chain_url, "indexer": self.indexer_url},
            "attestation": self.attestation,
        }


def without_user(url: str) -> str:
    """The URL without what could be a secret before its host; a browser refuses such ones too."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def origin(url: str) -> str:
    """Scheme, host and port, as a Content-Security-Policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
