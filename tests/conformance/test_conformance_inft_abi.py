"""Every selector, interface id, event topic, error and string of the generations, on chain.

The deployed bytecode of the whole plan is asked. What a deployment of ours does not serve is named
in inft_surface with the reason, and stands in docs/compatibility.md.
"""

from __future__ import annotations

from typing import Final

import pytest
from eth_utils.crypto import keccak

from tests.conformance.inft_surface import OMITTED, TABLES, Entry, entries, is_omitted
from tests.support.evm import AnvilProcess
from tests.support.house import deployed_home
from zerog.chain.errors import Reverted
from zerog.chain.hexes import to_address, to_bytes
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.types import Address

pytestmark = pytest.mark.conformance

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


def named(entry: Entry) -> str:
    """Id of a test."""
    return f"{entry.contract}-{entry.word[:10]}"


@pytest.mark.parametrize("entry", entries(), ids=named)
def test_entry_of_a_generation_is_served_or_named_as_omitted(
    deployed: tuple[Chain, Registry], entry: Entry
) -> None:
    chain, registry = deployed
    address = registry.contract(entry.contract).address
    if entry.kind == "string":
        found = any(push in code_behind(chain, address) for push in pushes(padded(entry.word)))
    else:
        word = to_bytes(entry.word)
        hashed = keccak(text=entry.signature)
        assert word in {hashed, hashed[:4]}
        if entry.kind == "function":
            found = serves(chain, address, word)
        elif entry.kind == "event":
            found = word in code_behind(chain, address)
        else:
            found = any(push in code_behind(chain, address) for push in pushes(word))
    assert found != is_omitted(entry), OMITTED.get(entry.signature, "not served")


def padded(text: str) -> bytes:
    """A revert string as its first word is stored."""
    return text.encode()[:32].ljust(32, b"\0")


def test_every_omission_is_of_the_tables() -> None:
    assert OMITTED.keys() <= {entry.signature for entry in entries()}
