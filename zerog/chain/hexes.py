"""Hex at the JSON edge and EIP-55 addresses, without any heavy import."""

from __future__ import annotations

from zerog.crypto.address import checksum_address
from zerog.errors import UsageError
from zerog.types import Address


class BadHex(UsageError):
    """Text that should be 0x-prefixed hex is not, or has another length."""

    def __init__(self, value: object, wanted: str) -> None:
        self.value, self.wanted = value, wanted
        super().__init__(f"{value!r} is not {wanted}", "check the value")


def to_hex(data: bytes) -> str:
    """0x and two digits per byte."""
    return "0x" + data.hex()


def to_bytes(value: object, length: int | None = None) -> bytes:
    """Bytes of 0x hex text; raises BadHex when it is not, or not `length` bytes."""
    wanted = "0x hex" if length is None else f"0x hex of {length} bytes"
    if not isinstance(value, str) or not value.startswith("0x"):
        raise BadHex(value, wanted)
    try:
        made = bytes.fromhex(value[2:])
    except ValueError as error:
        raise BadHex(value, wanted) from error
    if length is not None and len(made) != length:
        raise BadHex(value, wanted)
    return made


def to_int(value: object) -> int:
    """The integer of a JSON-RPC quantity; raises BadHex."""
    if not isinstance(value, str):
        raise BadHex(value, "a 0x quantity")
    try:
        return int(value, 16)
    except ValueError as error:
        raise BadHex(value, "a 0x quantity") from error


def to_address(value: bytes | str) -> Address:
    """EIP-55 text of 20 bytes or of hex in any case; raises BadHex.

    Mixed-case text whose checksum is wrong is refused: it is a mistyped address.
    """
    if isinstance(value, bytes):
        if len(value) != 20:
            raise BadHex(to_hex(value), "an address of 20 bytes")
        return checksum_address(value)
    made = checksum_address(to_bytes(value, 20))
    digits = value[2:]
    if digits not in (digits.lower(), digits.upper(), made[2:]):
        raise BadHex(value, f"an address with its checksum (it would be {made})")
    return made
