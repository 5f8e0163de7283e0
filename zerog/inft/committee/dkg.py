"""Distributed key generation and resharing, message by message. Pure.

Feldman commitments with a proof of knowledge of each dealt secret (against rogue keys, as in
FROST: RFC 9591 and Komlo, Goldberg 2020), shares masked to their receivers, and complaints that
everybody can judge: a receiver opens the one shared point behind the mask and proves it, which
gives nothing else away because the dealer's half of it is used once. Python twin of
contracts/libraries/Dealings.sol; the bulletin is contracts/inft/committee/CommitteeRounds.sol.

A dealer keeps nothing: its own share is masked to itself like every other, so the chain and a
member's box key are all that a share is made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from eth_abi.abi import encode

from zerog.crypto import sigma
from zerog.crypto.curve import (
    ORDER,
    NotAPoint,
    check_point,
    generate,
    multiply,
    random_scalar,
    scalar,
)
from zerog.crypto.keccak import keccak256
from zerog.inft.committee.errors import BadDealing, BadThreshold, WrongDealtShare
from zerog.inft.committee.polynomial import (
    evaluate,
    evaluate_commitments,
    random_polynomial,
    require_point,
    times,
    total,
    weights,
)
from zerog.types import Address, PublicKey

ROUND_TAG: Final = keccak256(b"zerog/committee/round/1")
POSSESSION_TAG: Final = keccak256(b"zerog/committee/possession/1")
MASK_TAG: Final = keccak256(b"zerog/committee/mask/1")
COMPLAINT_TAG: Final = keccak256(b"zerog/committee/complaint/1")

Pair = tuple[int, int]
DealingTuple = tuple[tuple[Pair, ...], Pair, tuple[int, ...], Pair, int]
"""ABI form: (commitments, ephemeral, masked, commitment, response)."""


def pair(point: bytes) -> Pair:
    """A point as the ABI's (x, y)."""
    return int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")


def point_of(found: object) -> PublicKey:
    """64 bytes of the ABI's (x, y), unchecked; (0, 0) stays 64 zeros."""
    match found:
        case (int(x), int(y)):
            return PublicKey(x.to_bytes(32, "big") + y.to_bytes(32, "big"))
        case other:
            raise NotAPoint(repr(other).encode()[:64])


@dataclass(frozen=True, slots=True)
class RoundContext:
    """What a round is about.

    receivers: slot -> box key, ascending; threshold: how many of them will open a seal.
    """

    chain_id: int
    committee: Address
    round_id: int
    threshold: int
    receivers: Mapping[int, PublicKey]

    @property
    def head(self) -> bytes:
        """What every message of the round is bound to, 32 bytes."""
        kinds = ["bytes32", "uint256", "address", "uint256"]
        return keccak256(encode(kinds, [ROUND_TAG, self.chain_id, self.committee, self.round_id]))

    def place(self, receiver: int) -> int:
        """Where a receiver's share stands in a dealing."""
        return list(self.receivers).index(receiver)


@dataclass(frozen=True, slots=True)
class Dealing:
    """One dealer's message: f's coefficients times G, v*G, the masked f(x), a Schnorr proof."""

    commitments: tuple[PublicKey, ...]
    ephemeral: PublicKey
    masked: tuple[int, ...]
    commitment: PublicKey
    response: int

    def to_abi(self) -> DealingTuple:
        """As the contract takes it."""
        points = tuple(pair(point) for point in self.commitments)
        ends = (pair(self.commitment), self.response)
        return (points, pair(self.ephemeral), self.masked, *ends)

    @classmethod
    def from_abi(cls, found: object) -> Dealing:
        """Out of an event; raises NotAPoint when it is no dealing."""
        match found:
            case (tuple(points), ephemeral, tuple(masked), commitment, int(response)):
                made = tuple(point_of(point) for point in points)
                values = tuple(value for value in masked if isinstance(value, int))
                return cls(made, point_of(ephemeral), values, point_of(commitment), response)
            case other:
                raise NotAPoint(repr(other).encode()[:64])


class Complaint(NamedTuple):
    """A receiver's proof that a dealing holds no right share for it."""

    dealer: int
    receiver: int
    shared: PublicKey
    proof: bytes


@dataclass(frozen=True, slots=True)
class Shared:
    """A sharing of a key: public values by slot; None where a slot has none."""

    key: PublicKey
    threshold: int
    publics: Mapping[int, PublicKey | None]


# ------------------------------------------------------------------------ dealing


def deal(context: RoundContext, dealer: int, secret: int) -> Dealing:
    """Deal a secret to the round's receivers. Raises BadThreshold.

    A new key: a random scalar; a resharing: the dealer's share of the old sharing.
    """
    if context.threshold > len(context.receivers):
        raise BadThreshold(context.threshold, len(context.receivers))
    while True:
        coefficients = random_polynomial(secret, context.threshold)
        shares = {slot: evaluate(coefficients, slot) for slot in context.receivers}
        if all(shares.values()):
            break
    ephemeral = random_scalar()
    masked = tuple(
        (share + _mask(context.head, dealer, slot, multiply(context.receivers[slot], ephemeral)))
        % ORDER
        for slot, share in shares.items()
    )
    commitments = tuple(generate(value) for value in coefficients)
    proof = _prove_possession(context.head, dealer, secret)
    return Dealing(commitments, generate(ephemeral), masked, *proof)


def _mask(head: bytes, dealer: int, receiver: int, shared: bytes) -> int:
    kinds = ["bytes32", "bytes32", "uint16", "uint16", "uint256", "uint256"]
    text = encode(kinds, [MASK_TAG, head, dealer, receiver, *pair(shared)])
    return int.from_bytes(keccak256(text), "big") % ORDER


def _prove_possession(head: bytes, dealer: int, secret: int) -> tuple[PublicKey, int]:
    key = generate(secret)
    while True:
        nonce = random_scalar()
        commitment = generate(nonce)
        c = _possession_challenge(head, dealer, key, commitment)
        response = (nonce + c * secret) % ORDER
        if c and response:
            return commitment, response


def _possession_challenge(head: bytes, dealer: int, key: bytes, commitment: bytes) -> int:
    kinds = ["bytes32", "bytes32", "uint16", *["uint256"] * 4]
    text = encode(kinds, [POSSESSION_TAG, head, dealer, *pair(key), *pair(commitment)])
    return int.from_bytes(keccak256(text), "big") % ORDER


def check_dealing(context: RoundContext, dealer: int, dealing: Dealing) -> None:
    """All of a dealing that can be seen from outside, as the chain checks it.

    Raises BadDealing, NotAPoint, NotAScalar.
    """
    shape = (len(dealing.commitments), len(dealing.masked))
    if shape != (context.threshold, len(context.receivers)):
        raise BadDealing(dealer, f"{shape[0]} commitments and {shape[1]} shares")
    for point in (*dealing.commitments, dealing.ephemeral):
        if not sigma.is_base(check_point(point)):
            raise BadDealing(dealer, "a point that the chain cannot multiply")
    if not all(0 <= value < ORDER for value in dealing.masked):
        raise BadDealing(dealer, "a share above the group order")
    key, commitment = dealing.commitments[0], check_point(dealing.commitment)
    scalar(dealing.response)
    c = _possession_challenge(context.head, dealer, key, commitment)
    if not c or generate(dealing.response) != total((commitment, times(key, c))):
        raise BadDealing(dealer, "no proof of the secret that is dealt")


# --------------------------------------------------------------- opening, complaints


def open_share(
    context: RoundContext, dealer: int, receiver: int, box: int, dealing: Dealing
) -> int:
    """What a dealing holds for a receiver, opened with the secret of its box key.

    Raises WrongDealtShare: then `complain`.
    """
    shared = multiply(dealing.ephemeral, box)
    share = _unmasked(context, dealer, receiver, shared, dealing)
    if not _fits(share, receiver, dealing):
        raise WrongDealtShare(dealer, receiver)
    return share


def _unmasked(
    context: RoundContext, dealer: int, receiver: int, shared: bytes, dealing: Dealing
) -> int:
    hidden = dealing.masked[context.place(receiver)]
    return (hidden - _mask(context.head, dealer, receiver, shared)) % ORDER


def _fits(share: int, receiver: int, dealing: Dealing) -> bool:
    expected = evaluate_commitments(dealing.commitments, receiver)
    return share != 0 and expected is not None and generate(share) == expected


def complain(
    context: RoundContext, dealer: int, receiver: int, box: int, dealing: Dealing
) -> Complaint:
    """Open the point that masks the receiver's share, and prove that it is the one."""
    head = _complaint_head(context, dealer, receiver)
    shared = multiply(dealing.ephemeral, box)
    proof = sigma.prove_equality(head, box, dealing.ephemeral)
    return Complaint(dealer, receiver, shared, proof)


def refutes(context: RoundContext, complaint: Complaint, dealing: Dealing) -> bool:
    """Whether a complaint shows the dealing wrong, as the chain judges it.

    Raises what `sigma.check_equality` raises for a complaint that proves nothing.
    """
    dealer, receiver, shared, proof = complaint
    head = _complaint_head(context, dealer, receiver)
    key = context.receivers[receiver]
    sigma.check_equality(head, key, dealing.ephemeral, shared, proof)
    share = _unmasked(context, dealer, receiver, shared, dealing)
    return not _fits(share, receiver, dealing)


def _complaint_head(context: RoundContext, dealer: int, receiver: int) -> bytes:
    kinds = ["bytes32", "bytes32", "uint16", "uint16"]
    return keccak256(encode(kinds, [COMPLAINT_TAG, context.head, dealer, receiver]))


# ------------------------------------------------------------------------- ending


def counting(dealers: Sequence[int], right: Sequence[int], old_threshold: int | None) -> list[int]:
    """Slots whose dealings make the sharing: all right ones of a new key, the first as many as
    the old threshold of a resharing (None for a new key).
    """
    found = [dealer for dealer in dealers if dealer in right]
    return found if old_threshold is None else found[:old_threshold]


def conclude(
    context: RoundContext, dealings: Mapping[int, Dealing], reshare: bool
) -> tuple[Shared, tuple[PublicKey, ...]]:
    """The sharing that a round makes, and the hints that the chain wants for a resharing."""
    factors = weights(dealings) if reshare else dict.fromkeys(dealings, 1)
    terms = {
        dealer: [require_point(times(point, factors[dealer])) for point in dealing.commitments]
        for dealer, dealing in dealings.items()
    }
    sums = [total(one[k] for one in terms.values()) for k in range(context.threshold)]
    publics = {slot: evaluate_commitments(sums, slot) for slot in context.receivers}
    hints = tuple(point for one in terms.values() for point in one) if reshare else ()
    return Shared(require_point(sums[0]), context.threshold, publics), hints


def combine_shares(opened: Mapping[int, int], reshare: bool) -> int:
    """A receiver's share of the key, from what each counting dealer dealt to it."""
    factors = weights(opened) if reshare else dict.fromkeys(opened, 1)
    return sum(factors[dealer] * share for dealer, share in opened.items()) % ORDER


@dataclass(frozen=True, slots=True)
class KeyShare:
    """A member's secret share of a key. Its repr shows nothing of it."""

    key_id: int
    sharing_id: int
    slot: int
    secret: int = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """secret*G."""
        return generate(self.secret)


__all__ = [
    "Complaint",
    "Dealing",
    "KeyShare",
    "RoundContext",
    "Shared",
    "check_dealing",
    "combine_shares",
    "complain",
    "conclude",
    "counting",
    "deal",
    "open_share",
    "pair",
    "point_of",
    "refutes",
]
