"""What the client's calls give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zerog.da.status import Status
from zerog.types import Json


class Wait(StrEnum):
    """How far a blob must get before `put` comes back."""

    ACCEPTED = "accepted"
    """The disperser keeps it, and promised to disperse it."""
    CONFIRMED = "confirmed"
    """The contract holds its certificate."""
    FINALIZED = "finalized"
    """The certificate is in a final block."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A blob that was put.

    epoch, quorum_id: where its signers are found; epoch is 0 until it is confirmed.
    confirmation_tx: of the certificate; empty before, and when it was another client's.
    policy: whose signers alone were asked for, 0 for anybody.
    """

    request_id: str
    data_root: bytes
    length: int
    status: Status
    epoch: int = 0
    quorum_id: int = 0
    confirmation_tx: bytes = b""
    signed_rows: int = 0
    total_rows: int = 0
    policy: int = 0

    def to_json(self) -> dict[str, Json]:
        """For --json: bytes as hex."""
        return {
            "request_id": self.request_id,
            "data_root": "0x" + self.data_root.hex(),
            "length": self.length,
            "status": self.status.name,
            "epoch": self.epoch,
            "quorum_id": self.quorum_id,
            "confirmation_tx": "0x" + self.confirmation_tx.hex() if self.confirmation_tx else None,
            "signed_rows": self.signed_rows,
            "total_rows": self.total_rows,
            "policy": self.policy or None,
        }


@dataclass(frozen=True, slots=True)
class State:
    """What the disperser says of a request. data_root is empty until it is confirmed."""

    request_id: str
    status: Status
    data_root: bytes = b""
    epoch: int = 0
    quorum_id: int = 0
    confirmation_tx: bytes = b""
    signed_rows: int = 0
    total_rows: int = 0
    error: str = ""

    def to_json(self) -> dict[str, Json]:
        """For --json: bytes as hex."""
        return {
            "request_id": self.request_id,
            "status": self.status.name,
            "data_root": "0x" + self.data_root.hex() if self.data_root else None,
            "epoch": self.epoch,
            "quorum_id": self.quorum_id,
            "confirmation_tx": "0x" + self.confirmation_tx.hex() if self.confirmation_tx else None,
            "signed_rows": self.signed_rows,
            "total_rows": self.total_rows,
            "error": self.error,
        }
