"""The exception tree. Every error a user can meet is one line: the cause, then the mend.

    ZerogError                 exit code 1: the world refused
      UsageError               exit code 2: could be known before any side effect
      Unreachable              a chain, broker, node or oracle that does not answer
      NotFound                 a token, file, key, job that is not there
      Tampered                 bytes that fail their authentication or their proof
      Refused                  a rule of the protocol says no

Each room derives its own errors from these in `<room>/errors.py`, or beside the code that
raises them where there is only one; each keeps the offending value as an attribute.
"""

from __future__ import annotations

from typing import ClassVar


class ZerogError(Exception):
    """Base of all errors of this library; `mend` says what the user can do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, cause: str, mend: str = "") -> None:
        self.cause = cause
        self.mend = mend
        super().__init__(f"{cause}; {mend}" if mend else cause)


class UsageError(ZerogError):
    """Wrong use that is known before any side effect."""

    exit_code: ClassVar[int] = 2


class Unreachable(ZerogError):
    """A service does not answer at its URL."""


class NotFound(ZerogError):
    """What was asked for does not exist."""


class Tampered(ZerogError):
    """Bytes do not match the proof, tag or hash that stands for them."""


class Refused(ZerogError):
    """A rule of the protocol forbids it."""
