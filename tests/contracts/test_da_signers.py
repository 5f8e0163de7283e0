"""Signers, epochs and quorums against their Python twin."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.contracts import Reverted
from tests.support.da_signers import (
    BEACON,
    DRAWING,
    READY,
    REGISTRATION,
    ROWS,
    SIGNERS_AT,
    WAITING,
    Rules,
    SignersTown,
    point,
)
from tests.support.evm import AnvilProcess
from zerog.crypto import bn254
from zerog.da import quorums

pytestmark = pytest.mark.contracts
VOTES = {2: 1, 3: 5, 4: 11, 5: 40, 6: 21}
"""78 ballots: three quorums of 24 and a tail of 6 that no quorum holds."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignersTown]:
    """Five signers in epoch 1."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-signers"))
    try:
        town = SignersTown.build(process, Rules())
        for who, votes in VOTES.items():
            town.join(who, votes)
        town.turn(*VOTES)
        yield town
    finally:
        process.stop()


@pytest.fixture
def here(town: SignersTown) -> Iterator[SignersTown]:
    """That town for one test: the chain is as before afterwards."""
    with town.kept():
        yield town


def owners_of(town: SignersTown, epoch: int, quorum: int) -> list[str]:
    found = cast("Sequence[str]", town.signers.read("getQuorum", epoch, quorum))
    return [str(one).lower() for one in found]


def expected(town: SignersTown, epoch: int) -> list[list[int]]:
    beacon = cast(bytes, town.signers.read("beaconOf", epoch))
    drawn = quorums.ballots(town.registrations(epoch), beacon)
    return quorums.quorums(drawn, town.rules.rows, town.rules.quorums)


def account(town: SignersTown, index: int) -> str:
    """Registration `index` of epoch 1 is that of the account with this place in VOTES."""
    return town.evm.accounts[list(VOTES)[index]].lower()


def test_quorums_of_an_epoch_are_the_twins(town: SignersTown) -> None:
    wanted = expected(town, 1)
    assert town.signers.read("quorumCount", 1) == len(wanted) == 3
    for number, owners in enumerate(wanted):
        assert owners_of(town, 1, number) == [account(town, one) for one in owners]
    row = town.signers.read("getQuorumRow", 1, 2, 7)
    assert str(row).lower() == account(town, wanted[2][7])


def test_all_signed_gives_the_sum_of_all_members(town: SignersTown) -> None:
    everything = bytes([255]) * (ROWS // 8)
    key, total, hit = cast(
        "tuple[tuple[int, int], int, int]", town.signers.read("getAggPkG1", 1, 0, everything)
    )
    members = {list(VOTES)[one] for one in expected(town, 1)[0]}
    assert key == point(bn254.add(town.key(who).public_g1 for who in members))
    assert (total, hit) == (ROWS, ROWS)


@settings(max_examples=25)
@given(bitmap=st.binary(min_size=3, max_size=3), quorum=st.integers(0, 2))
def test_aggregate_of_any_bitmap_is_the_twins(
    town: SignersTown, bitmap: bytes, quorum: int
) -> None:
    owners = expected(town, 1)[quorum]
    members, hit = quorums.credited(owners, bitmap)
    key = bn254.add(town.key(list(VOTES)[one]).public_g1 for one in members)
    assert town.signers.read("getAggPkG1", 1, quorum, bitmap) == (point(key), ROWS, hit)


@settings(max_examples=25)
@given(absent=st.sets(st.integers(0, 4)), quorum=st.integers(0, 2))
def test_aggregate_without_some_signers_is_the_sum_of_the_others(
    town: SignersTown, absent: set[int], quorum: int
) -> None:
    owners = expected(town, 1)[quorum]
    bitmap = quorums.bitmap_of([one not in absent for one in owners])
    rest = set(owners) - absent
    key = bn254.add(town.key(list(VOTES)[one]).public_g1 for one in rest)
    hit = sum(one in rest for one in owners)
    assert town.signers.read("getAggPkG1", 1, quorum, bitmap) == (point(key), ROWS, hit)


def test_aggregate_of_rows_that_fill_no_word_is_the_twins(fresh_anvil: AnvilProcess) -> None:
    """Some bits of the last word of 256 are rows, some padding, some what follows the bitmap."""
    rows, votes = 261, {2: 100, 3: 90, 4: 80}
    town = SignersTown.build(fresh_anvil, Rules(rows=rows))
    for who, count in votes.items():
        town.join(who, count)
    assert town.turn(*votes) == 1
    draws = random.Random(rows)
    for quorum, owners in enumerate(expected(town, 1)):
        for weight in (0, 1, 7, 8):
            bits = [draws.randrange(8) < weight for _ in range(rows)]
            bitmap = bytearray(quorums.bitmap_of(bits))
            bitmap[-1] |= draws.choice([0, 0xE0])
            members, hit = quorums.credited(owners, bytes(bitmap))
            key = bn254.add(town.key(list(votes)[one]).public_g1 for one in members)
            found = town.signers.read("getAggPkG1", 1, quorum, bytes(bitmap))
            assert found == (point(key), rows, hit)


def test_aggregate_of_a_wrong_bitmap_or_quorum_reverts(town: SignersTown) -> None:
    for length in (0, 2, 4):
        with pytest.raises(Reverted, match=rf"WrongBitmapLength\({length}, 3\)"):
            town.signers.read("getAggPkG1", 1, 0, bytes(length))
    for epoch, quorum in ((1, 3), (2, 0), (0, 0), (1, 1 << 32)):
        with pytest.raises(Reverted, match="NoSuchQuorum"):
            town.signers.read("getQuorum", epoch, quorum)
    with pytest.raises(Reverted, match=r"NoSuchRow\(24, 24\)"):
        town.signers.read("getQuorumRow", 1, 0, 24)


def test_round_goes_through_its_phases(here: SignersTown) -> None:
    assert here.phase() == REGISTRATION
    here.enter(3)
    _, _, close, beacon_block, signers, _, _ = here.round()
    assert (beacon_block, signers) == (close + 2, 1)
    here.mine_to(close)
    # eth_call executes in the block at the head: the last of registration.
    assert here.phase() == REGISTRATION
    here.mine(1)
    assert here.phase() == WAITING
    with pytest.raises(Reverted, match=r"RegistrationClosed\(2, "):
        here.enter(4)
    here.mine_to(beacon_block)
    with pytest.raises(Reverted, match="WrongPhase"):
        here.signers.read("prepareQuorum", 0, b"12345")
    here.mine(1)
    assert here.phase() == BEACON
    assert here.capture() == bytes(here.evm.w3.eth.get_block(beacon_block)["hash"])
    assert here.phase() == DRAWING
    before = here.epoch()
    here.make()
    assert here.epoch() == before, "an unprepared epoch does not begin"
    here.prepare()
    assert here.phase() == READY
    here.make()
    assert here.epoch() == before + 1
    assert here.phase() == REGISTRATION


def test_fewer_ballots_than_rows_repeat(here: SignersTown) -> None:
    here.turn(2, 3)
    owners = owners_of(here, 2, 0)
    assert len(owners) == ROWS
    assert owners == [owners[row % 6] for row in range(ROWS)]
    assert here.signers.read("quorumCount", 2) == 1
    alone = here.evm.accounts[2].lower()
    bitmap = quorums.bitmap_of([one != alone for one in owners])
    key, total, hit = cast(
        "tuple[tuple[int, int], int, int]", here.signers.read("getAggPkG1", 2, 0, bitmap)
    )
    assert (key, total, hit) == (point(here.key(3).public_g1), ROWS, 20)


def test_a_remainder_is_filled_up_with_the_rows_before_it(here: SignersTown) -> None:
    here.turn(4, 6)
    first, second = expected(here, 2)
    assert owners_of(here, 2, 1) == [here.evm.accounts[(4, 6)[one]].lower() for one in second]
    assert second[:16] == first[8:]


def test_a_beacon_that_nobody_kept_opens_registration_again(here: SignersTown) -> None:
    here.enter(3)
    here.mine_to(here.round()[3] + 257)
    here.signers.send("captureBeacon")
    assert (here.phase(), here.round()[6]) == (REGISTRATION, bytes(32))
    here.enter(4)
    here.capture()
    here.prepare()
    assert here.phase() == READY


def test_registration_waits_for_the_first_signer(here: SignersTown) -> None:
    here.mine(100)
    assert here.round()[1:5] == (REGISTRATION, 0, 0, 0)
    here.enter(3)
    assert here.round()[2] == here.evm.w3.eth.block_number + here.rules.registration_blocks


def test_wrong_ballots_are_refused(here: SignersTown) -> None:
    here.enter(3)
    here.enter(5)
    here.capture()
    drawn = here.drawn()
    first = b"".join(one.packed() for one in drawn[:ROWS])
    swapped = first[5:10] + first[:5] + first[10:]
    twice = first[:5] * 2 + first[10:]
    bad = {
        "NotAscending": [swapped, twice],
        "NoSuchBallot": [
            (9).to_bytes(2) + bytes(3) + first[5:],
            (0).to_bytes(2) + (5).to_bytes(3) + first[5:],
        ],
        "WrongBallotCount": [b"", first[:-1], first[:-5], first + drawn[ROWS].packed()],
    }
    for name, calls in bad.items():
        for call in calls:
            with pytest.raises(Reverted, match=name):
                here.signers.send("prepareQuorum", 0, call)
    here.signers.send("prepareQuorum", 0, first)
    left_out = b"".join(one.packed() for one in drawn[ROWS - 1 : -1])
    with pytest.raises(Reverted, match="NotAscending"):
        here.signers.send("prepareQuorum", 0, left_out)
    here.signers.send("prepareQuorum", 0, b"".join(one.packed() for one in drawn[ROWS:]))
    with pytest.raises(Reverted, match="NothingToDraw"):
        here.signers.send("prepareQuorum", 0, first)
    assert here.phase() == DRAWING, "keys are not added up"
    here.sum()
    with pytest.raises(Reverted, match="NothingToSum"):
        here.signers.send("sumQuorum", 0)
    with pytest.raises(Reverted, match="WrongPhase"):
        here.signers.send("prepareQuorum", 0, first)


def test_ballots_behind_the_last_quorum_come_all_at_once(here: SignersTown) -> None:
    for who in VOTES:
        here.enter(who)
    here.capture()
    *quorums_, tail = list(quorums.calls(here.drawn(), ROWS))
    for one in quorums_:
        here.signers.send("prepareQuorum", 0, one)
    for few in (b"", tail[:5], tail[:-5]):
        with pytest.raises(Reverted, match="WrongBallotCount") as caught:
            here.signers.send("prepareQuorum", 0, few)
        assert caught.value.values == (len(few) // 5, 6)
    here.signers.send("prepareQuorum", 0, tail)
    here.sum()
    assert here.phase() == READY


def test_keys_must_be_paged_before_they_are_added_up(here: SignersTown) -> None:
    here.join(7, 1)
    here.enter(7)
    here.capture()
    with pytest.raises(Reverted, match="KeysNotPaged"):
        here.prepare()
    here.page()
    here.sum()
    assert here.phase() == READY
    with pytest.raises(Reverted, match="NothingToPage"):
        here.signers.send("pageKeys", 0)


def test_registrations_that_are_not_right_are_refused(here: SignersTown) -> None:
    registry, one, two = here.registry, here.evm.accounts[3], here.evm.accounts[8]
    with pytest.raises(Reverted, match="SignerExists"):
        registry.send("registerSigner", here.detail(3), here.possession(3), sender=one)
    registry.send("stake", sender=two, value=10**18)
    borrowed = here.key(3)
    detail, proof = here.detail(8, borrowed), here.possession(8, borrowed)
    with pytest.raises(Reverted, match="KeyTaken"):
        registry.send("registerSigner", detail, proof, sender=two)
    with pytest.raises(Reverted, match="InvalidSignature"):
        registry.send("registerSigner", here.detail(8), here.possession(3), sender=two)
    mixed = (*here.detail(8)[:3], here.detail(3)[3])
    with pytest.raises(Reverted, match="InvalidSignature"):
        registry.send("registerSigner", mixed, here.possession(8), sender=two)
    with pytest.raises(Reverted, match="InvalidSignature"):
        registry.send("registerNextEpoch", here.participation(3, 1), sender=one)
    for name, values in (
        ("registerSigner", (here.detail(8), here.possession(8))),
        ("registerNextEpoch", (one, (1, 2), 1)),
    ):
        with pytest.raises(Reverted, match="NotTheRegistry"):
            here.signers.send(name, *values, sender=two)


def test_registering_twice_for_an_epoch_changes_nothing(here: SignersTown) -> None:
    here.enter(3)
    here.registry.send("stake", sender=here.evm.accounts[3], value=9 * 10**18)
    here.enter(3)
    assert [one.votes for one in here.registrations(2)] == [5]
    assert here.signers.read("registeredEpoch", here.evm.accounts[3], 2) is True
    assert here.signers.read("registeredEpoch", here.evm.accounts[4], 2) is False


def test_signers_are_listed_with_what_they_said(here: SignersTown) -> None:
    here.signers.send("updateSocket", "elsewhere:1", sender=here.evm.accounts[3])
    found = cast(
        "Sequence[tuple[str, str, object, object]]",
        here.signers.read("getSigner", [here.evm.accounts[3], here.evm.accounts[2]]),
    )
    assert [one[1] for one in found] == ["elsewhere:1", "127.0.0.1:34002"]
    assert found[1][2:] == here.detail(2)[2:]
    with pytest.raises(Reverted, match="SignerNotFound"):
        here.signers.read("getSigner", [SIGNERS_AT])
    with pytest.raises(Reverted, match="SignerNotFound"):
        here.signers.send("updateSocket", "x", sender=here.evm.accounts[9])
    with pytest.raises(Reverted, match=r"SocketTooLong\(97\)"):
        here.signers.send("updateSocket", "x" * 97, sender=here.evm.accounts[3])
