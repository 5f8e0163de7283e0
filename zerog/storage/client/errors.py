"""What can go wrong in the client, each with its mend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zerog.errors import Refused, Tampered, UsageError, ZerogError


class ReplicasNotMet(Refused):
    """Too few nodes took the file; `failures` says by URL what each of the others answered."""

    def __init__(
        self, root: bytes, wanted: int, held: int, failures: Mapping[str, ZerogError]
    ) -> None:
        self.root, self.wanted, self.held, self.failures = root, wanted, held, dict(failures)
        said = "; ".join(error.cause for error in failures.values())
        super().__init__(
            f"0x{root.hex()} is stored {held} of {wanted} times"
            f"{': ' + said if said else ', and there are no other nodes'}",
            "repeat the upload when more nodes are up: it is not paid again",
        )


class OutputExists(UsageError):
    """Nothing is overwritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} exists", "give another name")


class NoSuchFile(UsageError):
    """The path to store names no file or folder that can be read."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"cannot read {path}: {reason}", "give the path of a file or folder")


class CannotWriteOutput(ZerogError):
    """The system does not let us write a download."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"cannot write {path}: {reason}", "make room or give another place")


class DownloadRunning(ZerogError):
    """Another process downloads into the same output."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"another download of {path} is running", "wait for it, or give another name"
        )


class PartDamaged(Tampered):
    """What an earlier download left does not add up to the root; it was removed."""

    def __init__(self, path: Path, root: bytes) -> None:
        self.path, self.root = path, root
        super().__init__(f"{path} was not part of 0x{root.hex()}", "download it again")


class BadFragmentSize(UsageError):
    """A fragment size that is no power of two from 256 bytes on."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(
            f"fragments of {size} bytes are not possible", "give a power of two, 256 or more"
        )


class FolderNotStorable(UsageError):
    """A folder with something in it that its stored form cannot have."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path!r} cannot be stored: {reason}", "remove or rename it")


class NotAStoredFolder(UsageError):
    """The root is of a file, not of a folder's metadata."""

    def __init__(self, root: bytes) -> None:
        self.root = root
        super().__init__(f"0x{root.hex()} is no stored folder", "download it as a file")
