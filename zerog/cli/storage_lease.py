"""How long files are paid for, and paying for more: `zerog storage lease` and `extend`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

import click

from zerog.cli.output import Command, Invocation, pass_invocation, table
from zerog.cli.storage_args import AS, NODES, ROOT, amount, opened

if TYPE_CHECKING:
    from zerog.storage.client.endowment import Lease
    from zerog.storage.client.results import Leased

YEAR: Final = 365 * 86_400
"""Seconds."""
HEADER: Final = ("CHUNKS", "PAID UNTIL", "FEES (WEI)", "LOCKED (WEI)", "RELEASED (WEI)")


@click.command(cls=Command)
@click.argument("roots", metavar="ROOT...", type=ROOT, nargs=-1, required=True)
@NODES
@pass_invocation
def lease(invocation: Invocation, roots: tuple[bytes, ...], nodes: tuple[str, ...]) -> None:
    """Until when files are paid for, what is locked and released; per submission."""
    store = opened(invocation, nodes)
    found = [one for root in roots for one in store.lease(root)]
    invocation.emit([one.to_json() for one in found], "\n".join(map(lease_text, found)))


@click.command(cls=Command)
@click.argument("root", metavar="ROOT", type=ROOT)
@AS
@click.option("--years", type=click.IntRange(1, 1000), help="Of 365 days.")
@click.option("--amount", "wei", metavar="WEI", type=click.IntRange(1, 10**27), help="What to pay.")
@NODES
@pass_invocation
def extend(
    invocation: Invocation,
    root: bytes,
    person: str,
    years: int | None,
    wei: int | None,
    nodes: tuple[str, ...],
) -> None:
    """Pay for more time of ROOT; run again after an interruption, it pays once."""
    if (years is None) == (wei is None):
        raise click.UsageError("give one of --years and --amount")
    done = opened(invocation, nodes).extend(
        root,
        person,
        seconds=(years or 0) * YEAR,
        amount_wei=wei or 0,
        on_tx=lambda tx_hash: invocation.say(f"transaction 0x{tx_hash.hex()}"),
    )
    text = f"paid   {amount(done.amount_wei)}\n{lease_text(done.lease)}"
    invocation.emit(done.to_json(), text)


def lease_text(found: Leased) -> str:
    """A submission, its neighbours of one deadline in one line."""
    first = f"0x{found.root.hex()}  submission {found.tx_seq}"
    rows = [_row(list(some)) for _, some in groupby(found.chunks, lambda one: one.deadline)]
    return f"{first}\n{table(HEADER, rows)}"


def _row(some: list[Lease]) -> list[str]:
    first, last = some[0].chunk, some[-1].chunk
    return [
        str(first) if first == last else f"{first}-{last}",
        day(some[0].deadline),
        *map(str, _sums(some)),
    ]


def _sums(some: Iterable[Lease]) -> tuple[int, ...]:
    sums = ((one.fees_wei, one.locked_wei, one.released_wei) for one in some)
    return tuple(map(sum, zip(*sums, strict=True)))


def day(deadline: int) -> str:
    """A chunk's deadline in UTC; 0 before the clock starts."""
    if not deadline:
        return "not full: the time has not begun"
    try:
        return datetime.fromtimestamp(deadline, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "beyond the year 9999"
