"""The committee in one typed call each.

from zerog.inft.committee.sdk import Committee
committee = Committee.connect()
committee.deposit(1, "alice")
committee.status().threshold
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path

from zerog.chain.bindings_committee import MemberState
from zerog.chain.signer import DEVNET_DEPLOYER, Signer, devnet_signer
from zerog.chain.tx import Call, Sender
from zerog.config import DEVNET_CHAIN_IDS, Settings
from zerog.inft.committee.depositing import deposit_token
from zerog.inft.committee.errors import NoAdministrator
from zerog.inft.committee.founding import (
    join_member,
    member_account,
    member_sender,
    open_round,
)
from zerog.inft.committee.network import Network
from zerog.inft.stack import Stack
from zerog.types import Address, Json, Progress, no_progress


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member; bond in wei, leavable_at in Unix seconds."""

    slot: int
    account: Address
    state: str
    bond_wei: int
    duties: int
    leavable_at: int

    def to_json(self) -> dict[str, Json]:
        """As --json prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CommitteeStatus:
    """The newest key and who shares it; key_id 0: no key yet. round_state: of the newest round."""

    key_id: int
    public_key: str
    threshold: int
    slots: tuple[int, ...]
    round_id: int
    round_state: str
    members: tuple[MemberView, ...]

    def to_json(self) -> dict[str, Json]:
        """As --json prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Done:
    """A transaction of a member or of whoever administers."""

    what: str
    tx: str
    gas: int
    slot: int = 0

    def to_json(self) -> dict[str, Json]:
        """As --json prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Deposited:
    """Keys of a token that the committee holds now; one transaction per item."""

    token_id: int
    key_id: int
    txs: tuple[str, ...]
    gas: int

    def to_json(self) -> dict[str, Json]:
        """As --json prints it."""
        return asdict(self)


class Committee:
    """What people and operators ask of the committee of a home's network."""

    def __init__(self, stack: Stack) -> None:
        """Raises NoCommitteeHere."""
        self._stack = stack
        self._network = Network.open(stack.settings, os.environ)

    @classmethod
    def connect(
        cls, home: str | PathLike[str] | None = None, progress: Progress = no_progress
    ) -> Committee:
        """On a home; raises ChainUnreachable, WrongChain, NoCommitteeHere."""
        return cls(Stack.open(Settings.load(None if home is None else Path(home)), progress))

    # ------------------------------------------------------------------------ reading

    def members(self) -> tuple[MemberView, ...]:
        """Everybody who ever joined."""
        committee = self._network.committee
        found = (committee.member(slot) for slot in range(1, committee.member_count() + 1))
        return tuple(
            MemberView(m.slot, m.account, m.state.name, m.bond_wei, m.duties, m.leavable_at)
            for m in found
        )

    def status(self) -> CommitteeStatus:
        """The newest key, its sharing, and the newest round."""
        committee = self._network.committee
        key_id, round_id = committee.active_key(), committee.last_round()
        key = committee.key(key_id)
        sharing = committee.sharing(key.sharing_id)
        return CommitteeStatus(
            key_id=key_id,
            public_key="0x" + key.point.hex() if key_id else "",
            threshold=sharing.threshold,
            slots=tuple(sharing.publics),
            round_id=round_id,
            round_state=committee.round(round_id).state.name,
            members=self.members(),
        )

    # ------------------------------------------------------------------------ members

    def join(self, number: int, funder: str, bond_wei: int = 0) -> Done:
        """Make the keys of HOME/committee/NUMBER, fund its account from `funder`, and join.

        bond_wei: 0 for the least. Run again it finds what it did. Raises NoSuchKey,
        InsufficientFunds.
        """
        payer = self._sender(self._stack.keys.signer(funder))
        seat = join_member(self._network, number, payer, bond_wei)
        if seat.receipt is None:
            return Done("joined before", "", 0, seat.slot)
        receipt = seat.receipt
        return Done("joined", "0x" + receipt.tx_hash.hex(), receipt.gas_used, seat.slot)

    def leave(self, number: int) -> Done:
        """Announce that a member leaves; once its time has come, take its bond back.

        The time is over when `leavable_at` is, and no sharing has the member in it. Raises
        MemberKeyMissing, TxReverted.
        """
        account = member_account(self._network, number)
        state = self._network.committee.member(self._slot(account)).state
        if state is MemberState.ACTIVE:
            return self._member_act(number, account, "announceLeaving")
        if state is MemberState.LEAVING:
            self._member_act(number, account, "takeBond")
        return self.withdraw(number)

    def withdraw(self, number: int) -> Done:
        """Send what is credited to a member (reports, a bond that is free) to its account.

        Raises MemberKeyMissing, TxReverted.
        """
        account = member_account(self._network, number)
        return self._member_act(number, account, "withdraw", account.address)

    def _member_act(self, number: int, account: Signer, function: str, *args: object) -> Done:
        """One transaction of a member; its nonce tells a second withdrawal from the first."""
        committee, sender = self._network.committee, member_sender(self._network, number, account)
        nonce = self._network.chain.nonce(account.address)
        intent = f"committee-{function}:{committee.address}:{account.address}:{nonce}"
        call = Call(committee.address, committee.calldata(function, *args))
        receipt = sender.run(intent, call)
        slot = self._slot(account)
        return Done(function, "0x" + receipt.tx_hash.hex(), receipt.gas_used, slot)

    def _slot(self, account: Signer) -> int:
        return self._network.committee.slot_of(account.address)

    def open_round(
        self, person: str | None, threshold: int, slots: tuple[int, ...] = (), key_id: int = 0
    ) -> Done:
        """Begin a round as who administers the committee; key_id 0: a new key.

        person: a name of this home; None on a devnet, for whom its deployer administers. slots:
        who gets a share; by default every active member with a sufficient bond. The members
        do the rest. Raises NoAdministrator, NoSuchKey, TxReverted.
        """
        committee = self._network.committee
        least = committee.min_bond_wei()
        fit = tuple(
            one.slot
            for one in self.members()
            if one.state == MemberState.ACTIVE.name and one.bond_wei >= least
        )
        admin = self._sender(self._administrator(person))
        number, receipt = open_round(self._network, admin, key_id, threshold, slots or fit)
        return Done(f"round {number}", "0x" + receipt.tx_hash.hex(), receipt.gas_used)

    def abandon(self, person: str | None = None) -> Done:
        """Give up the newest round, which cannot end; its members are free for another.

        person: as for `open_round`. Raises NoAdministrator, NoSuchKey, TxReverted.
        """
        round_id = self._network.committee.last_round()
        return self._administer(person, "abandon", round_id)

    def retire(self, key_id: int, person: str | None = None) -> Done:
        """Give up an older key: deposits that did not move from it are dead, its members free.

        person: as for `open_round`. Raises NoAdministrator, NoSuchKey, TxReverted.
        """
        return self._administer(person, "retireKey", key_id)

    def _administer(self, person: str | None, function: str, number: int) -> Done:
        committee = self._network.committee
        call = Call(committee.address, committee.calldata(function, number))
        intent = f"committee-{function}:{committee.address}:{number}"
        receipt = self._sender(self._administrator(person)).run(intent, call)
        return Done(function, "0x" + receipt.tx_hash.hex(), receipt.gas_used)

    def _administrator(self, person: str | None) -> Signer:
        if person is not None:
            return self._stack.keys.signer(person)
        chain_id = self._stack.registry.chain_id
        if chain_id not in DEVNET_CHAIN_IDS:
            raise NoAdministrator(chain_id)
        return devnet_signer(DEVNET_DEPLOYER)

    # ----------------------------------------------------------------------- deposits

    def deposit(self, token_id: int, person: str) -> Deposited:
        """Deposit every key of a token as its owner, with proofs that they are the token's.

        Raises UnknownToken, NotTheOwner, NoCommitteeHere, NoSealToProve.
        """
        owner = self._stack.keys.signer(person)
        receipts = deposit_token(self._stack, self._network, token_id, owner)
        key_id = self._network.committee.active_key()
        txs = tuple("0x" + receipt.tx_hash.hex() for receipt in receipts)
        return Deposited(token_id, key_id, txs, sum(receipt.gas_used for receipt in receipts))

    def _sender(self, signer: Signer) -> Sender:
        return self._stack.sender(signer)
