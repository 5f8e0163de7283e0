"""Gas of every form of mint, hand-over and owner's act, against the references' figures."""

from __future__ import annotations

import pytest

from tests.support import token_gas
from tests.support.contracts import check_gas
from tests.support.evm import AnvilProcess

pytestmark = pytest.mark.contracts


def test_gas_of_signed_acts_matches_snapshot_and_beats_the_reference(
    fresh_anvil: AnvilProcess,
) -> None:
    """Exact figures: the clock is set, addresses and signatures are deterministic."""
    figures = token_gas.exact(fresh_anvil)
    for name, limit in token_gas.REFERENCE.items():
        assert figures[name] < limit, name
    for name, used in figures.items():
        check_gas(name, used)


def test_gas_of_a_proof_on_chain_stays_below_the_limit(fresh_anvil: AnvilProcess) -> None:
    """A receiver new to the collection and to the verifier; seals are random bytes."""
    figures = token_gas.random(fresh_anvil)
    on_chain = token_gas.ON_CHAIN
    assert figures[on_chain] <= token_gas.ON_CHAIN_LIMIT
    for name, limit in token_gas.REFERENCE_BY_PROOF.items():
        assert figures[name] < limit, name
    assert figures[f"{on_chain}, key stored whole"] > figures[on_chain]
