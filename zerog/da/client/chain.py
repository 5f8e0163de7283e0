"""What a client asks of DAEntrance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from zerog.chain.bindings import Contract
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.config import Settings
from zerog.da.params import FULL, Profile

VERIFY = "verifyCertificate(bytes32,uint256,uint256)"
VERIFY_POLICY = "verifyCertificate(bytes32,uint256,uint256,uint256)"


@dataclass(frozen=True, slots=True)
class Site:
    """Which blobs a client deals with: those of one DAEntrance (20 bytes) on one chain."""

    chain_id: int
    entrance: bytes
    profile: Profile = FULL

    @property
    def name(self) -> str:
        """For rows of a home that has seen several networks."""
        return f"{self.chain_id}/0x{self.entrance.hex()}"


class Certificates(Protocol):
    """The contract's word on certificates."""

    def verify(
        self,
        data_root: bytes,
        epoch: int,
        quorum_id: int,
        policy: int | None = None,
        *,
        final: bool = False,
    ) -> bool:
        """Whether the contract holds a certificate, of a quorum that fits the policy.

        final: at a block that is final. Raises ChainUnreachable.
        """
        ...


class OnChain:
    """`Certificates` by eth_call."""

    def __init__(self, chain: Chain, entrance: Contract, finality_depth: int) -> None:
        """finality_depth: blocks above a final one."""
        self._chain, self._entrance, self._depth = chain, entrance, finality_depth

    @classmethod
    def open(cls, settings: Settings) -> OnChain:
        """The entrance of a home's network; raises BadRegistry, NoSuchContract."""
        registry = Registry.load(settings.home)
        chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
        deployed = registry.contract("DAEntrance")
        entrance = Contract(chain, deployed.address, "DAEntrance", deployed.block)
        return cls(chain, entrance, settings.finality_depth)

    def verify(
        self,
        data_root: bytes,
        epoch: int,
        quorum_id: int,
        policy: int | None = None,
        *,
        final: bool = False,
    ) -> bool:
        """As Certificates."""
        asked: Sequence[object] = (data_root, epoch, quorum_id)
        block = max(self._chain.head().number - self._depth, 0) if final else "latest"
        if policy:
            found = self._entrance.read(VERIFY_POLICY, *asked, policy, block=block)
        else:
            found = self._entrance.read(VERIFY, *asked, block=block)
        return found is True
