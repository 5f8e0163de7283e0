"""Proxies that a devnet has at addresses which other networks know, though nobody deployed them.

No transaction made them, so a chain that lost its last blocks is given them again from rows of
their own, before the transactions: a call to an address without code succeeds and does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from zerog.chain.hexes import to_hex
from zerog.chain.rpc import Chain
from zerog.chain.txstore import TxStore
from zerog.types import Address

IMPLEMENTATION_SLOT: Final = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
"""ERC-1967; checked against its derivation by a test."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A proxy: its address, that of its logic, and its runtime code."""

    address: Address
    logic: Address
    code: bytes = field(repr=False)


def place(chain: Chain, store: TxStore, placed: Placed) -> None:
    """Remember a proxy, and put it on the chain unless it is there; raises RpcFailure."""
    with store.database.transaction() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO placed (address, logic, code) VALUES (?, ?, ?)",
            (placed.address, placed.logic, placed.code),
        )
    _put(chain, placed)


def is_ours(store: TxStore, address: Address) -> bool:
    """Whether this home placed a proxy there."""
    query = "SELECT 1 FROM placed WHERE address = ?"
    return store.database.connection.execute(query, (address,)).fetchone() is not None


def put_back(chain: Chain, store: TxStore) -> int:
    """Put what was placed once where it is not any more; gives how many. Raises RpcFailure."""
    rows = store.database.connection.execute("SELECT address, logic, code FROM placed").fetchall()
    return sum(_put(chain, Placed(row["address"], row["logic"], row["code"])) for row in rows)


def _put(chain: Chain, placed: Placed) -> bool:
    # The code comes last: where it is, the rest is.
    if chain.code(placed.address) == placed.code:
        return False
    for method, values in placing_calls(placed):
        chain.rpc(method, values)
    return True


def placing_calls(placed: Placed) -> tuple[tuple[str, list[object]], ...]:
    """What a devnet is asked: methods and parameters, in order."""
    word = bytes(12) + bytes.fromhex(placed.logic[2:])
    return (
        ("anvil_setStorageAt", [placed.address, IMPLEMENTATION_SLOT, to_hex(word)]),
        ("anvil_setCode", [placed.address, to_hex(placed.code)]),
    )
