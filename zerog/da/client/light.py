"""A light client: a few rows, drawn at random, from the signers that must have them.

Each row is asked for alone, over a connection of its own, and verified against the data root. What
follows from the rows that came is in `odds`. It says that enough rows of this root can be had; that
they decode rests on what the signers checked, and a reader who fetches 1,024 of them learns it.
Signers that answer a light client and nobody else are found out by many light clients, not by one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from zerog.da.checking import check_rows
from zerog.da.client.odds import BadSample, bits, hidden_chance
from zerog.da.collector import LIES, Holder, Quorums, SignerUnreachable, ask
from zerog.da.errors import BadEncoding
from zerog.da.params import FULL, Profile
from zerog.da.wire import BadMessage, RowsAsked
from zerog.types import Json

ROWS: Final = 26
"""All served: a chance of 2^-41 that a blob that cannot be read does that."""
DOUBT: Final = Fraction(1, 2**20)
AT_ONCE: Final = 32
TIMEOUT_SECONDS: Final = 10.0


class Verdict(StrEnum):
    """What a sample says."""

    CONFIDENT = "CONFIDENT"
    """So many rows were served that the blob can be read, or chance was kinder than allowed."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """Too few rows were served."""
    BAD = "BAD"
    """A proof that there is no data: the commitment itself is wrong."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that its signer did not give. lied: it gave something that is not that row."""

    socket: str
    row: int
    lied: bool
    reason: str

    def to_json(self) -> dict[str, Json]:
        """For --json."""
        kind = "lied" if self.lied else "silent"
        return {"signer": self.socket, "row": self.row, "fault": kind, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Confidence:
    """What a sample says, and from what.

    chance: of seeing so many rows, or more, of a blob that cannot be read; reason: of BAD.
    """

    verdict: Verdict
    asked: int
    served: int
    chance: Fraction
    faults: tuple[Fault, ...] = ()
    reason: str = ""

    @property
    def confidence(self) -> float:
        """1 - chance."""
        return float(1 - self.chance)

    @property
    def bits(self) -> float:
        """-log2 of the chance: 41 says 2^-41."""
        return bits(self.chance)

    def to_json(self) -> dict[str, Json]:
        """For --json."""
        return {
            "verdict": str(self.verdict),
            "asked": self.asked,
            "served": self.served,
            "chance": float(self.chance),
            "confidence": self.confidence,
            "faults": [fault.to_json() for fault in self.faults],
            "reason": self.reason,
        }


class LightClient:
    """Samples blobs of one DAEntrance."""

    def __init__(
        self,
        quorums: Quorums,
        chain_id: int,
        entrance: bytes,
        profile: Profile = FULL,
        timeout_s: float = TIMEOUT_SECONDS,
    ) -> None:
        """entrance: 20 bytes; timeout_s: for one row."""
        self._quorums, self._profile = quorums, profile
        self._chain_id, self._entrance = chain_id, entrance
        self._timeout_s = timeout_s

    def sample(
        self,
        data_root: bytes,
        epoch: int,
        quorum_id: int,
        rows: int = ROWS,
        doubt: Fraction = DOUBT,
    ) -> Confidence:
        """Draw rows, ask for each, verify each.

        doubt: the greatest chance that is still CONFIDENT. Raises NotFound (no such quorum),
        BadSample, ChainUnreachable.
        """
        if not 1 <= rows <= self._profile.rows:
            raise BadSample(self._profile.rows, rows, rows)
        holders = self._quorums.holders(epoch, quorum_id)
        owners = {row: holder for holder in holders for row in holder.rows}
        drawn = random.SystemRandom().sample(range(self._profile.rows), rows)

        def look(row: int) -> Fault | BadEncoding | None:
            return self._look(owners.get(row), RowsAsked(epoch, quorum_id, data_root, (row,)))

        with ThreadPoolExecutor(min(AT_ONCE, rows), thread_name_prefix="sample") as pool:
            found = list(pool.map(look, drawn))
        return conclude(found, self._profile, doubt)

    def _look(self, holder: Holder | None, asked: RowsAsked) -> Fault | BadEncoding | None:
        """None when the row is there."""
        (row,) = asked.indices
        if holder is None:
            return Fault("", row, lied=False, reason="no signer of the quorum has it")
        try:
            self._fetch(holder, asked)
        except SignerUnreachable as error:
            return Fault(holder.socket, row, lied=False, reason=error.reason)
        except LIES as error:
            return Fault(holder.socket, row, lied=True, reason=error.cause)
        except BadEncoding as error:
            return error
        return None

    def _fetch(self, holder: Holder, asked: RowsAsked) -> None:
        """Raises SignerUnreachable, one of LIES, BadEncoding when the commitment is wrong."""
        where = self._chain_id, self._entrance, self._profile
        given = ask(holder, asked, *where, self._timeout_s)
        if reason := given.commitment.header.contradiction(self._profile):
            raise BadEncoding(given.commitment.row_root, reason)
        if not given.rows:
            raise BadMessage("encoded_slice", "an answer without the row")
        check_rows(given.commitment, given.rows)


def conclude(
    found: Sequence[Fault | BadEncoding | None], profile: Profile = FULL, doubt: Fraction = DOUBT
) -> Confidence:
    """What the looks at drawn rows say together: None is a row that was there."""
    faults = tuple(one for one in found if isinstance(one, Fault))
    proofs = [one for one in found if isinstance(one, BadEncoding)]
    served = len(found) - len(faults) - len(proofs)
    chance = hidden_chance(profile.rows, profile.k, len(found), served)
    if proofs:
        return Confidence(Verdict.BAD, len(found), served, Fraction(1), faults, proofs[0].cause)
    verdict = Verdict.CONFIDENT if chance <= doubt else Verdict.INCONCLUSIVE
    return Confidence(verdict, len(found), served, chance, faults)
