"""What a verified pair of proofs must say before data changes hands.

Python twin of contracts/libraries/TransferRules.sol, in the same order of checks. Pure. Who signed
what is the verifier's business: `proofs`, `legacy` and `sealproof`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from zerog.crypto.keccak import keccak256
from zerog.inft.proofs import ZKP
from zerog.types import Address

KEY_LENGTH: Final = 64
"""A public key as the chain takes it: X then Y."""
NO_HASH: Final = bytes(32)


class Fault(IntEnum):
    """What is wrong with a pair; the numbers are those of the contract's enum."""

    NONE = 0
    OTHER_DATA = 1
    NOT_REENCRYPTED = 2
    DATA_MUST_STAY = 3
    NO_SEALED_KEY = 4
    WRONG_CONSENT = 5
    KEY_LENGTH = 6
    FOREIGN_KEY = 7
    OTHER_KEY = 8


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified pair of proofs, whichever generation's structs it came in.

    kind: TEE or ZKP, what vouches for it; hashes are 32 bytes; wanted_key is empty when the
    receiver asked for the key behind their address.
    """

    kind: int
    old_data_hash: bytes
    new_data_hash: bytes
    sealed_key: bytes
    wanted_key: bytes
    target_key: bytes


def judge(
    delivery: Delivery, current: bytes, to: Address, *, consented: bool, oracle_may_keep: bool
) -> Fault:
    """The first thing that is wrong with a pair, for a token's item and a receiver.

    current: the item's data hash; consented: the receiver, or who may consent for them, signed;
    oracle_may_keep: the policy lets an oracle leave the data as it is.
    """
    if delivery.old_data_hash != current:
        return Fault.OTHER_DATA
    kept = delivery.new_data_hash == current
    if delivery.kind == ZKP:
        if not kept:
            return Fault.DATA_MUST_STAY
    elif delivery.new_data_hash == NO_HASH or (kept and not oracle_may_keep):
        return Fault.NOT_REENCRYPTED
    if not delivery.sealed_key:
        return Fault.NO_SEALED_KEY
    if not consented:
        return Fault.WRONG_CONSENT
    return judge_key(to, delivery.wanted_key, delivery.target_key)


def judge_key(to: Address, wanted: bytes, target: bytes) -> Fault:
    """Whether the data key is sealed to the key that the receiver asked for."""
    if wanted:
        return Fault.NONE if wanted == target else Fault.OTHER_KEY
    if len(target) != KEY_LENGTH:
        return Fault.KEY_LENGTH
    # Not curve.address_of: the contract does not ask whether 64 bytes are a point either.
    return Fault.NONE if keccak256(target)[-20:].hex() == to[2:].lower() else Fault.FOREIGN_KEY
