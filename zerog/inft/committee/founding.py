"""How a committee comes to be: members with money, keys and bonds, and their first key.

`python -m zerog.inft.committee.founding --home HOME --members 5 --threshold 3` does it on a
development chain whose members all live in one home. Run again it finds what it did.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.bindings_committee import RoundState
from zerog.chain.recovery import rebroadcast
from zerog.chain.rpc import Receipt
from zerog.chain.signer import DEVNET_DEPLOYER, Keys, NoSuchKey, Signer, devnet_signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.config import DEVNET_CHAIN_IDS, Settings
from zerog.errors import ZerogError
from zerog.inft.committee.dkg import pair
from zerog.inft.committee.errors import BadThreshold, MemberKeyMissing, NotADevnet, RoundFailed
from zerog.inft.committee.member import ACCOUNT, member_home, provision
from zerog.inft.committee.network import Network
from zerog.inft.committee.polynomial import LEAST_THRESHOLD
from zerog.inft.committee.rounds import TOO_FEW, Rounds

FUEL_WEI: Final = 10**17
"""What a member gets above its bond, for the gas of its rounds and settlements."""
DEVNET_FUEL_WEI: Final = 10**19
ROUND_SECONDS: Final = 600.0
"""For the first key of a devnet; it takes seconds, and minutes on a machine that is busy."""
POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Seat:
    """A member that has joined; receipt None: it had joined before."""

    number: int
    slot: int
    account: Signer
    box: Signer
    receipt: Receipt | None


def member_account(network: Network, number: int) -> Signer:
    """The account of HOME/committee/NUMBER; raises MemberKeyMissing."""
    folder = member_home(network.settings.home, number)
    try:
        return Keys(folder, network.settings.chain_id).signer(ACCOUNT)
    except NoSuchKey as error:
        raise MemberKeyMissing(str(folder)) from error


def member_sender(
    network: Network, number: int, account: Signer, store: TxStore | None = None
) -> Sender:
    """The owner of a member's transactions: HOME/committee/NUMBER/tx.db.

    store: another one, for what a devnet's founding sends: a chain that lost its blocks can be
    given all of it back only in the order in which it was mined, across accounts.
    """
    own = store or TxStore(member_home(network.settings.home, number) / "tx.db")
    return Sender(network.chain, own, account, network.settings.finality_depth)


def join_member(
    network: Network,
    number: int,
    payer: Sender,
    bond_wei: int = 0,
    fuel_wei: int = FUEL_WEI,
    store: TxStore | None = None,
) -> Seat:
    """Make the keys of HOME/committee/NUMBER, fund its account, and join.

    bond_wei: 0 for the least; store: of `member_sender`. Run again it finds what it did. Raises
    InsufficientFunds, TxReverted.
    """
    settings, committee = network.settings, network.committee
    account, box = provision(settings.home, number, settings.chain_id)
    slot = committee.slot_of(account.address)
    if slot:
        return Seat(number, slot, account, box, None)
    bond = bond_wei or committee.min_bond_wei()
    fund = Call(account.address, b"", bond + fuel_wei)
    payer.run(f"committee-fund:{account.address}", fund)
    data = committee.calldata("join", pair(box.public_key))
    member = member_sender(network, number, account, store)
    intent = f"committee-join:{committee.address}:{account.address}"
    receipt = member.run(intent, Call(committee.address, data, bond))
    return Seat(number, committee.slot_of(account.address), account, box, receipt)


def open_round(
    network: Network, admin: Sender, key_id: int, threshold: int, slots: tuple[int, ...]
) -> tuple[int, Receipt]:
    """Begin a round as who administers the committee; gives its number. key_id 0: a new key."""
    committee = network.committee
    number = committee.last_round() + 1
    data = committee.calldata("openRound", key_id, threshold, list(slots))
    intent = f"committee-round:{committee.address}:{number}"
    return number, admin.run(intent, Call(committee.address, data))


def found(network: Network, admin: Signer, size: int, threshold: int) -> int:
    """Let members 1 to `size` of this home join, and generate the first key; gives the key's id.

    admin: funds everybody, and may open rounds. A committee that has a key keeps it: members
    beyond those who share it have joined and wait for a resharing. Raises BadThreshold,
    RoundFailed.
    """
    if not LEAST_THRESHOLD <= threshold <= size:
        raise BadThreshold(threshold, size)
    settings = network.settings
    store = TxStore(settings.home / "tx.db")
    payer = Sender(network.chain, store, admin, settings.finality_depth)
    for number in range(1, size + 1):
        folder = member_home(settings.home, number)
        if folder.exists():
            rebroadcast(network.chain, TxStore(folder / "tx.db"))
    seats = [
        join_member(network, number, payer, fuel_wei=DEVNET_FUEL_WEI, store=store)
        for number in range(1, size + 1)
    ]
    if not network.committee.active_key():
        _first_key(network, payer, seats, threshold, store)
    return network.committee.active_key()


def _first_key(
    network: Network, admin: Sender, seats: list[Seat], threshold: int, store: TxStore
) -> None:
    """Drive every member of this home through a round, as their workers would."""
    committee = network.committee
    parts = [
        Rounds(
            committee,
            member_sender(network, seat.number, seat.account, store),
            seat.slot,
            int.from_bytes(seat.box.secret, "big"),
        )
        for seat in seats
    ]
    slots = tuple(sorted(seat.slot for seat in seats))
    end = time.monotonic() + ROUND_SECONDS
    while not committee.active_key():
        round_id = committee.last_round()
        if committee.round(round_id).state is not RoundState.OPEN:
            round_id, _ = open_round(network, admin, 0, threshold, slots)
        done = {part.step() for part in parts}
        if TOO_FEW in done:
            data = committee.calldata("abandon", round_id)
            intent = f"committee-abandon:{committee.address}:{round_id}"
            admin.run(intent, Call(committee.address, data))
        if time.monotonic() > end:
            raise RoundFailed(round_id, ROUND_SECONDS)
        if done <= {"nothing", "waiting"}:
            time.sleep(POLL_SECONDS)


def found_devnet(home: Path, size: int, threshold: int) -> int:
    """`found` on a development chain, whose deployer pays; raises NotADevnet on another."""
    settings = Settings.load(home)
    if settings.chain_id not in DEVNET_CHAIN_IDS:
        raise NotADevnet(settings.chain_id)
    network = Network.open(settings, os.environ)
    return found(network, devnet_signer(DEVNET_DEPLOYER), size, threshold)


def main() -> None:
    """Found the committee of a devnet's home; exit code 1 or 2 with one line on stderr."""
    parser = argparse.ArgumentParser(description="Found a devnet's committee.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--members", type=int, default=5)
    parser.add_argument("--threshold", type=int, default=3)
    chosen = parser.parse_args()
    try:
        found_devnet(chosen.home, chosen.members, chosen.threshold)
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")


if __name__ == "__main__":
    main()
