"""What can go wrong between a file and a storage node, each with its mend."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from zerog.errors import NotFound, Refused, Tampered, Unreachable, ZerogError

CANNOT_SELECT: Final = (
    "cannot select a subset from the returned nodes that meets the replication requirement"
)
"""The text of the official clients and of the indexer of the reference."""


class NodeUnreachable(Unreachable):
    """A storage node or indexer gave no answer after all retries."""

    def __init__(self, url: str, reason: str = "") -> None:
        self.url, self.reason = url, reason
        detail = f" ({reason})" if reason else ""
        super().__init__(f"no answer from {url}{detail}", "start it with: zerog up")


class NodeRefused(Refused):
    """A storage node answered with a JSON-RPC error."""

    def __init__(self, url: str, method: str, code: int, message: str) -> None:
        self.url, self.method, self.code, self.message = url, method, code, message
        super().__init__(f"{url} refused {method}: {message} ({code})")


class BadAnswer(Tampered):
    """A storage node answered something that is not what the protocol says."""

    def __init__(self, url: str, method: str, reason: str) -> None:
        self.url, self.method, self.reason = url, method, reason
        super().__init__(f"{url} answered {method} wrongly: {reason}", "check the URL")


class NoStorageNode(Unreachable):
    """The indexer knows no node that lives."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"the indexer {url} knows no live storage node", "see: zerog status")


class FileUnknown(NotFound):
    """No node knows a submission of this data root."""

    def __init__(self, root: bytes) -> None:
        self.root = root
        super().__init__(
            f"no storage node knows the file 0x{root.hex()}",
            "check the root, and that its Flow submission is mined",
        )


class FileNotFinalized(NotFound):
    """The submission is known, but not every segment is stored."""

    def __init__(self, root: bytes, stored: int, wanted: int) -> None:
        self.root, self.stored, self.wanted = root, stored, wanted
        super().__init__(
            f"the file 0x{root.hex()} has {stored} of {wanted} segments stored",
            "repeat the upload: it sends only what is missing",
        )


class LengthMismatch(NotFound):
    """The nodes hold this data root with a padded length that rules the wanted size out."""

    def __init__(self, root: bytes, wanted: int, found: int) -> None:
        self.root, self.wanted, self.found = root, wanted, found
        super().__init__(f"the file 0x{root.hex()} cannot have {wanted} bytes (stored: {found})")


class BadSegment(Tampered):
    """No node gave a segment that proves to the data root."""

    def __init__(self, root: bytes, index: int, url: str) -> None:
        self.root, self.index, self.url = root, index, url
        super().__init__(
            f"segment {index} of 0x{root.hex()} from {url} does not prove to its root",
            "the node's data is damaged or forged; ask another node",
        )


class FileChanged(ZerogError):
    """The file on disk is shorter than the one whose tree was submitted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} changed since it was hashed", "submit it again")


class BadField(ZerogError):
    """A member of a JSON value is missing or has the wrong form."""

    def __init__(self, field: str, text: str) -> None:
        self.field, self.text = field, text
        super().__init__(f"{field}: {text}")


class UploadRefused(Refused):
    """A rule for uploads says no; `param` names the wire's culprit, `text` the reason."""

    def __init__(self, param: str, text: str) -> None:
        self.param, self.text = param, text
        super().__init__(f"{param}: {text}")


class AlreadyStored(Refused):
    """The segment is stored already; nothing was written."""

    def __init__(self, root: bytes, index: int) -> None:
        self.root, self.index = root, index
        super().__init__("segment has already been uploaded or is being uploaded")


class RootAndSeqDiffer(Refused):
    """The submission with this sequence number is of another data root."""

    def __init__(self, root: bytes, tx_seq: int) -> None:
        self.root, self.tx_seq = root, tx_seq
        super().__init__("data root and tx seq not match")


class LogGap(ZerogError):
    """The chain's Submit logs do not continue where the node's own end."""

    def __init__(self, expected: int, found: int) -> None:
        self.expected, self.found = expected, found
        super().__init__(
            f"Submit log {found} follows where {expected} was due",
            "another Flow contract? remove the node's home to sync again",
        )


class NotEnoughNodes(Refused):
    """The living nodes do not hold everything as often as wished."""

    def __init__(self, nodes: int, replicas: int) -> None:
        self.nodes, self.replicas = nodes, replicas
        super().__init__(
            f"{CANNOT_SELECT} ({replicas} replicas, {nodes} nodes)", "start more nodes"
        )
