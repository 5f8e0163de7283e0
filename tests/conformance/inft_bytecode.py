"""Whether deployed bytecode knows a function, event, error or revert string."""

from __future__ import annotations

from typing import Final

from eth_utils.crypto import keccak

from tests.conformance.inft_surface import Entry
from zerog.chain.errors import Reverted
from zerog.chain.hexes import to_address, to_bytes
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.types import Address

EQ: Final = b"\x14"
LOGIC_SLOT: Final = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
"""ERC-1967."""


def is_served(chain: Chain, registry: Registry, entry: Entry) -> bool:
    """Whether the contract of an entry has it."""
    address = registry.contract(entry.contract).address
    if entry.kind == "string":
        first = entry.word.encode()[:32].ljust(32, b"\0")
        return _pushed(first, code_behind(chain, address))
    word = to_bytes(entry.word)
    if entry.kind == "function":
        return serves(chain, address, word)
    code = code_behind(chain, address)
    return word in code if entry.kind == "event" else _pushed(word, code)


def serves(chain: Chain, address: Address, selector: bytes) -> bool:
    """Whether a contract's dispatch, or its table of facets, knows a function."""
    code = chain.code(logic_of(chain, address))
    if any(push + EQ in code for push in _pushes(selector)):
        return True
    try:
        facet = chain.call(address, keccak(text="facetAddress(bytes4)")[:4] + selector + bytes(28))
    except Reverted:
        return False
    return any(facet)


def reports(chain: Chain, address: Address, interface_id: bytes) -> bool:
    """What ERC-165 says."""
    call = bytes.fromhex("01ffc9a7") + interface_id + bytes(28)
    return int.from_bytes(chain.call(address, call), "big") == 1


def logic_of(chain: Chain, address: Address) -> Address:
    """What a proxy runs, or the contract itself."""
    held = str(chain.rpc("eth_getStorageAt", [address, LOGIC_SLOT, "latest"]))
    logic = to_address("0x" + held[-40:])
    return address if int(logic, 16) == 0 else logic


def code_behind(chain: Chain, address: Address) -> bytes:
    """All code that runs at a contract's address: its proxy's logic and its facets."""
    try:
        raw = chain.call(address, keccak(text="facetAddresses()")[:4])
    except Reverted:
        raw = b""
    facets = [to_address(raw[at + 12 : at + 32]) for at in range(64, len(raw), 32)]
    return b"".join(chain.code(one) for one in (logic_of(chain, address), *facets))


def _pushed(value: bytes, code: bytes) -> bool:
    return any(push in code for push in _pushes(value))


def _pushes(value: bytes) -> set[bytes]:
    """The ways in which solc puts a constant on the stack: shortest, or shifted down."""
    number = int.from_bytes(value, "big")
    shifted = number >> ((number & -number).bit_length() - 1)
    shortest = {one.to_bytes((one.bit_length() + 7) // 8, "big") for one in (number, shifted)}
    return {bytes([0x5F + len(one)]) + one for one in shortest}
