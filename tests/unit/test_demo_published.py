"""What the demo publishes of a token is the same bytes for the same token."""

from __future__ import annotations

import json

import pytest

from zerog.chain.bindings import IntelligentData
from zerog.chain.hexes import to_address
from zerog.demo.published import document
from zerog.types import Address

pytestmark = pytest.mark.unit

TOKEN = to_address("0x" + "ab" * 20)
DATA = [IntelligentData('{"role":"poet ü"}', b"\x01" * 32), IntelligentData("", b"\x02" * 32)]


def test_document_of_a_token_is_canonical_json_with_every_root() -> None:
    made = document(31337, TOKEN, 7, DATA)
    told = json.loads(made)
    again = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert made == again
    assert told == {
        "version": 1,
        "chain_id": 31337,
        "token": TOKEN,
        "token_id": 7,
        "data": [
            {"description": '{"role":"poet ü"}', "data_root": "0x" + "01" * 32},
            {"description": "", "data_root": "0x" + "02" * 32},
        ],
    }


@pytest.mark.parametrize("other", [(1, TOKEN, 7, DATA), (31337, TOKEN, 8, DATA)])
def test_document_of_another_token_differs(
    other: tuple[int, Address, int, list[IntelligentData]],
) -> None:
    assert document(*other) != document(31337, TOKEN, 7, DATA)
