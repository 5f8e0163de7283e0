"""EIP-712 digests of flat structs: the only kind of typed data that this project signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_abi.abi import encode

from zerog.crypto.keccak import keccak256
from zerog.types import Address

DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"

Value = int | str | bytes
"""A field's value as eth-abi takes it: numbers, address text, bytesN."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The EIP-712 domain: which application, chain and contract a signature is for."""

    name: str
    version: str
    chain_id: int
    verifying_contract: Address

    def separator(self) -> bytes:
        """32 bytes, as Solidity's EIP712 base computes it (EIP-712)."""
        return keccak256(
            encode(
                ["bytes32", "bytes32", "bytes32", "uint256", "address"],
                [
                    keccak256(DOMAIN_TYPE),
                    keccak256(self.name.encode()),
                    keccak256(self.version.encode()),
                    self.chain_id,
                    self.verifying_contract,
                ],
            )
        )


def field_types(type_string: str) -> list[str]:
    """The types of a struct's fields, in order: `A(uint8 op,bytes32 x)` gives uint8, bytes32."""
    inside = type_string[type_string.index("(") + 1 : type_string.rindex(")")]
    return [field.split()[0] for field in inside.split(",")]


def struct_hash(type_string: str, values: Sequence[Value]) -> bytes:
    """32 bytes: keccak of the type's hash and the fields; the fields must be of static types."""
    types = field_types(type_string)
    type_hash = keccak256(type_string.encode())
    return keccak256(encode(["bytes32", *types], [type_hash, *values]))


def typed_digest(domain: Domain, type_string: str, values: Sequence[Value]) -> bytes:
    """The 32 bytes that a wallet signs for a struct (EIP-712)."""
    return keccak256(b"\x19\x01" + domain.separator() + struct_hash(type_string, values))
