"""What can go wrong in the life of an agent after its mint, in one line each."""

from __future__ import annotations

from zerog.errors import Refused, Tampered, UsageError


class NoSuchVersion(UsageError):
    """A history has fewer versions."""

    def __init__(self, index: int, count: int) -> None:
        self.index, self.count = index, count
        super().__init__(f"there is no version {index}", f"the history has {count}")


class BadVersionProof(Tampered):
    """The proof of a version does not lead to the root of its history."""

    def __init__(self, index: int, reason: str) -> None:
        self.index, self.reason = index, reason
        super().__init__(f"the proof of version {index} fails: {reason}")


class HistoryIncomplete(Tampered):
    """The events of a history do not add up to what the chain keeps of it."""

    def __init__(self, token_id: int, root: bytes, found: bytes) -> None:
        self.token_id, self.root, self.found = token_id, root, found
        super().__init__(
            f"the versions of token {token_id} add up to 0x{found.hex()}, "
            f"the chain says 0x{root.hex()}",
            "ask a node that serves all its events",
        )


class VersionMoved(Refused):
    """A token has other data than when its update was planned."""

    def __init__(self, token_id: int, planned: bytes, found: bytes) -> None:
        self.token_id, self.planned, self.found = token_id, planned, found
        super().__init__(
            f"token {token_id} has the data 0x{found.hex()[:16]}… by now, "
            f"the update was made for 0x{planned.hex()[:16]}…",
            "look at zerog inft history, and update again",
        )


class BadTerms(Refused):
    """Terms that the contract would refuse."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        self.name, self.value = name, value
        super().__init__(f"{name} is {value!r}", f"give {wanted}")
