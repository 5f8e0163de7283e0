"""Refusals that take a contract as caller, a crowd, or a full round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from tests.support.contracts import Deployed, Reverted, artifact, compiled
from tests.support.da import stream
from tests.support.da_signers import SIGNERS_AT, VOTE, place, point
from tests.support.da_town import Blob, DaTown, Hit
from zerog.da.messages import participation, possession
from zerog.da.sampling import Sampled, quality

pytestmark = pytest.mark.contracts
EVERYTHING = (1 << 256) - 1
TARGET_SLOT = 0xB05DE648F6EE3B21BB373CAD2EF15E3AF895EABCCF6DD5CB1ACE7B687072E700 + 5
"""Where DAEntrance keeps `podasTarget`."""


@pytest.fixture
def errand(town: DaTown) -> Deployed:
    """A contract that calls for somebody, and takes no money."""
    return town.evm.deploy(compiled("Errand"))


def test_registry_serves_no_contract(town: DaTown, errand: Deployed) -> None:
    calls: Sequence[tuple[str, tuple[object, ...]]] = (
        ("stake", ()),
        ("withdraw", ()),
        ("registerNextEpoch", (town.participation(2, 2),)),
        ("registerSigner", (town.detail(2), town.possession(2))),
    )
    for name, values in calls:
        with pytest.raises(Reverted, match=r"ErrSenderNotOrigin\(\)"):
            errand.send("run", town.registry.address, town.registry.calldata(name, *values))


def test_socket_is_said_by_no_contract(town: DaTown, errand: Deployed) -> None:
    data = town.signers.calldata("updateSocket", "elsewhere:1")
    with pytest.raises(Reverted, match="SenderNotOrigin") as caught:
        errand.send("run", SIGNERS_AT, data)
    wanted = (errand.address, town.evm.accounts[1])
    assert [str(one).lower() for one in caught.value.values] == [one.lower() for one in wanted]


def test_slashed_stake_that_is_refused_stays_owed(town: DaTown, errand: Deployed) -> None:
    judge, signer = town.evm.accounts[8], town.evm.accounts[2]
    town.registry.send("setChallenge", judge)
    town.registry.send("slash", signer, VOTE, judge, sender=judge)
    with pytest.raises(Reverted, match="PaymentFailed") as caught:
        town.registry.send("takeOwed", errand.address, sender=judge)
    assert str(caught.value.values[0]).lower() == errand.address.lower()
    assert caught.value.values[1] == VOTE
    assert town.registry.read("owed", judge) == VOTE


def test_nobody_is_owed_or_paid_at_no_address(town: DaTown) -> None:
    with pytest.raises(Reverted, match="ZeroAddress"):
        town.registry.send("takeOwed", "0x" + "00" * 20)


def test_policies_are_sixteen_at_most(town: DaTown) -> None:
    for i in range(16):
        town.signers.send("registerPolicy", ([bytes([i + 1]) * 32], [], False))
    with pytest.raises(Reverted, match=r"TooManyPolicies\(16\)"):
        town.signers.send("registerPolicy", ([b"x" * 32], [], False))
    assert town.signers.read("policyCount") == 16


def test_epoch_takes_a_bounded_number_of_signers(town: DaTown) -> None:
    filling = place(town.evm, compiled("FullSigners"), SIGNERS_AT)
    filling.send("fill")
    place(town.evm, artifact("DASigners"), SIGNERS_AT)
    assert town.round()[4] == 16_384
    with pytest.raises(Reverted, match=r"EpochFull\(16384\)"):
        town.enter(2)


def responses(blob: Blob, seed: bytes) -> Iterator[Hit]:
    """Every piece of a blob whose quality fits a word."""
    sampled = Sampled(seed, *blob.place)
    for row in range(blob.encoded.commitment.header.rows):
        data = blob.encoded.piece_proof(row, 0).data
        found = quality(sampled.line_quality(row), 0, data)
        if found is not None:
            yield Hit(blob, seed, found, row, 0)


def test_round_takes_twice_its_aim_and_no_more(town: DaTown) -> None:
    town.entrance.send("setSamplePeriod", 255)
    blob = town.publish(stream("full round", 900))
    town.next_epoch()
    for aim in (5, 1):
        town.entrance.send("setRoundSubmissions", aim)
    town.mine_to(cast(int, town.entrance.read("nextSampleHeight")) - 1)
    town.entrance.send("sync")
    town.process.rpc(
        "anvil_setStorageAt",
        town.entrance.address,
        f"{TARGET_SLOT:#066x}",
        "0x" + EVERYTHING.to_bytes(32).hex(),
    )
    assert town.entrance.read("podasTarget") == EVERYTHING
    seed = cast(bytes, town.entrance.read("currentSampleSeed"))
    hits = list(responses(blob, seed))
    assert len(hits) > 2
    for hit in hits[:2]:
        town.entrance.send("submitSamplingResponse", hit.response)
    with pytest.raises(Reverted, match=r"RoundIsFull\(2\)"):
        town.entrance.send("submitSamplingResponse", hits[2].response)


def test_proofs_for_another_chain_or_epoch_are_refused(town: DaTown) -> None:
    who, key = town.evm.accounts[5], town.key(5)
    account = bytes.fromhex(who[2:])
    town.registry.send("stake", sender=who, value=VOTE)
    elsewhere = point(key.sign(possession(account, 1)))
    with pytest.raises(Reverted, match="InvalidSignature"):
        town.registry.send("registerSigner", town.detail(5), elsewhere, sender=who)
    town.registry.send("registerSigner", town.detail(5), town.possession(5), sender=who)
    for digest in (participation(account, 2, 1), participation(account, 1, 31337)):
        with pytest.raises(Reverted, match="InvalidSignature"):
            town.registry.send("registerNextEpoch", point(key.sign(digest)), sender=who)
    town.registry.send("registerNextEpoch", town.participation(5, 2), sender=who)


def test_registration_needs_a_vote(town: DaTown) -> None:
    registry, who = town.evm.accounts[8], town.evm.accounts[2]
    params = (VOTE, 4, 1, 12, 12)
    about = (registry, params, 5, 1, town.authority.address)
    signers = town.evm.deploy_proxy(artifact("DASigners"), "initialize", *about)
    signers.send("registerSigner", town.detail(2), town.possession(2), sender=registry)
    proof = town.participation(2, 1)
    with pytest.raises(Reverted, match=r"NoVotes\(\)"):
        signers.send("registerNextEpoch", who, proof, 0, sender=registry)
    with pytest.raises(Reverted, match="WrongPhase"):
        signers.send("captureBeacon")


def test_registry_without_neighbours_or_votes_is_not_made(town: DaTown) -> None:
    nobody, someone = "0x" + "00" * 20, town.evm.accounts[7]
    logic = artifact("DARegistry")
    for pair in ((nobody, someone), (someone, nobody)):
        with pytest.raises(Reverted, match="ZeroAddress"):
            town.evm.deploy_proxy(logic, "initialize", pair[0], 1, 1, 1, pair[1])
    for votes in ((0, 1), (1, 0)):
        with pytest.raises(Reverted, match="NoVotePossible"):
            town.evm.deploy_proxy(logic, "initialize", someone, *votes, 1, someone)


def test_logics_stay_uninitialised(town: DaTown) -> None:
    someone = town.evm.accounts[7]
    registry = town.evm.deploy(artifact("DARegistry"))
    with pytest.raises(Reverted, match="InvalidInitialization"):
        registry.send("initialize", someone, 1, 1, 1, someone)
    signers = town.evm.deploy(artifact("DASigners"))
    with pytest.raises(Reverted, match="InvalidInitialization"):
        signers.send("initialize", someone, (VOTE, 4, 1, 12, 12), 5, 1, someone)
