"""What a client asks of DAEntrance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from zerog.da.onchain.network import DaNetwork
from zerog.da.params import FULL, Profile


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
        """Whether the contract holds a certificate, by everybody's quorums or by the policy's.

        final: at a block that is final. Raises ChainUnreachable.
        """
        ...


class OnChain:
    """`Certificates` by eth_call."""

    def __init__(self, network: DaNetwork) -> None:
        """network: whose entrance is asked."""
        self._network = network

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
        block = self._network.final_block() if final else "latest"
        place = data_root, epoch, quorum_id
        return self._network.entrance.is_certified(*place, policy or None, block=block)
