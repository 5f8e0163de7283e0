"""A member of the committee: follows the chain, shares what the rule allows, ends what is ripe.

Every step may be repeated and killed anywhere: a share is kept before it is laid down, and a
transaction is stored under its intent before it is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.bindings import Contract
from zerog.chain.follow import Follower
from zerog.chain.signer import Keys, NoSuchKey, Signer
from zerog.chain.tx import Call, Sender, TxReverted, TxStore
from zerog.config import Settings
from zerog.inft.committee.board import BoardClient
from zerog.inft.committee.errors import MayNotRelease, MemberKeyMissing, WrongShare
from zerog.inft.committee.following import follow
from zerog.inft.committee.network import Network
from zerog.inft.committee.release import Released, SignedShare, check_share, combine, make_share
from zerog.inft.committee.rounds import Rounds
from zerog.inft.committee.rule import (
    Item,
    Release,
    is_over,
    move_id,
    read_release,
    transfer_proofs,
)
from zerog.inft.committee.store import Desk
from zerog.jobs import Jobs, ReleaseKey

ACCOUNT, BOX = "account", "box"
LATE_SECONDS: Final = 4.0
"""After this long, and as much more per slot, anybody ends a release that its turn did not."""
log = logging.getLogger(__name__)


def member_home(home: Path, number: int) -> Path:
    """Where a member's two keys and rows are: HOME/committee/NUMBER."""
    return home / "committee" / str(number)


def provision(home: Path, number: int, chain_id: int) -> tuple[Signer, Signer]:
    """The account and box key of a member, made where they are missing."""
    keys = Keys(member_home(home, number), chain_id)
    made = [
        keys.signer(name) if name in keys.names() else keys.create(name) for name in (ACCOUNT, BOX)
    ]
    return made[0], made[1]


@dataclass(frozen=True, slots=True)
class Member:
    """One member on one network."""

    number: int
    network: Network
    signer: Signer
    sender: Sender
    rounds: Rounds
    desk: Desk
    follower: Follower
    board: BoardClient

    @classmethod
    def open(cls, settings: Settings, number: int, env: Mapping[str, str]) -> Member:
        """The member whose keys are in HOME/committee/NUMBER.

        Raises MemberKeyMissing, NoCommitteeHere, ChainUnreachable.
        """
        home = member_home(settings.home, number)
        network = Network.open(settings, env)
        keys = Keys(home, settings.chain_id)
        try:
            signer, box = keys.signer(ACCOUNT), keys.signer(BOX)
        except NoSuchKey as error:
            raise MemberKeyMissing(str(home)) from error
        store = TxStore(home / "tx.db")
        sender = Sender(network.chain, store, signer, settings.finality_depth)
        slot = network.committee.slot_of(signer.address)
        secret = int.from_bytes(box.secret, "big")
        desk = Desk(home / "member.db")
        return cls(
            number=number,
            network=network,
            signer=signer,
            sender=sender,
            rounds=Rounds(network.committee, sender, slot, secret),
            desk=desk,
            follower=follow(network, desk),
            board=BoardClient(network.board_url),
        )

    @property
    def slot(self) -> int:
        """The member's slot; 0 before it joined."""
        return self.rounds.slot

    # ---------------------------------------------------------------------- following

    def step(self, jobs: Jobs) -> int:
        """Follow the chain, do what a round wants, ask for what is due; gives how much."""
        if not self.slot:
            self.rounds.slot = self.network.committee.slot_of(self.signer.address)
            return 0
        if self.rounds.step() == "finalise":
            log.info("member %s ended a round", self.slot)
        self.follower.step()
        self._look_for_moves()
        due = self.desk.due()
        for release_id in due:
            jobs.submit(ReleaseKey(self.number, release_id))
        return len(due)

    def _look_for_moves(self) -> None:
        """Deposits under an older key than the newest are to move."""
        newest = self.network.committee.active_key()
        for where in self.desk.outdated(newest):
            self.desk.move(move_id(where[0], where[1]), where, newest)

    # ---------------------------------------------------------------------- releasing

    def release(self, release_id: str) -> str:
        """Share in a release and, where it is ripe, end it; gives what was done.

        Raises MayNotRelease, BoardUnreachable, BoardRefused.
        """
        try:
            return self._release(release_id)
        finally:
            self.desk.ran(release_id)

    def _release(self, release_id: str) -> str:
        try:
            release = read_release(self.network, release_id)
        except MayNotRelease as error:
            if is_over(self.network, release_id):
                self.desk.done(release_id, self.network.chain.head().number)
                return "over"
            raise error
        if any(item.sharing.publics.get(self.slot) is None for item in release.items):
            return "no share"
        laid = self._own(release)
        everybody = self.board.post(release, laid)
        return self._end_if_ripe(release, everybody)

    def _own(self, release: Release) -> list[SignedShare]:
        """This member's shares, one per item; made once, and kept before anybody sees them."""
        kept = self.desk.of(release.tag)
        if kept:
            return kept[0]
        made = []
        for item in release.items:
            case = item.case.of(self.slot)
            share = make_share(case, self.rounds.share_of(case.sharing_id))
            made.append(SignedShare(self.slot, share, self.signer.sign_digest(case.digest(share))))
        self.desk.put(release.tag, made)
        return self.desk.of(release.tag)[0]

    def _end_if_ripe(self, release: Release, everybody: list[list[SignedShare]]) -> str:
        """End the release if this member's shares made the threshold full, or if it is late.

        The order in which shares came is the same for all, so exactly one has this turn.
        """
        right: dict[int, list[SignedShare]] = {}
        for shares in everybody:
            if self._are_right(release, shares):
                right[shares[0].slot] = shares
            if len(right) == release.threshold():
                break
        if len(right) < release.threshold():
            return "shared"
        late = LATE_SECONDS * (1 + self.slot % 8)
        if list(right)[-1] != self.slot and self.desk.age_s(release.release_id) < late:
            return "shared"
        made = {
            item.case.index: _combined(item, right, at) for at, item in enumerate(release.items)
        }
        return self._finish(release, made)

    def _are_right(self, release: Release, shares: list[SignedShare]) -> bool:
        """Whether all of a member's shares are right; a wrong one is reported."""
        for item, one in zip(release.items, shares, strict=False):
            public = item.sharing.publics.get(one.slot)
            try:
                check_share(item.case.of(one.slot), public or b"", one.share)
            except WrongShare as error:
                log.warning("%s: %s", release.release_id, error)
                if public is not None and one.slot != self.slot:
                    self._report(item, one)
                return False
        return len(shares) == len(release.items)

    def _report(self, item: Item, one: SignedShare) -> None:
        """Prove a wrong share to the chain; somebody else may have done it before."""
        case = item.case.of(one.slot)
        vault = self.network.vault
        data = vault.calldata("proveWrongShare", case.to_abi(), one.share, one.signature)
        intent = f"wrong-share:{vault.address}:{case.digest(one.share).hex()}"
        self._send(intent, Call(vault.address, data, 0))

    def _finish(self, release: Release, made: Mapping[int, Released]) -> str:
        """The transaction that ends a release, sent once for the shares of one sharing."""
        done, contract, data = self._last_act(release, made)
        intent = f"{done}:{contract.address}:{release.release_id}:{release.tag}"
        return done if self._send(intent, Call(contract.address, data)) else "too late"

    def _last_act(
        self, release: Release, made: Mapping[int, Released]
    ) -> tuple[str, Contract, bytes]:
        """What it does, whom it calls, and the call."""
        network = self.network
        match release.release_id.split(":"):
            case ["sale", listing]:
                proofs = transfer_proofs(release, made)
                data = network.market.calldata("settle", int(listing), proofs)
                return "settled", network.market, data
            case ["wish", number]:
                proofs = transfer_proofs(release, made)
                data = network.desk.calldata("fulfil", int(number), proofs)
                return "handed over", network.desk, data
        case, one = release.items[0].case, made[release.items[0].case.index]
        where = (case.token, case.token_id, case.index)
        data = network.vault.calldata("migrate", *where, one.sealed_key, one.proof)
        return "moved", network.vault, data

    def _send(self, intent: str, call: Call) -> bool:
        """Send without waiting; False where the chain says that it is too late or wrong."""
        try:
            self.sender.send(intent, call)
        except TxReverted as error:
            log.warning("%s: %s", intent, error)
            return False
        return True


def _combined(item: Item, right: Mapping[int, list[SignedShare]], at: int) -> Released:
    shares = {slot: found[at].share for slot, found in right.items()}
    return combine(item.deposit, item.case.target, shares, item.sharing.threshold)
