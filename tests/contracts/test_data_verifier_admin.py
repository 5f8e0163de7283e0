"""DataVerifier: oracle, registry, committee, legacy tokens and the pause."""

from __future__ import annotations

import pytest

from tests.support.agents import House, Person
from tests.support.contracts import Reverted, compiled
from tests.support.evm import AnvilProcess
from tests.support.handovers import FINAL, GENERATIONS, ZERO, act_of, error_of, safe
from zerog.inft.legacy import Generation
from zerog.inft.proofs import BARE

pytestmark = pytest.mark.contracts
SIMULATED = 1


def test_set_oracle_by_stranger_reverts_and_by_admin_says_so(own_house: House) -> None:
    house = own_house
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        house.verifier.send("setOracle", house.alice.address, 1, sender=house.alice.address)
    receipt = house.verifier.send("setOracle", house.carol.address, 1)
    assert house.verifier.events("OracleSet", receipt) == [
        {"oracle": house.carol.address, "kind": 1}
    ]
    assert house.verifier.read("oracle") == house.carol.address.lower()
    assert house.verifier.read("attestation") == 1
    house.verifier.send("setOracle", ZERO, 0)
    assert (house.verifier.read("oracle"), house.verifier.read("attestation")) == (ZERO, 0)


@pytest.mark.parametrize(("named", "kind"), [(True, 0), (False, 1)])
def test_set_oracle_without_its_attestation_reverts(house: House, named: bool, kind: int) -> None:
    oracle = house.carol.address if named else ZERO
    with pytest.raises(Reverted, match="OracleWithoutAttestation") as caught:
        house.verifier.send("setOracle", oracle, kind)
    assert caught.value.values == (oracle.lower(), kind)


def test_set_oracle_simulated_on_public_chain_reverts(
    own_house: House, fresh_anvil: AnvilProcess
) -> None:
    verifier, oracle = own_house.verifier, own_house.carol.address
    for chain_id, allowed in ((1337, True), (31337, True), (1, False), (16602, False)):
        fresh_anvil.rpc("anvil_setChainId", chain_id)
        if allowed:
            verifier.read("setOracle", oracle, SIMULATED)
            continue
        with pytest.raises(Reverted, match="SimulatedAttestationOnPublicChain") as caught:
            verifier.read("setOracle", oracle, SIMULATED)
        assert caught.value.values == (chain_id,)
        verifier.read("setOracle", ZERO, 0)


def test_registry_says_who_else_is_an_oracle(own_house: House) -> None:
    house = own_house
    registry = house.evm.deploy(compiled("OracleList"))
    act = act_of(house, house.carol.address)
    attested = Person.named("attested")
    assert error_of(house, act, safe(house, FINAL, act, house.bob, oracle=attested))
    receipt = house.verifier.send("setRegistry", registry.address)
    assert house.verifier.events("RegistrySet", receipt) == [{"registry": registry.address}]
    assert house.verifier.read("registry") == registry.address.lower()
    assert error_of(house, act, safe(house, FINAL, act, house.bob, oracle=attested))
    registry.send("set", attested.address, True)
    assert not error_of(house, act, safe(house, FINAL, act, house.bob, oracle=attested))
    assert not error_of(house, act, safe(house, FINAL, act, house.bob)), "the other one stays"
    house.verifier.send("setOracle", ZERO, 0)
    assert not error_of(house, act, safe(house, FINAL, act, house.bob, oracle=attested))
    registry.send("set", attested.address, False)
    shape = safe(house, FINAL, act, house.bob, oracle=attested)
    assert error_of(house, act, shape) == "WrongOwnershipSigner"
    house.verifier.send("setRegistry", ZERO)
    assert error_of(house, act, shape) == "NoOracle"


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
