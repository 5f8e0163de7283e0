"""Headers asked for and shown, evidence from events, and what became of a challenge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.contracts import compiled
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
from zerog.chain.bindings_da import ChallengeContract, ChallengeKind
from zerog.chain.follow import CHECKPOINTS
from zerog.chain.hexes import to_address
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call
from zerog.da.client import challenges
from zerog.da.client.challenges import Blob
from zerog.da.headerbook import HeaderBook
from zerog.da.onchain.challengelog import MIGRATIONS, ChallengeLog
from zerog.da.onchain.challenging import Challenger, Outcome, claim
from zerog.da.onchain.errors import NoEvidence
from zerog.da.onchain.evidence import gather
from zerog.da.onchain.seats import Seat
from zerog.da.rowstore import Kept
from zerog.store import Database

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaPlace]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-headers"))
    try:
        made = DaPlace.build(process, tmp_path_factory.mktemp("home"))
        made.found(3)
        yield made
    finally:
        process.stop()


def ask_header(place: DaPlace, blob: Published, seat: Seat) -> int:
    """Ask a signer for the header of a blob; the challenge's number."""
    row = row_of(place, seat, blob.where.epoch, blob.where.quorum_id)
    asking = Challenger(place.network, challenger(place))
    return asking.ask_header(gather(place.network, *blob.place), row)


def outcome(place: DaPlace, number: int) -> Outcome:
    """What became of a challenge."""
    return Challenger(place.network, challenger(place)).outcome(number)


# ------------------------------------------------------------------ who lied


def test_data_root_that_is_no_hash_is_asked_for_its_header_and_slashed(
    place: DaPlace, caplog: pytest.LogCaptureFixture
) -> None:
    network, asker, liar = place.network, challenger(place), place.seats()[0]
    lie = place.conspire(b"\5" * 32, (b"\6" * 32, b"\7" * 32))
    place.confirm(lie)
    row = row_of(place, liar, lie.epoch, lie.quorum_id)
    blob = Blob(lie.data_root, lie.epoch, lie.quorum_id)
    asked = challenges.challenge(network, asker, blob, row, 0)
    assert (asked.signer, asked.row, asked.piece) == (liar.address, row, None)
    assert asked.to_json()["asks"] == "header"
    assert challenges.challenge(network, asker, blob, row, None) == asked, "asked once"
    staked = network.registry.staked_wei(liar.address)
    for _ in range(2):
        assert duties_of(place).answerer.step() == 0
    assert f"{liar.name} loses stake" in caplog.text
    assert challenges.settle(network, asker, asked.challenge_id) is Outcome.OPEN
    place.mine(Terms().window + 1)
    assert challenges.settle(network, asker, asked.challenge_id) is Outcome.SLASHED
    assert network.registry.staked_wei(liar.address) == staked - ETHER
    paid = claim(network, asker)
    assert (paid.bonds_wei, paid.slashed_wei) == (Terms().bond, ETHER // 2)


def test_kept_header_that_the_certificate_does_not_fit_is_not_shown(place: DaPlace) -> None:
    """The data root is a hash, and its rows are kept; but other roots were signed beside it."""
    liar = place.seats()[0]
    encoded, root = place.encode(stream("two roots", 3_000))
    where = place.door().upload([root], 0, "two roots")[0]
    place.sign(encoded, root, where)
    place.confirm(place.conspire(root, (b"\1" * 32, encoded.commitment.rlc_root)))
    row, asker = row_of(place, liar, where.epoch, 0), challenger(place)
    blob = Blob(root, where.epoch, 0, length=3_000)
    asked = challenges.challenge(place.network, asker, blob, row, 1)
    assert asked.piece is None
    height = place.head().number
    assert duties_of(place).answerer.step() == 0
    assert place.head().number == height, "nothing was sent"
    place.mine(Terms().window + 1)
    assert challenges.settle(place.network, asker, asked.challenge_id) is Outcome.SLASHED


# -------------------------------------------------------------- who did not


def test_honest_signer_shows_the_header_and_earns_the_bond(place: DaPlace) -> None:
    honest, network = place.seats()[1], place.network
    blob = place.publish(stream("header", 3_000))
    number = ask_header(place, blob, honest)
    staked, earned = network.registry.staked_wei(honest.address), Terms().bond
    before = network.challenge.credit_wei(honest.address)
    assert duties_of(place).answerer.step() == 1
    assert duties_of(place).answerer.step() == 0, "answered once"
    assert outcome(place, number) is Outcome.ANSWERED
    assert network.challenge.credit_wei(honest.address) == before + earned
    assert network.registry.staked_wei(honest.address) == staked


def lose(seat: Seat, blob: Published, loss: str) -> None:
    """A signer's rows of a blob are gone, or not what they were."""
    kept = Kept(blob.where.epoch, blob.where.quorum_id, blob.data_root)
    rows = seat.rows(SMALL)
    if loss == "dropped":
        rows.drop(kept)
        return
    path = rows.folder / str(kept.epoch) / f"{kept.quorum_id}-{blob.data_root.hex()}"
    whole = path.read_bytes()
    path.write_bytes(bytes([whole[0], whole[1] ^ 1]) + whole[2:])


@pytest.mark.parametrize("loss", ["dropped", "damaged"])
def test_signer_without_its_rows_shows_the_header_that_it_kept(
    place: DaPlace, loss: str, caplog: pytest.LogCaptureFixture
) -> None:
    honest, blob = place.seats()[1], place.publish(stream(loss, 3_000))
    lose(honest, blob, loss)
    number = ask_header(place, blob, honest)
    assert duties_of(place).answerer.step() == 1
    assert outcome(place, number) is Outcome.ANSWERED
    assert "searched" not in caplog.text


def test_signer_without_rows_and_headers_answers_all_else_before_it_searches(
    place: DaPlace, caplog: pytest.LogCaptureFixture
) -> None:
    losers, network = place.seats()[:2], place.network
    lost = place.publish(stream("lost", 3_000))
    intact = place.publish(stream("intact", 3_000))
    HeaderBook.of(place.home).prune(before=10**6)
    for seat in losers:
        lose(seat, lost, "dropped")
    headers = [ask_header(place, lost, seat) for seat in losers]
    asking, evidence = Challenger(network, challenger(place)), gather(network, *intact.place)
    row = row_of(place, losers[0], intact.where.epoch, intact.where.quorum_id)
    piece = asking.ask(evidence, intact.encoded.commitment.header, row, 0)
    assert duties_of(place).answerer.step() == 3
    assert "searched" in caplog.text
    blocks = [
        network.challenge.events("ChallengeAnswered", challengeId=number)[0].log.block_number
        for number in (piece, *headers)
    ]
    assert blocks[0] < min(blocks[1:])


def test_header_is_shown_again_after_a_reorg(place: DaPlace) -> None:
    honest, blob = place.seats()[2], place.publish(stream("reorg", 2_000))
    number = ask_header(place, blob, honest)
    snapshot = place.process.rpc("evm_snapshot")
    assert duties_of(place).answerer.step() == 1
    place.process.rpc("evm_revert", snapshot)
    place.mine(1)
    assert outcome(place, number) is Outcome.OPEN
    duties_of(place).answerer.step()
    assert outcome(place, number) is Outcome.ANSWERED


def test_rows_from_before_headers_were_asked_for_are_of_pieces(
    place: DaPlace, tmp_path: Path
) -> None:
    path, signer = tmp_path / "challenges.db", place.seats()[0].address
    with Database(path, MIGRATIONS[:1]).transaction() as cursor:
        values = (7, signer, b"\1" * 32, 1, 0, 3, 2, 99, 1)
        cursor.execute("INSERT INTO challenge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", values)
    (asked,) = ChallengeLog(place.network, path).open_against([signer])
    assert (asked.challenge_id, asked.row, asked.piece, asked.deadline) == (7, 3, 2, 99)


def test_home_that_passed_over_a_challenge_for_a_header_finds_it(
    place: DaPlace, tmp_path: Path
) -> None:
    """Of a version that followed the contract, and knew no such event."""
    honest, blob = place.seats()[2], place.publish(stream("passed over", 1_000))
    number, head = ask_header(place, blob, honest), place.head()
    path = tmp_path / "challenges.db"
    database = Database(path, MIGRATIONS[:1])
    with database.transaction() as cursor:
        cursor.execute(CHECKPOINTS)
        checkpoint = ("main", head.number, head.hash)
        cursor.execute("INSERT INTO follow_checkpoint VALUES (?, ?, ?)", checkpoint)
    for _ in range(2):
        entries = ChallengeLog(place.network, path)
        entries.follow()
        (asked,) = entries.open_against([honest.address])
        assert (asked.challenge_id, asked.piece) == (number, None)
    assert duties_of(place).answerer.step() == 1
    entries.follow()
    assert not entries.open_against([honest.address])


def test_challenge_of_a_contract_without_kinds_is_of_a_piece(place: DaPlace) -> None:
    """Its answer has nine words."""
    words = [int(place.seats()[0].address, 16), 99, 3, 5, 2, 12, 7, 8, 64]
    answer = b"".join(word.to_bytes(32) for word in words)
    code = bytes.fromhex(f"61{len(answer):04x}80600a5f395ff3") + answer  # returns what follows
    address = to_address("0x" + "77" * 20)
    place.process.rpc("anvil_setCode", address, "0x" + code.hex())
    found = ChallengeContract(place.network.chain, address).challenge(1)
    assert found is not None
    assert (found.kind, found.deadline, found.row, found.piece) == (ChallengeKind.PIECE, 99, 3, 2)
    assert (found.rows, found.row_root, found.row_size) == (12, (7).to_bytes(32), 64)


# ----------------------------------------------------------------- evidence


def test_evidence_of_a_certificate_without_event_is_the_bitmap_that_is_given(
    place: DaPlace,
) -> None:
    blob = place.publish(stream("no event", 700))
    found = gather(place.network, *blob.place, blob.certificate.bitmap)
    assert found == gather(place.network, *blob.place)
    with pytest.raises(NoEvidence, match="not certified with that bitmap"):
        gather(place.network, *blob.place, bytes(2))


def test_evidence_of_a_certificate_through_another_contract_is_found(place: DaPlace) -> None:
    silent, signed = place.seats()[2], place.seats()[1]
    errand, entrance = place.evm.deploy(compiled("Errand")), place.network.entrance
    encoded, root = place.encode(stream("through another", 2_000))
    where = place.door().upload([root], 0, "through another")[0]
    certificate = place.sign(encoded, root, where, [silent.address])
    data = entrance.calldata("submitVerifiedCommitRoots", [certificate.submission()])
    errand.send("run", entrance.address, data)
    evidence = gather(place.network, root, where.epoch, where.quorum_id)
    assert evidence.bitmap == certificate.bitmap
    row = row_of(place, signed, where.epoch, where.quorum_id)
    number = Challenger(place.network, challenger(place)).ask(
        evidence, encoded.commitment.header, row, 0
    )
    assert duties_of(place).answerer.step() == 1
    assert outcome(place, number) is Outcome.ANSWERED


# ----------------------------------------------------------------- outcomes


def test_bond_that_only_came_back_is_not_called_slashed(place: DaPlace) -> None:
    network, asker, poor = place.network, challenger(place), place.seats()[0]
    lie = place.conspire(b"\4" * 32, (b"\6" * 32, b"\7" * 32))
    place.confirm(lie)
    evidence = gather(network, lie.data_root, lie.epoch, lie.quorum_id)
    rows = place.door().quorum(lie.epoch, lie.quorum_id).members[poor.address].rows
    asking = Challenger(network, asker)
    numbers = [asking.ask_header(evidence, row) for row in rows]
    left = network.registry.staked_wei(poor.address) // ETHER
    assert left < len(rows)
    place.mine(Terms().window + 1)
    outcomes = [asking.settle(number) for number in numbers]
    gone = len(rows) - left
    assert outcomes == [Outcome.SLASHED] * left + [Outcome.RETURNED] * gone
    number = asking.ask_header(evidence, row_of(place, place.seats()[1], lie.epoch, 0))
    admin = place.network.sender(devnet_signer(1))
    registry = network.registry
    data = registry.calldata("setChallenge", asker.address)
    admin.run("another judge", Call(registry.address, data))
    place.mine(Terms().window + 1)
    assert challenges.settle(network, asker, number) is Outcome.RETURNED
