"""The keeper brings epoch after epoch about: alone, killed at every step, and with a rival."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.da import SMALL
from tests.support.da_onchain import CHAIN_ID, VOTE, DaPlace, Terms, network_of
from tests.support.da_victims import VOTES
from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from zerog.chain.bindings_da import RoundPhase
from zerog.chain.errors import TxReverted
from zerog.cli.main import run
from zerog.crypto.keccak import keccak256
from zerog.da import quorums
from zerog.da.messages import participation
from zerog.da.onchain.duties import Duties
from zerog.da.onchain.errors import TooOld
from zerog.da.onchain.founding import FUEL_WEI, found
from zerog.da.onchain.keeper import IDLE, Deed, Keeper, next_call
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.onchain.registering import register, withdraw
from zerog.da.onchain.seats import Seat, open_seats
from zerog.da.onchain.turns import LAST_PLACE, place_in, registered
from zerog.da.onchain.views import SignerView, UploadLog
from zerog.da.quorums import Ballot, Registration

pytestmark = pytest.mark.contracts

QUORUMS = 10


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaPlace]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-keeper"))
    try:
        made = DaPlace.build(process, tmp_path_factory.mktemp("home"))
        made.found(3, votes=45)
        yield made
    finally:
        process.stop()


def duties_of(network: DaNetwork) -> Duties:
    opened = Duties.open(network.settings)
    assert opened is not None
    return opened


def suffer(work: str, home: Path, stride: int) -> list[str]:
    """Work of a home by processes that die; what it printed."""
    command = [sys.executable, "-m", "tests.support.da_victims", work, str(home), str(stride)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    return done.stdout.split()


def check_quorums(network: DaNetwork, epoch: int) -> None:
    """The quorums of an epoch are those that the twin draws."""
    signers = network.signers
    registered = [
        Registration(one.seed, one.signer_id, one.votes, one.fits)
        for one in signers.registrations(epoch, 0, 100)
    ]
    drawn = quorums.ballots(registered, signers.beacon(epoch))
    expected = quorums.quorums(drawn, SMALL.rows, QUORUMS)
    accounts: dict[int, set[str]] = {}
    for quorum_id, owners in enumerate(expected):
        for index, account in zip(owners, signers.quorum(epoch, quorum_id), strict=True):
            accounts.setdefault(index, set()).add(account)
    assert signers.quorum_count(epoch) == len(expected) > 0
    assert all(len(found) == 1 for found in accounts.values()), "one account a registration"


def test_keeper_brings_epochs_about(place: DaPlace) -> None:
    keeper, signers = duties_of(place.network).keeper, place.network.signers
    first, done = signers.epoch(), []
    check_quorums(place.network, first)
    while place.network.entrance.epoch() < first + 2:
        done.append(keeper.step())
        if done[-1] in IDLE:
            place.mine(max(keeper.blocks_left(), 1))
    epoch = signers.epoch()
    check_quorums(place.network, epoch)
    assert signers.quorum_count(epoch) == QUORUMS
    assert all(signers.is_registered(seat.address, epoch) for seat in place.seats())
    # 135 ballots: ten quorums of 12, then 12 and 3 behind them
    assert done.count(Deed.SHOWN) == 2 * 12
    assert done.count(Deed.SUMMED) == 2 * QUORUMS
    assert done.count(Deed.ENTERED) == done.count(Deed.CAPTURED) == 2
    assert Deed.OVERTAKEN not in done
    # a certificate takes signatures of this epoch and of the one before
    uploads, book = UploadLog(place.network), QuorumBook(place.network, final=True)
    view = SignerView(place.network, place.seats()[0].address, uploads, book)
    assert view.assigned(epoch, 0)
    assert view.assigned(epoch - 1, 0)
    with pytest.raises(TooOld):
        view.assigned(epoch - 2, 0)


def test_keeper_without_a_due_deed_sends_nothing(place: DaPlace) -> None:
    keeper = duties_of(place.network).keeper
    keeper.run(10)
    assert place.network.signers.round().phase is RoundPhase.REGISTRATION
    height = place.head().number
    assert keeper.run(10) == [Deed.NOTHING]
    assert place.head().number == height
    assert keeper.blocks_left() > 0


def test_signer_that_left_gets_its_stake_back_when_it_cannot_be_challenged(
    place: DaPlace, capsys: pytest.CaptureFixture[str]
) -> None:
    seat, network = place.seats()[2], place.network
    home = ["--home", str(place.home)]
    assert run(["da", "leave", seat.name, *home]) == 0
    sender, keeper = network.sender(seat.account), duties_of(network).keeper
    staked, seen = network.registry.staked_wei(seat.address), []
    while network.signers.epoch() < network.registry.free_epoch(seat.address):
        with pytest.raises(TxReverted) as caught:
            withdraw(network, sender)
        seen.append(caught.value.name)
        epoch = network.entrance.epoch()
        while network.entrance.epoch() == epoch:
            if keeper.step() in IDLE:
                place.mine(max(keeper.blocks_left(), 1))
    assert set(seen) == {"ErrSenderRegisteredCurrentOrNextEpoch", "StakeLocked"}
    assert seat.address not in network.signers.quorum(network.signers.epoch(), 0)
    capsys.readouterr()
    assert run(["--json", "da", "withdraw", seat.name, *home]) == 0
    assert json.loads(capsys.readouterr().out)["stake_wei"] == staked
    assert withdraw(network, sender) == 0
    assert seat.is_leaving
    register(network, seat, sender, "127.0.0.1:34002", 45)
    assert not seat.is_leaving
    assert network.registry.staked_wei(seat.address) == staked


def test_keeper_that_missed_the_beacon_opens_registration_again(place: DaPlace) -> None:
    keeper, signers = duties_of(place.network).keeper, place.network.signers
    keeper.run(10)
    place.mine(keeper.blocks_left() + 300)
    before = signers.round().close_block
    assert keeper.step() is Deed.CAPTURED
    assert signers.round().phase is RoundPhase.REGISTRATION
    assert signers.round().close_block > before + 300
    epoch = signers.epoch()
    while signers.epoch() == epoch:
        if set(keeper.run(10)) <= IDLE:
            place.mine(max(keeper.blocks_left(), 1))


def test_keeper_killed_at_every_step_does_each_deed_once(
    tmp_path: Path, fresh_anvil: AnvilProcess
) -> None:
    place = DaPlace.build(fresh_anvil, tmp_path)
    place.found(2)
    epoch = place.network.signers.epoch()
    registry = place.network.registry
    staked = [registry.staked_wei(seat.address) for seat in place.seats()]
    died, *deeds = suffer("keep", place.home, 9)
    assert int(died) > 25
    assert place.network.signers.epoch() == epoch + 1
    check_quorums(place.network, epoch + 1)
    assert [registry.staked_wei(seat.address) for seat in place.seats()] == staked
    assert "overtaken" not in deeds
    seat = place.seats()[0]
    sent = place.network.sender(seat.account).store.rows()
    kinds = [row.intent.split(":")[0] for row in sent if row.intent.startswith("da-")]
    for kind in ("da-captured", "da-shown", "da-summed", "da-begun"):
        assert kinds.count(kind) == 2, f"{kind}: once for each of two epochs"


def test_founding_killed_again_and_again_spends_nothing_twice(
    tmp_path: Path, fresh_anvil: AnvilProcess
) -> None:
    place = DaPlace.build(fresh_anvil, tmp_path)
    died, *names = suffer("found", place.home, 31)
    assert int(died) > 7
    assert names == ["signer-1", "signer-2"]
    network = place.network
    assert network.signers.epoch() == network.entrance.epoch() == 1
    for seat in place.seats():
        assert network.registry.staked_wei(seat.address) == VOTES * VOTE
        assert network.chain.balance(seat.address) < FUEL_WEI
        assert network.signers.is_registered(seat.address, 1)
    rows = network.sender(place.seats()[0].account).store.rows()
    funded = [row.intent for row in rows if row.intent.startswith("da-fund:")]
    assert len(funded) == 3, "the disperser and two signers, once each"


def test_two_keepers_at_once_do_no_harm(place: DaPlace, tmp_path: Path) -> None:
    shutil.copy(place.home / "registry.json", tmp_path)
    rival = network_of(tmp_path)
    found(rival, 2, {}, votes=20)
    first = place.network.signers.epoch()

    def keep(network: DaNetwork) -> list[Deed]:
        seats = open_seats(network.settings.home, CHAIN_ID)
        payer = network.sender(seats[0].account)
        keeper = Keeper(network, seats, payer, network.settings.home, patience_s=0)
        done = [Deed.NOTHING]
        while network.entrance.epoch() < first + 3:
            done += keeper.run(1)
            if done[-1] is Deed.NOTHING:
                network.chain.rpc("anvil_mine", [hex(1)])
        return done

    with ThreadPoolExecutor(2) as pool:
        ours, theirs = pool.map(keep, (place.network, rival))
    both = ours + theirs
    assert both.count(Deed.CAPTURED) >= 3
    epoch = place.network.signers.epoch()
    check_quorums(place.network, epoch)
    drawn = [place.network.signers.quorum(epoch, number) for number in range(QUORUMS)]
    seats = [*place.seats(), *open_seats(tmp_path, CHAIN_ID)]
    assert {account for owners in drawn for account in owners} <= {one.address for one in seats}


def test_keepers_of_two_homes_take_turns(tmp_path: Path, fresh_anvil: AnvilProcess) -> None:
    place = DaPlace.build(fresh_anvil, tmp_path / "home", terms=Terms(registration=30))
    place.found(3)
    (tmp_path / "rival").mkdir()
    shutil.copy(place.home / "registry.json", tmp_path / "rival")
    networks = [place.network, network_of(tmp_path / "rival")]
    found(networks[1], 1, {}, votes=20)
    seats = [open_seats(network.settings.home, CHAIN_ID) for network in networks]
    keepers = [
        Keeper(network, own, network.sender(own[0].account), network.settings.home, patience_s=0.2)
        for network, own in zip(networks, seats, strict=True)
    ]
    while place.network.signers.round().phase is not RoundPhase.BEACON:
        if {keeper.step() for keeper in keepers} <= IDLE:
            place.mine(max(keepers[0].blocks_left(), 1))
    now = place.network.signers.round()
    people = registered(place.network.signers, now)
    places = [place_in(people, {seed_of(seat, now.epoch) for seat in own}) for own in seats]
    assert len(people) == 4
    assert min(places) == 0 < max(places)
    assert place_in(people, set()) == LAST_PLACE
    first, second = keepers if places[0] == 0 else keepers[::-1]
    assert second.step() is Deed.NOTHING, "it lets the other go first"
    assert first.step() is Deed.CAPTURED
    assert second.step() is Deed.NOTHING
    wait_for(lambda: second.step() is not Deed.NOTHING, "the second keeper, when none else comes")
    assert place.network.signers.key_page(0) == (4, 4)


def test_keeping_is_paid_by_who_has_money_and_founding_refuels_who_has_none(
    tmp_path: Path, fresh_anvil: AnvilProcess
) -> None:
    place = DaPlace.build(fresh_anvil, tmp_path)
    place.found(2)
    chain, (poor, rich) = place.network.chain, place.seats()
    before = place.network.entrance.epoch()
    place.process.rpc("anvil_setBalance", poor.address, "0x1")
    duties = duties_of(place.network)
    while place.network.entrance.epoch() == before:
        duties.keep()
        place.mine(max(duties.keeper.blocks_left(), 1))
    assert chain.balance(poor.address) == 1
    place.process.rpc("anvil_setBalance", rich.address, "0x1")
    place.found(2)
    assert min(chain.balance(seat.address) for seat in (poor, rich)) > FUEL_WEI // 2


def seed_of(seat: Seat, epoch: int) -> bytes:
    """What the contract keeps of a signer's registration."""
    digest = participation(bytes.fromhex(seat.address[2:]), epoch, CHAIN_ID)
    signature = seat.key.sign(digest)
    return keccak256(signature.x.to_bytes(32) + signature.y.to_bytes(32))[:24]


def test_next_call_shows_every_ballot_once() -> None:
    drawn = [Ballot(bytes([n]), n, 0) for n in range(31)]
    shown, calls = 0, []
    while shown < len(drawn):
        calls.append(next_call(drawn, shown, 12))
        shown += len(calls[-1]) // 5
    assert calls == list(quorums.calls(drawn, 12))
    assert [len(one) // 5 for one in calls] == [12, 12, 7]
