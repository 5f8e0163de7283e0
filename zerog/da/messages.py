"""What a signer signs: that it has its key, that it takes part in an epoch, that it keeps its rows.

Digests of 32 bytes, of which `zerog.crypto.bn254` makes points. 0glabs/0g-da-contract:
contracts/DARegistry.sol, contracts/DAEntrance.sol; 0glabs/0g-da-node: utils/src/lib.rs.
"""

from __future__ import annotations

from typing import Final

from zerog.crypto.bn254 import G1
from zerog.crypto.keccak import keccak256

REGISTRATION: Final = b"0G_BN254_Pubkey_Registration"


def possession(account: bytes, chain_id: int) -> bytes:
    """The digest of a registration. account: 20 bytes."""
    return keccak256(account + chain_id.to_bytes(32) + REGISTRATION)


def participation(account: bytes, epoch: int, chain_id: int) -> bytes:
    """The digest with which an account registers for an epoch."""
    return keccak256(account + epoch.to_bytes(8) + chain_id.to_bytes(32))


def signature_hash(signature: G1) -> bytes:
    """What DASigners keeps of a participation signature; ballots are drawn from it."""
    return keccak256(signature.packed())


def availability(
    data_root: bytes, epoch: int, quorum_id: int, row_root: bytes, rlc_root: bytes
) -> bytes:
    """The digest that says: I keep all of my rows of this blob.

    The last two are the words of `erasureCommitment`, a curve point in 0G's own encoding. Chain
    and contract are bound by the data root.
    """
    place = epoch.to_bytes(32) + quorum_id.to_bytes(32)
    return keccak256(data_root + place + row_root + rlc_root)
