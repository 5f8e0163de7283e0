"""Every selector, interface id, event topic, error and string of the generations, on chain.

The deployed bytecode of the whole plan is asked. What a deployment of ours does not serve is named
in inft_surface with the reason, and stands in docs/compatibility.md.
"""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from tests.conformance.inft_bytecode import is_served, reports
from tests.conformance.inft_surface import (
    OMITTED,
    TABLES,
    Entry,
    contract_of,
    entries,
    is_omitted,
)
from tests.support.evm import AnvilProcess
from tests.support.house import deployed_home
from zerog.chain.hexes import to_bytes
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain

pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def deployed(
    anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Chain, Registry]:
    """The whole plan on a chain."""
    return Chain(anvil.url), deployed_home(anvil, tmp_path_factory.mktemp("abi"))


@pytest.mark.parametrize(
    "entry", entries(), ids=lambda entry: f"{entry.contract}-{entry.word[:10]}"
)
def test_entry_of_a_generation_is_served_or_named_as_omitted(
    deployed: tuple[Chain, Registry], entry: Entry
) -> None:
    if entry.kind != "string":
        hashed = keccak(text=entry.signature)
        assert to_bytes(entry.word) in {hashed, hashed[:4]}
    served = is_served(*deployed, entry)
    assert served != is_omitted(entry), OMITTED.get(entry.signature, "not served")


def test_every_omission_is_of_the_tables() -> None:
    assert OMITTED.keys() <= {entry.signature for entry in entries()}


@pytest.mark.parametrize(("name", "interface_id"), TABLES["interfaces"].items())
def test_interface_id_is_reported(
    deployed: tuple[Chain, Registry], name: str, interface_id: str
) -> None:
    chain, registry = deployed
    address = registry.contract(contract_of(name)).address
    assert reports(chain, address, to_bytes(interface_id))


def test_interface_id_of_nobody_is_not_reported(deployed: tuple[Chain, Registry]) -> None:
    chain, registry = deployed
    for contract in ("AgentNFT", "AgenticID"):
        assert not reports(chain, registry.contract(contract).address, b"\xff" * 4)
