"""Counts on chain what must have happened exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zerog.chain.bindings import Event
from zerog.config import Settings
from zerog.inft.stack import Stack
from zerog.storage.codec import SubmissionNode, fold_nodes

NOBODY = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Ledger:
    """The events of one home's contracts, from the first block to the head."""

    stack: Stack

    @classmethod
    def open(cls, home: Path) -> Ledger:
        """Connect to the chain of a home."""
        return cls(Stack.open(Settings.load(home)))

    def all_submissions(self) -> int:
        """How many Flow submissions there are."""
        return len(self.stack.flow.events("Submit"))

    def submissions(self, data_root: bytes) -> int:
        """How many Flow submissions have that data root."""
        return sum(_data_root(event) == data_root for event in self.stack.flow.events("Submit"))

    def mints(self, data_root: bytes) -> int:
        """How many tokens were minted with that data root."""
        return sum(self.stack.nft.data_of(one)[0].data_hash == data_root for one in self.tokens())

    def tokens(self) -> list[int]:
        """The id of every mint, in order."""
        moves = self.stack.nft.events("Transfer")
        return [move.number("tokenId") for move in moves if move.args["from"] == NOBODY]

    def transfers(self, token_id: int, data_root: bytes) -> int:
        """How many hand-overs of a token there were, which now has that data root."""
        if self.stack.nft.data_of(token_id)[0].data_hash != data_root:
            return 0
        moved = self.stack.nft.events("Transferred")
        return sum(event.number("_tokenId") == token_id for event in moved)


def _data_root(event: Event) -> bytes:
    submission = event.args["submission"]
    assert isinstance(submission, tuple)
    nodes = [SubmissionNode(bytes(root), height) for root, height in submission[2]]
    return fold_nodes(nodes)
