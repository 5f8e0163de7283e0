"""What members and their board say to each other, as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zerog.errors import Refused
from zerog.inft.committee.release import SHARE_BYTES, SignedShare

SIGNATURE_BYTES: Final = 65
MOST_ITEMS: Final = 64


class MalformedShares(Refused):
    """A document is not what members say."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"the document's {field} is missing or malformed")


def shares_json(slot: int, shares: Sequence[SignedShare]) -> dict[str, object]:
    """One member's shares, one per item."""
    parts = [{"share": one.share.hex(), "signature": one.signature.hex()} for one in shares]
    return {"slot": slot, "shares": parts}


def shares_of(document: object) -> list[SignedShare]:
    """The way back; raises MalformedShares."""
    if not isinstance(document, dict):
        raise MalformedShares("body")
    slot, parts = document.get("slot"), document.get("shares")
    if not isinstance(slot, int) or not 0 < slot < 2**16:
        raise MalformedShares("slot")
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_ITEMS:
        raise MalformedShares("shares")
    return [SignedShare(slot, *_share(part)) for part in parts]


def _share(part: object) -> tuple[bytes, bytes]:
    if not isinstance(part, dict):
        raise MalformedShares("shares")
    return (
        _hex(part.get("share"), SHARE_BYTES, "share"),
        _hex(part.get("signature"), SIGNATURE_BYTES, "signature"),
    )


def _hex(text: object, size: int, field: str) -> bytes:
    if not isinstance(text, str) or len(text) != 2 * size:
        raise MalformedShares(field)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise MalformedShares(field) from None
