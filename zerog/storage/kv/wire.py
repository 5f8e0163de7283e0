"""The JSON of the kv_ methods, both ways, with the spellings that clients really send (pure).

(0gfoundation/0g-storage-kv: node/rpc/src; the clients are named where they differ)
"""

from __future__ import annotations

import re
from typing import Final

import pybase64

from zerog.crypto.eip712 import struct_hash
from zerog.crypto.keccak import keccak256
from zerog.storage.errors import BadField
from zerog.storage.kv.codec import ID
from zerog.storage.kv.errors import BadStream
from zerog.storage.wire import to_base64, to_number
from zerog.types import Address, Json

MAX_LENGTH: Final = 262_144
"""Bytes of a value that one query may ask for."""
MAX_VERSION: Final = (1 << 63) - 1

DOMAIN_TYPE: Final = "EIP712Domain(string name,string version,uint256 chainId)"
REGISTER_TYPE: Final = "RegisterStream(string purpose,address wallet,bytes32 streamId)"
PURPOSE: Final = "register-stream"

_HEX: Final = re.compile(r"0[xX](?:[0-9a-fA-F]{2})*")


def to_keys(value: Json, field: str = "key") -> tuple[bytes, ...]:
    """What a key may mean, the likelier reading first: base64, or the 0x hex of Python 0.4.0.

    Base64 can begin with 0x too, so such a text has two readings. Raises BadField.
    """
    text = value.tobytes().decode("latin-1") if isinstance(value, memoryview) else value
    if not isinstance(text, str):
        raise BadField(field, "not a string")
    found = [bytes.fromhex(text[2:])] if _HEX.fullmatch(text) else []
    try:
        found.append(pybase64.b64decode(text, validate=True))
    except ValueError as error:
        if not found:
            raise BadField(field, "not base64") from error
    keys = tuple(key for key in found if key)
    if not keys:
        raise BadField(field, "key is empty")
    return keys


def to_version(value: Json, field: str = "version") -> int | None:
    """A version, None for the newest; whatever is beyond every version means the newest.

    2^64 as JavaScript rounds it comes as a float. Raises BadField.
    """
    if value is None:
        return None
    if isinstance(value, float) and value >= MAX_VERSION:
        return None
    found = to_seq(value, field)
    return None if found >= MAX_VERSION else found


def to_seq(value: Json, field: str = "tx_seq") -> int:
    """A number, or the decimal text that the TypeScript SDK sends; raises BadField."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 20:
        return to_number(int(value), field)
    return to_number(value, field)


def to_account(value: Json, field: str = "account") -> bytes:
    """20 bytes of 0x hex; raises BadField."""
    return to_fixed(value, 20, field)


def to_fixed(value: Json, size: int, field: str) -> bytes:
    """`size` bytes of 0x hex; raises BadField."""
    if isinstance(value, str) and len(value) == 2 + 2 * size and _HEX.fullmatch(value):
        return bytes.fromhex(value[2:])
    raise BadField(field, f"not {size} bytes of 0x hex")


def parse_streams(text: str) -> list[bytes]:
    """Stream ids in 0x hex, comma separated; raises BadStream."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    try:
        return [to_fixed(word, ID, word) for word in words]
    except BadField as error:
        raise BadStream(error.field) from error


def to_length(value: Json) -> int:
    """How many bytes are wanted; raises BadField above MAX_LENGTH."""
    found = to_number(value, "len")
    if found > MAX_LENGTH:
        raise BadField("len", "query length too large")
    return found


def value_json(version: int, data: bytes, size: int) -> dict[str, Json]:
    """Part of a value: `{"version", "data", "size"}`."""
    return {"version": version, "data": to_base64(data), "size": size}


def pair_json(key: bytes, version: int, data: bytes, size: int) -> dict[str, Json]:
    """A key with part of its value."""
    return {"key": to_base64(key), **value_json(version, data, size)}


def register_digest(chain_id: int, wallet: Address, stream: bytes) -> bytes:
    """The 32 bytes that a wallet signs for admin_addStream (EIP-712; a domain of no contract).

    (0gfoundation/0g-storage-kv: node/rpc, admin_rpc_server)
    """
    domain = struct_hash(DOMAIN_TYPE, ["0G Storage Scan", "1", chain_id])
    return keccak256(b"\x19\x01" + domain + struct_hash(REGISTER_TYPE, [PURPOSE, wallet, stream]))
