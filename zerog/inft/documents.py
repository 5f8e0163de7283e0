"""Fields of the JSON documents that people and daemons of this room hand to each other. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from zerog.chain.hexes import to_address
from zerog.errors import UsageError
from zerog.inft.proofs import CLONE, TRANSFER
from zerog.types import Address

HEX_NUMBER: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
Json = Mapping[str, object]
OPERATIONS: Final = {"transfer": TRANSFER, "clone": CLONE}
"""How documents name what is done; one without a name is about a transfer."""


class MalformedDocument(UsageError):
    """A field of a JSON document is missing or has another form."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


def hex_field(document: Json, field: str, size: int | None = None) -> bytes:
    """0x-prefixed hex, of `size` bytes where that is given; raises MalformedDocument."""
    found = document.get(field)
    if not isinstance(found, str) or not found.startswith("0x"):
        raise MalformedDocument(field, "0x-prefixed hex expected")
    try:
        value = bytes.fromhex(found[2:])
    except ValueError:
        raise MalformedDocument(field, "not hex") from None
    if size is not None and len(value) != size:
        raise MalformedDocument(field, f"{len(value)} bytes, {size} expected")
    return value


def number_field(document: Json, field: str) -> int:
    """A JSON number from 0 to 2^256-1; raises MalformedDocument."""
    found = document.get(field)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**256:
        raise MalformedDocument(field, "a number from 0 to 2^256-1 expected")
    return found


def big_field(document: Json, field: str) -> int:
    """A 256-bit number, which JSON numbers do not carry safely: 0x-prefixed hex.

    Raises MalformedDocument.
    """
    found = document.get(field)
    if not isinstance(found, str) or not HEX_NUMBER.fullmatch(found):
        raise MalformedDocument(field, "0x-prefixed hex number of at most 256 bits expected")
    return int(found, 16)


def address_field(document: Json, field: str) -> Address:
    """An address, 20 bytes of hex; raises MalformedDocument."""
    return to_address(hex_field(document, field, 20))


def operation_field(document: Json) -> int:
    """TRANSFER or CLONE by the member `operation`; raises MalformedDocument."""
    found = document.get("operation", "transfer")
    if not isinstance(found, str) or found not in OPERATIONS:
        raise MalformedDocument("operation", f"one of {', '.join(OPERATIONS)} expected")
    return OPERATIONS[found]


def operation_name(operation: int) -> dict[str, str]:
    """The member that names an operation; none for a transfer, as older clients write it."""
    return {"operation": "clone"} if operation == CLONE else {}
