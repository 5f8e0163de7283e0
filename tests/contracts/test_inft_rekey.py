"""Viewing keys and new seals of a home: which key opens an agent before and after a rotation."""

from __future__ import annotations

import pytest

from tests.support.evm import AnvilProcess
from tests.support.house import deployed_home, mint_token
from zerog.chain.errors import TxReverted
from zerog.chain.signer import Signer, devnet_signer
from zerog.config import Settings
from zerog.crypto.curve import generate
from zerog.devnet.provision import make_keys
from zerog.inft.driving import driven
from zerog.inft.envelope import Envelope, open_seal
from zerog.inft.errors import NotTheOwner
from zerog.inft.opening import read_token
from zerog.inft.readers import secret_for
from zerog.inft.rekey import plan_rekey
from zerog.inft.stack import Stack
from zerog.inft.viewing_keys import NoViewingKey, ViewingKeys

pytestmark = pytest.mark.contracts

ALICE = devnet_signer(3)


@pytest.fixture(scope="module")
def stack(anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A home with the devnet's people, and its network."""
    home = tmp_path_factory.mktemp("rekey-home")
    deployed_home(anvil, home)
    make_keys(home, 31337)
    return Stack.open(Settings.load(home))


@pytest.fixture
def token(anvil: AnvilProcess, stack: Stack, request: pytest.FixtureRequest) -> int:
    """A token of alice's, sealed to her account."""
    return mint_token(anvil, stack.settings.home, ALICE, f"mint {request.node.name}")


def opened(stack: Stack, token: int, reader: Signer) -> bytes:
    """The data key that a reader of this home finds in the token's seal."""
    sealed = read_token(stack, token).sealed_key
    return open_seal(sealed, secret_for(stack, reader, sealed)).data_key()


def test_rekey_after_each_rotation_seals_the_same_key_to_the_newest(
    stack: Stack, token: int
) -> None:
    keys, before = ViewingKeys(stack), opened(stack, token, ALICE)
    first = keys.register("alice")
    row = driven(stack, plan_rekey(stack, token, "alice").job_id)
    assert (row.state, row.text("target_key")) == ("final", first.public_key)
    assert opened(stack, token, ALICE) == before
    second = keys.register("alice")
    assert second.index == first.index + 1
    assert opened(stack, token, ALICE) == before, "the older key still opens the older seal"
    driven(stack, plan_rekey(stack, token, "alice").job_id)
    owner = Envelope.parse(read_token(stack, token).sealed_key).owner
    assert owner is not None
    assert owner.hex() == second.public_key
    assert opened(stack, token, ALICE) == before
    keys.drop("alice")


def test_rekey_to_a_stored_key_opens_with_the_key_of_the_home(stack: Stack, token: int) -> None:
    keys, before = ViewingKeys(stack), opened(stack, token, ALICE)
    stored = keys.register("alice", stored=True)
    assert stored.source == "stored"
    driven(stack, plan_rekey(stack, token, "alice").job_id)
    assert opened(stack, token, ALICE) == before
    again = keys.register("alice", stored=True)
    assert again.public_key != stored.public_key
    assert {"alice-viewing", "alice-viewing-2"} <= set(stack.keys.names())
    assert opened(stack, token, ALICE) == before
    keys.drop("alice")


def test_rekey_without_a_viewing_key_goes_back_to_the_account(stack: Stack, token: int) -> None:
    keys = ViewingKeys(stack)
    keys.register("alice")
    driven(stack, plan_rekey(stack, token, "alice").job_id)
    keys.drop("alice")
    with pytest.raises(NoViewingKey):
        keys.show("alice")
    row = driven(stack, plan_rekey(stack, token, "alice").job_id)
    assert row.text("target_key") == ALICE.public_key.hex()


def test_rekey_by_somebody_else_is_refused_before_anything_is_made(
    stack: Stack, token: int
) -> None:
    with pytest.raises(NotTheOwner):
        plan_rekey(stack, token, "bob")


def test_rekey_to_a_key_that_the_proof_is_not_for_is_refused_by_the_chain(
    stack: Stack, token: int
) -> None:
    row = driven(stack, plan_rekey(stack, token, "alice").job_id)
    forged = stack.jobs.add(
        "rekey-forged", "rekey", "proven", {**row.data, "target_key": generate(7).hex()}
    )
    with pytest.raises(TxReverted):
        driven(stack, forged.job_id)


def test_viewing_key_of_the_same_index_can_be_set_again(stack: Stack) -> None:
    keys = ViewingKeys(stack)
    first = keys.register("carol")
    keys.drop("carol")
    second = keys.register("carol")
    assert (first.public_key, first.index) == (second.public_key, second.index)
    assert first.tx != second.tx
    assert keys.show("carol").public_key == first.public_key
