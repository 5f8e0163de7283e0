"""Stake: who may vote, when it comes back, and how it is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.contracts import Reverted, artifact
from tests.support.da_signers import EPOCH_BLOCKS, VOTE, Rules, SignersTown
from tests.support.evm import AnvilProcess

pytestmark = pytest.mark.contracts
ONE, TWO, JUDGE, FINDER = 2, 3, 8, 9


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignersTown]:
    """Two signers in epoch 1, and a judge who may slash."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-registry"))
    try:
        town = SignersTown.build(process, Rules(rows=8, quorums=1))
        town.join(ONE, 3)
        town.join(TWO, 2)
        town.turn(ONE, TWO)
        town.registry.send("setChallenge", town.evm.accounts[JUDGE])
        yield town
    finally:
        process.stop()


@pytest.fixture
def here(town: SignersTown) -> Iterator[SignersTown]:
    """That town for one test: the chain is as before afterwards."""
    with town.kept():
        yield town


def test_votes_are_what_the_stake_is_worth(here: SignersTown) -> None:
    here.registry.send("stake", sender=here.evm.accounts[TWO], value=VOTE * 3 // 2)
    here.enter(TWO)
    assert [one.votes for one in here.registrations(2)] == [3]
    assert here.registry.read("params") == (VOTE, here.rules.max_votes)


def test_stake_comes_back_when_nothing_can_be_challenged_any_more(here: SignersTown) -> None:
    registry, who = here.registry, here.evm.accounts[ONE]
    with pytest.raises(Reverted, match="ErrSenderRegisteredCurrentOrNextEpoch"):
        registry.send("withdraw", sender=who)
    here.turn(TWO)
    assert registry.read("freeEpoch", who) == 3
    with pytest.raises(Reverted, match=r"StakeLocked\('0x\w+', 3\)"):
        registry.send("withdraw", sender=who)
    here.turn(TWO)
    before = here.evm.balance(who)
    receipt = registry.send("withdraw", sender=who)
    paid = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert here.evm.balance(who) == before + 3 * VOTE - paid
    assert registry.read("staked", who) == 0
    with pytest.raises(Reverted, match="ErrInsufficientStaked"):
        registry.send("withdraw", sender=who)


def test_a_slashed_signer_loses_votes_and_the_finder_is_owed(here: SignersTown) -> None:
    registry = here.registry
    bad, judge, finder = (here.evm.accounts[one] for one in (ONE, JUDGE, FINDER))
    with pytest.raises(Reverted, match="NotTheChallenge"):
        registry.send("slash", bad, VOTE, finder, sender=finder)
    with pytest.raises(Reverted, match="ZeroAddress"):
        registry.send("slash", bad, VOTE, "0x" + "00" * 20, sender=judge)
    registry.send("slash", bad, 2 * VOTE, finder, sender=judge)
    here.enter(ONE)
    assert [one.votes for one in here.registrations(2)] == [1]
    assert registry.read("slash", bad, 5 * VOTE, finder, sender=judge) == VOTE
    registry.send("slash", bad, 5 * VOTE, finder, sender=judge)
    assert (registry.read("staked", bad), registry.read("owed", finder)) == (0, 3 * VOTE)
    grave = "0x000000000000000000000000000000000000dEaD"
    registry.send("takeOwed", grave, sender=finder)
    assert here.evm.balance(grave) == 3 * VOTE
    with pytest.raises(Reverted, match="NothingOwed"):
        registry.send("takeOwed", grave, sender=finder)


def test_without_a_vote_nobody_registers(here: SignersTown) -> None:
    registry, who = here.registry, here.evm.accounts[4]
    registry.send("stake", sender=who, value=VOTE - 1)
    with pytest.raises(Reverted, match="ErrInsufficientStaked"):
        registry.send("registerSigner", here.detail(4), here.possession(4), sender=who)
    with pytest.raises(Reverted, match="ErrSenderNotEligibleToVote"):
        registry.send("registerNextEpoch", here.participation(4, 2), sender=who)
    registry.send("stake", sender=who, value=1)
    with pytest.raises(Reverted, match="SignerNotFound"):
        registry.send("registerNextEpoch", here.participation(4, 2), sender=who)


def test_place_in_an_epoch_asks_for_the_least_votes_that_are_set(here: SignersTown) -> None:
    registry = here.registry
    assert registry.read("leastVotes") == 0
    receipt = registry.send("setLeastVotes", 3)
    assert registry.events("LeastVotesSet", receipt) == [{"votes": 3}]
    here.enter(ONE)
    with pytest.raises(Reverted, match=r"TooFewVotes\(2, 3\)"):
        here.enter(TWO)
    registry.send("stake", sender=here.evm.accounts[TWO], value=VOTE)
    here.enter(TWO)
    assert [one.votes for one in here.registrations(2)] == [3, 3]
    assert registry.read("leastVotes") == 3
    for name, values in (("setLeastVotes", (here.rules.max_votes + 1,)), ("setParams", (2, VOTE))):
        with pytest.raises(Reverted, match="NoVotePossible"):
            registry.send(name, *values)


def test_nobody_acts_for_another(here: SignersTown) -> None:
    registry, who = here.registry, here.evm.accounts[4]
    registry.send("stake", sender=who, value=VOTE)
    with pytest.raises(Reverted, match="ErrSenderNotSigner"):
        registry.send("registerSigner", here.detail(5), here.possession(5), sender=who)
    long = (here.detail(4)[0], "x" * 97, *here.detail(4)[2:])
    with pytest.raises(Reverted, match="ErrSignerSocketTooLong"):
        registry.send("registerSigner", long, here.possession(4), sender=who)


def test_only_the_authority_sets_parameters(here: SignersTown) -> None:
    registry, stranger = here.registry, here.evm.accounts[4]
    for name, values in (
        ("setParams", (1, 1)),
        ("setChallenge", (stranger,)),
        ("setLeastVotes", (1,)),
        ("upgradeToAndCall", (registry.address, b"")),
    ):
        with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
            registry.send(name, *values, sender=stranger)
    for values in ((0, 1), (1, 0)):
        with pytest.raises(Reverted, match="NoVotePossible"):
            registry.send("setParams", *values)
    registry.send("setParams", 7, 2 * VOTE)
    assert registry.read("params") == (2 * VOTE, 7)
    with pytest.raises(Reverted, match="InvalidInitialization"):
        registry.send("initialize", stranger, 1, 1, 1, stranger)


def test_an_epoch_lasts_its_blocks(here: SignersTown) -> None:
    begun = here.signers.read("epochBlock", 1)
    here.enter(ONE)
    here.capture()
    here.prepare()
    assert here.evm.w3.eth.block_number > int(str(begun)) + EPOCH_BLOCKS
    here.make()
    assert here.epoch() == 2


def test_labels_draw_a_quorum_of_those_who_fit(here: SignersTown) -> None:
    signers, authority = here.signers, here.evm.accounts[1]
    eu, us, acme = (name.encode().ljust(32, b"\0") for name in ("EU", "US", "acme"))
    with pytest.raises(Reverted, match="EmptyPolicy"):
        signers.send("registerPolicy", ([], [], True), sender=authority)
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        signers.send("registerPolicy", ([eu], [], True), sender=here.evm.accounts[ONE])
    signers.send("registerPolicy", ([eu], [], True), sender=authority)
    signers.send("registerPolicy", ([us], [acme], False), sender=authority)
    signers.send("setLabels", eu, acme, sender=here.evm.accounts[ONE])
    signers.send("setLabels", eu, acme, sender=here.evm.accounts[TWO])
    with pytest.raises(Reverted, match="LabelsChanged"):
        signers.send("confirmLabels", here.evm.accounts[ONE], us, acme, sender=authority)
    signers.send("confirmLabels", here.evm.accounts[ONE], eu, acme, sender=authority)
    here.turn(ONE, TWO)
    assert signers.read("policyQuorums", 2, 1) == (1 << 32, 0), "it begins with the epoch after"
    for who in (ONE, TWO):
        here.enter(who)
    here.capture()
    here.prepare()
    here.make()
    assert here.epoch() == 2, "the policy's draw is not ready"
    here.prepare(policy=1)
    here.make()
    assert here.epoch() == 3
    assert signers.read("policyQuorums", 3, 1) == (1 << 32, 1)
    assert signers.read("policyQuorums", 3, 2) == (2 << 32, 0)
    owner = here.evm.accounts[ONE].lower()
    found = signers.read("getQuorum", 3, 1 << 32)
    assert [str(one).lower() for one in found] == [owner] * 8  # type: ignore[attr-defined]
    assert signers.read("labelsOf", here.evm.accounts[TWO]) == (eu, acme, False)
    with pytest.raises(Reverted, match="NoSuchPolicy"):
        signers.read("policyOf", 3)


def test_parameters_that_make_no_epochs_are_refused(here: SignersTown) -> None:
    logic, someone = artifact("DASigners"), here.evm.accounts[4]
    good = (VOTE, 5, 1, 10, 8)
    bad = [
        (someone, (VOTE, 0, 1, 10, 8), 5, 2, someone),
        (someone, (VOTE, 1 << 24, 1, 10, 8), 5, 2, someone),
        (someone, (VOTE, 5, 0, 10, 8), 5, 2, someone),
        (someone, (VOTE, 5, 1, 0, 8), 5, 2, someone),
        (someone, (VOTE, 5, 1, 10, 0), 5, 2, someone),
        (someone, (VOTE, 5, 1, 10, 3511), 5, 2, someone),
        (someone, good, 0, 2, someone),
        (someone, good, 5, 0, someone),
        ("0x" + "00" * 20, good, 5, 2, someone),
    ]
    for values in bad:
        with pytest.raises(Reverted, match="BadParams"):
            here.evm.deploy_proxy(logic, "initialize", *values)
