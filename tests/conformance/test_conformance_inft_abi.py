"""Every selector, interface id, event topic and error of the published generations, on chain.

tests/vectors/inft/abi.json has them as their sources print them; what a deployment of ours does
not serve is named here with the reason, and stands in docs/compatibility.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from eth_utils.crypto import keccak

from tests.support.evm import AnvilProcess
from tests.support.house import deployed_home
from zerog.chain.errors import Reverted
from zerog.chain.hexes import to_address, to_bytes
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.types import Address

pytestmark = pytest.mark.conformance

ROOT: Final = Path(__file__).resolve().parents[2]
TABLES: Final = json.loads((ROOT / "tests" / "vectors" / "inft" / "abi.json").read_text())
PAGE: Final = ROOT / "docs" / "compatibility.md"

ROLES: Final = "roles are the Authority's"
ORACLES: Final = "oracles are in the AttestationRegistry"
SKETCH: Final = "unsigned keys: what this call hands over could be anything"
OMITTED: Final[Mapping[str, str]] = {
    "grantMinterRole(address)": ROLES,
    "revokeMinterRole(address)": ROLES,
    "setAdmin(address)": ROLES,
    "admin()": ROLES,
    "initialize(string,string,string,address,address)": "proxies initialise themselves",
    "initialize(address,uint256,address,uint256,uint256)": "proxies initialise themselves",
    "initialize((uint8,address)[],address)": "the verifier is no proxy",
    "initialize(address,address)": "the verifier is no proxy",
    "updateAttestationContract((uint8,address)[])": ORACLES,
    "verifyTEESignature(bytes32,bytes)": ORACLES,
    "teeOracleAddress()": ORACLES,
    "updateOracleAddress(address)": ORACLES,
    "cleanExpiredProofs(bytes32[])": "records are never cleaned (F2)",
    "updateMaxProofAge(uint256)": "records are never cleaned (F2)",
    "mint(address,string,bytes32)": SKETCH,
    "transfer(address,address,uint256,bytes,bytes)": SKETCH,
    "clone(address,uint256,bytes,bytes)": SKETCH,
    "verifyProof(bytes)": SKETCH,
}
FUNCTIONS: Final = [
    (table["contract"], signature, selector)
    for table in TABLES["functions"].values()
    for signature, selector in table["functions"]
]
EQ: Final = b"\x14"
LOGIC_SLOT: Final = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
"""ERC-1967."""
AGENTIC_IDS: Final = ("IAgenticID", "IERC8004IdentityRegistry")


@pytest.fixture(scope="module")
def deployed(
    anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Chain, Registry]:
    """The whole plan on a chain."""
    return Chain(anvil.url), deployed_home(anvil, tmp_path_factory.mktemp("abi"))


def pushes(value: bytes) -> set[bytes]:
    """The ways in which solc puts a constant on the stack: shortest, or shifted down."""
    number = int.from_bytes(value, "big")
    shifted = number >> ((number & -number).bit_length() - 1)
    shortest = {one.to_bytes((one.bit_length() + 7) // 8, "big") for one in (number, shifted)}
    return {bytes([0x5F + len(one)]) + one for one in shortest}


def logic_of(chain: Chain, address: Address) -> Address:
    """What a proxy runs, or the contract itself."""
    held = str(chain.rpc("eth_getStorageAt", [address, LOGIC_SLOT, "latest"]))
    logic = to_address("0x" + held[-40:])
    return address if int(logic, 16) == 0 else logic


def serves(chain: Chain, address: Address, selector: bytes) -> bool:
    """Whether a contract's dispatch, or its table of facets, knows a function."""
    code = chain.code(logic_of(chain, address))
    if any(push + EQ in code for push in pushes(selector)):
        return True
    try:
        facet = chain.call(address, keccak(text="facetAddress(bytes4)")[:4] + selector + bytes(28))
    except Reverted:
        return False
    return any(facet)


@pytest.mark.parametrize(
    ("contract", "signature", "selector"), FUNCTIONS, ids=[f"{c}-{s}" for c, _, s in FUNCTIONS]
)
def test_function_of_a_generation_is_served_or_named_as_omitted(
    deployed: tuple[Chain, Registry], contract: str, signature: str, selector: str
) -> None:
    chain, registry = deployed
    assert keccak(text=signature)[:4] == to_bytes(selector)
    known = serves(chain, registry.contract(contract).address, to_bytes(selector))
    assert known == (signature not in OMITTED), OMITTED.get(signature, "not served")
    if not known:
        assert selector in PAGE.read_text(), f"docs/compatibility.md does not name {selector}"


@pytest.mark.parametrize(("name", "interface_id"), TABLES["interfaces"].items())
def test_interface_id_is_reported(
    deployed: tuple[Chain, Registry], name: str, interface_id: str
) -> None:
    chain, registry = deployed
    contract = "AgenticID" if name in AGENTIC_IDS else "AgentNFT"
    call = bytes.fromhex("01ffc9a7") + to_bytes(interface_id) + bytes(28)
    answer = chain.call(registry.contract(contract).address, call)
    assert int.from_bytes(answer, "big") == 1


def test_interface_id_of_nobody_is_not_reported(deployed: tuple[Chain, Registry]) -> None:
    chain, registry = deployed
    call = bytes.fromhex("01ffc9a7ffffffff") + bytes(28)
    for contract in ("AgentNFT", "AgenticID"):
        answer = chain.call(registry.contract(contract).address, call)
        assert int.from_bytes(answer, "big") == 0


def code_behind(chain: Chain, address: Address) -> bytes:
    """All code that runs at a contract's address: its proxy's logic and its facets."""
    try:
        raw = chain.call(address, keccak(text="facetAddresses()")[:4])
    except Reverted:
        raw = b""
    facets = [to_address(raw[at + 12 : at + 32]) for at in range(64, len(raw), 32)]
    return b"".join(chain.code(one) for one in (logic_of(chain, address), *facets))


@pytest.mark.parametrize(
    ("contract", "signature", "topic"),
    [(contract, *row) for contract, rows in TABLES["events"].items() for row in rows],
)
def test_event_of_a_generation_is_in_the_code(
    deployed: tuple[Chain, Registry], contract: str, signature: str, topic: str
) -> None:
    chain, registry = deployed
    assert keccak(text=signature) == to_bytes(topic)
    assert to_bytes(topic) in code_behind(chain, registry.contract(contract).address)


@pytest.mark.parametrize(("signature", "selector"), TABLES["errors"])
def test_error_of_a_generation_is_in_the_code(
    deployed: tuple[Chain, Registry], signature: str, selector: str
) -> None:
    chain, registry = deployed
    assert keccak(text=signature)[:4] == to_bytes(selector)
    code = code_behind(chain, registry.contract("AgentNFT").address)
    assert any(push in code for push in pushes(to_bytes(selector)))
