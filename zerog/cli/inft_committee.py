"""`zerog inft committee`: who keeps keys for owners that are away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from zerog.cli.inft_args import AS, ID
from zerog.cli.output import Group, Invocation, pass_invocation, table

if TYPE_CHECKING:
    from zerog.inft.committee.sdk import Committee, Done

NUMBER = click.option(
    "--member", "number", type=click.IntRange(min=1), required=True, help="Which keys of this home."
)

ADMINISTRATOR = click.option(
    "--as", "person", metavar="NAME", help="Who administers; on a devnet its deployer."
)


@contextmanager
def connected(invocation: Invocation) -> Iterator[Committee]:
    """The SDK on this home, with progress shown."""
    from zerog.inft.committee.sdk import Committee  # noqa: PLC0415  (--help stays quick)

    with invocation.progress() as progress:
        yield Committee.connect(invocation.home, progress)


def _emit(invocation: Invocation, done: Done) -> None:
    who = f" (slot {done.slot})" if done.slot else ""
    invocation.emit(done.to_json(), f"{done.what}{who}  {done.tx} (gas {done.gas})")


@click.group(cls=Group)
def committee() -> None:
    """Members who together hand keys over, and none of whom sees one."""


@committee.command()
@pass_invocation
def status(invocation: Invocation) -> None:
    """The committee's key, its members and their bonds."""
    with connected(invocation) as found:
        told = found.status()
    rows = [
        [str(m.slot), m.account, m.state, str(m.bond_wei), "yes" if m.slot in told.slots else ""]
        for m in told.members
    ]
    head = f"key {told.key_id}: {told.threshold} of {len(told.slots)} members open a seal\n"
    head += f"round {told.round_id}: {told.round_state}\n"
    text = head + table(("SLOT", "ACCOUNT", "STATE", "BOND (WEI)", "HAS A SHARE"), rows)
    invocation.emit(told.to_json(), text)


@committee.command()
@NUMBER
@click.option("--bond-wei", type=click.IntRange(min=0), default=0, help="By default the least.")
@AS
@pass_invocation
def join(invocation: Invocation, number: int, bond_wei: int, person: str) -> None:
    """Make a member's keys in this home and join with a bond that NAME pays."""
    with connected(invocation) as found:
        done = found.join(number, person, bond_wei)
    _emit(invocation, done)


@committee.command()
@NUMBER
@pass_invocation
def leave(invocation: Invocation, number: int) -> None:
    """Announce that a member leaves; run again when its time has come, it takes the bond."""
    with connected(invocation) as found:
        done = found.leave(number)
    _emit(invocation, done)


@committee.command()
@NUMBER
@pass_invocation
def withdraw(invocation: Invocation, number: int) -> None:
    """Send what a member is owed, for reports or as its bond, to its account."""
    with connected(invocation) as found:
        done = found.withdraw(number)
    _emit(invocation, done)


@committee.command()
@click.option("--threshold", type=click.IntRange(min=2), required=True, help="Who open a seal.")
@click.option("--slot", "slots", type=click.IntRange(min=1), multiple=True, help="By default all.")
@click.option(
    "--key", "key_id", type=click.IntRange(min=0), default=None, help="By default newest."
)
@click.option("--new-key", is_flag=True, help="Generate a new key instead; deposits move to it.")
@ADMINISTRATOR
@pass_invocation
def reshare(
    invocation: Invocation,
    threshold: int,
    slots: tuple[int, ...],
    key_id: int | None,
    new_key: bool,
    person: str | None,
) -> None:
    """Begin a round: the key goes to other members, or under another threshold."""
    with connected(invocation) as found:
        newest = found.status().key_id if key_id is None else key_id
        done = found.open_round(person, threshold, tuple(sorted(slots)), 0 if new_key else newest)
    _emit(invocation, done)


@committee.command()
@ADMINISTRATOR
@pass_invocation
def abandon(invocation: Invocation, person: str | None) -> None:
    """Give up the newest round, when too few of its members take part."""
    with connected(invocation) as found:
        done = found.abandon(person)
    _emit(invocation, done)


@committee.command()
@click.argument("key_id", metavar="KEY", type=click.IntRange(min=1))
@ADMINISTRATOR
@pass_invocation
def retire(invocation: Invocation, key_id: int, person: str | None) -> None:
    """Give up an older KEY once deposits moved on: its members are free to leave."""
    with connected(invocation) as found:
        done = found.retire(key_id, person)
    _emit(invocation, done)


@committee.command()
@ID
@AS
@pass_invocation
def deposit(invocation: Invocation, token_id: int, person: str) -> None:
    """Let the committee hand over the key of token ID while its owner is away."""
    with connected(invocation) as found:
        done = found.deposit(token_id, person)
    text = f"token {token_id}: {len(done.txs)} keys under key {done.key_id} (gas {done.gas})"
    invocation.emit(done.to_json(), text)
