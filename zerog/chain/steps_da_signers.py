"""Signers of data availability and their stake, where 0G's own clients look for them. Pure.

0G's chain has DASigners as a precompile; its nodes know both addresses by heart (0glabs/0g-da-node:
chain-utils/src/lib.rs). A devnet is given ours there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from eth_utils.address import to_checksum_address

from zerog.chain.params import Attestation, DeployParams
from zerog.chain.steps import Call, Deploy, Place, Ref, Value

CONTRACTS: Mapping[str, str] = {"DASigners": "DASigners", "DARegistry": "DARegistry"}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

SIGNERS_AT: Final = to_checksum_address("0x0000000000000000000000000000000000001000")
REGISTRY_AT: Final = to_checksum_address("0x20f30b2584f3096ea0d6c18c3b5cacc0585e12fc")

VOTE_WEI: Final = 30 * 10**18
MAX_VOTES: Final = 102_400
QUORUMS: Final = 10
ROWS: Final = 3072
PUBLIC_BLOCKS: Final = (28_800, 14_400, 32)
"""Of an epoch, of registration in it, from there to the beacon (0gfoundation/revm: epochBlocks)."""
DEVELOPMENT_BLOCKS: Final = (240, 24, 2)
PUBLIC_LOCK_EPOCHS: Final = 300
"""As long as the samples of an epoch are asked for: 100 days."""
DEVELOPMENT_LOCK_EPOCHS: Final = 3


def signers_step(params: DeployParams) -> Place:
    """Signers and quorums; the registry is known by its fixed address."""
    epoch, registration, delay = DEVELOPMENT_BLOCKS if _is_development(params) else PUBLIC_BLOCKS
    shared = (VOTE_WEI, MAX_VOTES, QUORUMS, epoch, ROWS)
    args = (REGISTRY_AT, shared, registration, delay, Ref("Authority"))
    return _placed("DASigners", SIGNERS_AT, args)


def registry_step(params: DeployParams) -> Place:
    """Stake, which DAChallenge may slash; where it stands already, its authority says who may."""
    lock = DEVELOPMENT_LOCK_EPOCHS if _is_development(params) else PUBLIC_LOCK_EPOCHS
    args = (SIGNERS_AT, VOTE_WEI, MAX_VOTES, lock, Ref("Authority"))
    slasher = Call(
        "DARegistry.setChallenge", "DARegistry", "DARegistry", "setChallenge", (Ref("DAChallenge"),)
    )
    return _placed("DARegistry", REGISTRY_AT, args, slasher)


def _is_development(params: DeployParams) -> bool:
    return params.attestation is Attestation.SIMULATED


def _placed(name: str, address: str, args: tuple[Value, ...], *more: Call) -> Place:
    setup = Call(f"{name}.initialize", name, name, "initialize", args)
    logic = Deploy(f"{name}Logic", name)
    return Place(name, to_checksum_address(address), logic, (setup, *more))
