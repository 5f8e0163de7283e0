"""`zerog da register|label|unlabel|policy`: who runs signers, and who administers a network."""

from __future__ import annotations

import click

from zerog.cli.da_args import network_of
from zerog.cli.output import Command, Group, Invocation, pass_invocation, table
from zerog.cli.storage import printable
from zerog.cli.storage_args import amount
from zerog.types import Json

NAME = click.argument("name", metavar="SIGNER")
ADMINISTRATOR = click.option(
    "--as", "person", metavar="NAME", help="Who administers; on a devnet its deployer."
)


@click.command(cls=Command)
@NAME
@click.option("--socket", metavar="HOST:PORT", required=True, help="Where it can be reached.")
@click.option("--votes", type=click.IntRange(min=1), default=1, show_default=True, help="To stake.")
@pass_invocation
def register(invocation: Invocation, name: str, socket: str, votes: int) -> None:
    """Register SIGNER, with new keys where this home has none; its account pays and stakes."""
    from zerog.da.client import operating  # noqa: PLC0415  (--help does not load the curve)

    network = network_of(invocation)
    account = operating.account_of(network, name)
    invocation.say(f"account {account}")
    done = operating.register(network, name, socket, votes)
    text = f"{name}  {account}\nstake   {amount(done.staked_wei)}\nsocket  {done.socket}"
    invocation.emit(done.to_json(), text)


@click.command(cls=Command)
@NAME
@click.option("--region", required=True, help="Where it stands, e.g. eu.")
@click.option("--operator", required=True, help="Who runs it.")
@pass_invocation
def label(invocation: Invocation, name: str, region: str, operator: str) -> None:
    """Say where SIGNER of this home stands and who runs it.

    Labels are counted when registration for an epoch closes.
    """
    from zerog.da.client import operating  # noqa: PLC0415  (as above)

    account = operating.set_labels(network_of(invocation), name, region, operator)
    said = {"name": name, "account": account, "region": region, "operator": operator}
    invocation.emit(said, f"{name}  {account}  {region}/{operator}")


@click.command(cls=Command)
@NAME
@pass_invocation
def unlabel(invocation: Invocation, name: str) -> None:
    """Give up the labels of SIGNER of this home, and what was confirmed.

    It fits no policy then, but one of an earlier contract that names a label of zeros. Labels are
    counted when registration for an epoch closes.
    """
    from zerog.da.client import operating  # noqa: PLC0415  (as above)

    account, epoch = operating.drop_labels(network_of(invocation), name)
    said: dict[str, Json] = {"name": name, "account": account, "from_epoch": epoch}
    invocation.emit(said, f"{name}  {account}  no labels from epoch {epoch} on")


@click.group(cls=Group)
def policy() -> None:
    """Rules for who may hold data: regions, operators, and whether their labels are vouched for."""


@policy.command(name="list")
@pass_invocation
def list_policies(invocation: Invocation) -> None:
    """All that were registered, and which epochs have quorums of them."""
    from zerog.da.client import operating  # noqa: PLC0415  (as above)

    found = operating.policies(network_of(invocation))
    rows = [
        [
            str(one.number),
            printable(" ".join(one.regions)) or "any",
            printable(" ".join(one.operators)) or "any",
            "yes" if one.confirmed else "no",
            _epochs(one.first_epoch, one.end_epoch),
        ]
        for one in found
    ]
    header = ("POLICY", "REGIONS", "OPERATORS", "CONFIRMED ONLY", "EPOCHS")
    text = table(header, rows) if rows else "no policies"
    invocation.emit([one.to_json() for one in found], text)


def _epochs(first: int, end: int) -> str:
    """Which have quorums of a policy; end 0: it is live."""
    if not end:
        return f"from {first}"
    return f"from {first}, before {end}" if first < end else "never"


@policy.command()
@click.option("--region", "regions", multiple=True, help="One that fits; may be repeated.")
@click.option("--operator", "operators", multiple=True, help="Likewise.")
@click.option("--confirmed", is_flag=True, help="Only labels that the authority vouches for.")
@ADMINISTRATOR
@pass_invocation
def add(
    invocation: Invocation,
    regions: tuple[str, ...],
    operators: tuple[str, ...],
    confirmed: bool,
    person: str | None,
) -> None:
    """Register a policy; it has quorums from the epoch after the next on."""
    from zerog.da.client import operating  # noqa: PLC0415  (as above)

    network = network_of(invocation)
    sender = operating.administrator(network, person)
    number = operating.add_policy(network, sender, regions, operators, confirmed)
    invocation.emit({"policy": number}, f"policy {number}")


@policy.command()
@click.argument("account", metavar="SIGNER_ACCOUNT")
@ADMINISTRATOR
@pass_invocation
def confirm(invocation: Invocation, account: str, person: str | None) -> None:
    """Vouch for the labels that a signer has now."""
    from zerog.chain.hexes import to_address  # noqa: PLC0415  (as above)
    from zerog.da.client import operating  # noqa: PLC0415

    network = network_of(invocation)
    sender = operating.administrator(network, person)
    region, operator = operating.confirm_labels(network, sender, to_address(account))
    said = {"account": account, "region": region, "operator": operator}
    invocation.emit(said, printable(f"{account}  {region}/{operator}  confirmed"))


@policy.command()
@click.argument("account", metavar="SIGNER_ACCOUNT")
@ADMINISTRATOR
@pass_invocation
def revoke(invocation: Invocation, account: str, person: str | None) -> None:
    """Vouch for the labels of a signer no more.

    Labels are counted when registration for an epoch closes: a change before counts for the next
    epoch, a later one for the epoch behind it.
    """
    from zerog.chain.hexes import to_address  # noqa: PLC0415  (as above)
    from zerog.da.client import operating  # noqa: PLC0415

    network = network_of(invocation)
    sender = operating.administrator(network, person)
    region, operator, epoch = operating.revoke_labels(network, sender, to_address(account))
    said: dict[str, Json] = {"account": account, "region": region, "operator": operator}
    said["from_epoch"] = epoch
    text = f"{account}  {region}/{operator}  not confirmed from epoch {epoch} on"
    invocation.emit(said, printable(text))


@policy.command()
@click.argument("number", metavar="NUMBER", type=click.IntRange(min=1))
@ADMINISTRATOR
@pass_invocation
def retire(invocation: Invocation, number: int, person: str | None) -> None:
    """Retire a policy for ever: no more quorums of it; its certificates stay."""
    from zerog.da.client import operating  # noqa: PLC0415  (as above)

    network = network_of(invocation)
    sender = operating.administrator(network, person)
    end = operating.retire_policy(network, sender, number)
    text = f"policy {number} has no quorums from epoch {end} on"
    invocation.emit({"policy": number, "end_epoch": end}, text)
