"""The description that a token carries beside its data root: what it is and where it lies.

JSON text as the attestor and SDK of 0gfoundation/0g-agentic-id write it:
`{role, extra, storage_ptr: {root_hash, indexer, size}, encryption}`. A data root binds neither
the length nor the submission of a file, so `extra.tx_seq` names the submission.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zerog.errors import Tampered
from zerog.types import DataRoot, TxSeq

SUITE_NAMES: Final[Mapping[int, str]] = {1: "AES-GCM-256"}


class BadDescription(Tampered):
    """The description of a token is not the JSON that a client can act on."""

    def __init__(self, field: str, text: str) -> None:
        self.field, self.text = field, text
        super().__init__(f"the token's description has no usable {field}")


@dataclass(frozen=True, slots=True)
class Description:
    """A parsed description.

    size: bytes of the stored container; tx_seq: None where another client wrote none;
    encryption: the name of the cipher, as the writer spelled it.
    """

    role: str
    data_root: DataRoot
    size: int
    indexer_url: str
    encryption: str
    tx_seq: TxSeq | None = None


def describe(
    role: str, data_root: bytes, size: int, tx_seq: int, indexer_url: str, suite: int
) -> str:
    """The description of one stored container, always the same text for the same values.

    role: what the data is, for people; size: bytes of the container; suite: of the envelope.
    """
    return json.dumps(
        {
            "role": role,
            "extra": {"tx_seq": tx_seq},
            "storage_ptr": {
                "root_hash": "0x" + data_root.hex(),
                "indexer": indexer_url,
                "size": size,
            },
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
    extra = top.get("extra")
    sequence = extra.get("tx_seq") if isinstance(extra, dict) else None
    return Description(
        role=_text(top.get("role"), "role", text),
        data_root=_root(place.get("root_hash"), text),
        size=_count(place.get("size"), "size", text),
        indexer_url=_text(place.get("indexer"), "indexer", text),
        encryption=_text(top.get("encryption"), "encryption", text),
        tx_seq=None if sequence is None else TxSeq(_count(sequence, "tx_seq", text)),
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


def _root(value: object, text: str) -> DataRoot:
    digits = value.removeprefix("0x") if isinstance(value, str) else ""
    if len(digits) != 64 or not set(digits) <= set("0123456789abcdefABCDEF"):
        raise BadDescription("root_hash", text)
    return DataRoot(bytes.fromhex(digits))
