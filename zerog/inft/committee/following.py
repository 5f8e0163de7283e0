"""What a member follows on the chain: events become rows of its work."""

from __future__ import annotations

import sqlite3
import time

from zerog.chain.follow import Follower
from zerog.chain.rpc import Log
from zerog.inft.committee.network import Network
from zerog.inft.committee.rule import sale_id, wish_id
from zerog.inft.committee.store import Desk


def follow(network: Network, desk: Desk) -> Follower:
    """A follower of sales, wishes and deposits; rows are written in the page's transaction."""
    market, wishes, vault = network.market, network.desk, network.vault

    def release_id(log: Log) -> str:
        number = int.from_bytes(log.topics[1], "big")
        return sale_id(number) if log.address == market.address else wish_id(number)

    def due(cursor: sqlite3.Cursor, log: Log) -> None:
        cursor.execute("DELETE FROM work WHERE release = ?", (release_id(log),))
        row = (release_id(log), log.block_number, time.time())
        cursor.execute("INSERT INTO work VALUES (?, ?, ?, 0, NULL)", row)

    def ended(cursor: sqlite3.Cursor, log: Log) -> None:
        row = (log.block_number, release_id(log))
        cursor.execute("UPDATE work SET done = ? WHERE release = ?", row)

    def deposited(cursor: sqlite3.Cursor, log: Log) -> None:
        event = vault.decode_event(log)
        if event is None or event.args["token"] != network.token.address:
            return
        row = (str(event.number("tokenId")), event.number("index"), event.number("keyId"))
        cursor.execute(
            "INSERT OR REPLACE INTO held (token_id, item, key_id, block) VALUES (?, ?, ?, ?)",
            (*row, log.block_number),
        )

    def rewind(cursor: sqlite3.Cursor, number: int) -> None:
        cursor.execute("DELETE FROM held WHERE block > ?", (number,))
        cursor.execute("DELETE FROM work WHERE block > ?", (number,))
        cursor.execute("UPDATE work SET done = NULL WHERE done > ?", (number,))

    handlers = {
        market.topic("SalePaid"): due,
        market.topic("SaleSettled"): ended,
        market.topic("SaleOwed"): ended,
        market.topic("SaleRefunded"): ended,
        wishes.topic("WishMade"): due,
        wishes.topic("WishFulfilled"): ended,
        wishes.topic("WishEnded"): ended,
        vault.topic("Deposited"): deposited,
    }
    contracts = (market, wishes, vault)
    return Follower(
        network.chain,
        desk.database,
        [contract.address for contract in contracts],
        handlers,
        rewind,
        network.settings.finality_depth,
        first_block=min(contract.first_block for contract in contracts),
    )
