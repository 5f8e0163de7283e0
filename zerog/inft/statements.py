"""The act that both proofs of a transfer are bound to, on the contracts of one network."""

from __future__ import annotations

from zerog.chain.registry import Registry
from zerog.inft.proofs import TRANSFER, Statement
from zerog.types import Address


def transfer_statement(
    registry: Registry,
    token_id: int,
    parties: tuple[Address, Address],
    roots: tuple[bytes, bytes],
    operation: int = TRANSFER,
) -> Statement:
    """The statement of one hand-over; parties: from, to; roots: old, new data root.

    operation: TRANSFER, or CLONE of that token for the receiver.
    """
    return Statement(
        chain_id=registry.chain_id,
        token=registry.contract("AgentNFT").address,
        verifier=registry.contract("DataVerifier").address,
        operation=operation,
        token_id=token_id,
        sender=parties[0],
        receiver=parties[1],
        old_data_hash=roots[0],
        new_data_hash=roots[1],
    )
