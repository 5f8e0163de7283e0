"""Typed reads of the committee, its rounds and keys, and the vault of deposits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from zerog.chain.abi import BadArguments
from zerog.chain.bindings import Contract
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Block
from zerog.types import Address, PublicKey


class MemberState(IntEnum):
    """Whether rounds may call a member (contracts/interfaces/ICommittee.sol, same order)."""

    NONE = 0
    ACTIVE = 1
    LEAVING = 2
    LEFT = 3


class RoundState(IntEnum):
    """Where a round stands (contracts/interfaces/ICommittee.sol, same order)."""

    NONE = 0
    OPEN = 1
    FINAL = 2
    ABANDONED = 3


class WishState(IntEnum):
    """Where a wish is (contracts/interfaces/ICommitteeDesk.sol, same order)."""

    NONE = 0
    OPEN = 1
    DONE = 2
    ENDED = 3


@dataclass(frozen=True, slots=True)
class Member:
    """A member; bond in wei, leavable_at in Unix seconds, duties: sharings and open rounds."""

    slot: int
    account: Address
    state: MemberState
    duties: int
    leavable_at: int
    bond_wei: int
    box: PublicKey


@dataclass(frozen=True, slots=True)
class Round:
    """A round of key generation or resharing; times in Unix seconds."""

    round_id: int
    state: RoundState
    reshare: bool
    threshold: int
    deal_by: int
    judge_by: int
    key_id: int
    dealers: tuple[int, ...]
    receivers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoundPart:
    """What a member did in a round; dealing_hash is 32 zeros before it dealt."""

    dealing_hash: bytes
    wrong: bool
    confirmed: bool

    @property
    def has_dealt(self) -> bool:
        """Whether there is a dealing."""
        return any(self.dealing_hash)


@dataclass(frozen=True, slots=True)
class CommitteeKey:
    """A key of the committee; sharing_id 0: retired."""

    key_id: int
    point: PublicKey
    sharing_id: int


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who shares a key: public values by slot, None for a slot without one."""

    sharing_id: int
    key_id: int
    threshold: int
    publics: Mapping[int, PublicKey | None]


@dataclass(frozen=True, slots=True)
class Deposit:
    """What the vault holds for an item; key_id 0: nothing. The hashes are as in the contract."""

    key_id: int
    by_committee: bool
    suite: int
    bound: bytes
    points_hash: bytes


@dataclass(frozen=True, slots=True)
class Wish:
    """An owner's wish for a hand-over by the committee; deadline in Unix seconds."""

    state: WishState
    token: Address
    made_at_block: int
    token_id: int
    owner: Address
    deadline: int
    receiver: Address
    target_key_hash: bytes


def _point(found: object) -> PublicKey:
    match found:
        case (int(x), int(y)):
            return PublicKey(x.to_bytes(32, "big") + y.to_bytes(32, "big"))
        case other:
            raise BadArguments("Point", f"is no pair of numbers: {other!r}")


def _slots(found: object) -> tuple[int, ...]:
    if not isinstance(found, tuple):
        raise BadArguments("slots", f"are no list: {found!r}")
    return tuple(one for one in found if isinstance(one, int))


class CommitteeContract(Contract):
    """Committee: members, bonds, rounds and keys."""

    artifact = "Committee"

    def member_count(self, block: Block = "latest") -> int:
        """Slots are numbered from 1 to this."""
        return self._number("memberCount", block=block)

    def slot_of(self, account: Address, block: Block = "latest") -> int:
        """The slot of an account; 0 for none."""
        return self._number("slotOf", account, block=block)

    def credit_wei(self, account: Address, block: Block = "latest") -> int:
        """What `withdraw` would send."""
        return self._number("creditOf", account, block=block)

    def min_bond_wei(self, block: Block = "latest") -> int:
        """Least bond of a member whom rounds may call."""
        match self.read("params", block=block):
            case (int(bond), *_):
                return bond
            case other:
                raise BadArguments("params", f"gives no parameters: {other!r}")

    def member(self, slot: int, block: Block = "latest") -> Member:
        """A member; state NONE where there is none."""
        match self.read("memberOf", slot, block=block):
            case (str(account), int(state), int(duties), int(leavable), int(bond), box):
                found = (to_address(account), MemberState(state), duties, leavable, bond)
                return Member(slot, *found, _point(box))
            case other:
                raise BadArguments("memberOf", f"gives no member: {other!r}")

    def last_round(self, block: Block = "latest") -> int:
        """Rounds are numbered from 1 to this."""
        return self._number("lastRound", block=block)

    def round(self, round_id: int, block: Block = "latest") -> Round:
        """A round; state NONE where there is none."""
        match self.read("roundOf", round_id, block=block):
            case (int(state), bool(reshare), int(t), int(deal_by), int(judge_by), int(key), d, r):
                times = (deal_by, judge_by)
                ends = (_slots(d), _slots(r))
                return Round(round_id, RoundState(state), reshare, t, *times, key, *ends)
            case other:
                raise BadArguments("roundOf", f"gives no round: {other!r}")

    def part(self, round_id: int, slot: int, block: Block = "latest") -> RoundPart:
        """What a member did in a round."""
        match self.read("partOf", round_id, slot, block=block):
            case (bytes(dealing), bool(wrong), bool(confirmed)):
                return RoundPart(dealing, wrong, confirmed)
            case other:
                raise BadArguments("partOf", f"gives no part: {other!r}")

    def active_key(self, block: Block = "latest") -> int:
        """The newest key; 0 before any."""
        return self._number("activeKey", block=block)

    def key(self, key_id: int, block: Block = "latest") -> CommitteeKey:
        """A key; 64 zeros where there is none."""
        match self.read_all("keyOf", key_id, block=block):
            case (point, int(sharing_id)):
                return CommitteeKey(key_id, _point(point), sharing_id)
            case other:
                raise BadArguments("keyOf", f"gives no key: {other!r}")

    def sharing(self, sharing_id: int, block: Block = "latest") -> Sharing:
        """A sharing; threshold 0 where there is none."""
        match self.read_all("sharingOf", sharing_id, block=block):
            case (int(key_id), int(threshold), slots, tuple(points)):
                made = [_point(point) for point in points]
                values = [point if any(point) else None for point in made]
                publics = dict(zip(_slots(slots), values, strict=True))
                return Sharing(sharing_id, key_id, threshold, publics)
            case other:
                raise BadArguments("sharingOf", f"gives no sharing: {other!r}")


class CommitteeVaultContract(Contract):
    """CommitteeVault: deposits of sealed keys and their release."""

    artifact = "CommitteeVault"

    def deposit(
        self, token: Address, token_id: int, index: int, block: Block = "latest"
    ) -> Deposit:
        """What is held for an item, live or not."""
        match self.read("depositOf", token, token_id, index, block=block):
            case (int(key_id), bool(moved), int(suite), bytes(bound), bytes(points)):
                return Deposit(key_id, moved, suite, bound, points)
            case other:
                raise BadArguments("depositOf", f"gives no deposit: {other!r}")

    def is_live(self, token: Address, token_id: int, index: int, block: Block = "latest") -> bool:
        """Whether a deposit is good for the token as it is."""
        return bool(self.read("isLive", token, token_id, index, block=block))

    def seals(self, token: Address, token_id: int, index: int, last: int | None) -> list[bytes]:
        """Every seal deposited for an item up to block `last` (the head), oldest first."""
        found = self.events("Deposited", last=last, token=token, tokenId=token_id, index=index)
        return [seal for one in found if isinstance(seal := one.args["seal"], bytes)]


class CommitteeDeskContract(Contract):
    """CommitteeDesk: owners' wishes for hand-overs by the committee."""

    artifact = "CommitteeDesk"

    def wish(self, number: int, block: Block = "latest") -> Wish:
        """A wish; state NONE where there is none."""
        match self.read("wishOf", number, block=block):
            case (int(state), str(token), int(at), int(id_), str(who), int(end), str(to), bytes(h)):
                parties = (to_address(who), end, to_address(to))
                return Wish(WishState(state), to_address(token), at, id_, *parties, h)
            case other:
                raise BadArguments("wishOf", f"gives no wish: {other!r}")
