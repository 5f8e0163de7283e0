"""What a relayer may spend: gas reserved per signer and day, so that nobody drains it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.errors import Refused
from zerog.store import Database
from zerog.types import Address

DAY_SECONDS: Final = 86_400
GWEI: Final = 10**9

MIGRATIONS: Final = (
    """
    CREATE TABLE reserved (
      digest BLOB PRIMARY KEY, day INTEGER NOT NULL, signer TEXT NOT NULL, gas INTEGER NOT NULL
    );
    CREATE INDEX reserved_by_day ON reserved(day, signer)
    """,
)


class AllowanceSpent(Refused):
    """A signer, or all of them together, used what the relayer gives in a day."""

    def __init__(self, who: str, gas: int, limit: int) -> None:
        self.who, self.gas, self.limit = who, gas, limit
        super().__init__(
            f"{who} would have {gas} gas paid today, the relayer gives {limit}",
            "try again tomorrow, or send the transaction yourself",
        )


class CallTooCostly(Refused):
    """One permit needs more gas than the relayer pays for."""

    def __init__(self, gas: int, limit: int) -> None:
        self.gas, self.limit = gas, limit
        super().__init__(f"the call needs {gas} gas, the relayer pays for {limit}")


@dataclass(frozen=True, slots=True)
class RelayRules:
    """What a relayer pays for: it signs for so much in a day at most, whatever is posted.

    gas_per_call, gas_per_signer and gas_per_day bound gas; max_fee_wei is the highest price per
    gas at which it sends: a permit waits for a cheaper block, and ends with its deadline.
    lead_s: a permit must have so many seconds left.
    """

    gas_per_call: int = 500_000
    gas_per_signer: int = 2_000_000
    gas_per_day: int = 50_000_000
    max_fee_wei: int = 50 * GWEI
    lead_s: int = 30

    @property
    def wei_per_day(self) -> int:
        """Most that is signed for in a day."""
        return self.gas_per_day * self.max_fee_wei


class RelayBook:
    """Reservations of the last two days in one file; safe for many processes."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self.database = Database(path, MIGRATIONS)

    def reserve(
        self, digest: bytes, signer: Address, gas: int, time: int, rules: RelayRules
    ) -> None:
        """Reserve gas for one permit; a reservation that is there already stays as it is.

        time: Unix seconds. Raises CallTooCostly, AllowanceSpent.
        """
        if gas > rules.gas_per_call:
            raise CallTooCostly(gas, rules.gas_per_call)
        day = time // DAY_SECONDS
        with self.database.transaction() as cursor:
            cursor.execute("DELETE FROM reserved WHERE day < ?", (day - 1,))
            if cursor.execute("SELECT 1 FROM reserved WHERE digest = ?", (digest,)).fetchone():
                return
            sums = cursor.execute(
                "SELECT COALESCE(SUM(gas), 0) AS whole,"
                " COALESCE(SUM(CASE WHEN signer = ? THEN gas END), 0) AS own"
                " FROM reserved WHERE day = ?",
                (signer, day),
            ).fetchone()
            for who, spent, limit in (
                (signer, sums["own"], rules.gas_per_signer),
                ("everybody together", sums["whole"], rules.gas_per_day),
            ):
                if spent + gas > limit:
                    raise AllowanceSpent(who, spent + gas, limit)
            cursor.execute("INSERT INTO reserved VALUES (?, ?, ?, ?)", (digest, day, signer, gas))
