"""Namespaced storage lies where ERC-7201 puts it, in every contract that has some."""

from __future__ import annotations

import re

import pytest
from eth_utils.crypto import keccak

from scripts.solidity import CONTRACTS
from tests.support.contracts import Evm
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import Storage

pytestmark = pytest.mark.contracts

NAMESPACE = re.compile(r"@custom:storage-location erc7201:(\S+)")
LITERAL = re.compile(r"bytes32 (?:private|internal) constant \w+\s*=\s*0x([0-9a-f]{64});")


def slot_of(namespace: str) -> bytes:
    """ERC-7201: keccak256(keccak256(id) - 1), last byte cleared."""
    inner = int.from_bytes(keccak(text=namespace), "big") - 1
    return keccak(inner.to_bytes(32, "big"))[:31] + b"\0"


SOURCES = sorted(path for path in CONTRACTS.rglob("*.sol") if NAMESPACE.search(path.read_text()))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_slot_literals_of_a_source_equal_their_derivation(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    names, literals = NAMESPACE.findall(text), LITERAL.findall(text)
    assert [slot_of(name).hex() for name in names] == literals


def test_storage_contracts_have_a_namespace_each() -> None:
    wanted = {"Flow", "FixedPriceMarket", "ChunkRewardBase", "ChunkLinearReward", "PoraMineBase"}
    assert wanted <= {path.stem for path in SOURCES}


def test_flow_and_market_write_where_their_namespaces_say(anvil: AnvilProcess) -> None:
    storage = Storage.deploy(Evm(anvil.url), price=41)
    eth = storage.evm.w3.eth
    for deployed, namespace, first in (
        (storage.market, "zerog.storage.FixedPriceMarket", 41),
        (storage.flow, "zerog.storage.Flow", 1),
    ):
        slot = int.from_bytes(slot_of(namespace), "big")
        assert int.from_bytes(eth.get_storage_at(deployed.address, slot), "big") == first
