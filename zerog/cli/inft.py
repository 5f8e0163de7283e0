"""`zerog inft`: the table of its commands; the module of one is imported when it is run."""

from __future__ import annotations

import click

from zerog.cli.inft_life import ENTRIES
from zerog.cli.output import Entry, LazyGroup

TOKEN, MARKET = "zerog.cli.inft_token", "zerog.cli.inft_market"


class Inft(LazyGroup):
    """The commands of all rooms of agents."""

    entries = {  # noqa: RUF012  (the class is the table)
        "mint": Entry(f"{TOKEN}:mint", "Encrypt a folder, store it, mint its token."),
        "show": Entry(f"{TOKEN}:show", "What the chain says of a token."),
        "list": Entry(f"{TOKEN}:list_", "Every token of the collection."),
        "open": Entry(f"{TOKEN}:open_", "Decrypt an agent into a new folder."),
        "transfer": Entry(f"{TOKEN}:transfer", "Hand a token over, with its key."),
        "verify": Entry(f"{TOKEN}:verify", "Check a token, its data and its seal."),
        "consent": Entry(f"{TOKEN}:consent", "Consent to receive a token by proof."),
        "rekey": Entry(f"{TOKEN}:rekey", "Seal a token to its owner's newest key."),
        "accept": Entry(f"{TOKEN}:accept", "Check a new ciphertext as its receiver."),
        "jobs": Entry(f"{TOKEN}:jobs", "What this home has begun, and how far it is."),
        "resume": Entry(f"{TOKEN}:resume", "Go on with a job now."),
        "sell": Entry(f"{MARKET}:sell", "List a token at a price."),
        "buy": Entry(f"{MARKET}:buy", "Pay for a listing."),
        "offer": Entry(f"{MARKET}:offer", "Sign an offer for a token."),
        "offers": Entry(f"{MARKET}:offers", "The offers that this home knows."),
        "cancel": Entry(f"{MARKET}:cancel", "Take a listing, an order or an offer back."),
        "listings": Entry(f"{MARKET}:listings", "What is for sale."),
        "collect": Entry(f"{MARKET}:collect", "Fetch an agent that a sale owes you."),
        "withdraw": Entry(f"{MARKET}:withdraw", "Take what the market owes."),
        **ENTRIES,
        "escrow": Entry("zerog.cli.inft_escrow:escrow", "Sell with a complaint game."),
        "committee": Entry("zerog.cli.inft_committee:committee", "Sell while away."),
    }


@click.group(cls=Inft)
def inft() -> None:
    """Agents as tokens: mint a folder, hand it over, open it."""
