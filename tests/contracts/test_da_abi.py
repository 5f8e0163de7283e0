"""The contracts answer under the names that official clients use; their state has its own place.

(0glabs/0g-da-contract: contracts/DAEntrance.sol, contracts/interface/IDASigners.sol;
0gfoundation/0g-da-contract: contracts/DARegistry.sol)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from eth_typing import ABIEvent, ABIFunction
from eth_utils.abi import abi_to_signature
from eth_utils.crypto import keccak

from scripts.frozen_da import FUNCTIONS, TOPICS
from scripts.solidity import CONTRACTS
from tests.support.contracts import Reverted, artifact
from tests.support.da_town import BOND, LIABILITY, PENALTY, PERIOD, WINDOW, DaTown
from tests.support.evm import AnvilProcess

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20

INDEXED = {
    "DataUpload": [],
    "ErasureCommitmentVerified": [],
    "NewSampleRound": ["sampleRound"],
    "DAReward": ["beneficiary", "sampleRound", "epoch"],
    "NewSigner": ["signer"],
    "SocketUpdated": ["signer"],
    "Staked": [],
    "Withdraw": [],
}
OTHERS = {
    "payments(address)",
    "withdrawPayments(address)",
    "setRoundSubmissions(uint64)",
    "setEpochWindowSize(uint64)",
    "setRewardRatio(uint64)",
    "setBaseReward(uint256)",
    "setSamplePeriod(uint64)",
    "setBlobPrice(uint256)",
    "setServiceFeeRate(uint256)",
    "setTreasury(address)",
    "currentEpoch()",
    "currentSampleSeed()",
    "sampleRound()",
    "podasTarget()",
    "roundSubmissions()",
    "targetRoundSubmissions()",
    "targetRoundSubmissionsNext()",
    "currentEpochReward()",
    "activedReward()",
    "totalBaseReward()",
    "serviceFee()",
    "rewardRatio()",
    "baseReward()",
    "serviceFeeRateBps()",
    "treasury()",
    "DA_SIGNERS()",
    "SLICE_NUMERATOR()",
    "SLICE_DENOMINATOR()",
    "MAX_PODAS_TARGET()",
}


def functions(name: str) -> set[str]:
    """Signatures that a contract answers to."""
    entries = [cast(ABIFunction, one) for one in artifact(name).abi if one["type"] == "function"]
    return {abi_to_signature(one) for one in entries}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_the_official_selectors(name: str) -> None:
    assert functions(name) >= FUNCTIONS[name].keys()
    for signature, selector in FUNCTIONS[name].items():
        assert keccak(text=signature)[:4].hex() == selector, signature


def test_entrance_has_the_official_getters_and_setters() -> None:
    assert functions("DAEntrance") >= OTHERS


@pytest.mark.parametrize("name", TOPICS)
def test_events_have_the_official_topics(name: str) -> None:
    entries = [cast(ABIEvent, one) for one in artifact(name).abi if one["type"] == "event"]
    events = {str(one["name"]): one for one in entries}
    for signature, topic in TOPICS[name].items():
        event = events[signature.partition("(")[0]]
        assert abi_to_signature(event) == signature
        assert keccak(text=signature).hex() == topic
        found = [part["name"] for part in event["inputs"] if part.get("indexed")]
        assert found == INDEXED[str(event["name"])]


@pytest.mark.parametrize("name", ["DAEntrance", "DAChallenge", "DASigners", "DARegistry"])
def test_state_is_at_its_derived_slot(name: str) -> None:
    inner = int.from_bytes(keccak(text=f"zerog.storage.{name}")) - 1
    slot = int.from_bytes(keccak(inner.to_bytes(32))) & ~0xFF
    texts = [path.read_text() for path in Path(CONTRACTS, "da").glob("*.sol")]
    (holder,) = (text for text in texts if f"erc7201:zerog.storage.{name}\n" in text)
    assert re.search(f"_STORAGE = {slot:#066x};", holder)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaTown]:
    """A network before its first epoch."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-abi"))
    try:
        yield DaTown.open(process)
    finally:
        process.stop()


SETTERS: dict[str, tuple[object, tuple[object, ...]]] = {
    "setEpochWindowSize": (7, (0,)),
    "setRewardRatio": (7, (0,)),
    "setSamplePeriod": (255, (0, 256)),
    "setServiceFeeRate": (10_000, (10_001,)),
    "setRoundSubmissions": (80, (4, 321)),
    "setBaseReward": (7, ()),
    "setBlobPrice": (7, ()),
}
GETTERS = {
    "setServiceFeeRate": "serviceFeeRateBps",
    "setRoundSubmissions": "targetRoundSubmissionsNext",
}


@pytest.mark.parametrize("setter", SETTERS)
def test_parameter_belongs_to_the_authority_and_has_bounds(town: DaTown, setter: str) -> None:
    good, bad = SETTERS[setter]
    getter = GETTERS.get(setter, setter[3].lower() + setter[4:])
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        town.entrance.send(setter, good, sender=town.evm.accounts[7])
    for value in bad:
        with pytest.raises(Reverted, match="OutOfBounds"):
            town.entrance.send(setter, value)
    receipt = town.entrance.send(setter, good)
    assert town.entrance.read(getter) == good
    (changed,) = town.entrance.events("ParameterChanged", receipt)
    assert changed == {"name": getter, "value": good}


def test_treasury_belongs_to_the_authority_and_is_somebody(town: DaTown) -> None:
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        town.entrance.send("setTreasury", town.evm.accounts[7], sender=town.evm.accounts[7])
    with pytest.raises(Reverted, match="ZeroAddress"):
        town.entrance.send("setTreasury", NOBODY)
    town.entrance.send("setTreasury", town.evm.accounts[8])
    assert str(town.entrance.read("treasury")).lower() == town.evm.accounts[8].lower()


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_entrance_and_challenge_without_a_neighbour_are_not_made(
    town: DaTown, missing: int
) -> None:
    about: list[str] = [town.signers.address, town.authority.address, town.evm.accounts[9]]
    about[missing] = NOBODY
    with pytest.raises(Reverted, match="ZeroAddress"):
        town.evm.deploy_proxy(artifact("DAEntrance"), "initialize", (*about, 4, PERIOD))
    about = [town.entrance.address, town.registry.address, town.authority.address]
    about[missing] = NOBODY
    terms = (BOND, PENALTY, WINDOW, LIABILITY)
    with pytest.raises(Reverted, match="ZeroAddress"):
        town.evm.deploy_proxy(artifact("DAChallenge"), "initialize", (*about, *terms))


@pytest.mark.parametrize(("rows", "period"), [(0, 5), (12, 5), (4, 0), (4, 256)])
def test_entrance_with_parameters_out_of_bounds_is_not_made(
    town: DaTown, rows: int, period: int
) -> None:
    about = (town.signers.address, town.authority.address, town.evm.accounts[9])
    with pytest.raises(Reverted, match="OutOfBounds"):
        town.evm.deploy_proxy(artifact("DAEntrance"), "initialize", (*about, rows, period))


def test_initialising_again_is_refused(town: DaTown) -> None:
    about = (town.signers.address, town.authority.address, town.evm.accounts[9])
    with pytest.raises(Reverted, match="InvalidInitialization"):
        town.entrance.send("initialize", (*about, 4, PERIOD))
    neighbours = (town.entrance.address, town.registry.address, town.authority.address)
    with pytest.raises(Reverted, match="InvalidInitialization"):
        town.challenge.send("initialize", (*neighbours, BOND, PENALTY, WINDOW, LIABILITY))


@pytest.mark.parametrize("name", ["entrance", "challenge"])
def test_upgrade_belongs_to_the_authority(town: DaTown, name: str) -> None:
    contract = getattr(town, name)
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        contract.send("upgradeToAndCall", NOBODY, b"", sender=town.evm.accounts[7])
