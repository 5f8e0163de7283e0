"""What can go wrong with a KV transaction, by the result that the KV node gives it."""

from __future__ import annotations

from typing import Final

from zerog.errors import Refused, Unreachable, UsageError, ZerogError

COMMIT: Final = "Commit"
DATA_PARSE_ERROR: Final = "DataParseError"
VERSION_CONFLICT: Final = "VersionConfliction"
TAGS_MISMATCH: Final = "TagsMismatch"
NO_WRITE_PERMISSION: Final = "SenderNoWritePermission"
WRITE_DENIED: Final = "WritePermissionDenied"
CONTROL_DENIED: Final = "AccessControlPermissionDenied"
DOWNLOAD_FAILED: Final = "DownloadFailed"
"""The result strings of kv_getTransactionResult, spelt as the reference does."""


class DataParseError(ZerogError):
    """Bytes that are no stream data."""

    def __init__(self, offset: int, reason: str) -> None:
        self.offset, self.reason = offset, reason
        super().__init__(f"{reason} at byte {offset}")


class BadBatch(UsageError):
    """Stream data that cannot be written down: an empty key, a number out of range."""

    def __init__(self, value: object, reason: str) -> None:
        self.value, self.reason = value, reason
        super().__init__(f"the batch cannot be built: {reason}")


class BadStream(UsageError):
    """A word of --streams is no stream id."""

    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(f"{word[:80]!r} is no stream id", "32 bytes of 0x hex are one")


class BatchRefused(Refused):
    """The KV node looked at the transaction and changed nothing."""

    mend_text = ""

    def __init__(self, tx_seq: int, result: str) -> None:
        self.tx_seq, self.result = tx_seq, result
        super().__init__(f"KV transaction {tx_seq} did not commit: {result}", self.mend_text)


class VersionConflict(BatchRefused):
    """Somebody wrote one of the keys after the version that the batch was built on."""

    mend_text = "read the keys again and write with their new version"


class NoWritePermission(BatchRefused):
    """The sender may not write to the stream, or not to one of the keys."""

    mend_text = "an admin of the stream can grant it: zerog kv grant"


class ControlDenied(BatchRefused):
    """The sender may not change who has which role."""

    mend_text = "only an admin of the stream, or a writer for writers, may do that"


class DownloadFailed(BatchRefused):
    """The transaction was mined and its data was not stored in time."""

    mend_text = "write again: a file that arrives late is not applied"


class ResultTimeout(Unreachable):
    """The KV node has not reached the transaction in time; it may still commit."""

    def __init__(self, tx_seq: int, seconds: float) -> None:
        self.tx_seq, self.seconds = tx_seq, seconds
        super().__init__(
            f"the KV node has no result for transaction {tx_seq} after {seconds:g} s",
            "see its /health, then run the same command again",
        )


class NotFollowed(Refused):
    """The KV node passed over a transaction: it does not keep one of its streams."""

    def __init__(self, tx_seq: int) -> None:
        self.tx_seq = tx_seq
        super().__init__(
            f"the KV node keeps no result of transaction {tx_seq}: it does not follow its streams",
            "start the node with --streams, or ask it with admin_addStream",
        )


class StreamsFull(Refused):
    """The node follows as many streams as it lets strangers add."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"this node follows {limit} streams already", "start it with --streams")


_NAMED: Final[dict[str, type[BatchRefused]]] = {
    VERSION_CONFLICT: VersionConflict,
    NO_WRITE_PERMISSION: NoWritePermission,
    WRITE_DENIED: NoWritePermission,
    CONTROL_DENIED: ControlDenied,
    DOWNLOAD_FAILED: DownloadFailed,
}


def refusal(tx_seq: int, result: str) -> BatchRefused:
    """The named error for a result other than Commit."""
    return _NAMED.get(result.partition(":")[0], BatchRefused)(tx_seq, result)
