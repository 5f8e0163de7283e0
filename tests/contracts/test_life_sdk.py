"""The SDK of an agent's life on a deployed home: typed calls, what they give, what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.house import mint_token
from tests.support.life_home import PEOPLE, life_home
from zerog.chain.bindings import Contract
from zerog.chain.errors import TxReverted
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call
from zerog.config import Settings
from zerog.inft.errors import NotTheOwner, UnknownToken
from zerog.inft.life.batch import NotInABatch
from zerog.inft.life.desk import act, splitter_of
from zerog.inft.life.errors import BadTerms
from zerog.inft.life.lineage import Claim
from zerog.inft.life.permits import MalformedPermit, NoPermitFor, values_of
from zerog.inft.life.rental import NO_CURRENCY, Receipt
from zerog.inft.life.sdk import Life
from zerog.inft.life.signing import burn_nonce, carry, consent_to_child, sign_permit, usage_receipt
from zerog.inft.life.versions import Version, check
from zerog.inft.stack import Stack

pytestmark = pytest.mark.contracts
PRICE = 10**15


@pytest.fixture(scope="module")
def home(anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the people's keys, on the shared chain."""
    folder = tmp_path_factory.mktemp("life-home")
    life_home(anvil, folder)
    return folder


@pytest.fixture
def stack(home: Path) -> Stack:
    """The home's collaborators."""
    return Stack.open(Settings.load(home))


@pytest.fixture
def life(stack: Stack) -> Life:
    """The SDK."""
    return Life(stack)


@pytest.fixture
def token(anvil: AnvilProcess, home: Path, request: pytest.FixtureRequest) -> int:
    """A token of alice's."""
    return mint_token(anvil, home, devnet_signer(PEOPLE["alice"]), f"mint {request.node.name}")


def test_users_are_authorised_and_revoked(life: Life, token: int) -> None:
    bob = devnet_signer(PEOPLE["bob"]).address
    life.authorize(token, "alice", "bob")
    assert life.users(token).authorized == (bob,)
    assert life.may_use(token, "bob")
    life.revoke(token, "alice", bob)
    assert not life.may_use(token, "bob")
    life.set_user(token, "alice", "carol", 2**40)
    found = life.users(token)
    assert (found.user, found.expires) == (devnet_signer(PEOPLE["carol"]).address, 2**40)


def test_users_of_no_token_are_unknown(life: Life) -> None:
    with pytest.raises(UnknownToken):
        life.users(9_999)


def test_lease_from_offer_to_payout(life: Life, stack: Stack, token: int) -> None:
    offer = life.offer_rent(token, "alice", price=PRICE, period_s=3_600, calls_per_period=5)
    assert life.rent_offers(token) == [offer]
    lease = life.rent(offer.offer_id, "bob", periods=2)
    assert (lease.periods, lease.calls_left, lease.due) == (2, 5, str(PRICE))
    assert life.extend(lease.lease_id, "carol").periods == 3
    receipt = usage_receipt(stack, lease.lease_id, 2, "bob")
    life.record_usage([Receipt.from_json(receipt.to_json())], "alice")
    assert life.lease(lease.lease_id).calls_left == 3
    life.cancel(lease.lease_id, "bob")
    life.collect(lease.lease_id, "carol")
    assert life.earnings("bob").rent == str(2 * PRICE)
    assert life.earnings("alice").rent == str(PRICE)
    assert [done.act for done in life.withdraw("bob", to="carol")] == ["withdrawCredit"]
    assert life.withdraw("bob") == []
    life.close_offer(offer.offer_id, "alice")
    assert life.rent_offers(token) == []
    assert [one.lease_id for one in life.leases(token)] == [lease.lease_id]
    assert lease.to_json()["tenant"] == devnet_signer(PEOPLE["bob"]).address


def test_terms_without_meaning_are_refused_before_anything_is_sent(life: Life, token: int) -> None:
    with pytest.raises(BadTerms) as refused:
        life.offer_rent(token, "alice", price=2**96, period_s=1)
    assert refused.value.name == "price"


def test_unlimited_lease_has_no_calls_left_to_count(life: Life, token: int) -> None:
    offer = life.offer_rent(token, "alice", price=0, period_s=60)
    assert life.rent(offer.offer_id, "bob").calls_left is None


def test_history_has_proofs_that_hold(life: Life, stack: Stack, token: int) -> None:
    agentic = Contract(stack.chain, stack.nft.address, "AgenticFacet")
    for number in range(3):
        args = [token, [(f"v{number}", bytes([number + 1]) * 32)], [bytes(129)]]
        act(stack, stack.keys.signer("alice"), agentic, "update", args)
    found = life.history(token)
    assert len(found.versions) == 3
    for one in found.versions:
        before, after = (bytes.fromhex(text[2:]) for text in (one.before, one.next))
        author = stack.keys.resolve(one.author)
        version = Version(token, one.index, before, after, author, one.time)
        proof = [bytes.fromhex(text[2:]) for text in one.proof]
        check(bytes.fromhex(found.root[2:]), 3, version, proof)
        fields = (before, after, author, one.time)
        read = Contract(stack.chain, stack.nft.address, "LifeFacet").read
        assert read("verifyVersion", token, one.index, fields, proof) is True


def test_history_of_no_token_is_unknown(life: Life) -> None:
    with pytest.raises(UnknownToken):
        life.history(9_999)


def test_child_pays_its_parent(life: Life, stack: Stack, anvil: AnvilProcess, home: Path) -> None:
    alice, bob = (devnet_signer(PEOPLE[name]) for name in ("alice", "bob"))
    parent = mint_token(anvil, home, bob, "mint parent")
    child = mint_token(anvil, home, alice, "mint child")
    claim = consent_to_child(stack, parent, child, 2_500, "bob")
    life.derive(child, "alice", [Claim.from_json(claim.to_json())])
    found = life.lineage(child)
    assert found.shares == {alice.address: "75 %", bob.address: "25 %"}
    assert [(one.token_id, one.weight_bps) for one in found.parents] == [(parent, 2_500)]
    sender = stack.sender(stack.keys.signer("carol"))
    sender.run("pay the till", Call(splitter_of(stack).till(child), b"", 1_000))
    life.settle_royalties(child, "carol")
    assert life.earnings("bob").royalties == "250"
    assert [done.act for done in life.withdraw("bob")] == ["withdrawCredit"]


def test_consent_of_another_than_the_owner_is_refused(stack: Stack, token: int) -> None:
    with pytest.raises(NotTheOwner):
        consent_to_child(stack, token, token + 1, 1, "bob")
    with pytest.raises(UnknownToken):
        consent_to_child(stack, 9_999, 10_000, 1, "bob")


def test_line_of_no_token_is_unknown(life: Life) -> None:
    with pytest.raises(UnknownToken):
        life.lineage(9_999)


def test_derive_without_consent_is_refused_by_the_chain(life: Life, token: int) -> None:
    with pytest.raises(TxReverted):
        life.derive(token, "alice", [Claim(token, 1, 0, 0)])


def test_burn_is_the_owners(life: Life, token: int) -> None:
    with pytest.raises(NotTheOwner):
        life.burn(token, "bob")
    life.burn(token, "alice")
    with pytest.raises(UnknownToken):
        life.burn(token, "alice")


def test_permit_is_carried_by_somebody_else(life: Life, stack: Stack, token: int) -> None:
    bob = stack.keys.resolve("bob")
    permit = sign_permit(stack, "alice", "authorizeUsage", [token, bob])
    assert carry(stack, permit, "carol").act == "authorizeUsage"
    assert life.users(token).authorized == (bob,)
    with pytest.raises(TxReverted, match="PermitNonceUsed"):
        carry(stack, permit, "carol")


def test_burnt_nonce_voids_a_permit(stack: Stack, token: int) -> None:
    permit = sign_permit(stack, "alice", "approve", [NO_CURRENCY, token])
    burn_nonce(stack, "alice", permit.nonce)
    with pytest.raises(TxReverted, match="PermitNonceUsed"):
        carry(stack, permit, "carol")


def test_batch_is_one_transaction_of_named_calls(life: Life, stack: Stack, token: int) -> None:
    bob, carol = (stack.keys.resolve(name) for name in ("bob", "carol"))
    done = life.batch(
        "alice", [("authorizeUsage", [token, bob]), ("setUser", [token, carol, 2**40])]
    )
    assert done.act == "batch"
    assert (life.users(token).authorized, life.users(token).user) == ((bob,), carol)
    with pytest.raises(NotInABatch):
        life.batch("alice", [("makeRich", [token])])


def test_arguments_of_a_permit_are_what_a_person_types(stack: Stack) -> None:
    bob = stack.keys.resolve("bob")
    assert values_of("authorizeUsage", ["7", "bob"], stack.keys.resolve) == [7, bob]
    for words in (["7"], ["seven", "bob"], ["7", "bob", "1"]):
        with pytest.raises(MalformedPermit):
            values_of("authorizeUsage", words, stack.keys.resolve)
    with pytest.raises(NoPermitFor):
        values_of("burn", ["7"], stack.keys.resolve)
