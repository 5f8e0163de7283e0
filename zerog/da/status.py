"""What becomes of a blob: the stages of the disperser's rows, and which may follow which.

    ACCEPTED -> ENCODED -> UPLOADED -> SIGNED -> CONFIRMED -> FINALIZED
                   ^___________|__________|__________|       back for a new upload: not enough
                                                             signatures in time, or a reorg
    FAILED, INSUFFICIENT: kept like the others, with the reason

Pure: a row is moved by `advance`, and only the store makes that durable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Final

from zerog.errors import Refused, UsageError


class Status(IntEnum):
    """What clients see (0glabs/0g-da-client: api/proto/disperser, BlobStatus)."""

    UNKNOWN = 0
    PROCESSING = 1
    CONFIRMED = 2
    FAILED = 3
    FINALIZED = 4
    INSUFFICIENT_SIGNATURES = 5


class Stage(StrEnum):
    """How far the disperser has brought a blob, durably."""

    ACCEPTED = "accepted"
    """Its bytes are kept."""
    ENCODED = "encoded"
    """Its rows are kept, its data root is known."""
    UPLOADED = "uploaded"
    """The contract gave it an epoch and a quorum."""
    SIGNED = "signed"
    """Two thirds of the rows are signed."""
    CONFIRMED = "confirmed"
    """The contract holds its certificate."""
    FINALIZED = "finalized"
    FAILED = "failed"
    INSUFFICIENT = "insufficient"


STATUS: Final[Mapping[Stage, Status]] = {
    Stage.ACCEPTED: Status.PROCESSING,
    Stage.ENCODED: Status.PROCESSING,
    Stage.UPLOADED: Status.PROCESSING,
    Stage.SIGNED: Status.PROCESSING,
    Stage.CONFIRMED: Status.CONFIRMED,
    Stage.FINALIZED: Status.FINALIZED,
    Stage.FAILED: Status.FAILED,
    Stage.INSUFFICIENT: Status.INSUFFICIENT_SIGNATURES,
}

MOVES: Final[Mapping[Stage, frozenset[Stage]]] = {
    Stage.ACCEPTED: frozenset({Stage.ENCODED, Stage.FAILED}),
    # confirmed at once: the same blob is certified already
    Stage.ENCODED: frozenset({Stage.UPLOADED, Stage.CONFIRMED, Stage.ENCODED, Stage.FAILED}),
    # uploaded again: a reorg moved its announcement
    Stage.UPLOADED: frozenset(
        {
            *(Stage.SIGNED, Stage.CONFIRMED, Stage.UPLOADED, Stage.ENCODED),
            *(Stage.INSUFFICIENT, Stage.FAILED),
        }
    ),
    Stage.SIGNED: frozenset({Stage.CONFIRMED, Stage.ENCODED, Stage.FAILED}),
    Stage.CONFIRMED: frozenset({Stage.FINALIZED, Stage.ENCODED, Stage.FAILED}),
    Stage.FINALIZED: frozenset(),
    Stage.FAILED: frozenset(),
    Stage.INSUFFICIENT: frozenset(),
}
TERMINAL: Final = frozenset(stage for stage, after in MOVES.items() if not after)


class BadMove(UsageError):
    """A stage that does not follow the row's."""

    def __init__(self, request_id: str, found: Stage, wanted: Stage) -> None:
        self.request_id, self.found, self.wanted = request_id, found, wanted
        super().__init__(f"blob {request_id[:16]}… is {found} and cannot become {wanted}")


class LateMove(Refused):
    """Another process has moved the row meanwhile: what this one did is not recorded."""

    def __init__(self, request_id: str, wanted: Stage) -> None:
        self.request_id, self.wanted = request_id, wanted
        super().__init__(f"blob {request_id[:16]}… was moved before it became {wanted}")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where the contract put a blob: what a reader has to know besides the data root."""

    epoch: int
    quorum_id: int
    block: int
    tx: bytes


@dataclass(frozen=True, slots=True)
class Blob:
    """A row of the disperser. Times are seconds since 1970; retries counts ways back.

    commitment: 80 bytes, and data_root 32, from ENCODED on, else empty. confirmed_tx is empty
    until CONFIRMED, and stays empty when somebody else's transaction confirmed the blob.
    """

    request_id: str
    digest: bytes
    length: int
    received_at: float
    updated_at: float
    stage: Stage = Stage.ACCEPTED
    policy: bytes = b""
    commitment: bytes = b""
    data_root: bytes = b""
    assignment: Assignment | None = None
    signed_rows: int = 0
    total_rows: int = 0
    confirmed_tx: bytes = b""
    confirmed_block: int = 0
    retries: int = 0
    error: str = ""

    @property
    def status(self) -> Status:
        """What a client sees."""
        return STATUS[self.stage]

    def _to(self, stage: Stage) -> Blob:
        if stage not in MOVES[self.stage]:
            raise BadMove(self.request_id, self.stage, stage)
        return replace(self, stage=stage)

    def encoded(self, commitment: bytes, data_root: bytes, rows: int) -> Blob:
        """Its rows are kept. rows: how many there are. Raises BadMove, as all that follow."""
        made = self._to(Stage.ENCODED)
        return replace(made, commitment=commitment, data_root=data_root, total_rows=rows)

    def uploaded(self, assignment: Assignment) -> Blob:
        """The contract gave it an epoch and a quorum."""
        made = self._to(Stage.UPLOADED)
        return replace(made, assignment=assignment, signed_rows=0)

    def signed(self, rows: int) -> Blob:
        """So many of its rows are signed, enough for a certificate."""
        return replace(self._to(Stage.SIGNED), signed_rows=rows)

    def confirmed(self, tx: bytes, block: int, assignment: Assignment | None = None) -> Blob:
        """The contract holds its certificate; assignment: when it is not that of this row."""
        made = self._to(Stage.CONFIRMED)
        where = assignment or self.assignment
        return replace(made, confirmed_tx=tx, confirmed_block=block, assignment=where, error="")

    def finalized(self) -> Blob:
        """The block of its certificate is final."""
        return self._to(Stage.FINALIZED)

    def failed(self, error: str) -> Blob:
        """It will never be certified, and why."""
        return replace(self._to(Stage.FAILED), error=error)

    def again(self, error: str, most: int, *, unsigned: bool = False, signed_rows: int = 0) -> Blob:
        """Back for a new upload, `most` times; then the end.

        unsigned: too few rows were signed, `signed_rows` of them. The reason is kept either way.
        """
        if self.retries < most:
            made = replace(self._to(Stage.ENCODED), retries=self.retries + 1, signed_rows=0)
            return replace(made, error=error, assignment=None, confirmed_tx=b"", confirmed_block=0)
        end = self._to(Stage.INSUFFICIENT if unsigned else Stage.FAILED)
        return replace(end, error=error, signed_rows=signed_rows)
