"""The description that a token carries beside its data root: what it is and where to ask for it.

JSON text in the shape of 0gfoundation/0g-agentic-id: `{role, extra, storage_ptr, encryption}`.
The pointer names an indexer and the container's size, but no root and no submission: a token's
data root changes with every hand-over while its description stays, so the root on chain is the
only one that is right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zerog.errors import Tampered

SUITE_NAMES: Final[Mapping[int, str]] = {1: "AES-GCM-256", 2: "KECCAK-CTR-256"}


class BadDescription(Tampered):
    """The description of a token is not the JSON that a client can act on."""

    def __init__(self, field: str, text: str) -> None:
        self.field, self.text = field, text
        super().__init__(f"the token's description has no usable {field}")


@dataclass(frozen=True, slots=True)
class Description:
    """A parsed description.

    size: bytes of the stored container; encryption: the cipher's name, as the writer spelled it.
    """

    role: str
    size: int
    indexer_url: str
    encryption: str


def describe(role: str, size: int, indexer_url: str, suite: int) -> str:
    """The description of one stored container, always the same text for the same values.

    role: what the data is, for people; size: bytes of the container; suite: of the envelope.
    """
    return json.dumps(
        {
            "role": role,
            "extra": {},
            "storage_ptr": {"indexer": indexer_url, "size": size},
            "encryption": SUITE_NAMES[suite],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def parse(text: str) -> Description:
    """Read a description, ours or another client's; raises BadDescription."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadDescription("JSON", text) from error
    top = _object(document, "object", text)
    place = _object(top.get("storage_ptr"), "storage_ptr", text)
    return Description(
        role=_text(top.get("role"), "role", text),
        size=_count(place.get("size"), "size", text),
        indexer_url=_text(place.get("indexer"), "indexer", text),
        encryption=_text(top.get("encryption"), "encryption", text),
    )


def _object(value: object, field: str, text: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadDescription(field, text)
    return value


def _text(value: object, field: str, text: str) -> str:
    if not isinstance(value, str):
        raise BadDescription(field, text)
    return value


def _count(value: object, field: str, text: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**64:
        raise BadDescription(field, text)
    return value
