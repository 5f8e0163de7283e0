"""DAEntrance: blobs are announced and paid for, and certified by the signatures of their quorum."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.contracts import Reverted
from tests.support.da_town import ETHER, VOTES, DaTown
from tests.support.evm import AnvilProcess

pytestmark = pytest.mark.contracts

CERTIFIED = "verifyCertificate(bytes32,uint256,uint256)"
FITTING = "verifyCertificate(bytes32,uint256,uint256,uint256)"
ANNOUNCE = "submitOriginalData(bytes32[])"
ROOTS = [bytes([i]) * 32 for i in (1, 2)]


# ---------------------------------------------------------------- announcing


def test_announced_blobs_go_to_one_quorum_and_are_paid(town: DaTown) -> None:
    town.entrance.send("setBlobPrice", 5)
    sender = town.evm.accounts[7]
    receipt = town.entrance.send(ANNOUNCE, ROOTS, sender=sender, value=13)
    found = town.entrance.events("DataUpload", receipt)
    assert [tuple(one.values()) for one in found] == [(sender, root, 1, 0, 5) for root in ROOTS]
    assert town.entrance.read("currentEpochReward") == 13


def test_announcement_below_the_price_is_refused(town: DaTown) -> None:
    town.entrance.send("setBlobPrice", 5)
    with pytest.raises(Reverted, match="Not enough da blob fee"):
        town.entrance.send(ANNOUNCE, ROOTS, value=9)


def test_announcement_without_signers_is_refused(fresh_anvil: AnvilProcess) -> None:
    town = DaTown.open(fresh_anvil)
    with pytest.raises(Reverted, match="DAEntrance: No DA Signers"):
        town.entrance.send(ANNOUNCE, ROOTS)


def test_announcement_to_a_policy_without_quorum_is_refused(town: DaTown) -> None:
    with pytest.raises(Reverted, match="DAEntrance: No DA Signers"):
        town.entrance.send("submitOriginalData(bytes32[],uint256)", ROOTS, 1)


def test_announcement_of_nothing_is_refused(town: DaTown) -> None:
    with pytest.raises(Reverted, match="NothingAnnounced"):
        town.entrance.send(ANNOUNCE, [])


def test_each_draw_takes_its_own_quorums_in_turn(town: DaTown) -> None:
    fourth, eu = 5, b"EU".ljust(32, b"\0")
    town.join(fourth, VOTES)
    town.signers.send("registerPolicy", ([eu], [], False))
    for account in (*town.keys, town.evm.accounts[fourth]):
        town.signers.send("setLabels", eu, b"op".ljust(32, b"\0"), sender=account)
    town.next_epoch()
    town.enter(fourth)
    town.next_epoch(1)
    found = []
    for _ in range(2):
        for receipt in (
            town.entrance.send(ANNOUNCE, ROOTS),
            town.entrance.send("submitOriginalData(bytes32[],uint256)", ROOTS, 1),
        ):
            found += [one["quorumId"] for one in town.entrance.events("DataUpload", receipt)[:1]]
    assert found == [1, (1 << 32) + 1, 0, 1 << 32]


# ---------------------------------------------------------------- certifying


@pytest.mark.parametrize("signing", [(0, 1, 2), (0, 2)])
def test_two_thirds_of_the_rows_certify_a_blob(town: DaTown, signing: tuple[int, ...]) -> None:
    blob = town.blob(b"kept", signing)
    assert not town.entrance.read(CERTIFIED, *blob.place)
    receipt = town.certify(town.submission(blob, signing))
    found = town.entrance.events("ErasureCommitmentVerified", receipt)
    assert [tuple(one.values()) for one in found] == [blob.place]
    found = town.entrance.events("RowsSigned", receipt)
    assert [tuple(one.values()) for one in found] == [(*blob.place, blob.bitmap)]
    assert town.entrance.read(CERTIFIED, *blob.place)
    assert town.entrance.read("commitmentExists", *blob.place)
    commitment = blob.encoded.commitment
    words = (int.from_bytes(commitment.row_root), int.from_bytes(commitment.rlc_root))
    assert town.entrance.read("verifiedErasureCommitment", *blob.place) == words


def test_certificate_of_another_place_is_none(town: DaTown) -> None:
    blob = town.publish(b"kept")
    for other in (replace(blob, epoch=2), replace(blob, quorum_id=1)):
        assert not town.entrance.read(CERTIFIED, *other.place)


def test_certificate_fits_the_policy_of_its_quorum_alone(town: DaTown) -> None:
    blob = town.publish(b"kept")
    assert town.entrance.read(FITTING, *blob.place, 0)
    assert not town.entrance.read(FITTING, *blob.place, 1)
    other = town.blob(b"another")
    assert not town.entrance.read(FITTING, *other.place, 0)


def test_policys_blob_is_kept_and_signed_by_its_regions_signers_alone(town: DaTown) -> None:
    eu, us = (name.ljust(32, b"\0") for name in (b"EU", b"US"))
    town.signers.send("registerPolicy", ([eu], [], False))
    accounts = list(town.keys)
    for account, region in zip(accounts, (eu, us, eu), strict=True):
        town.signers.send("setLabels", region, b"op".ljust(32, b"\0"), sender=account)
    town.next_epoch()
    town.next_epoch(1)
    receipt = town.entrance.send("submitOriginalData(bytes32[],uint256)", ROOTS, 1)
    assert {one["quorumId"] for one in town.entrance.events("DataUpload", receipt)} == {1 << 32}
    assert set(town.owners(3, 1 << 32)) == {accounts[0], accounts[2]}
    blob = town.blob(b"at home", [0, 2], 1 << 32)
    with pytest.raises(Reverted, match="DARegistry: signature is invalid"):
        town.certify(town.submission(blob, [0, 1, 2]))
    town.certify(town.submission(blob, [0, 2]))
    assert town.entrance.read("commitmentExists", *blob.place)
    assert town.entrance.read(FITTING, *blob.place, 1)
    assert not town.entrance.read(FITTING, *blob.place, 0)
    assert not town.entrance.read(CERTIFIED, *blob.place)
    anywhere = town.publish(b"anywhere")
    assert not town.entrance.read(FITTING, *anywhere.place, 1)


def test_less_than_two_thirds_certify_nothing(town: DaTown) -> None:
    blob = town.blob(b"kept", [1])
    with pytest.raises(Reverted, match="DARegistry: insufficient signed slices"):
        town.certify(town.submission(blob, [1]))


def test_bit_without_signature_certifies_nothing(town: DaTown) -> None:
    blob = town.blob(b"kept", [0, 1, 2])
    with pytest.raises(Reverted, match="DARegistry: signature is invalid"):
        town.certify(town.submission(blob, [0, 1]))


@pytest.mark.parametrize("place", ["dataRoot", "roots", "key", "signature"])
def test_changed_submission_certifies_nothing(town: DaTown, place: str) -> None:
    blob = town.blob(b"kept")
    good = list(town.submission(blob))
    other = town.submission(town.blob(b"other"))
    lone = town.submission(blob, [0])
    at = {"dataRoot": 0, "roots": 3, "key": 5, "signature": 6}[place]
    good[at] = lone[at] if place == "key" else other[at]
    with pytest.raises(Reverted, match="DARegistry: signature is invalid"):
        town.certify(tuple(good))


def test_signature_of_an_old_epoch_certifies_nothing(town: DaTown) -> None:
    blob = town.blob(b"late")
    town.next_epoch()
    assert town.entrance.read("checkCommitRoot", town.submission(blob)) is None
    town.next_epoch()
    with pytest.raises(Reverted, match="StaleEpoch") as caught:
        town.certify(town.submission(blob))
    assert caught.value.values == (1, 3)


def test_unknown_quorum_and_wrong_bitmap_certify_nothing(town: DaTown) -> None:
    blob = town.blob(b"kept")
    with pytest.raises(Reverted, match="NoSuchQuorum"):
        town.certify(town.submission(replace(blob, quorum_id=4)))
    with pytest.raises(Reverted, match="WrongBitmapLength"):
        town.certify(town.submission(replace(blob, bitmap=b"\xff")))


def test_refused_blob_does_not_hold_up_its_batch(town: DaTown) -> None:
    good, bad = town.blob(b"good"), town.blob(b"bad", [0])
    receipt = town.certify(town.submission(bad, [0]), town.submission(good))
    assert town.entrance.read(CERTIFIED, *good.place)
    assert not town.entrance.read(CERTIFIED, *bad.place)
    refused = town.entrance.events("CommitRootRefused", receipt)
    assert [tuple(one.values())[:3] for one in refused] == [bad.place]
    assert b"insufficient signed slices" in refused[0]["reason"]  # type: ignore[operator]


def test_certified_blob_is_passed_over(town: DaTown) -> None:
    blob = town.publish(b"kept")
    receipt = town.certify(town.submission(blob))
    assert receipt["logs"] == []
    again = town.submission(replace(blob, bitmap=bytes(2)), [0])
    assert town.certify(again)["logs"] == []


# --------------------------------------------------------------------- money


def test_fees_of_an_epoch_become_rewards_less_the_treasurys_part(town: DaTown) -> None:
    town.entrance.send("setServiceFeeRate", 1000)
    town.entrance.send(ANNOUNCE, ROOTS, value=ETHER)
    assert town.entrance.read("serviceFee") == ETHER // 10
    town.next_epoch()
    assert town.entrance.read("activedReward") == ETHER * 9 // 10
    assert town.entrance.read("currentEpochReward") == 0
    treasury = town.evm.accounts[9]
    before = town.evm.balance(treasury)
    town.entrance.send("withdrawPayments", treasury)
    assert town.evm.balance(treasury) == before + ETHER // 10
    with pytest.raises(Reverted, match="NothingOwed"):
        town.entrance.send("withdrawPayments", treasury)


def test_payment_that_is_refused_stays_credited(town: DaTown) -> None:
    town.entrance.send("setTreasury", town.registry.address)
    town.entrance.send("setServiceFeeRate", 10_000)
    town.entrance.send(ANNOUNCE, ROOTS, value=7)
    town.next_epoch()
    with pytest.raises(Reverted, match="PaymentRefused") as caught:
        town.entrance.send("withdrawPayments", town.registry.address)
    assert caught.value.values[1] == 7
    assert town.entrance.read("payments", town.registry.address) == 7


def test_silence_of_any_length_costs_the_same(town: DaTown) -> None:
    town.mine(20)
    town.entrance.send("sync")
    used = []
    for blocks in (100, 1000):
        town.mine(blocks)
        used.append(town.entrance.send("sync")["gasUsed"])
    assert used[0] == used[1]
