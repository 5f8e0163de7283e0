"""`zerog da claim|leave|withdraw`: what signers and challengers earned, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zerog.cli.da_args import network_of
from zerog.cli.output import Command, Invocation, pass_invocation
from zerog.cli.storage_args import amount

if TYPE_CHECKING:
    from zerog.chain.tx import Sender
    from zerog.da.onchain.network import DaNetwork
    from zerog.da.onchain.seats import Seat

SIGNER = click.argument("name", metavar="SIGNER")


@click.command(cls=Command)
@click.argument("name", metavar="SIGNER|NAME")
@pass_invocation
def claim(invocation: Invocation, name: str) -> None:
    """Have everything paid out that a signer or a person of this home has earned.

    Samples that were shown, bonds of challenges, and stake that others lost.
    """
    from zerog.da.onchain.challenging import claim as take  # noqa: PLC0415  (--help loads no curve)

    network = network_of(invocation)
    paid = take(network, _sender(network, name))
    parts = {
        "samples_wei": paid.samples_wei,
        "bonds_wei": paid.bonds_wei,
        "slashed_wei": paid.slashed_wei,
    }
    lines = [f"{part.removesuffix('_wei'):8} {amount(wei)}" for part, wei in parts.items()]
    invocation.emit({"name": name, **parts}, "\n".join(lines))


@click.command(cls=Command)
@SIGNER
@pass_invocation
def leave(invocation: Invocation, name: str) -> None:
    """Register SIGNER for no further epoch; what it signed it still answers for.

    Leave its daemon and its jobs running until `withdraw` gives the stake back.
    """
    network = network_of(invocation)
    seat = _seat(network, name)
    seat.leave()
    epoch = network.registry.free_epoch(seat.address)
    text = f"{name} leaves; its stake is free in epoch {epoch}, now is {network.signers.epoch()}"
    invocation.emit({"name": name, "free_epoch": epoch}, text)


@click.command(cls=Command)
@SIGNER
@pass_invocation
def withdraw(invocation: Invocation, name: str) -> None:
    """Take back the stake of SIGNER, which left, when nothing it signed can be challenged."""
    from zerog.da.onchain.registering import withdraw as take  # noqa: PLC0415  (as above)

    network = network_of(invocation)
    wei = take(network, network.sender(_seat(network, name).account))
    invocation.emit({"name": name, "stake_wei": wei}, f"stake    {amount(wei)}")


def _seat(network: DaNetwork, name: str) -> Seat:
    from zerog.da.onchain.seats import open_seat  # noqa: PLC0415  (as above)

    return open_seat(network.settings.home, network.chain.chain_id(), name)


def _sender(network: DaNetwork, name: str) -> Sender:
    """Of a signer of this home, else of a person; raises NoSuchKey."""
    from zerog.chain.signer import Keys  # noqa: PLC0415  (as above)
    from zerog.da.onchain.network import signer_accounts  # noqa: PLC0415

    home, chain_id = network.settings.home, network.chain.chain_id()
    accounts = signer_accounts(home, chain_id)
    keys = accounts if name in accounts.names() else Keys(home, chain_id)
    return network.sender(keys.signer(name))
