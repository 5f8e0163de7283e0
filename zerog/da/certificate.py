"""From the signatures of a quorum to the certificate that DAEntrance takes. Pure.

A quorum gives each row an account; one bit of the bitmap for each row, the lowest bit of the
first byte is row 0. The contract adds the keys of the accounts whose bits are set, each once
(0glabs/0g-da-contract: contracts/DAEntrance.sol; 0g-da-client: disperser/batcher).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zerog.crypto.bn254 import G1, G2, BadBlsSignature, NotOnCurve, add, add2, verify
from zerog.da.messages import availability
from zerog.da.quorums import bitmap_of
from zerog.errors import Refused, ZerogError
from zerog.types import Address


class NotInQuorum(Refused):
    """A signature of an account that has no row."""

    def __init__(self, account: Address) -> None:
        self.account = account
        super().__init__(f"{account} has no row in the quorum")


class TooFewSigned(Refused):
    """Fewer than two thirds of the rows are signed."""

    def __init__(self, signed: int, needed: int, total: int) -> None:
        self.signed, self.needed, self.total = signed, needed, total
        super().__init__(f"{signed} of {total} rows are signed, {needed} make a certificate")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What `CommitRootSubmission` holds; key has the real parts first, unlike the contract's."""

    data_root: bytes
    epoch: int
    quorum_id: int
    row_root: bytes
    rlc_root: bytes
    bitmap: bytes
    key: G2
    signature: G1

    def submission(self) -> tuple[object, ...]:
        """The values of the struct, as the ABI takes them."""
        key = self.key.eip197()
        return (
            self.data_root,
            self.epoch,
            self.quorum_id,
            (int.from_bytes(self.row_root), int.from_bytes(self.rlc_root)),
            self.bitmap,
            (key.x, key.y),
            (self.signature.x, self.signature.y),
        )


_BAD: Final = (NotInQuorum, BadBlsSignature, NotOnCurve)


class Tally:
    """The signatures of one blob as they come in, verified one by one or by their sum."""

    def __init__(
        self,
        data_root: bytes,
        epoch: int,
        quorum_id: int,
        roots: tuple[bytes, bytes],
        rows: Sequence[Address],
        keys: Mapping[Address, G2],
    ) -> None:
        """roots: row root and rlc root; rows: the quorum, row i -> account; keys: registered."""
        self._place, self._roots = (data_root, epoch, quorum_id), roots
        self._digest = availability(data_root, epoch, quorum_id, *roots)
        self._rows, self._keys = rows, keys
        self._counts = Counter(rows)
        self._signed: dict[Address, G1] = {}
        self._signed_rows = 0

    @property
    def total(self) -> int:
        """Rows of the quorum."""
        return len(self._rows)

    @property
    def signed_rows(self) -> int:
        """Rows whose account has signed."""
        return self._signed_rows

    @property
    def needed(self) -> int:
        """Rows that make a certificate: two thirds, rounded up."""
        return -(-2 * self.total // 3)

    @property
    def enough(self) -> bool:
        """Whether there is a certificate."""
        return self.signed_rows >= self.needed

    def absent(self) -> set[Address]:
        """Accounts of the quorum that have not signed."""
        return set(self._counts).difference(self._signed)

    def add(self, account: Address, signature: G1) -> None:
        """Count one signature, once; raises NotInQuorum, BadBlsSignature, NotOnCurve."""
        self._require_member(account)
        verify(self._digest, signature, self._keys[account])
        if account not in self._signed:
            self._count({account: signature})

    def add_all(self, signatures: Mapping[Address, G1]) -> dict[Address, ZerogError]:
        """Count those that are good; why each of the others is not.

        If the sum of the new ones is good, all of them count, since it is their sum that goes
        into the certificate. Only otherwise each is looked at, which takes several times as long.
        """
        new = {who: made for who, made in signatures.items() if who not in self._signed}
        try:
            for account in new:
                self._require_member(account)
            keys = add2([self._keys[account] for account in new])
            verify(self._digest, add(new.values()), keys)
        except _BAD:
            return self._add_each(signatures)
        self._count(new)
        return {}

    def _add_each(self, signatures: Mapping[Address, G1]) -> dict[Address, ZerogError]:
        refused: dict[Address, ZerogError] = {}
        for account, signature in signatures.items():
            try:
                self.add(account, signature)
            except _BAD as error:
                refused[account] = error
        return refused

    def _require_member(self, account: Address) -> None:
        if account not in self._keys or account not in self._counts:
            raise NotInQuorum(account)

    def _count(self, signatures: Mapping[Address, G1]) -> None:
        self._signed_rows += sum(self._counts[account] for account in signatures)
        self._signed |= signatures

    def certificate(self) -> Certificate:
        """All good signatures as one; raises TooFewSigned."""
        if not self.enough:
            raise TooFewSigned(self.signed_rows, self.needed, self.total)
        bitmap = bitmap_of([account in self._signed for account in self._rows])
        key = add2([self._keys[account] for account in self._signed])
        place, signature = self._place, add(self._signed.values())
        return Certificate(*place, *self._roots, bitmap, key, signature)
