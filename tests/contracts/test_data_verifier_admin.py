"""DataVerifier: registry, committee, legacy tokens and the pause."""

from __future__ import annotations

import pytest

from tests.support.agents import SIMULATED, House, Person
from tests.support.contracts import Reverted, artifact, compiled
from tests.support.evm import AnvilProcess
from tests.support.handovers import FINAL, GENERATIONS, ZERO, act_of, error_of, safe
from zerog.inft.legacy import Generation
from zerog.inft.proofs import BARE

pytestmark = pytest.mark.contracts


def test_f18_only_the_registry_says_who_is_an_oracle(own_house: House) -> None:
    """F18: no administrator names a key; it has to pass the registry and its delay."""
    house = own_house
    names = {str(entry.get("name")) for entry in house.verifier.contract.abi}
    assert not names & {"setOracle", "oracle", "updateOracleAddress", "setTeeOracleAddress"}
    act = act_of(house, house.carol.address)
    attested = Person.named("attested")
    shape = safe(house, FINAL, act, house.bob, oracle=attested)
    assert error_of(house, act, shape) == "WrongOwnershipSigner"
    registry = house.evm.deploy(compiled("OracleList"))
    receipt = house.verifier.send("setRegistry", registry.address)
    assert house.verifier.events("RegistrySet", receipt) == [{"registry": registry.address}]
    assert house.verifier.read("registry") == registry.address.lower()
    assert error_of(house, act, shape) == "WrongOwnershipSigner"
    registry.send("set", attested.address, True)
    assert error_of(house, act, shape) == ""
    assert error_of(house, act, safe(house, FINAL, act, house.bob)) == "WrongOwnershipSigner"
    registry.send("set", attested.address, False)
    assert error_of(house, act, shape) == "WrongOwnershipSigner"
    house.verifier.send("setRegistry", ZERO)
    assert error_of(house, act, shape) == "NoOracle"


def test_f18_proposed_key_signs_only_after_the_delay(
    own_house: House, fresh_anvil: AnvilProcess
) -> None:
    """F18: with the registry of the house, whoever administers it; and a revoked key is none."""
    house, delay = own_house, 2 * 86_400
    registry = house.evm.deploy(artifact("AttestationRegistry"), delay, house.authority.address)
    house.verifier.send("setRegistry", registry.address)
    registry.send("propose", house.oracle.address, SIMULATED, bytes(32), b"", 30 * 86_400)
    act = act_of(house, house.carol.address)
    deadline = house.now() + delay + 3600
    shape = safe(house, FINAL, act, house.bob, deadline=deadline)
    assert error_of(house, act, shape) == "WrongOwnershipSigner"
    fresh_anvil.rpc("evm_increaseTime", delay + 1)
    fresh_anvil.rpc("evm_mine")
    assert error_of(house, act, shape) == ""
    registry.send("revoke", house.oracle.address)
    assert error_of(house, act, shape) == "WrongOwnershipSigner"


@pytest.mark.parametrize("function", ["setRegistry", "setCommittee"])
def test_contract_without_code_is_refused(house: House, function: str) -> None:
    with pytest.raises(Reverted, match="NotAContract") as caught:
        house.verifier.send(function, house.carol.address)
    assert caught.value.values == (house.carol.address.lower(),)


def test_set_committee_and_legacy_say_so(own_house: House) -> None:
    verifier, token = own_house.verifier, own_house.token.address
    receipt = verifier.send("setCommittee", token)
    assert verifier.events("CommitteeSet", receipt) == [{"committee": token}]
    assert verifier.read("committee") == token.lower()
    for allowed in (True, False):
        receipt = verifier.send("setLegacy", token, allowed)
        assert verifier.events("LegacySet", receipt) == [{"token": token, "allowed": allowed}]
        assert verifier.read("isLegacy", token) is allowed


@pytest.mark.parametrize(
    "call",
    [
        ("pause",),
        ("unpause",),
        ("setRegistry", ZERO),
        ("setCommittee", ZERO),
        ("setLegacy", ZERO, True),
    ],
    ids=lambda call: call[0],
)
def test_administration_by_stranger_reverts(house: House, call: tuple[object, ...]) -> None:
    function, *arguments = call
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        house.verifier.send(str(function), *arguments, sender=house.alice.address)


@pytest.mark.parametrize("generation", GENERATIONS, ids=lambda g: g.name.lower())
def test_f5_pause_stops_every_form_of_verification(
    own_house: House, generation: Generation
) -> None:
    house = own_house
    acts = [act_of(house, house.carol.address, generation, operation) for operation in (BARE, 1, 2)]
    house.verifier.send("pause")
    for act in acts:
        assert error_of(house, act, safe(house, generation, act, house.bob)) == "EnforcedPause"
    house.verifier.send("unpause")
    for act in acts:
        assert error_of(house, act, safe(house, generation, act, house.bob)) == ""
