"""Shares of a release, and the seal that a threshold of them combines to. Pure.

A deposit is E1 = r*G, E2 = K + r*Y. The member with the share y and a fresh u hands out
S1 = u*G, S2 = u*Q - y*E1 with a sigma proof against y*G; with the weights w of the slots,
(sum w*S1, E2 + sum w*S2) is K sealed to Q. No member learns K, and fewer than the threshold learn
nothing of it. Python twin of contracts/libraries/ReleaseShares.sol and of the vault's check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from eth_abi.abi import encode

from zerog.crypto import sigma
from zerog.crypto.curve import (
    BadSignature,
    NotAPoint,
    NotAScalar,
    check_point,
    multiply,
    random_scalar,
    recover,
)
from zerog.crypto.eip712 import Domain, typed_digest
from zerog.crypto.keccak import keccak256
from zerog.crypto.sigma import InvalidProof, NotABase, Relation
from zerog.inft.committee.dkg import KeyShare, pair
from zerog.inft.committee.errors import NotEnoughShares, WrongShare
from zerog.inft.committee.polynomial import require_point, total, weights
from zerog.inft.envelope import Envelope, unproven_seal
from zerog.inft.sealproof import KIND_COMMITTEE
from zerog.types import Address, PublicKey

SHARE_TAG: Final = keccak256(b"zerog/committee/share/1")
SHARE_TYPE: Final = "Share(bytes32 head,bytes32 targetHash,bytes32 depositHash,bytes32 shareHash)"
DOMAIN_NAME: Final = "0G-iNFT-committee"
SHARE_BYTES: Final = 576
WEIGHED_BYTES: Final = 706

Pair = tuple[int, int]
ActTuple = tuple[Address, Address, int, int, Address, Address]
CaseTuple = tuple[int, int, int, ActTuple, int, bytes, bytes, Pair, Pair]


@dataclass(frozen=True, slots=True)
class ShareCase:
    """What a share is for; the fields of the contract's ShareCase, with those of its act.

    vault: the contract that judges; operation: of proofs.py; target: Q; e1: the deposit's.
    """

    chain_id: int
    vault: Address
    key_id: int
    sharing_id: int
    slot: int
    token: Address
    operation: int
    token_id: int
    sender: Address
    receiver: Address
    index: int
    data_hash: bytes
    seal_hash: bytes
    target: PublicKey
    e1: PublicKey

    @property
    def head(self) -> bytes:
        """What the sigma proof is bound to, 32 bytes."""
        act = encode(
            ["address", "uint8", "uint256", "address", "address"],
            [self.token, self.operation, self.token_id, self.sender, self.receiver],
        )
        data = encode(
            ["uint256", "bytes32", "bytes32"], [self.index, self.data_hash, self.seal_hash]
        )
        kinds = ["bytes32", "uint256", "address", "uint256", "uint256", "uint16"]
        start = [SHARE_TAG, self.chain_id, self.vault, self.key_id, self.sharing_id, self.slot]
        ends = [keccak256(act), keccak256(data)]
        return keccak256(encode([*kinds, "bytes32", "bytes32"], [*start, *ends]))

    def digest(self, share: bytes) -> bytes:
        """What the member signs when it hands the share out (EIP-712)."""
        domain = Domain(DOMAIN_NAME, "1", self.chain_id, self.vault)
        values = [self.head, keccak256(self.target), keccak256(self.e1), keccak256(share)]
        return typed_digest(domain, SHARE_TYPE, values)

    def of(self, slot: int) -> ShareCase:
        """The same for another member."""
        return replace(self, slot=slot)

    def to_abi(self) -> CaseTuple:
        """As the contract takes it; the act's verifier is not looked at."""
        act = (
            self.token,
            self.vault,
            self.operation,
            self.token_id,
            self.sender,
            self.receiver,
        )
        ids = (self.key_id, self.sharing_id, self.slot)
        data = (self.index, self.data_hash, self.seal_hash)
        return (*ids, act, *data, pair(self.target), pair(self.e1))


class SignedShare(NamedTuple):
    """A share as it is handed out."""

    slot: int
    share: bytes
    signature: bytes


class Released(NamedTuple):
    """A new seal, and the `proof` field of the ownership proof that belongs to it."""

    sealed_key: bytes
    proof: bytes


def make_share(case: ShareCase, own: KeyShare) -> bytes:
    """576 bytes S1, S2, proof; raises NotAPoint, NotABase for a target or deposit that the
    chain could not check a share for: its member would pay for it.
    """
    for point in (check_point(case.target), check_point(case.e1)):
        if not sigma.is_base(point):
            raise NotABase(point)
    while True:
        u = random_scalar()
        try:
            relation = sigma.relation_of(own.secret, u, case.target, case.e1)
            proof = sigma.prove(case.head, own.secret, u, case.target, case.e1)
        except (NotABase, NotAPoint):
            continue  # an unlucky u, one in 2**128
        return relation.F + relation.D + proof


def check_share(case: ShareCase, public: bytes, share: bytes) -> None:
    """Raise WrongShare unless the chain would take it; public: the member's public value."""
    if len(share) != SHARE_BYTES:
        raise WrongShare(case.slot, f"{len(share)} bytes instead of {SHARE_BYTES}")
    try:
        s1, s2 = check_point(share[:64]), check_point(share[64:128])
        relation = Relation(check_point(public), case.target, case.e1, s1, s2)
        sigma.check(case.head, relation, share[128:])
    except (InvalidProof, NotABase, NotAPoint, NotAScalar) as error:
        raise WrongShare(case.slot, error.cause) from error


def signer_of(case: ShareCase, signed: SignedShare) -> Address | None:
    """Who signed a share for this case; None when nobody can be recovered."""
    try:
        return recover(case.of(signed.slot).digest(signed.share), signed.signature)
    except BadSignature:
        return None


def combine(
    deposit: Envelope, target: PublicKey, shares: Mapping[int, bytes], threshold: int
) -> Released:
    """The seal and proof of as many checked shares as the threshold, of the lowest slots.

    deposit: the seal to the committee. Raises NotEnoughShares.
    """
    if len(shares) < threshold:
        raise NotEnoughShares(len(shares), threshold)
    slots = sorted(shares)[:threshold]
    proof = bytes([KIND_COMMITTEE]) + deposit.e1 + deposit.e2
    f1: PublicKey | None = None
    f2: PublicKey | None = deposit.e2
    for slot, weight in weights(slots).items():
        share = shares[slot]
        first, second = multiply(share[:64], weight), multiply(share[64:128], weight)
        f1, f2 = total((f1, first)), total((f2, second))
        proof += slot.to_bytes(2, "big") + share + first + second
    sealed = unproven_seal(deposit.suite, target, require_point(f1), require_point(f2))
    return Released(sealed, proof)


__all__ = [
    "Released",
    "ShareCase",
    "SignedShare",
    "check_share",
    "combine",
    "make_share",
    "signer_of",
]
