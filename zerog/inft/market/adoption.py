"""Listings made elsewhere, in a browser: this home answers their payments like those of its own.

A listing needs no row to exist, but its seller's home needs one to hand the key over. Every
listing of an account whose key is here gets one, in state `listed`, from where the sweep goes on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from zerog.chain.bindings import Event
from zerog.chain.bindings_market import SaleMode, SaleState
from zerog.chain.hexes import to_address
from zerog.files import replace_file
from zerog.inft.jobstore import Row, Value
from zerog.inft.market.counter import market_of, sale_of
from zerog.inft.market.listing import KIND
from zerog.inft.stack import Stack

REORG_BLOCKS: Final = 64
"""Looked at again each time: the last blocks can change."""
PAGE_BLOCKS: Final = 5_000
MINE_YET: Final = ("planned", "approved")
"""States of a row whose listing may be on chain already without the row knowing its number."""


def adopt(stack: Stack) -> list[Row]:
    """Make rows for listings on chain that this home should answer; gives the new ones.

    Looks at one page of blocks a time and remembers where it was (HOME/listings.json); run again
    it finds the rows that it made. Raises NoSuchContract where the network has no market.
    """
    market, place = market_of(stack), stack.settings.home / "listings.json"
    head = stack.chain.head().number
    seen = _seen(place)
    first = max(market.first_block, (seen if seen <= head else 0) - REORG_BLOCKS)
    last = min(head, first + PAGE_BLOCKS)
    events = market.events("Listed", first, last)
    made = [_adopted(stack, event) for event in _unanswered(stack, events)]
    if last != seen:
        replace_file(place, json.dumps({"block": last}).encode())
    return [row for row in made if row is not None]


def _unanswered(stack: Stack, events: Sequence[Event]) -> list[Event]:
    """Listings of this home's people that have no row; asks the chain nothing."""
    if not events:
        return []
    people = {stack.keys.address(name) for name in stack.keys.names()}
    rows = [row for row in stack.jobs.rows() if row.kind == KIND]
    known = {row.data.get("listing_id") for row in rows}
    soon = {row.data["token_id"] for row in rows if row.state in MINE_YET}
    return [
        event
        for event in events
        if to_address(str(event.args["seller"])) in people
        and event.number("listingId") not in known
        and event.number("tokenId") not in soon
    ]


def _adopted(stack: Stack, event: Event) -> Row | None:
    """The new row of a listing; None where it is over or not for a home to answer."""
    listing_id = event.number("listingId")
    sale = sale_of(stack, listing_id)
    if sale.state not in (SaleState.LISTED, SaleState.PAID) or sale.mode is SaleMode.COMMITTEE:
        return None
    items = stack.nft.data_of(sale.token_id)
    if len(items) != 1:
        return None
    data: dict[str, Value] = {
        "token_id": sale.token_id,
        "owner": sale.seller,
        "price": str(sale.price),
        "currency": sale.currency,
        "mode": int(sale.mode),
        "listed_until": sale.listed_until,
        "window": sale.window,
        "old_data_root": "0x" + items[0].data_hash.hex(),
        "listing_id": listing_id,
        "list_tx": "0x" + event.log.tx_hash.hex(),
        "list_gas": 0,
    }
    return stack.jobs.add(f"{KIND}-on-chain-{listing_id}", KIND, "listed", data)


def _seen(place: Path) -> int:
    """The block up to which was looked, 0 where nothing is remembered."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))["block"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0
    return found if isinstance(found, int) else 0
