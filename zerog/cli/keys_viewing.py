"""`zerog keys viewing`: the keys that agents are sealed to, for wallets that cannot decrypt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from zerog.cli.inft_args import AS, connected
from zerog.cli.output import Group, Invocation, pass_invocation

if TYPE_CHECKING:
    from zerog.inft.viewing_keys import ViewingKeys, ViewingKeyView


@contextmanager
def _directory(invocation: Invocation) -> Iterator[ViewingKeys]:
    with connected(invocation) as agents:
        yield agents.viewing


def _emit(invocation: Invocation, view: ViewingKeyView) -> None:
    kind = f"{view.source}, index {view.index}" if view.source == "derived" else view.source
    text = f"{view.owner}  {kind}\npublic key  {view.public_key}"
    invocation.emit(view.to_json(), text + (f"\nin          {view.tx}" if view.tx else ""))


@click.group(cls=Group)
def viewing() -> None:
    """The key that an owner's agents are sealed to, in the network's directory."""


@viewing.command()
@click.option("--stored", is_flag=True, help="A new key of this home, not one from a signature.")
@AS
@pass_invocation
def register(invocation: Invocation, stored: bool, person: str) -> None:
    """Register a viewing key; a second time: the next one, which replaces it."""
    with _directory(invocation) as keys:
        _emit(invocation, keys.register(person, stored=stored))


@viewing.command()
@click.argument("owner", metavar="NAME|ADDRESS")
@pass_invocation
def show(invocation: Invocation, owner: str) -> None:
    """The viewing key that an owner has registered."""
    with _directory(invocation) as keys:
        _emit(invocation, keys.show(owner))


@viewing.command()
@AS
@pass_invocation
def drop(invocation: Invocation, person: str) -> None:
    """Take the entry back: agents are sealed to the account's own key again."""
    with _directory(invocation) as keys:
        _emit(invocation, keys.drop(person))
