"""DAChallenge: who signed a data root shows the header that it is the hash of, or loses stake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.contracts import Reverted
from tests.support.da import SMALL, stream
from tests.support.da_town import (
    BOND,
    CHAIN_ID,
    ETHER,
    LIABILITY,
    PENALTY,
    VOTES,
    WINDOW,
    Blob,
    DaTown,
)
from tests.support.evm import AnvilProcess
from tests.support.examples import on_chain
from zerog.da.codec import Commitment, Header

pytestmark = pytest.mark.contracts

STAKE = VOTES * ETHER
ROW = 0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DaTown, Blob]]:
    """A network that certified a blob, which the second signer did not sign."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-header"))
    try:
        town = DaTown.open(process)
        town.next_epoch()
        yield town, town.publish(stream("kept", 4 * 2400), [0, 2])
    finally:
        process.stop()


@pytest.fixture
def town(built: tuple[DaTown, Blob]) -> Iterator[DaTown]:
    """That network for one test."""
    kept = built[0].process.rpc("evm_snapshot")
    yield built[0]
    built[0].process.rpc("evm_revert", kept)


@pytest.fixture
def blob(built: tuple[DaTown, Blob]) -> Blob:
    """Its blob."""
    return built[1]


def signed_row(blob: Blob, signed: bool = True) -> int:
    """The first row that was signed for, or not."""
    bits = int.from_bytes(blob.bitmap, "little")
    return next(row for row in range(SMALL.rows) if bool(bits >> row & 1) is signed)


def ask(town: DaTown, blob: Blob, row: int) -> int:
    """Ask for the header by a row; the challenge's number."""
    asker = town.evm.accounts[7]
    request = blob.header_request(row)
    receipt = town.challenge.send("challengeHeader", request, sender=asker, value=BOND)
    (opened,) = town.challenge.events("HeaderChallengeOpened", receipt)
    place = opened["dataRoot"], opened["epoch"], opened["quorumId"]
    assert (*place, opened["row"], opened["challenger"]) == (*blob.place, row, asker)
    assert opened["signer"] == town.owners(blob.epoch)[row]
    assert opened["deadline"] == town.evm.w3.eth.block_number + WINDOW
    return int(str(opened["challengeId"]))


def settled(town: DaTown, number: int) -> object:
    """The stake that a challenge without answer takes."""
    town.mine(WINDOW + 1)
    (lost,) = town.challenge.events("ChallengeLost", town.challenge.send("settle", number))
    return lost["slashed"]


# ------------------------------------------------------------------ who lied


def test_data_root_that_is_no_hash_costs_its_signers_stake(town: DaTown) -> None:
    blob = replace(town.blob(stream("lie", 900)), data_root=b"\5" * 32)
    town.certify(town.submission(blob))
    asker, treasury = town.evm.accounts[7], town.evm.accounts[9]
    signer = town.owners(blob.epoch)[ROW]
    with pytest.raises(Reverted, match="WrongDataRoot"):
        town.challenge.send("challenge", blob.request(ROW), value=BOND)
    number = ask(town, blob, ROW)
    with pytest.raises(Reverted, match="WrongDataRoot"):
        town.challenge.send("answerHeader", number, blob.header_answer())
    with pytest.raises(Reverted, match="TooEarly"):
        town.challenge.send("settle", number)
    assert settled(town, number) == PENALTY
    assert town.registry.read("staked", signer) == STAKE - PENALTY
    assert town.registry.read("owed", asker) == PENALTY // 2
    assert town.registry.read("owed", treasury) == PENALTY // 2
    assert town.challenge.read("credit", asker) == BOND
    assert ask(town, blob, ROW) == number + 1, "and again, while it is liable"


def test_roots_that_are_not_the_data_roots_cost_their_signers_stake(town: DaTown) -> None:
    blob = town.blob(stream("other roots", 900))
    town.certify(town.resigned(blob, b"\7" * 32))
    number = ask(town, blob, ROW)
    with pytest.raises(Reverted, match="WrongDataRoot"):
        town.challenge.send("answerHeader", number, blob.header_answer())
    assert settled(town, number) == PENALTY


def test_header_of_another_network_costs_its_signers_stake(town: DaTown) -> None:
    blob = town.blob(stream("other shape", 900))
    commitment = replace(blob.encoded.commitment, header=Header(4, 8, 320, 900))
    entrance = bytes.fromhex(town.entrance.address[2:])
    blob = replace(blob, data_root=commitment.data_root(CHAIN_ID, entrance))
    town.certify(town.submission(blob))
    number = ask(town, blob, ROW)
    with pytest.raises(Reverted, match="BadHeader"):
        town.challenge.send("answerHeader", number, blob.header_answer(commitment.header))
    assert settled(town, number) == PENALTY


def test_every_row_of_a_liar_is_a_question_of_its_own(town: DaTown) -> None:
    blob = replace(town.blob(stream("all rows", 900)), data_root=b"\6" * 32)
    town.certify(town.submission(blob))
    owners = town.owners(blob.epoch)
    rows = [row for row, owner in enumerate(owners) if owner == owners[ROW]]
    numbers = [ask(town, blob, row) for row in rows]
    town.mine(WINDOW + 1)
    for number in numbers:
        town.challenge.send("settle", number)
    assert town.registry.read("staked", owners[ROW]) == max(STAKE - len(rows) * PENALTY, 0)


# ------------------------------------------------------------------ who did not


def test_signer_that_shows_the_header_earns_the_bond(town: DaTown, blob: Blob) -> None:
    row = signed_row(blob)
    number, signer = ask(town, blob, row), town.owners(blob.epoch)[row]
    stranger = town.evm.accounts[8]
    receipt = town.challenge.send("answerHeader", number, blob.header_answer(), sender=stranger)
    (answered,) = town.challenge.events("ChallengeAnswered", receipt)
    assert (answered["challengeId"], answered["signer"]) == (number, signer)
    assert town.challenge.read("credit", signer) == BOND
    assert town.registry.read("staked", signer) == STAKE
    with pytest.raises(Reverted, match="NoSuchChallenge"):
        town.challenge.send("answerHeader", number, blob.header_answer())
    assert ask(town, blob, row) == number + 1


def test_header_counts_to_the_last_block_of_the_window(town: DaTown, blob: Blob) -> None:
    number = ask(town, blob, signed_row(blob))
    town.mine(WINDOW - 1)
    kept = town.process.rpc("evm_snapshot")
    town.challenge.send("answerHeader", number, blob.header_answer())
    town.process.rpc("evm_revert", kept)
    town.mine(2)
    with pytest.raises(Reverted, match="TooLate"):
        town.challenge.send("answerHeader", number, blob.header_answer())


def test_answer_of_the_other_kind_is_refused(town: DaTown, blob: Blob) -> None:
    row = signed_row(blob)
    header = ask(town, blob, row)
    piece = header + 1
    town.challenge.send("challenge", blob.request(row, 1), value=BOND)  # both at a time
    with pytest.raises(Reverted, match="OtherKind") as caught:
        town.challenge.send("answer", header, blob.piece(row, 0))
    assert caught.value.values == (1,)
    with pytest.raises(Reverted, match="OtherKind") as caught:
        town.challenge.send("answerHeader", piece, blob.header_answer())
    assert caught.value.values == (0,)
    town.challenge.send("answer", piece, blob.piece(row, 1))
    town.challenge.send("answerHeader", header, blob.header_answer())


@pytest.mark.parametrize(
    "change",
    [{"data_root": b"\1" * 32}, {"epoch": 2}, {"quorum_id": 1}],
    ids=lambda c: next(iter(c)),
)
def test_header_of_another_blob_is_no_answer(
    town: DaTown, blob: Blob, change: dict[str, object]
) -> None:
    number = ask(town, blob, signed_row(blob))
    other = replace(blob, **change)  # type: ignore[arg-type]
    with pytest.raises(Reverted, match="OtherBlob") as caught:
        town.challenge.send("answerHeader", number, other.header_answer())
    assert caught.value.values == other.place


@on_chain()
@given(data=st.data())
def test_answer_is_taken_when_the_twin_says_that_header_and_data_root_fit(
    built: tuple[DaTown, Blob], data: st.DataObject
) -> None:
    """Headers near the right one, of data roots that were signed for headers right and wrong."""
    town, _ = built
    kept = town.process.rpc("evm_snapshot")
    length = data.draw(st.integers(1, 4 * 3000))
    right = Header.of(length, SMALL)
    changes = st.sampled_from([(0, 0), (0, 1), (1, -1), (2, 64), (2, -64), (3, 1), (3, 256)])
    fields = list(astuple(right))
    place, step = data.draw(changes)
    fields[place] = max(fields[place] + step, 0)
    signed = data.draw(st.sampled_from([right, Header(*fields)]))
    shown = data.draw(st.sampled_from([right, Header(*fields)]))
    entrance = bytes.fromhex(town.entrance.address[2:])
    made = town.blob(b"any")
    commitment = Commitment(signed, b"\1" * 32, b"\2" * 32)
    root = commitment.data_root(CHAIN_ID, entrance)
    made = replace(made, encoded=replace(made.encoded, commitment=commitment), data_root=root)
    town.certify(town.submission(made))
    number = ask(town, made, ROW)
    try:
        town.challenge.send("answerHeader", number, made.header_answer(shown))
        found = True
    except Reverted:
        found = False
    town.process.rpc("evm_revert", kept)
    fits = shown.contradiction(SMALL) is None
    same = replace(commitment, header=shown).data_root(CHAIN_ID, entrance) == root
    assert found == (fits and same)


# ------------------------------------------------------------------ who is not asked


def refuse(town: DaTown, blob: Blob, row: int, name: str, paid: int = BOND) -> tuple[object, ...]:
    """A challenge must be refused; the values of its error."""
    with pytest.raises(Reverted, match=name) as caught:
        town.challenge.send("challengeHeader", blob.header_request(row), value=paid)
    return caught.value.values


@pytest.mark.parametrize("paid", [0, BOND - 1, BOND + 1])
def test_bond_of_a_header_is_exact(town: DaTown, blob: Blob, paid: int) -> None:
    assert refuse(town, blob, signed_row(blob), "WrongBond", paid) == (paid, BOND)


def test_header_is_asked_of_a_row_that_was_signed_for(town: DaTown, blob: Blob) -> None:
    silent = signed_row(blob, signed=False)
    assert refuse(town, blob, silent, "NotSigned") == (silent,)
    assert refuse(town, blob, SMALL.rows, "NoSuchRow") == (SMALL.rows, SMALL.rows)
    claimed = replace(blob, bitmap=b"\xff\x0f")
    assert refuse(town, claimed, silent, "NotCertified")[0] == blob.data_root
    unknown = town.blob(b"never certified")
    assert refuse(town, unknown, 0, "NotCertified")[0] == unknown.data_root


def test_header_is_asked_for_once_at_a_time_by_a_row(town: DaTown, blob: Blob) -> None:
    row = signed_row(blob)
    number = ask(town, blob, row)
    assert refuse(town, blob, row, "AlreadyAsked") == (number,)


def test_header_is_not_asked_for_behind_the_liability(town: DaTown, blob: Blob) -> None:
    for _ in range(LIABILITY + 1):
        town.next_epoch()
    assert refuse(town, blob, signed_row(blob), "NoLongerLiable") == (1, LIABILITY + 2)


def test_header_is_asked_for_by_the_contract_that_may_slash(town: DaTown, blob: Blob) -> None:
    row = signed_row(blob)
    number, signer = ask(town, blob, row), town.owners(blob.epoch)[row]
    town.registry.send("setChallenge", town.evm.accounts[8])
    refuse(town, blob, row, "NotTheJudge")
    assert settled(town, number) == 0
    assert town.registry.read("staked", signer) == STAKE
    assert town.challenge.read("credit", town.evm.accounts[7]) == BOND
