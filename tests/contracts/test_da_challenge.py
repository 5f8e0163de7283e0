"""DAChallenge: who signed for a row shows any piece of it in time, or loses stake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.contracts import Reverted
from tests.support.da import stream
from tests.support.da_town import BOND, ETHER, LIABILITY, PENALTY, VOTES, WINDOW, Blob, DaTown
from tests.support.evm import AnvilProcess
from zerog.da.codec import Header

pytestmark = pytest.mark.contracts

STAKE = VOTES * ETHER


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DaTown, Blob]]:
    """A network that certified a blob, which the second signer did not sign."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-challenge"))
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
    """Its blob, of rows of three pieces."""
    return built[1]


def row_of(town: DaTown, signer: int) -> int:
    """The first row of a signer."""
    return town.owners(1).index(account_of(town, signer))


def account_of(town: DaTown, signer: int) -> str:
    """A signer's account."""
    return list(town.keys)[signer]


def ask(town: DaTown, blob: Blob, row: int, piece: int = 2) -> int:
    """Open a challenge; gives its number."""
    receipt = town.challenge.send(
        "challenge", blob.request(row, piece), sender=town.evm.accounts[7], value=BOND
    )
    (opened,) = town.challenge.events("ChallengeOpened", receipt)
    assert (opened["dataRoot"], opened["row"], opened["piece"]) == (blob.data_root, row, piece)
    return int(str(opened["challengeId"]))


def test_signer_that_dropped_its_rows_loses_stake(town: DaTown, blob: Blob) -> None:
    signer, asker = account_of(town, 0), town.evm.accounts[7]
    number = ask(town, blob, row_of(town, 0))
    with pytest.raises(Reverted, match="TooEarly"):
        town.challenge.send("settle", number)
    town.mine(WINDOW + 1)
    receipt = town.challenge.send("settle", number)
    (lost,) = town.challenge.events("ChallengeLost", receipt)
    assert (lost["signer"], lost["slashed"]) == (signer, PENALTY)
    assert town.registry.read("staked", signer) == STAKE - PENALTY
    assert town.registry.read("owed", asker) == PENALTY // 2
    assert town.registry.read("owed", town.evm.accounts[9]) == PENALTY // 2
    assert town.challenge.read("credit", asker) == BOND
    before = town.evm.balance(asker)
    town.challenge.send("withdraw", asker)
    assert town.evm.balance(asker) == before + BOND
    with pytest.raises(Reverted, match="NoSuchChallenge"):
        town.challenge.send("settle", number)


@pytest.mark.parametrize("piece", [0, 1, 2])
def test_signer_that_shows_the_piece_earns_the_bond(town: DaTown, blob: Blob, piece: int) -> None:
    row = row_of(town, 2)
    number = ask(town, blob, row, piece)
    receipt = town.challenge.send("answer", number, blob.piece(row, piece))
    assert len(town.challenge.events("ChallengeAnswered", receipt)) == 1
    assert town.challenge.read("credit", account_of(town, 2)) == BOND
    assert town.registry.read("staked", account_of(town, 2)) == STAKE
    assert ask(town, blob, row, piece) == number + 1


def test_answer_counts_to_the_last_block_of_the_window(town: DaTown, blob: Blob) -> None:
    row = row_of(town, 0)
    number = ask(town, blob, row)
    town.mine(WINDOW - 1)
    kept = town.process.rpc("evm_snapshot")
    town.challenge.send("answer", number, blob.piece(row, 2))
    town.process.rpc("evm_revert", kept)
    town.mine(WINDOW + 1)
    with pytest.raises(Reverted, match="TooLate"):
        town.challenge.send("answer", number, blob.piece(row, 2))


def test_answer_with_anything_else_is_refused(town: DaTown, blob: Blob) -> None:
    row = row_of(town, 0)
    number = ask(town, blob, row)
    with pytest.raises(Reverted, match="OtherPiece"):
        town.challenge.send("answer", number, blob.piece(row, 1))
    other = town.blob(stream("other", 4 * 2400))
    with pytest.raises(Reverted, match="WrongRowRoot"):
        town.challenge.send("answer", number, other.piece(row, 2))
    with pytest.raises(Reverted, match="NoSuchChallenge"):
        town.challenge.send("answer", number + 1, blob.piece(row, 2))


def test_signer_that_did_not_sign_is_not_asked(town: DaTown, blob: Blob) -> None:
    row = row_of(town, 1)
    with pytest.raises(Reverted, match="NotSigned") as caught:
        town.challenge.send("challenge", blob.request(row), value=BOND)
    assert caught.value.values == (row,)


def test_bitmap_is_the_certified_one(town: DaTown, blob: Blob) -> None:
    row = row_of(town, 1)
    claimed = replace(blob, bitmap=b"\xff\x0f")
    with pytest.raises(Reverted, match="NotCertified"):
        town.challenge.send("challenge", claimed.request(row), value=BOND)
    unknown = town.blob(b"never certified")
    with pytest.raises(Reverted, match="NotCertified"):
        town.challenge.send("challenge", unknown.request(0), value=BOND)


@pytest.mark.parametrize(
    ("header", "name"),
    [(Header(4, 8, 2432, 9000), "BadHeader"), (Header(4, 8, 2432, 9599), "WrongDataRoot")],
)
def test_header_is_the_blobs_own(town: DaTown, blob: Blob, header: Header, name: str) -> None:
    commitment = replace(blob.encoded.commitment, header=header)
    forged = replace(blob, encoded=replace(blob.encoded, commitment=commitment))
    with pytest.raises(Reverted, match=name):
        town.challenge.send("challenge", forged.request(row_of(town, 0)), value=BOND)


@pytest.mark.parametrize(("place", "name"), [((12, 0), "NoSuchRow"), ((0, 3), "NoSuchPiece")])
def test_piece_that_the_blob_has_not_is_not_asked_for(
    town: DaTown, blob: Blob, place: tuple[int, int], name: str
) -> None:
    with pytest.raises(Reverted, match=name):
        town.challenge.send("challenge", blob.request(*place), value=BOND)


@pytest.mark.parametrize("paid", [0, BOND - 1, BOND + 1])
def test_bond_is_exact(town: DaTown, blob: Blob, paid: int) -> None:
    with pytest.raises(Reverted, match="WrongBond"):
        town.challenge.send("challenge", blob.request(row_of(town, 0)), value=paid)


def test_piece_is_asked_for_once_at_a_time(town: DaTown, blob: Blob) -> None:
    row = row_of(town, 0)
    number = ask(town, blob, row, 1)
    with pytest.raises(Reverted, match="AlreadyAsked") as caught:
        town.challenge.send("challenge", blob.request(row, 1), value=BOND)
    assert caught.value.values == (number,)
    assert ask(town, blob, row, 0) == number + 1


def test_nobody_answers_for_a_blob_behind_the_liability(town: DaTown, blob: Blob) -> None:
    for _ in range(LIABILITY):
        town.next_epoch()
    ask(town, blob, row_of(town, 0))
    town.next_epoch()
    with pytest.raises(Reverted, match="NoLongerLiable") as caught:
        town.challenge.send("challenge", blob.request(row_of(town, 0), 1), value=BOND)
    assert caught.value.values == (1, LIABILITY + 2)


def test_penalty_above_the_stake_takes_all_and_half_of_it_is_the_treasurys(
    town: DaTown, blob: Blob
) -> None:
    town.challenge.send("setTerms", BOND, 100 * STAKE, WINDOW, LIABILITY)
    numbers = [ask(town, blob, row_of(town, 0), piece) for piece in (0, 1)]
    town.mine(WINDOW + 1)
    for number in numbers:
        town.challenge.send("settle", number)
    assert town.registry.read("staked", account_of(town, 0)) == 0
    assert town.registry.read("owed", town.evm.accounts[9]) == STAKE // 2


def test_terms_of_an_open_challenge_do_not_change(town: DaTown, blob: Blob) -> None:
    number = ask(town, blob, row_of(town, 0))
    town.challenge.send("setTerms", 2 * BOND, 3 * PENALTY, 100, 0)
    assert town.challenge.read("terms") == (2 * BOND, 3 * PENALTY, 100, 0)
    town.mine(WINDOW + 1)
    town.challenge.send("settle", number)
    assert town.registry.read("staked", account_of(town, 0)) == STAKE - PENALTY
    assert town.challenge.read("credit", town.evm.accounts[7]) == BOND


def test_contract_that_may_not_slash_takes_no_bond(town: DaTown, blob: Blob) -> None:
    other = town.evm.accounts[8]
    town.registry.send("setChallenge", other)
    with pytest.raises(Reverted, match="NotTheJudge") as caught:
        town.challenge.send("challenge", blob.request(row_of(town, 0)), value=BOND)
    assert [str(one).lower() for one in caught.value.values] == [other.lower()]


def test_bond_comes_back_when_another_contract_slashes_by_now(town: DaTown, blob: Blob) -> None:
    signer, asker = account_of(town, 0), town.evm.accounts[7]
    number = ask(town, blob, row_of(town, 0))
    town.registry.send("setChallenge", town.evm.accounts[8])
    town.mine(WINDOW + 1)
    receipt = town.challenge.send("settle", number)
    (lost,) = town.challenge.events("ChallengeLost", receipt)
    assert (lost["signer"], lost["slashed"]) == (signer, 0)
    assert town.registry.read("staked", signer) == STAKE
    assert town.challenge.read("credit", asker) == BOND
    with pytest.raises(Reverted, match="NoSuchChallenge"):
        town.challenge.send("settle", number)


def test_terms_belong_to_the_authority_and_have_bounds(town: DaTown) -> None:
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        town.challenge.send("setTerms", 1, 1, 1, 1, sender=town.evm.accounts[7])
    for terms in [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 1 << 32)]:
        with pytest.raises(Reverted, match="OutOfBounds"):
            town.challenge.send("setTerms", *terms)


def test_withdrawal_of_nothing_is_refused(town: DaTown) -> None:
    with pytest.raises(Reverted, match="NothingOwed"):
        town.challenge.send("withdraw", town.evm.accounts[7])
