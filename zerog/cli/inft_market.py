"""`zerog inft sell`, `buy` and what belongs to them: the market."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerog.cli.inft_args import AS, ID
from zerog.cli.output import Command, Invocation, pass_invocation, table
from zerog.errors import UsageError

if TYPE_CHECKING:
    from zerog.inft.market.offers import OfferPaper
    from zerog.inft.market.sdk import Market
    from zerog.types import Address

COIN = "0x" + "00" * 20
DECIMALS = 18
DAY_SECONDS = 86_400


class MalformedPrice(UsageError):
    """--price is neither base units nor an amount of coin."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is no price", "1.5 is coin, 1500000wei is base units")


class MalformedOffer(UsageError):
    """--offer names no readable offer."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} holds no offer: {reason}", "zerog inft offer writes one")


class PriceType(click.ParamType):
    """An amount: `1.5` in units of 10^18, or `1500wei` in base units (any ERC-20's too)."""

    name = "amount"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Base units; raises MalformedPrice."""
        if isinstance(value, int):
            return value
        scale = 0 if value.endswith("wei") else DECIMALS
        try:
            amount = Decimal(value.removesuffix("wei")).scaleb(scale)
        except InvalidOperation:
            raise MalformedPrice(value) from None
        if not amount.is_finite() or amount < 0 or amount != amount.to_integral_value():
            raise MalformedPrice(value)
        return int(amount)


class OfferType(click.ParamType):
    """A file that `zerog inft offer --out` wrote."""

    name = "file"

    def convert(
        self, value: str | OfferPaper, param: click.Parameter | None, ctx: click.Context | None
    ) -> OfferPaper:
        """Read the file; raises MalformedOffer, MalformedDocument."""
        from zerog.inft.market.offers import OfferPaper  # noqa: PLC0415  (--help stays quick)

        if isinstance(value, OfferPaper):
            return value
        try:
            document = json.loads(Path(value).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MalformedOffer(value, str(error)) from None
        if not isinstance(document, dict):
            raise MalformedOffer(value, "no JSON object")
        return OfferPaper.from_json(document)


class CurrencyType(click.ParamType):
    """Address of an ERC-20 contract."""

    name = "address"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Address:
        """Checksummed; raises BadHex."""
        from zerog.chain.hexes import to_address  # noqa: PLC0415  (--help stays quick)

        return to_address(value)


@contextmanager
def opened(invocation: Invocation) -> Iterator[Market]:
    """The market on this home, with progress shown."""
    from zerog.inft.market.sdk import Market  # noqa: PLC0415  (0.5 s that --help does not pay)

    with invocation.progress() as progress:
        yield Market.connect(invocation.home, progress)


TRUSTS_THE_BUYER = "the buyer reads the new data before consenting to it: sell so to whom you trust"
PRICE_HELP = "1.5 is coin, 1500wei base units."
CURRENCY = click.option(
    "--currency", type=CurrencyType(), default=COIN, help="An ERC-20 instead of the coin."
)


@click.command(cls=Command)
@ID
@click.option("--price", type=PriceType(), help=PRICE_HELP)
@click.option("--offer", "paper", type=OfferType(), help="Take this offer instead of listing.")
@click.option(
    "--mode",
    type=click.Choice(["proof", "committee", "oracle"]),
    default="proof",
    show_default=True,
    help="Who hands the key over: this home, the committee, or a re-encrypting oracle.",
)
@click.option("--days", type=click.FloatRange(min=0.001), default=30.0, show_default=True)
@click.option(
    "--window", type=click.IntRange(60, 604_800), default=3600, help="Seconds for a hand-over."
)
@CURRENCY
@AS
@pass_invocation
def sell(
    invocation: Invocation,
    token_id: int,
    price: int | None,
    paper: OfferPaper | None,
    mode: str,
    days: float,
    window: int,
    currency: Address,
    person: str,
) -> None:
    """List token ID at a price, or take an offer for it."""
    if (price is None) == (paper is None):
        raise click.UsageError("give either --price or --offer")
    with opened(invocation) as market:
        if paper is not None:
            if paper.offer.token_id != token_id:
                raise click.UsageError(f"the offer is for token {paper.offer.token_id}")
            done = market.take(paper, person)
        else:
            done = market.sell(
                token_id,
                person,
                price=price or 0,
                currency=currency,
                mode=mode,
                listed_s=int(days * DAY_SECONDS),
                window_s=window,
            )
    where = f"listing {done.listing_id}" if done.listing_id else f"sale {done.job_id}"
    text = f"token {done.token_id}: {where}, {done.state}\nprotection {done.protection}"
    if paper is None and mode == "oracle":
        text += f"\nnote       {TRUSTS_THE_BUYER}"
    invocation.emit(done.to_json(), text)


@click.command(cls=Command)
@click.argument("listing_id", metavar="LISTING", type=click.IntRange(min=1))
@click.option("--max-price", type=PriceType(), help=f"Most that it may cost. {PRICE_HELP}")
@click.option("--wait", "wait_s", type=click.FloatRange(min=0), default=60.0, show_default=True)
@CURRENCY
@AS
@pass_invocation
def buy(
    invocation: Invocation,
    listing_id: int,
    max_price: int | None,
    wait_s: float,
    currency: Address,
    person: str,
) -> None:
    """Check the data of LISTING, lock payment and consent, and wait for the token."""
    with opened(invocation) as market:
        done = market.buy(listing_id, person, max_price=max_price, currency=currency, wait_s=wait_s)
    text = f"token {done.token_id}: {done.result or done.state}\npaid       {done.buy_tx}"
    invocation.emit(done.to_json(), text)


@click.command(cls=Command)
@click.argument("listing_id", metavar="LISTING", type=click.IntRange(min=1))
@click.option("--wait", "wait_s", type=click.FloatRange(min=0), default=60.0, show_default=True)
@AS
@pass_invocation
def collect(invocation: Invocation, listing_id: int, wait_s: float, person: str) -> None:
    """Fetch the token of LISTING, which is paid and owed to NAME."""
    with opened(invocation) as market:
        done = market.collect_owed(listing_id, person, wait_s)
    text = f"token {done.token_id}: {done.result or done.state}"
    invocation.emit(done.to_json(), text if done.trouble is None else f"{text}\n{done.trouble}")


@click.command(cls=Command)
@ID
@click.option("--price", type=PriceType(), required=True, help=PRICE_HELP)
@click.option("--days", type=click.FloatRange(min=0.001), default=7.0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The document.")
@CURRENCY
@AS
@pass_invocation
def offer(
    invocation: Invocation,
    token_id: int,
    price: int,
    days: float,
    out: Path | None,
    currency: Address,
    person: str,
) -> None:
    """Sign and fund an offer for token ID; its owner takes it with sell --offer."""
    with opened(invocation) as market:
        made = market.offer(
            token_id, person, price=price, currency=currency, lasting_s=int(days * DAY_SECONDS)
        )
    document = json.dumps(made.document, indent=1)
    if out is not None:
        out.write_text(document + "\n", encoding="utf-8")
    invocation.emit(made.to_json(), f"{made.job_id}\n{out or document}")


@click.command(cls=Command)
@pass_invocation
def offers(invocation: Invocation) -> None:
    """The offers of this home."""
    with opened(invocation) as market:
        found = market.offers()
    rows = [[o.job_id, str(o.token_id), o.price, o.result or o.state] for o in found]
    text = table(("OFFER", "TOKEN", "PRICE", "STATE"), rows) if rows else "no offer yet"
    invocation.emit([one.to_json() for one in found], text)


@click.command(cls=Command)
@click.argument("name", metavar="LISTING|OFFER")
@AS
@pass_invocation
def cancel(invocation: Invocation, name: str, person: str) -> None:
    """End a listing by its number, or an offer of this home by its name."""
    with opened(invocation) as market:
        done = (
            market.cancel_listing(int(name), person)
            if name.isdecimal()
            else market.cancel_offer(name)
        )
    invocation.emit(done.to_json(), f"{name}: {done.state}")


@click.command(cls=Command)
@click.option("--all", "every", is_flag=True, help="Those that are over, too.")
@click.option("--last", type=click.IntRange(min=1), default=1000, help="Of the newest so many.")
@pass_invocation
def listings(invocation: Invocation, every: bool, last: int) -> None:
    """What can be bought, and what is being handed over."""
    with opened(invocation) as market:
        found = market.listings(every=every, last=last)
    rows = [
        [
            str(one.listing_id),
            str(one.token_id),
            one.state,
            one.mode,
            one.protection,
            one.price,
            one.seller,
        ]
        for one in found
    ]
    head = ("LISTING", "TOKEN", "STATE", "MODE", "PROTECTION", "PRICE", "SELLER")
    invocation.emit([one.to_json() for one in found], table(head, rows) if rows else "nothing")


@click.command(cls=Command)
@CURRENCY
@click.option("--to", metavar="NAME|ADDRESS", help="Who gets it; the account itself by default.")
@AS
@pass_invocation
def withdraw(invocation: Invocation, currency: Address, to: str | None, person: str) -> None:
    """Take what the market owes NAME."""
    with opened(invocation) as market:
        taken = market.withdraw(person, currency=currency, to=to)
    invocation.emit(taken.to_json(), f"{taken.amount} base units to {taken.to}")
