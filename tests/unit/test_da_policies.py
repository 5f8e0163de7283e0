"""Numbers of policies are never used again, slots are, and never two at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.da.policies import (
    MAX_POLICIES,
    NO_LABEL,
    EmptyPolicy,
    NoSuchPolicy,
    Policies,
    PolicyEnded,
    Rule,
    Said,
    TooManyPolicies,
)

pytestmark = pytest.mark.unit
EU, US, ACME = (name.ljust(32, b"\0") for name in (b"EU", b"US", b"acme"))
ANYBODY = Rule(frozenset({EU}), frozenset())
DEEDS = st.lists(st.integers(-3, 20) | st.sampled_from(["add", "add", "epoch"]), max_size=60)


@given(deeds=DEEDS, drawing=st.booleans())
def test_slots_are_of_one_policy_an_epoch_and_numbers_of_one_for_ever(
    deeds: list[int | str], drawing: bool
) -> None:
    policies, epoch = Policies(), 0
    for deed in deeds:
        before = list(policies.terms)
        live = [number for number, term in enumerate(before, 1) if not term.end]
        if deed == "epoch":
            epoch += 1
        elif isinstance(deed, int):
            if deed in live:
                assert policies.retire(deed, epoch, drawing=drawing) - epoch in {1, 2}
            else:
                with pytest.raises((NoSuchPolicy, PolicyEnded)):
                    policies.retire(deed, epoch, drawing=drawing)
        elif len(live) == MAX_POLICIES:
            with pytest.raises(TooManyPolicies):
                policies.register(ANYBODY, epoch)
        else:
            assert policies.register(ANYBODY, epoch) == len(before) + 1
        for at in range(epoch, epoch + 4):
            slots = [policies.terms[number - 1].slot for number in policies.of(at)]
            assert len(set(slots)) == len(slots)
            assert set(slots) <= set(range(1, MAX_POLICIES + 1))
            assert policies.fits(Said(EU), at) == sum(1 << (slot - 1) for slot in slots)


@pytest.mark.parametrize(
    ("rule", "said", "fits"),
    [
        (Rule(frozenset({EU}), frozenset()), Said(EU), True),
        (Rule(frozenset({EU}), frozenset()), Said(US), False),
        (Rule(frozenset({EU}), frozenset(), confirmed=True), Said(EU, ACME), False),
        (Rule(frozenset({EU}), frozenset(), confirmed=True), Said(EU, ACME, confirmed=True), True),
        (Rule(frozenset({EU, US}), frozenset({ACME})), Said(US, ACME), True),
        (Rule(frozenset({EU, US}), frozenset({ACME})), Said(US, EU), False),
        (Rule(frozenset(), frozenset({ACME})), Said(operator=ACME), True),
        (Rule(frozenset(), frozenset({ACME})), Said(), False),
    ],
)
def test_labels_fit_what_names_them(rule: Rule, said: Said, fits: bool) -> None:
    assert rule.takes(said) is fits


@pytest.mark.parametrize(
    "rule",
    [
        Rule(frozenset(), frozenset()),
        Rule(frozenset({NO_LABEL}), frozenset()),
        Rule(frozenset({EU}), frozenset({NO_LABEL, ACME})),
    ],
)
def test_policy_that_names_nobody_is_none(rule: Rule) -> None:
    with pytest.raises(EmptyPolicy):
        Policies().register(rule, 0)
