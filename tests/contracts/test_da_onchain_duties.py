"""Sampling, challenges from start to end, claims, pruning, policies, by the signers' own jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.da import SMALL, stream
from tests.support.da_onchain import (
    ETHER,
    DaPlace,
    Published,
    Terms,
    challenger,
    duties_of,
    row_of,
)
from tests.support.evm import AnvilProcess
from zerog.chain.bindings_da import QuorumPolicy
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call
from zerog.cli.main import run
from zerog.da.client.chain import OnChain
from zerog.da.codec import Header, check_piece
from zerog.da.errors import NoSuchPiece, WrongDataRoot
from zerog.da.headerbook import HeaderBook
from zerog.da.onchain.challenging import Challenger, Outcome, claim
from zerog.da.onchain.errors import NoEvidence, NoHeader
from zerog.da.onchain.evidence import find_header, gather
from zerog.da.onchain.pieces import piece_of
from zerog.da.onchain.registering import label
from zerog.da.onchain.sampler import is_sampled
from zerog.da.onchain.seats import Seat
from zerog.da.onchain.views import UploadLog
from zerog.da.ports import Standing
from zerog.da.rowstore import Kept

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaPlace]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-duties"))
    try:
        made = DaPlace.build(process, tmp_path_factory.mktemp("home"))
        made.found(3)
        yield made
    finally:
        process.stop()


def next_epoch(place: DaPlace) -> int:
    """Let the keeper of the home bring the next epoch about."""
    keeper, before = duties_of(place).keeper, place.network.signers.epoch()
    while place.network.entrance.epoch() == before:
        keeper.run(10)
        if place.network.entrance.epoch() == before:
            place.mine(max(keeper.blocks_left(), 1))
    return place.network.signers.epoch()


def a_row(place: DaPlace, blob: Published, seat: Seat) -> int:
    """A row of a signer in a blob's quorum."""
    return row_of(place, seat, blob.where.epoch, blob.where.quorum_id)


def rows_file(seat: Seat, place: tuple[bytes, int, int]) -> Path:
    """Where a signer keeps its rows of a blob."""
    root, epoch, quorum_id = place
    return seat.rows(SMALL).folder / str(epoch) / f"{quorum_id}-{root.hex()}"


# ------------------------------------------------------------------ challenges


def test_signer_that_dropped_its_rows_is_challenged_and_slashed(place: DaPlace) -> None:
    liar, blob = place.seats()[0], place.publish(stream("dropped", 9_000))
    row = a_row(place, blob, liar)
    liar.rows(SMALL).drop(Kept(blob.where.epoch, blob.where.quorum_id, blob.data_root))
    network, asker = place.network, challenger(place)
    asking = Challenger(network, asker)
    evidence = gather(network, *blob.place)
    number = asking.ask(evidence, blob.encoded.commitment.header, row, 1)
    assert asking.ask(evidence, blob.encoded.commitment.header, row, 1) == number, "asked once"
    staked = network.registry.staked_wei(liar.address)
    assert duties_of(place).answerer.step() == 0, "it has nothing to answer with"
    assert asking.settle(number) is Outcome.OPEN
    place.mine(Terms().window + 1)
    assert asking.settle(number) is Outcome.SLASHED
    assert asking.settle(number) is Outcome.SLASHED, "settled once"
    assert network.registry.staked_wei(liar.address) == staked - ETHER
    before = network.chain.balance(asker.address)
    paid = claim(network, asker)
    assert (paid.bonds_wei, paid.slashed_wei) == (Terms().bond, ETHER // 2)
    assert network.chain.balance(asker.address) - before > ETHER // 2 - ETHER // 100
    assert claim(network, asker).slashed_wei == 0


def test_honest_signer_answers_keeps_its_stake_and_earns_the_bond(
    place: DaPlace, capsys: pytest.CaptureFixture[str]
) -> None:
    honest, blob = place.seats()[1], place.publish(stream("kept", 9_000))
    row, network = a_row(place, blob, honest), place.network
    asking = Challenger(network, challenger(place))
    evidence = gather(network, *blob.place)
    pieces = range(blob.encoded.commitment.header.pieces)
    numbers = [asking.ask(evidence, blob.encoded.commitment.header, row, p) for p in pieces]
    staked = network.registry.staked_wei(honest.address)
    duties = duties_of(place)
    assert duties.answerer.step() == len(numbers) == 3
    assert duties.answerer.step() == 0, "answered once"
    place.mine(Terms().window + 1)
    assert {asking.settle(number) for number in numbers} == {Outcome.ANSWERED}
    assert network.registry.staked_wei(honest.address) == staked
    assert network.challenge.credit_wei(honest.address) == len(numbers) * Terms().bond
    capsys.readouterr()
    assert run(["--json", "da", "claim", honest.name, "--home", str(place.home)]) == 0
    assert json.loads(capsys.readouterr().out)["bonds_wei"] == len(numbers) * Terms().bond


def test_signer_without_money_keeps_no_other_from_answering(
    place: DaPlace, caplog: pytest.LogCaptureFixture
) -> None:
    poor, rich = place.seats()[1:]
    blob, network = place.publish(stream("poor", 4_000)), place.network
    asking = Challenger(network, challenger(place))
    evidence, header = gather(network, *blob.place), blob.encoded.commitment.header
    numbers = [asking.ask(evidence, header, a_row(place, blob, seat), 0) for seat in (poor, rich)]
    money = network.chain.balance(poor.address)
    place.process.rpc("anvil_setBalance", poor.address, "0x1")
    assert duties_of(place).answerer.step() == 1
    assert [asking.outcome(n) for n in numbers] == [Outcome.OPEN, Outcome.ANSWERED]
    assert poor.name in caplog.text
    place.process.rpc("anvil_setBalance", poor.address, hex(money))
    assert duties_of(place).answerer.step() == 1
    assert asking.outcome(numbers[0]) is Outcome.ANSWERED


def test_row_file_that_cannot_be_read_keeps_no_other_from_answering(
    place: DaPlace, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = place.seats()[1:]
    blob, network = place.publish(stream("unreadable", 4_000)), place.network
    asking = Challenger(network, challenger(place))
    evidence, header = gather(network, *blob.place), blob.encoded.commitment.header
    numbers = [asking.ask(evidence, header, a_row(place, blob, s), 0) for s in (broken, whole)]
    path = rows_file(broken, blob.place)
    kept = path.rename(path.with_name(".aside"))
    path.mkdir()
    assert duties_of(place).answerer.step() == 1
    assert [asking.outcome(n) for n in numbers] == [Outcome.OPEN, Outcome.ANSWERED]
    assert f"{broken.name} loses stake" in caplog.text
    path.rmdir()
    kept.rename(path)
    assert duties_of(place).answerer.step() == 1
    assert asking.outcome(numbers[0]) is Outcome.ANSWERED


def test_answerer_that_was_restarted_answers_what_a_reorg_took(place: DaPlace) -> None:
    honest, blob = place.seats()[1], place.publish(stream("reorg", 4_000))
    network, row = place.network, a_row(place, blob, honest)
    asking = Challenger(network, challenger(place))
    header, evidence = blob.encoded.commitment.header, gather(network, *blob.place)
    number = asking.ask(evidence, header, row, 0)
    snapshot = place.process.rpc("evm_snapshot")
    assert duties_of(place).answerer.step() == 1
    place.process.rpc("evm_revert", snapshot)
    place.mine(1)
    assert network.challenge.challenge(number) is not None
    duties_of(place).answerer.step()
    assert asking.outcome(number) is Outcome.ANSWERED


def test_evidence_is_the_bitmap_of_the_certificate(place: DaPlace) -> None:
    silent = place.seats()[2].address
    blob = place.publish(stream("evidence", 500), silent=[silent])
    found = gather(place.network, *blob.place)
    assert found.bitmap == blob.certificate.bitmap
    owners = place.door().quorum(blob.where.epoch, blob.where.quorum_id).rows
    assert list(found.signed()) == [i for i, who in enumerate(owners) if who != silent]
    with pytest.raises(NoEvidence, match="there is no certificate"):
        gather(place.network, bytes(32), blob.where.epoch, blob.where.quorum_id)


def test_header_is_found_without_anybodys_help(place: DaPlace) -> None:
    blob = place.publish(stream("header", 777))
    found = gather(place.network, *blob.place)
    place_of = (31337, place.network.entrance_bytes)
    assert find_header(found, SMALL, *place_of) == blob.encoded.commitment.header
    with pytest.raises(NoHeader):
        find_header(found, SMALL, 1, place.network.entrance_bytes)
    asking = Challenger(place.network, challenger(place))
    with pytest.raises(WrongDataRoot):
        asking.ask(found, Header.of(778, SMALL), 0, 0)


def test_piece_of_a_kept_row_is_that_of_the_encoding(place: DaPlace) -> None:
    encoded, _ = place.encode(stream("pieces", 4 * 2_500))
    header = encoded.commitment.header
    for row in (0, 5, 11):
        for piece in range(header.pieces):
            found = piece_of(header, encoded.row_proof(row), piece)
            expected = encoded.piece_proof(row, piece)
            assert (bytes(found.data), found.path) == (bytes(expected.data), expected.path)
            check_piece(encoded.commitment, found)
    with pytest.raises(NoSuchPiece):
        piece_of(header, encoded.row_proof(0), header.pieces)


# -------------------------------------------------------------------- sampling


def test_hits_that_earn_less_than_their_gas_are_not_shown(place: DaPlace) -> None:
    for n in range(6):
        place.publish(stream(f"sampled {n}", 4 * 20_000))
    next_epoch(place)
    for _ in range(20):
        place.mine(Terms().period)
        height = place.head().number
        assert duties_of(place).sampler.step() == 0
        assert place.head().number == height, "nothing was sent"


def test_sampling_pays_the_owner_of_the_row(place: DaPlace) -> None:
    network, people = place.network, place.seats()
    entrance = network.entrance
    place.reward_hits(4 * 10**15)
    before = {seat.address: entrance.payments_wei(seat.address) for seat in people}
    taken, sampler = 0, duties_of(place).sampler
    while not taken:
        taken += sampler.step()
        place.mine(Terms().period)
    events = entrance.events("DAReward")
    assert len(events) == taken
    for event in events:
        row = (event.number("epoch"), event.number("quorumId"), event.number("lineIndex"))
        assert event.args["beneficiary"] == network.signers.quorum_row(*row)
    earned = {seat.address: entrance.payments_wei(seat.address) for seat in people}
    assert sum(earned.values()) - sum(before.values()) == sum(e.number("reward") for e in events)
    assert sum(earned.values()) > sum(before.values())
    winner = next(seat for seat in people if earned[seat.address] > before[seat.address])
    paid = claim(network, network.sender(winner.account))
    assert paid.samples_wei == earned[winner.address]


def test_sampler_that_was_restarted_shows_no_hit_twice(place: DaPlace) -> None:
    entrance, taken, seed = place.network.entrance, 0, b""
    while not taken or entrance.sample_task("pending").seed != seed:
        place.mine(Terms().period)
        seed = entrance.sample_task("pending").seed
        taken = duties_of(place).sampler.step()
    height = place.head().number
    assert duties_of(place).sampler.step() == 0
    assert place.head().number == height, "nothing was sent"


def test_only_blobs_of_everybodys_quorums_in_the_window_are_searched() -> None:
    places = [(4, 0), (5, 0), (6, 9), (7, 0), (5, 1 << 32), (6, (2 << 32) + 1)]
    kept = [Kept(epoch, quorum, bytes(32)) for epoch, quorum in places]
    assert [one for one in kept if is_sampled(one, 5, 6)] == kept[1:3]


# ---------------------------------------------------------------------- policy


def test_policy_puts_rows_with_its_regions_signers_only(place: DaPlace, tmp_path: Path) -> None:
    network, signers = place.network, place.network.signers
    policy = QuorumPolicy((label("eu"),), (), False)
    data = signers.calldata("registerPolicy", policy.values())
    network.sender(devnet_signer(1)).run("policy", Call(signers.address, data))
    assert signers.policy_count() == 1
    next_epoch(place)
    next_epoch(place)
    blob = place.publish(stream("local", 3_000), policy=1)
    assert blob.where.quorum_id >> 32 == 1
    european = {
        seat.address for seat in place.seats() if signers.labels(seat.address).region == label("eu")
    }
    quorum = place.door().quorum(blob.where.epoch, blob.where.quorum_id)
    assert set(quorum.rows) == european
    assert 0 < len(european) < len(place.seats())
    for seat in place.seats():
        kept = Kept(*blob.place[1:], blob.data_root)
        assert (kept in set(seat.rows(SMALL).kept())) is (seat.address in european)
    assert network.entrance.is_certified(*blob.place, policy=1)
    assert not network.entrance.is_certified(*blob.place)
    assert place.door().standing(blob.data_root, blob.where) is not Standing.GONE
    client = OnChain(network)
    assert client.verify(*blob.place, policy=1)
    assert not client.verify(*blob.place)
    other = place.publish(stream("anywhere", 3_000))
    begun_late = UploadLog(network, tmp_path / "uploads.db")
    assert begun_late.has(*other.place)
    assert network.recent_block() == signers.epoch_block(signers.epoch() - 1) > 0
    assert not network.entrance.is_certified(*other.place, policy=1)


# --------------------------------------------------------------------- pruning


def test_prune_drops_what_nobody_can_ask_for(tmp_path: Path, fresh_anvil: AnvilProcess) -> None:
    place = DaPlace.build(fresh_anvil, tmp_path, terms=Terms(liability=1))
    place.found(2)
    entrance = place.network.entrance
    data = entrance.calldata("setEpochWindowSize", 1)
    place.network.sender(devnet_signer(1)).run("window", Call(entrance.address, data))
    certified = place.publish(b"certified")
    encoded, root = place.encode(b"never certified")
    where = place.door().upload([root], 0, "never")[0]
    place.sign(encoded, root, where)
    rows, pruner = place.seats()[0].rows(SMALL), duties_of(place).pruner
    headers = HeaderBook.of(tmp_path)
    assert {kept.data_root for kept in rows.kept()} == {certified.data_root, root}
    next_epoch(place)
    assert pruner.step() == 0, "it may still be certified"
    next_epoch(place)
    path = rows_file(place.seats()[0], (root, where.epoch, where.quorum_id))
    aside = path.rename(path.with_name(".aside"))
    path.mkdir()
    assert pruner.step() == 1, "the other signer's"
    path.rmdir()
    aside.rename(path)
    assert pruner.step() == 1, "one blob of each signer"
    assert [kept.data_root for kept in rows.kept()] == [certified.data_root]
    assert duties_of(place).pruner.step() == 0, "the epoch before the last that is asked for"
    assert headers.get(certified.data_root) == certified.encoded.commitment.header
    next_epoch(place)
    assert duties_of(place).pruner.step() == 2
    assert not list(rows.kept())
    assert headers.get(certified.data_root) is None
