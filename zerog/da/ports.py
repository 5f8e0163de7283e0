"""What the disperser asks of the chain; `zerog.da.onchain` answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from zerog.crypto.bn254 import G2
from zerog.da.certificate import Certificate
from zerog.da.status import Assignment
from zerog.types import Address


@dataclass(frozen=True, slots=True)
class Member:
    """A signer of a quorum: where it answers, its registered key, its rows, ascending."""

    account: Address
    socket: str
    key: G2
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Quorum:
    """Who keeps the rows of the blobs of one quorum. rows: row i -> account."""

    epoch: int
    quorum_id: int
    rows: tuple[Address, ...]
    members: Mapping[Address, Member]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What became of certificates. refused: data root -> why; those not in it are certified."""

    tx: bytes
    block: int
    refused: Mapping[bytes, str]


class Standing(StrEnum):
    """How sure something is of its place in the chain."""

    FINAL = "final"
    PENDING = "pending"
    """In a block that is not final."""
    GONE = "gone"
    UNSEEN = "unseen"
    """The chain as it was shown has no such height: a reorg took it, or the node is behind."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest block. depth: blocks above its own before something is final."""

    number: int
    depth: int

    def missing(self, block: int) -> int:
        """Blocks that must come before one is final; 0 where nothing is waited for."""
        return max(block + self.depth - self.number, 0) if self.depth else 0


class Door(Protocol):
    """DAEntrance, as one account of this home deals with it.

    Every write is an intent of the account's Sender: given again, it is not sent again, and
    gives what came of it. All raise TxReverted, TxTimeout, ChainUnreachable, InsufficientFunds.
    """

    def upload(self, roots: Sequence[bytes], policy: int, intent: str) -> list[Assignment]:
        """Announce and pay for blobs; where each was put. policy: 0 for everybody's quorums."""
        ...

    def tip(self) -> Tip:
        """The newest block, read now."""
        ...

    def upload_standing(
        self, data_root: bytes, where: Assignment, tip: Tip | None = None
    ) -> Standing:
        """Whether an announcement is still in the chain, at the same place. tip: if it is known."""
        ...

    def announced_again(self, data_root: bytes, where: Assignment) -> Assignment | None:
        """Where a blob is now whose announcement a reorg took: the same transaction is sent again.

        None: it is on its way. Raises TxReverted and NotFound: then it takes another one.
        """
        ...

    def is_under_way(self, tx: bytes) -> bool:
        """Whether a transaction of ours is still to become final; one that a reorg took is sent
        again. Raises TxReverted and NotFound: then it will do nothing.
        """
        ...

    def recover(self) -> None:
        """Give a chain that lost blocks the transactions in them again."""
        ...

    def quorum(self, epoch: int, quorum_id: int) -> Quorum:
        """The signers of a quorum; raises NotFound."""
        ...

    def confirm(self, certificates: Sequence[Certificate], intent: str) -> Confirmation:
        """Submit certificates; one that is refused does not hold up the others."""
        ...

    def standing(self, data_root: bytes, where: Assignment, tip: Tip | None = None) -> Standing:
        """Whether the contract holds a certificate for the blob at this place. tip: as above."""
        ...

    def current_epoch(self) -> int:
        """The epoch under way, 0 before the first."""
        ...
