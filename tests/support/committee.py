"""A committee in memory: members with box keys, honest dealings, a case to release for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eth_utils.address import to_checksum_address

from zerog.chain.signer import Signer
from zerog.crypto.curve import FIELD, ORDER, generate, random_scalar
from zerog.crypto.keccak import keccak256
from zerog.inft.committee.dkg import (
    Dealing,
    KeyShare,
    RoundContext,
    Shared,
    combine_shares,
    conclude,
    deal,
    open_share,
)
from zerog.inft.committee.release import ShareCase
from zerog.inft.envelope import DataKey, Envelope, SealContext, seal
from zerog.types import PublicKey

CONTRACT = to_checksum_address("0x" + "c0" * 20)
PERSON = to_checksum_address("0x" + "aa" * 20)
CONTEXT = SealContext(31337, CONTRACT, 7)


@dataclass(slots=True)
class Circle:
    """Members by slot, with the secrets of their box keys and accounts."""

    threshold: int
    boxes: dict[int, int] = field(repr=False)
    signers: dict[int, Signer] = field(repr=False)

    @classmethod
    def of(cls, slots: Iterable[int], threshold: int) -> Circle:
        """Members of these slots."""
        made = cls(threshold, {}, {})
        made.join(*slots)
        return made

    def join(self, *slots: int) -> None:
        """More members."""
        for slot in slots:
            self.boxes[slot] = random_scalar()
            self.signers[slot] = Signer(random_scalar().to_bytes(32, "big"))

    def context(
        self, slots: Sequence[int] | None = None, threshold: int | None = None
    ) -> RoundContext:
        """A round among some members, all of them by default."""
        keys = {slot: generate(self.boxes[slot]) for slot in slots or self.boxes}
        return RoundContext(31337, CONTRACT, 1, threshold or self.threshold, keys)

    def dealings(self, context: RoundContext) -> dict[int, Dealing]:
        """One honest dealing of each receiver."""
        return {slot: deal(context, slot, random_scalar()) for slot in context.receivers}

    def concluded(
        self, context: RoundContext, dealings: Mapping[int, Dealing], reshare: bool = False
    ) -> tuple[Shared, dict[int, int]]:
        """The sharing, and each receiver's secret share of it."""
        shared, _ = conclude(context, dealings, reshare)
        shares = {}
        for slot in context.receivers:
            opened = {
                dealer: open_share(context, dealer, slot, self.boxes[slot], dealing)
                for dealer, dealing in dealings.items()
            }
            shares[slot] = combine_shares(opened, reshare)
        return shared, shares

    @staticmethod
    def share(slot: int, shares: Mapping[int, int]) -> KeyShare:
        """A member's share of key 1."""
        return KeyShare(1, 1, slot, shares[slot])


def deposit_of(key: DataKey, committee_key: PublicKey) -> bytes:
    """A data key sealed to the committee."""
    return seal(key, committee_key, CONTEXT)


def a_case(target: PublicKey, deposit: Envelope) -> ShareCase:
    """A transfer of token 7 to somebody with the key `target`."""
    return ShareCase(
        chain_id=31337,
        vault=to_checksum_address("0x" + "dd" * 20),
        key_id=1,
        sharing_id=1,
        slot=1,
        token=CONTRACT,
        operation=1,
        token_id=7,
        sender=PERSON,
        receiver=to_checksum_address("0x" + "bb" * 20),
        index=0,
        data_hash=keccak256(b"data"),
        seal_hash=keccak256(b"seal"),
        target=target,
        e1=deposit.e1,
    )


def no_base() -> tuple[int, int]:
    """A point of the curve whose x is not below the group order."""
    x = ORDER
    while True:
        square = (pow(x, 3, FIELD) + 7) % FIELD
        y = pow(square, (FIELD + 1) // 4, FIELD)
        if y * y % FIELD == square:
            return x, y
        x += 1
