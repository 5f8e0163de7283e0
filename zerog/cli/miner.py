"""`zerog miner`: prove stored data, and be paid for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from zerog.cli.output import Group, Invocation, pass_invocation, table
from zerog.config import Settings

if TYPE_CHECKING:
    from zerog.storage.mining.miner import Miner


def _miner(invocation: Invocation) -> Miner:
    from zerog.storage.mining.miner import Miner  # noqa: PLC0415  (--help does not load the ABI)

    return Miner.open(Settings.load(invocation.home), os.environ)


@click.group(cls=Group)
def miner() -> None:
    """Prove stored data, and be paid for it. ZEROG_MINE_KEY names the key (dave)."""


@miner.command()
@pass_invocation
def status(invocation: Invocation) -> None:
    """Miner id, what is sealed, whether a window is open, answers so far."""
    from zerog.storage.mining.earnings import status  # noqa: PLC0415  (as above)

    found = status(_miner(invocation)).to_json()
    lines = [f"{name.replace('_', ' '):<20}{value}" for name, value in found.items()]
    invocation.emit(found, "\n".join(lines))


@miner.command()
@click.option(
    "--chunks",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    help="Show at most so many chunks.",
)
@pass_invocation
def rewards(invocation: Invocation, chunks: int) -> None:
    """What can be claimed, and what is locked in each pricing chunk, in wei."""
    from zerog.storage.mining.earnings import earnings  # noqa: PLC0415  (as above)

    found = earnings(_miner(invocation), chunks)
    rows = [
        [str(one.index), str(one.locked_wei), str(one.claimable_wei), str(one.distributed_wei)]
        for one in found.chunks
    ]
    text = f"{found.beneficiary}\nto claim   {found.payments_wei} wei\n"
    text += f"earned     {found.earned_wei} wei\n"
    text += table(("CHUNK", "LOCKED", "CLAIMABLE", "PAID"), rows)
    invocation.emit(found.to_json(), text)


@miner.command()
@pass_invocation
def claim(invocation: Invocation) -> None:
    """Withdraw what the miner earned to its account."""
    from zerog.storage.mining.earnings import claim  # noqa: PLC0415  (as above)

    done = claim(_miner(invocation))
    invocation.emit(done.to_json(), f"{done.amount_wei} wei to {done.beneficiary}\n{done.tx_hash}")


@miner.command()
@click.option("--answers", type=click.IntRange(min=1), help="Stop after so many accepted answers.")
@pass_invocation
def run(invocation: Invocation, answers: int | None) -> None:
    """Mine in this process until interrupted: open epochs, seal, search, answer."""
    from zerog.storage.mining.solo import mine  # noqa: PLC0415  (as above)

    accepted = mine(_miner(invocation), answers, invocation.say)
    invocation.emit({"accepted": accepted}, "\n".join(accepted))
