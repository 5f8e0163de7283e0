"""`zerog inft rent` and `zerog inft earnings`: agents for hire, and what they earn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerog.cli.inft_agent import (
    DAY_SECONDS,
    OUT,
    PERCENT_BPS,
    hand_out,
    opened,
    read_document,
    tell,
)
from zerog.cli.inft_args import AS, ID
from zerog.cli.inft_market import CURRENCY, PRICE_HELP, PriceType
from zerog.cli.output import Group, Invocation, pass_invocation, table

if TYPE_CHECKING:
    from zerog.types import Address

OFFER = click.argument("offer_id", metavar="OFFER", type=click.IntRange(min=1))
LEASE = click.argument("lease_id", metavar="LEASE", type=click.IntRange(min=1))
PERIODS = click.option("--periods", type=click.IntRange(min=1), default=1, show_default=True)


@click.group("rent", cls=Group)
def rent() -> None:
    """Agents for hire: paid by the period, with a quota of calls."""


@rent.command()
@ID
@click.option("--price", type=PriceType(), required=True, help=f"Of a period. {PRICE_HELP}")
@click.option("--period", type=click.IntRange(min=1), default=3600, help="Seconds.")
@click.option("--most", type=click.IntRange(min=1), default=12, help="Periods paid at once.")
@click.option("--calls", type=click.IntRange(min=0), default=0, help="In a period; 0: no limit.")
@click.option("--days", type=click.FloatRange(min=0.001), help="How long it stands [no end].")
@click.option("--exclusive", is_flag=True, help="One tenant at a time, who is its ERC-4907 user.")
@click.option("--executor", metavar="NAME|ADDRESS", help="Who serves it [the owner].")
@CURRENCY
@AS
@pass_invocation
def offer(
    invocation: Invocation,
    token_id: int,
    price: int,
    period: int,
    most: int,
    calls: int,
    days: float | None,
    exclusive: bool,
    executor: str | None,
    currency: Address,
    person: str,
) -> None:
    """Offer token ID for hire."""
    with opened(invocation) as life:
        made = life.offer_rent(
            token_id,
            person,
            price=price,
            period_s=period,
            max_periods=most,
            calls_per_period=calls,
            lasting_s=None if days is None else int(days * DAY_SECONDS),
            exclusive=exclusive,
            currency=currency,
            executor=executor,
        )
    tell(invocation, made)


@rent.command()
@ID
@pass_invocation
def offers(invocation: Invocation, token_id: int) -> None:
    """The offers of token ID that can be taken."""
    with opened(invocation) as life:
        found = life.rent_offers(token_id)
    rows = [
        [str(one.offer_id), one.price, str(one.period_seconds), str(one.calls_per_period or "∞")]
        for one in found
    ]
    text = table(("OFFER", "PRICE", "SECONDS", "CALLS"), rows) if rows else "no offer"
    invocation.emit([one.to_json() for one in found], text)


@rent.command()
@OFFER
@AS
@pass_invocation
def close(invocation: Invocation, offer_id: int, person: str) -> None:
    """Close OFFER; its leases run to their end."""
    with opened(invocation) as life:
        tell(invocation, life.close_offer(offer_id, person))


@rent.command()
@OFFER
@PERIODS
@click.option("--tenant", metavar="NAME|ADDRESS", help="Who uses it [who pays].")
@AS
@pass_invocation
def take(
    invocation: Invocation, offer_id: int, periods: int, tenant: str | None, person: str
) -> None:
    """Take OFFER and pay for some periods."""
    with opened(invocation) as life:
        tell(invocation, life.rent(offer_id, person, periods=periods, tenant=tenant))


@rent.command()
@LEASE
@PERIODS
@AS
@pass_invocation
def extend(invocation: Invocation, lease_id: int, periods: int, person: str) -> None:
    """Pay more periods of LEASE."""
    with opened(invocation) as life:
        tell(invocation, life.extend(lease_id, person, periods=periods))


@rent.command()
@LEASE
@AS
@pass_invocation
def cancel(invocation: Invocation, lease_id: int, person: str) -> None:
    """Give back the periods of LEASE that have not begun."""
    with opened(invocation) as life:
        tell(invocation, life.cancel(lease_id, person))


@rent.command()
@LEASE
@AS
@pass_invocation
def collect(invocation: Invocation, lease_id: int, person: str) -> None:
    """Credit the owner with the rent of LEASE that is due; anybody may pay the gas."""
    with opened(invocation) as life:
        tell(invocation, life.collect(lease_id, person))


@rent.command()
@ID
@pass_invocation
def leases(invocation: Invocation, token_id: int) -> None:
    """Every lease that token ID ever had."""
    with opened(invocation) as life:
        found = life.leases(token_id)
    rows = [[str(one.lease_id), one.tenant, str(one.end), str(one.calls), one.due] for one in found]
    text = table(("LEASE", "TENANT", "END", "CALLS", "DUE"), rows) if rows else "no lease"
    invocation.emit([one.to_json() for one in found], text)


@rent.command()
@LEASE
@click.option("--calls", type=click.IntRange(min=1), required=True, help="Since its beginning.")
@OUT
@AS
@pass_invocation
def receipt(
    invocation: Invocation, lease_id: int, calls: int, out: Path | None, person: str
) -> None:
    """Sign, as the tenant, how many calls of LEASE were made; it goes to the executor."""
    with opened(invocation) as life:
        signed = life.usage_receipt(lease_id, calls, person)
    hand_out(invocation, signed.to_json(), out)


@rent.command()
@click.argument("papers", nargs=-1, required=True, type=click.Path(path_type=Path))
@AS
@pass_invocation
def record(invocation: Invocation, papers: tuple[Path, ...], person: str) -> None:
    """Hand in what tenants signed, as the executor; PAPERS: of rent receipt."""
    from zerog.inft.life.rental import Receipt  # noqa: PLC0415  (--help stays quick)

    receipts = [Receipt.from_json(read_document(path)) for path in papers]
    with opened(invocation) as life:
        tell(invocation, life.record_usage(receipts, person))


@rent.command()
@ID
@click.option("--user", metavar="NAME|ADDRESS", required=True, help="Who.")
@click.option("--days", type=click.FloatRange(min=0.001), required=True, help="For how long.")
@AS
@pass_invocation
def lend(invocation: Invocation, token_id: int, user: str, days: float, person: str) -> None:
    """Name the ERC-4907 user of token ID, without rent."""
    with opened(invocation) as life:
        tell(invocation, life.lend(token_id, person, user, int(days * DAY_SECONDS)))


# ------------------------------------------------------------------------------- money


@click.group("earnings", cls=Group)
def earnings() -> None:
    """Rent and royalties: what came in, and taking it out."""


@earnings.command()
@CURRENCY
@AS
@pass_invocation
def show(invocation: Invocation, currency: Address, person: str) -> None:
    """What NAME can take out."""
    with opened(invocation) as life:
        tell(invocation, life.earnings(person, currency))


@earnings.command()
@ID
@CURRENCY
@AS
@pass_invocation
def settle(invocation: Invocation, token_id: int, currency: Address, person: str) -> None:
    """Share out the royalties that markets left for token ID; anybody may pay the gas."""
    with opened(invocation) as life:
        tell(invocation, life.settle_royalties(token_id, person, currency))


@earnings.command()
@ID
@click.option("--percent", type=click.FloatRange(0, 5), required=True, help="Of every sale.")
@AS
@pass_invocation
def lower(invocation: Invocation, token_id: int, percent: float, person: str) -> None:
    """Lower the royalty of token ID and all its clones, for ever; its creator may."""
    with opened(invocation) as life:
        tell(invocation, life.lower_royalty(token_id, person, round(percent * PERCENT_BPS)))


@earnings.command()
@CURRENCY
@click.option("--to", metavar="NAME|ADDRESS", help="Who gets it [NAME].")
@AS
@pass_invocation
def withdraw(invocation: Invocation, currency: Address, to: str | None, person: str) -> None:
    """Take out all rent and royalties of NAME."""
    with opened(invocation) as life:
        done = life.withdraw(person, currency=currency, to=to)
    text = "\n".join(f"{one.act} {one.tx}" for one in done) or "nothing to take out"
    invocation.emit([one.to_json() for one in done], text)
