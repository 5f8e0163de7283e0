"""EIP-712 digests equal those of eth-account, and bad structs are refused by name."""

from __future__ import annotations

import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto.eip712 import BadTypedData, Domain, Value, field_types, struct_hash, typed_digest

pytestmark = pytest.mark.unit

TOKEN = to_checksum_address("0x" + "5a" * 20)
DOMAIN = Domain("0G-iNFT", "1", 31337, TOKEN)
TYPE = (
    "Order(uint8 op,uint256 id,address to,bytes32 root,bool paid,bytes4 tag,string note,bytes raw)"
)
FIELDS = [dict(zip(("type", "name"), part.split(), strict=True)) for part in TYPE[6:-1].split(",")]


def _by_eth_account(domain: Domain, values: list[Value]) -> bytes:
    names = [field["name"] for field in FIELDS]
    signable = encode_typed_data(
        {
            "name": domain.name,
            "version": domain.version,
            "chainId": domain.chain_id,
            "verifyingContract": domain.verifying_contract,
        },
        {"Order": FIELDS},
        dict(zip(names, values, strict=True)),
    )
    return bytes(_hash_eip191_message(signable))


@given(
    st.builds(
        Domain,
        st.text(max_size=20),
        st.text(max_size=5),
        st.integers(0, 2**64),
        st.binary(min_size=20, max_size=20).map(to_checksum_address),
    ),
    st.integers(0, 255),
    st.integers(0, 2**256 - 1),
    st.binary(min_size=32, max_size=32),
    st.booleans(),
    st.text(max_size=50),
    st.binary(max_size=100),
)
def test_digest_equals_eth_account_on_random_structs(
    domain: Domain, op: int, number: int, root: bytes, paid: bool, note: str, raw: bytes
) -> None:
    values: list[Value] = [op, number, TOKEN, root, paid, root[:4], note, raw]
    assert typed_digest(domain, TYPE, values) == _by_eth_account(domain, values)


def test_mail_example_of_the_eip_gives_its_domain_separator() -> None:
    ether_mail = Domain(
        "Ether Mail", "1", 1, to_checksum_address("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")
    )
    expected = "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    assert ether_mail.separator().hex() == expected


def test_field_types_are_read_in_order() -> None:
    assert field_types("A(uint8 op,bytes32 x)") == ["uint8", "bytes32"]
    assert field_types("Empty()") == []


@pytest.mark.parametrize(
    ("type_string", "values"),
    [
        ("A(uint8 op)", [256]),
        ("A(uint8 op)", [-1]),
        ("A(uint8 op)", []),
        ("A(uint8 op)", [1, 2]),
        ("A(uint7 op)", [1]),
        ("A(bytes32 x)", [b"\1" * 31]),
        ("A(bytes32 x)", [b"\1" * 33]),
        ("A(bytes32 x)", ["0x" + "11" * 32]),
        ("A(bytes x)", ["text"]),
        ("A(string x)", [b"bytes"]),
        ("A(address to)", ["0x1234"]),
        ("A(uint256[] x)", [1]),
        ("A(B b)B(uint8 x)", [1]),
        ("A(B b)", [1]),
        ("uint8 op", [1]),
        ("", []),
    ],
)
def test_struct_or_value_that_does_not_fit_is_refused_by_name(
    type_string: str, values: list[Value]
) -> None:
    with pytest.raises(BadTypedData) as refused:
        struct_hash(type_string, values)
    assert refused.value.type_string == type_string


def test_every_part_of_the_domain_changes_the_digest() -> None:
    values: list[Value] = [7]
    others = [
        DOMAIN,
        Domain("0G-iNFU", "1", 31337, TOKEN),
        Domain("0G-iNFT", "2", 31337, TOKEN),
        Domain("0G-iNFT", "1", 31338, TOKEN),
        Domain("0G-iNFT", "1", 31337, to_checksum_address("0x" + "5b" * 20)),
    ]
    assert len({typed_digest(domain, "A(uint8 op)", values) for domain in others}) == len(others)
