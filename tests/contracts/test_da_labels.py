"""Labels that are vouched for no more, and policies that are retired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from tests.support.contracts import Reverted, check_gas
from tests.support.da_signers import DRAWING, WAITING, Rules, SignersTown
from tests.support.da_town import DaTown
from tests.support.evm import AnvilProcess
from zerog.da import quorums
from zerog.da.policies import MAX_POLICIES

pytestmark = pytest.mark.contracts
ONE, TWO = 2, 3
EU, US, ACME = (name.ljust(32, b"\0") for name in (b"EU", b"US", b"acme"))
NONE = bytes(32)
ONLY_SURE_EU = ((EU,), (), True)
BASE = 1 << quorums.POLICY_SHIFT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignersTown]:
    """Two signers whose labels are vouched for, in epoch 2, the first of policy 1."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-labels"))
    try:
        town = SignersTown.build(process, Rules(rows=8, quorums=1))
        for who in (ONE, TWO):
            town.join(who, 2)
            town.signers.send("setLabels", EU, ACME, sender=town.evm.accounts[who])
            town.signers.send("confirmLabels", town.evm.accounts[who], EU, ACME)
        town.signers.send("registerPolicy", ONLY_SURE_EU)
        town.turn(ONE, TWO)
        advance(town, 1)
        yield town
    finally:
        process.stop()


@pytest.fixture
def here(built: SignersTown) -> Iterator[SignersTown]:
    """That town for one test: the chain is as before afterwards."""
    with built.kept():
        yield built


def advance(town: SignersTown, *policies: int) -> int:
    """The next epoch: who is not in it yet enters, and these draws are prepared."""
    for who in (ONE, TWO):
        town.enter(who)
    town.capture()
    for policy in (0, *policies):
        town.prepare(policy)
    town.make()
    return town.epoch()


def owners(town: SignersTown, epoch: int, policy: int) -> set[str]:
    found = cast("Sequence[str]", town.signers.read("getQuorum", epoch, policy * BASE))
    return {str(one).lower() for one in found}


def accounts(town: SignersTown, *who: int) -> set[str]:
    return {town.evm.accounts[one].lower() for one in who}


def fits(town: SignersTown) -> list[int]:
    return [one.fits for one in town.registrations(town.epoch() + 1)]


def votes(town: SignersTown, policy: int) -> int:
    return cast("tuple[int, ...]", town.signers.read("draw", policy))[0]


# ---------------------------------------------------------------------- labels


def test_revoked_signer_is_not_in_the_draw_that_registers_and_stays_in_the_one_that_stands(
    here: SignersTown,
) -> None:
    one = here.evm.accounts[ONE]
    for who in (ONE, TWO):
        here.enter(who)
    assert (fits(here), votes(here, 1)) == ([1, 1], 4)
    receipt = here.signers.send("revokeLabels", one)
    (event,) = here.signers.events("LabelsRevoked", receipt)
    assert event == {"signer": one, "region": EU, "operator": ACME}
    check_gas("DASigners.revokeLabels registered", receipt["gasUsed"])
    assert (fits(here), votes(here, 1), votes(here, 0)) == ([0, 1], 2, 4)
    assert here.signers.read("labelsOf", one) == (EU, ACME, False)
    assert advance(here, 1) == 3
    assert owners(here, 2, 1) == accounts(here, ONE, TWO), "a quorum that stands stays"
    assert owners(here, 3, 1) == accounts(here, TWO)
    assert owners(here, 3, 0) == accounts(here, ONE, TWO), "everybody's draw asks for no label"


def test_revocation_after_registration_counts_an_epoch_later(here: SignersTown) -> None:
    for who in (ONE, TWO):
        here.enter(who)
    here.mine_to(here.round()[2] + 1)
    assert here.phase() == WAITING
    here.signers.send("revokeLabels", here.evm.accounts[ONE])
    assert (fits(here), votes(here, 1)) == ([1, 1], 4)
    advance(here, 1)
    assert owners(here, 3, 1) == accounts(here, ONE, TWO)
    advance(here, 1)
    assert owners(here, 4, 1) == accounts(here, TWO)


def test_change_while_registration_is_open_is_judged_by_the_last_word(here: SignersTown) -> None:
    here.enter(ONE)
    one = here.evm.accounts[ONE]
    here.signers.send("setLabels", EU, ACME, sender=one)
    assert (fits(here), votes(here, 1)) == ([0], 0), "the same words, but nobody vouches for them"
    here.signers.send("confirmLabels", one, EU, ACME)
    assert (fits(here), votes(here, 1)) == ([1], 2)
    here.signers.send("setLabels", US, ACME, sender=one)
    here.signers.send("confirmLabels", one, US, ACME)
    assert (fits(here), votes(here, 1)) == ([0], 0)


def test_revocation_of_everybody_leaves_the_policy_without_quorum(here: SignersTown) -> None:
    for who in (ONE, TWO):
        here.signers.send("revokeLabels", here.evm.accounts[who])
    advance(here)
    assert here.signers.read("policyQuorums", 3, 1) == (BASE, 0)


def test_revocation_behind_a_registration_that_opens_again_counts_when_it_is_repeated(
    here: SignersTown,
) -> None:
    one = here.evm.accounts[ONE]
    for who in (ONE, TWO):
        here.enter(who)
    here.mine_to(here.round()[2] + 1)
    here.signers.send("revokeLabels", one)
    here.mine_to(here.round()[3] + 257)
    receipt = here.signers.send("captureBeacon")
    assert here.signers.events("RegistrationReopened", receipt)
    assert (fits(here), votes(here, 1)) == ([1, 1], 4), "as when it closed first"
    here.signers.send("revokeLabels", one)
    assert (fits(here), votes(here, 1)) == ([0, 1], 2)
    here.signers.send("revokeLabels", one)
    assert (fits(here), votes(here, 1)) == ([0, 1], 2), "votes are taken away once"
    advance(here, 1)
    assert owners(here, 3, 1) == accounts(here, TWO)


def test_only_the_authority_takes_back_and_only_of_signers(here: SignersTown) -> None:
    one, stranger = here.evm.accounts[ONE], here.evm.accounts[5]
    for sender in (one, stranger):
        with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
            here.signers.send("revokeLabels", one, sender=sender)
        with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
            here.signers.send("retirePolicy", 1, sender=sender)
    with pytest.raises(Reverted, match="SignerNotFound"):
        here.signers.send("revokeLabels", stranger)


def test_signer_gives_its_labels_up_and_fits_nobodys_policy(here: SignersTown) -> None:
    one = here.evm.accounts[ONE]
    for policy in (([NONE], [], False), ([EU], [NONE], False), ([EU, NONE], [], False)):
        with pytest.raises(Reverted, match="EmptyPolicy"):
            here.signers.send("registerPolicy", policy)
    here.enter(ONE)
    here.signers.send("setLabels", NONE, NONE, sender=one)
    assert here.signers.read("labelsOf", one) == (NONE, NONE, False)
    assert (fits(here), votes(here, 1)) == ([0], 0)


# -------------------------------------------------------------------- policies


def test_retired_policy_has_no_draw_from_the_next_epoch_on(here: SignersTown) -> None:
    for who in (ONE, TWO):
        here.enter(who)
    receipt = here.signers.send("retirePolicy", 1)
    (event,) = here.signers.events("PolicyRetired", receipt)
    assert event == {"policyId": 1, "endEpoch": 3}
    check_gas("DASigners.retirePolicy", receipt["gasUsed"])
    assert here.signers.read("policyTerm", 1) == (2, 3, 1)
    here.signers.send("setLabels", US, ACME, sender=here.evm.accounts[TWO])
    here.capture()
    assert here.round()[5] == 1, "everybody's draw alone"
    with pytest.raises(Reverted, match=r"NothingToDraw\(1\)"):
        here.signers.send("prepareQuorum", 1, bytes(5))
    here.prepare()
    here.make()
    assert here.signers.read("policyQuorums", 3, 1) == (BASE, 0)
    assert here.signers.read("policyQuorums", 2, 1) == (BASE, 1)
    assert owners(here, 2, 1) == accounts(here, ONE, TWO)
    assert here.signers.read("policyOf", 1) == ONLY_SURE_EU
    advance(here)
    assert here.signers.read("policyQuorums", 4, 1) == (BASE, 0)


def test_policy_retired_while_it_is_drawn_has_this_last_epoch(here: SignersTown) -> None:
    for who in (ONE, TWO):
        here.enter(who)
    here.capture()
    assert (here.phase(), here.round()[5]) == (DRAWING, 2)
    here.signers.send("retirePolicy", 1)
    assert here.signers.read("policyTerm", 1) == (2, 4, 1)
    for policy in (0, 1):
        here.prepare(policy)
    here.make()
    assert owners(here, 3, 1) == accounts(here, ONE, TWO)
    advance(here)
    assert here.signers.read("policyQuorums", 4, 1) == (BASE, 0)


def test_policy_is_retired_once_and_must_be_one(here: SignersTown) -> None:
    for nobody in (0, 2):
        with pytest.raises(Reverted, match=rf"NoSuchPolicy\({nobody}\)"):
            here.signers.send("retirePolicy", nobody)
        with pytest.raises(Reverted, match=rf"NoSuchPolicy\({nobody}\)"):
            here.signers.read("policyTerm", nobody)
    here.signers.send("retirePolicy", 1)
    with pytest.raises(Reverted, match=r"PolicyEnded\(1, 3\)"):
        here.signers.send("retirePolicy", 1)


def test_slot_of_a_retired_policy_is_another_ones_and_its_number_never(here: SignersTown) -> None:
    elsewhere = ((b"x" * 32,), (), False)
    for _ in range(2, MAX_POLICIES + 1):
        here.signers.send("registerPolicy", elsewhere)
    with pytest.raises(Reverted, match=r"TooManyPolicies\(16\)"):
        here.signers.send("registerPolicy", elsewhere)
    for who in (ONE, TWO):
        here.enter(who)
    here.capture()
    here.signers.send("retirePolicy", 1)
    receipt = here.signers.send("registerPolicy", ([US], [], False))
    (event,) = here.signers.events("PolicyRegistered", receipt)
    assert (event["policyId"], event["fromEpoch"]) == (17, 4)
    assert here.signers.read("policyTerm", 17) == (4, 0, 1)
    for policy in (0, 1):
        here.prepare(policy)
    here.make()
    assert owners(here, 3, 1) == accounts(here, ONE, TWO), "the last epoch of the former one"
    assert here.signers.read("policyQuorums", 3, 17) == (17 * BASE, 0)
    here.signers.send("setLabels", US, ACME, sender=here.evm.accounts[TWO])
    here.enter(ONE)
    check_gas("DARegistry.registerNextEpoch sixteen policies", here.enter(TWO))
    advance(here, 17)
    assert owners(here, 4, 17) == accounts(here, TWO)
    assert here.signers.read("policyQuorums", 4, 1) == (BASE, 0)
    with pytest.raises(Reverted, match=r"TooManyPolicies\(16\)"):
        here.signers.send("registerPolicy", elsewhere)


def test_draw_takes_ballots_of_its_slot_only(here: SignersTown) -> None:
    """Who fits the policy that had the slot before is not in the draw of the new one."""
    for _ in range(2, MAX_POLICIES + 1):
        here.signers.send("registerPolicy", ([US], [], False))
    here.signers.send("retirePolicy", 1)
    here.signers.send("registerPolicy", ([US], [], False))
    advance(here)
    here.signers.send("setLabels", US, ACME, sender=here.evm.accounts[TWO])
    for who in (ONE, TWO):
        here.enter(who)
    here.capture()
    others = [one for one in here.drawn() if one.index == 0]
    with pytest.raises(Reverted, match=r"NoSuchBallot\(0\)"):
        here.signers.send("prepareQuorum", 17, b"".join(one.packed() for one in others))
    here.prepare(17)
    assert here.round()[5] == 16, "everybody's, and fifteen of the policies before"


# ---------------------------------------------------------------- certificates


def test_certificates_of_a_retired_policy_are_verified_and_nothing_is_announced_for_it(
    town: DaTown,
) -> None:
    verify, announce = (
        "verifyCertificate(bytes32,uint256,uint256,uint256)",
        "submitOriginalData(bytes32[],uint256)",
    )
    town.signers.send("registerPolicy", ([EU], [], False))
    for account in town.keys:
        town.signers.send("setLabels", EU, ACME, sender=account)
    town.next_epoch()
    town.next_epoch(1)
    early, late = (town.blob(data, quorum_id=BASE) for data in (b"early", b"late"))
    town.certify(town.submission(early))
    town.signers.send("retirePolicy", 1)
    town.entrance.send(announce, [late.data_root], 1)
    town.next_epoch()
    town.certify(town.submission(late))
    for blob in (early, late):
        assert town.entrance.read(verify, *blob.place, 1)
    with pytest.raises(Reverted, match="DAEntrance: No DA Signers"):
        town.entrance.send(announce, [late.data_root], 1)
    assert not town.entrance.read(verify, late.data_root, 4, BASE, 1), "a view stays a view"
