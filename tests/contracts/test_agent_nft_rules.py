"""TransferRules against its Python twin, on pairs that are right but for what is drawn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.agents import Person, root
from tests.support.contracts import Deployed, Evm, compiled
from tests.support.evm import AnvilProcess
from zerog.inft.proofs import TEE, ZKP
from zerog.inft.rules import NO_HASH, Delivery, Fault, judge

pytestmark = pytest.mark.contracts

BOB, CAROL = Person.named("bob of the rules"), Person.named("carol of the rules")
HASHES = st.sampled_from([root("current"), root("other"), NO_HASH])
KEYS = st.sampled_from([b"", b"wanted", BOB.public_key, CAROL.public_key, BOB.public_key[:63]])
DELIVERIES = st.builds(
    Delivery,
    kind=st.sampled_from([TEE, ZKP]),
    old_data_hash=st.sampled_from([root("current")] * 4 + [root("other")]),
    new_data_hash=HASHES,
    sealed_key=st.sampled_from([b"sealed"] * 4 + [b""]),
    wanted_key=KEYS,
    target_key=KEYS,
)
NOBODY = "0x" + "00" * 20


@pytest.fixture(scope="module")
def rules(anvil: AnvilProcess) -> Deployed:
    """The rules on the shared chain."""
    return Evm(anvil.url).deploy(compiled("TransferRulesHarness"))


@settings(max_examples=50, deadline=None)
@given(delivery=DELIVERIES, consented=st.booleans(), may_keep=st.booleans())
def test_verdict_on_a_pair_is_that_of_the_twin(
    rules: Deployed, delivery: Delivery, consented: bool, may_keep: bool
) -> None:
    current = root("current")
    expected = judge(delivery, current, BOB.address, consented=consented, oracle_may_keep=may_keep)
    fields = (
        delivery.kind,
        delivery.old_data_hash,
        delivery.new_data_hash,
        delivery.sealed_key,
        delivery.wanted_key,
        delivery.target_key,
        NOBODY,
    )
    assert rules.read("judge", fields, current, BOB.address, consented, may_keep) == expected


@pytest.mark.parametrize(
    ("wanted", "target", "fault"),
    [
        (b"", BOB.public_key, Fault.NONE),
        (b"", CAROL.public_key, Fault.FOREIGN_KEY),
        (b"", b"", Fault.KEY_LENGTH),
        (b"w", b"w", Fault.NONE),
        (b"w", BOB.public_key, Fault.OTHER_KEY),
    ],
)
def test_key_is_that_of_the_receiver_or_the_wanted_one(
    rules: Deployed, wanted: bytes, target: bytes, fault: Fault
) -> None:
    current = root("current")
    made = Delivery(ZKP, current, current, b"sealed", wanted, target)
    assert judge(made, current, BOB.address, consented=True, oracle_may_keep=False) is fault
    fields = (ZKP, current, current, b"sealed", wanted, target, NOBODY)
    assert rules.read("judge", fields, current, BOB.address, True, False) == fault
