"""Counts on chain what must have happened exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zerog.inft.stack import Stack
from zerog.config import Settings
from zerog.storage.codec import SubmissionNode


@dataclass(frozen=True, slots=True)
class Ledger:
    """The events of one home's contracts, from the first block to the head."""

    stack: Stack

    @classmethod
    def open(cls, home: Path) -> Ledger:
        """Connect to the chain of a home."""
        return cls(Stack.open(Settings.load(home)))
