"""EIP-712 digests of flat structs: the only kind of typed data that this project signs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_abi.exceptions import ABITypeError, EncodingError

from zerog.crypto.keccak import keccak256
from zerog.errors import UsageError
from zerog.types import Address

DOMAIN_TYPE: Final = (
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_STATIC: Final = re.compile(r"bool|address|u?int\d+|bytes\d+")

Value = int | str | bytes
"""A field's value: numbers and bool, address or string text, bytes."""


class BadTypedData(UsageError):
    """A struct type that is not flat, or values that do not fit it."""

    def __init__(self, type_string: str, reason: str) -> None:
        self.type_string, self.reason = type_string, reason
        super().__init__(f"{type_string.partition('(')[0]} cannot be hashed: {reason}")


@dataclass(frozen=True, slots=True)
class Domain:
    """The EIP-712 domain: which application, chain and contract a signature is for."""

    name: str
    version: str
    chain_id: int
    verifying_contract: Address

    def separator(self) -> bytes:
        """32 bytes, as Solidity's EIP712 base computes it (EIP-712)."""
        values: list[Value] = [self.name, self.version, self.chain_id, self.verifying_contract]
        return struct_hash(DOMAIN_TYPE.decode(), values)


def field_types(type_string: str) -> list[str]:
    """The types of a struct's fields, in order: `A(uint8 op,bytes32 x)` gives uint8, bytes32.

    Raises BadTypedData where the text is no struct type.
    """
    shape = re.fullmatch(r"[A-Za-z_]\w*\(([^()]*)\)", type_string)
    if shape is None:
        raise BadTypedData(type_string, "not of the form Name(type name,...)")
    return [field.partition(" ")[0] for field in shape[1].split(",")] if shape[1] else []


def _word(type_string: str, kind: str, value: Value) -> tuple[str, Value]:
    """ABI type and value that stand for one field; bytes and string by their hash."""
    if kind == "string" and isinstance(value, str):
        return "bytes32", keccak256(value.encode())
    if kind == "bytes" and isinstance(value, bytes):
        return "bytes32", keccak256(value)
    if not _STATIC.fullmatch(kind):
        raise BadTypedData(type_string, f"{kind} fields are not supported, or not with this value")
    if kind.startswith("bytes") and not (isinstance(value, bytes) and len(value) == int(kind[5:])):
        raise BadTypedData(type_string, f"a {kind} field needs exactly that many bytes")
    return kind, value


def struct_hash(type_string: str, values: Sequence[Value]) -> bytes:
    """32 bytes: keccak of the type's hash and the fields; raises BadTypedData."""
    kinds = field_types(type_string)
    if len(kinds) != len(values):
        raise BadTypedData(type_string, f"{len(kinds)} fields, {len(values)} values")
    words = [_word(type_string, *pair) for pair in zip(kinds, values, strict=True)]
    type_hash = keccak256(type_string.encode())
    try:
        packed = encode(
            ["bytes32", *(kind for kind, _ in words)], [type_hash, *(value for _, value in words)]
        )
    except (EncodingError, ABITypeError) as wrong:
        raise BadTypedData(type_string, str(wrong)) from None
    return keccak256(packed)


def typed_digest(domain: Domain, type_string: str, values: Sequence[Value]) -> bytes:
    """The 32 bytes that a wallet signs for a struct (EIP-712); raises BadTypedData."""
    return keccak256(b"\x19\x01" + domain.separator() + struct_hash(type_string, values))
