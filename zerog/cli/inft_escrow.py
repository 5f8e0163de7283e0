"""`zerog inft escrow`: sales in which a wrong key, wrong data or missing data undoes the sale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from zerog.cli.inft_args import AS, ID
from zerog.cli.inft_market import PRICE_HELP, PriceType
from zerog.cli.output import Group, Invocation, pass_invocation, table

if TYPE_CHECKING:
    from zerog.inft.escrow.sdk import Escrow, EscrowView

SECONDS = click.IntRange(min=60)
AMOUNT = PriceType()
ESCROW = click.argument("escrow_id", metavar="ESCROW", type=click.IntRange(min=1))


@contextmanager
def connected(invocation: Invocation) -> Iterator[Escrow]:
    """The SDK on this home, with progress shown."""
    from zerog.inft.escrow.sdk import Escrow  # noqa: PLC0415  (0.5 s that --help does not pay)

    with invocation.progress() as progress:
        yield Escrow.connect(invocation.home, progress)


def show(invocation: Invocation, view: EscrowView) -> None:
    """Print one sale."""
    lines = [f"{name:<18}{value}" for name, value in view.to_json().items() if value is not None]
    if view.fault in {"wrong_key", "wrong_chunk"}:
        lines.append("The complaint has made the data key public: anybody can open the data.")
    invocation.emit(view.to_json(), "\n".join(lines))


@click.group("escrow", cls=Group)
def escrow() -> None:
    """Sales with complaints: the money comes back if the data is not what was committed."""


@escrow.command()
@ID
@click.option("--price", type=AMOUNT, required=True, help=f"What it costs. {PRICE_HELP}")
@click.option("--bond", type=AMOUNT, help="What a wrong delivery costs [10 %].")
@click.option("--answer-fee", type=AMOUNT, help="What a challenge costs [0.1 %].")
@click.option("--delivery", type=SECONDS, default=86_400, help="Seconds to deliver the key in.")
@click.option("--window", type=SECONDS, default=86_400, help="Seconds for complaints.")
@click.option("--answer", type=SECONDS, default=21_600, help="Seconds to answer a challenge in.")
@AS
@pass_invocation
def sell(
    invocation: Invocation,
    token_id: int,
    price: int,
    bond: int | None,
    answer_fee: int | None,
    delivery: int,
    window: int,
    answer: int,
    person: str,
) -> None:
    """Offer token ID, which is locked until the sale is over."""
    with connected(invocation) as sdk:
        view = sdk.sell(
            token_id,
            person,
            price,
            bond=bond,
            answer_fee=answer_fee,
            delivery_seconds=delivery,
            window_seconds=window,
            answer_seconds=answer,
        )
    show(invocation, view)


@escrow.command()
@ESCROW
@click.option("--max-price", type=AMOUNT, help="Refuse to pay more.")
@AS
@pass_invocation
def buy(invocation: Invocation, escrow_id: int, max_price: int | None, person: str) -> None:
    """Look at the stored data of ESCROW, consent and pay."""
    with connected(invocation) as sdk:
        view = sdk.buy(escrow_id, person, max_price)
    show(invocation, view)


@escrow.command()
@ESCROW
@AS
@pass_invocation
def deliver(invocation: Invocation, escrow_id: int, person: str) -> None:
    """Go on as the seller of ESCROW: hand the key over, answer challenges, be paid."""
    with connected(invocation) as sdk:
        view = sdk.deliver(escrow_id, person)
    show(invocation, view)


@escrow.command()
@ESCROW
@click.option("--challenge", is_flag=True, help="Challenge data that is missing now.")
@AS
@pass_invocation
def check(invocation: Invocation, escrow_id: int, challenge: bool, person: str) -> None:
    """Go on as the buyer of ESCROW: open the data; finish, or complain by yourself."""
    with connected(invocation) as sdk:
        view = sdk.check(escrow_id, person, impatient=challenge)
    show(invocation, view)


@escrow.command()
@ESCROW
@AS
@pass_invocation
def finish(invocation: Invocation, escrow_id: int, person: str) -> None:
    """Move the token of ESCROW and pay its seller."""
    with connected(invocation) as sdk:
        view = sdk.finish(escrow_id, person)
    show(invocation, view)


@escrow.command()
@ESCROW
@AS
@pass_invocation
def cancel(invocation: Invocation, escrow_id: int, person: str) -> None:
    """Take the offer ESCROW back, which nobody paid."""
    with connected(invocation) as sdk:
        view = sdk.cancel(escrow_id, person)
    show(invocation, view)


@escrow.command()
@ESCROW
@AS
@pass_invocation
def answer(invocation: Invocation, escrow_id: int, person: str) -> None:
    """Answer the open challenges of ESCROW from the storage network, for their fee."""
    with connected(invocation) as sdk:
        count = sdk.answer(escrow_id, person)
    invocation.emit({"answered": count}, f"answered {count}")


@escrow.command()
@AS
@pass_invocation
def withdraw(invocation: Invocation, person: str) -> None:
    """Take out what sales and refunds have credited."""
    with connected(invocation) as sdk:
        amount = sdk.withdraw(person)
    invocation.emit({"withdrawn_wei": str(amount)}, f"{amount} wei")


@escrow.command()
@click.argument("escrow_id", metavar="[ESCROW]", type=click.IntRange(min=1), required=False)
@pass_invocation
def status(invocation: Invocation, escrow_id: int | None) -> None:
    """One sale, or all of them."""
    with connected(invocation) as sdk:
        views = sdk.sales() if escrow_id is None else [sdk.status(escrow_id)]
    if escrow_id is not None:
        show(invocation, views[0])
        return
    rows = [
        [str(view.escrow_id), view.state, str(view.token_id), view.price, view.seller]
        for view in views
    ]
    text = table(("ESCROW", "STATE", "TOKEN", "WEI", "SELLER"), rows) if rows else "no sale yet"
    invocation.emit([view.to_json() for view in views], text)
