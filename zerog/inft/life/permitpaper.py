"""A permit as a file or a row holds it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from eth_utils.address import is_address, to_checksum_address

from zerog.inft.life.permits import MalformedPermit, Permit
from zerog.types import Address

MAX_SIGNATURE_BYTES: Final = 8_192


def permit_from_json(document: Mapping[str, object]) -> Permit:
    """What `Permit.to_json` wrote, as somebody else may have changed it; raises MalformedPermit."""
    return Permit(
        chain_id=_number(document, "chain_id"),
        token=_address(document, "token"),
        signer=_address(document, "signer"),
        call=_bytes(document, "call"),
        nonce=_number(document, "nonce"),
        deadline=_number(document, "deadline"),
        signature=_bytes(document, "signature", MAX_SIGNATURE_BYTES),
    )


def _number(document: Mapping[str, object], name: str) -> int:
    found = document.get(name)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 78:
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**256:
        raise MalformedPermit(f"{name} is no number of 256 bits")
    return found


def _address(document: Mapping[str, object], name: str) -> Address:
    found = document.get(name)
    if not isinstance(found, str) or not is_address(found):
        raise MalformedPermit(f"{name} is no address")
    return to_checksum_address(found)


def _bytes(document: Mapping[str, object], name: str, most: int = 16_384) -> bytes:
    found = document.get(name)
    if not isinstance(found, str) or not found.startswith("0x") or len(found) > 2 + 2 * most:
        raise MalformedPermit(f"{name} is no hex text of at most {most} bytes")
    try:
        return bytes.fromhex(found[2:])
    except ValueError:
        raise MalformedPermit(f"{name} is no hex text") from None
