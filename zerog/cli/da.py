"""`zerog da`: blobs that stay available, and that anybody can check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from zerog.cli.da_args import (
    AS,
    DATA_ROOT,
    POLICY,
    BitmapType,
    connected,
    network_of,
    placed,
    read_blob,
    require_new,
    write_blob,
)
from zerog.cli.da_earnings import claim, leave, withdraw
from zerog.cli.da_operator import label, policy, register, unlabel
from zerog.cli.output import Group, Invocation, pass_invocation, table
from zerog.cli.storage import printable
from zerog.cli.storage_args import amount
from zerog.types import Json, Progress


@click.group(cls=Group)
def da() -> None:
    """Data availability: put blobs, get them back, check what others say of them."""


@da.command()
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path))
@POLICY
@click.option(
    "--wait",
    type=click.Choice(["accepted", "confirmed", "finalized"]),
    default="confirmed",
    show_default=True,
    help="How far it must get before this command ends.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=300, show_default=True, help="Seconds."
)
@click.option("--no-check", is_flag=True, help="Believe the disperser, do not ask the contract.")
@pass_invocation
def put(
    invocation: Invocation,
    file: Path,
    policy: int | None,
    wait: str,
    timeout: float,
    no_check: bool,
) -> None:
    """Disperse FILE, or standard input: 1 byte to 31 MiB."""
    data = read_blob(file)
    done = connected(invocation).put(
        data,
        policy,
        wait,
        check=not no_check,
        timeout_s=timeout,
        on_progress=_told(invocation.say),
    )
    lines = [f"root     0x{done.data_root.hex()}", f"status   {done.status.name}"]
    if done.epoch:
        lines.append(f"where    epoch {done.epoch}, quorum {done.quorum_id}")
        lines.append(f"signed   {done.signed_rows} of {done.total_rows} rows")
    lines.append(f"request  {done.request_id}")
    invocation.emit(done.to_json(), "\n".join(lines))


@da.command()
@DATA_ROOT
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help="A new file, or - ."
)
@placed
@pass_invocation
def get(
    invocation: Invocation, data_root: bytes, out: Path, epoch: int | None, quorum: int | None
) -> None:
    """The blob ROOT from its signers, verified; no disperser is believed."""
    require_new(out)
    found = memoryview(connected(invocation).get(data_root, epoch, quorum))
    write_blob(out, found)
    if str(out) != "-":
        said: dict[str, Json] = {
            "path": str(out),
            "size": found.nbytes,
            "data_root": "0x" + data_root.hex(),
        }
        invocation.emit(said, f"{out} ({found.nbytes} bytes)")


@da.command()
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path))
@pass_invocation
def root(invocation: Invocation, file: Path) -> None:
    """The data root of FILE on this network; it is not put."""
    data = read_blob(file)
    found = "0x" + connected(invocation).root(data).hex()
    invocation.emit({"data_root": found, "length": len(data)}, found)


@da.command()
@click.argument("request_id", metavar="REQUEST_ID")
@click.option(
    "--wait",
    type=click.Choice(["confirmed", "finalized"]),
    help="Of what this home put: wait until it is so far, and check it.",
)
@pass_invocation
def status(invocation: Invocation, request_id: str, wait: str | None) -> int:
    """What the disperser says of a request; exit code 1 if it was given up."""
    from zerog.da.status import Status  # noqa: PLC0415  (--help does not load gRPC)

    client = connected(invocation)
    if wait is not None:
        client.wait(request_id, wait, on_progress=_told(invocation.say))
    found = client.status(request_id)
    lines = [f"status   {found.status.name}"]
    if found.data_root:
        lines.append(f"root     0x{found.data_root.hex()}")
        lines.append(f"where    epoch {found.epoch}, quorum {found.quorum_id}")
    if found.total_rows:
        lines.append(f"signed   {found.signed_rows} of {found.total_rows} rows")
    if found.error:
        lines.append(f"error    {found.error}")
    invocation.emit(found.to_json(), "\n".join(lines))
    return 1 if found.status in {Status.FAILED, Status.INSUFFICIENT_SIGNATURES} else 0


@da.command()
@pass_invocation
def ls(invocation: Invocation) -> None:
    """What this home put."""
    rows = connected(invocation).placed()
    lines = [
        [
            one.status.name,
            str(one.length),
            f"{one.epoch}/{one.quorum_id}" if one.epoch else "-",
            "0x" + one.data_root.hex(),
            one.request_id,
        ]
        for one in rows
    ]
    text = (
        table(("STATUS", "BYTES", "EPOCH/QUORUM", "ROOT", "REQUEST"), lines)
        if rows
        else "nothing put yet"
    )
    invocation.emit([one.to_json() for one in rows], text)


@da.command()
@DATA_ROOT
@click.option("--rows", type=click.IntRange(min=1), default=26, show_default=True)
@placed
@pass_invocation
def sample(
    invocation: Invocation, data_root: bytes, rows: int, epoch: int | None, quorum: int | None
) -> int:
    """Ask for random rows of ROOT and say how sure it is that it can be read; exit code 1 if not.

    CONFIDENT: so many rows came that of a blob that cannot be read it would be a wonder.
    """
    found = connected(invocation).sample(data_root, epoch, quorum, rows)
    lines = [f"{found.verdict}: {found.served} of {found.asked} rows drawn at random came"]
    if found.reason:
        lines.append(found.reason)
    else:
        odds = "none" if not found.chance else f"2^-{found.bits:.1f}"
        lines.append(f"of a blob that cannot be read so many come with a chance of {odds}")
    lines += [
        f"row {fault.row}  {'LIED  ' if fault.lied else 'silent'}  {printable(fault.socket)}"
        f"  {printable(fault.reason)}"
        for fault in found.faults
    ]
    invocation.emit(found.to_json(), "\n".join(lines))
    return 0 if found.verdict == "CONFIDENT" else 1


@da.command()
@DATA_ROOT
@POLICY
@placed
@pass_invocation
def verify(
    invocation: Invocation,
    data_root: bytes,
    policy: int | None,
    epoch: int | None,
    quorum: int | None,
) -> int:
    """Whether the contract holds a certificate of ROOT; exit code 1 if not."""
    client = connected(invocation)
    where = client.place(data_root, epoch, quorum)
    holds = client.verify(data_root, *where, policy)
    said: dict[str, Json] = {
        "data_root": "0x" + data_root.hex(),
        "epoch": where[0],
        "quorum_id": where[1],
        "policy": policy,
        "certified": holds,
    }
    fit = f" by signers of policy {policy}" if policy else ""
    text = f"{'certified' if holds else 'NOT certified'} in epoch {where[0]}, quorum {where[1]}"
    invocation.emit(said, text + fit)
    return 0 if holds else 1


@da.command()
@DATA_ROOT
@click.option("--row", type=click.IntRange(min=0), required=True)
@click.option("--piece", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--header", is_flag=True, help="Ask for the header of the blob, not for a piece.")
@click.option("--bitmap", type=BitmapType(), default=b"", help="Who signed, where no event says.")
@AS
@placed
@pass_invocation
def challenge(
    invocation: Invocation,
    data_root: bytes,
    row: int,
    piece: int,
    header: bool,
    bitmap: bytes,
    person: str,
    epoch: int | None,
    quorum: int | None,
) -> None:
    """Have the signer of a row show a piece of it, or lose stake; NAME puts down a bond.

    Of a blob that no header leads to no piece can be asked for: then its signer is asked for that.
    """
    from zerog.chain.signer import Keys  # noqa: PLC0415  (--help does not load the curve)
    from zerog.da.client.challenges import Blob  # noqa: PLC0415
    from zerog.da.client.challenges import challenge as ask  # noqa: PLC0415

    client, network = connected(invocation), network_of(invocation)
    where = client.place(data_root, epoch, quorum)
    sender = network.sender(Keys(invocation.home).signer(person))
    blob = Blob(data_root, *where, client.length_of(data_root), bitmap)
    found = ask(network, sender, blob, row, None if header else piece)
    what = "the header" if found.piece is None else f"piece {found.piece} of row {row}"
    lines = [
        f"challenge {found.challenge_id}: {found.signer} has until block {found.deadline}",
        f"to show {what}; bond {amount(found.bond_wei)}",
        f"then: zerog da settle {found.challenge_id} --as {person}",
    ]
    invocation.emit(found.to_json(), "\n".join(lines))


@da.command()
@click.argument("challenge_id", metavar="CHALLENGE", type=click.IntRange(min=0))
@AS
@pass_invocation
def settle(invocation: Invocation, challenge_id: int, person: str) -> None:
    """End a challenge whose time is over, and say what became of it."""
    from zerog.chain.signer import Keys  # noqa: PLC0415  (as above)
    from zerog.da.client.challenges import settle as end  # noqa: PLC0415

    network = network_of(invocation)
    sender = network.sender(Keys(invocation.home).signer(person))
    outcome = end(network, sender, challenge_id)
    invocation.emit({"challenge_id": challenge_id, "outcome": str(outcome)}, str(outcome))


@da.command()
@click.option("--epoch", type=click.IntRange(min=1), help="Default: the one under way.")
@pass_invocation
def signers(invocation: Invocation, epoch: int | None) -> None:
    """Who keeps the rows of an epoch: quorum, rows, stake, labels, socket."""
    from zerog.da.client.roster import roster  # noqa: PLC0415  (as above)

    found = roster(network_of(invocation), epoch)
    rows = [
        [
            str(one.quorum_id),
            one.account,
            str(one.rows),
            amount(one.staked_wei).partition("(")[2].rstrip(")"),
            printable(f"{one.region}/{one.operator}") if one.region or one.operator else "-",
            "yes" if one.confirmed else "no",
            printable(one.socket),
        ]
        for one in found.signers
    ]
    header = ("QUORUM", "SIGNER", "ROWS", "STAKE", "REGION/OPERATOR", "CONFIRMED", "SOCKET")
    text = f"epoch {found.epoch}\n" + (table(header, rows) if rows else "no quorums")
    said: dict[str, Json] = {
        "epoch": found.epoch,
        "signers": [one.to_json() for one in found.signers],
    }
    invocation.emit(said, text)


def _told(say: Callable[[str], None]) -> Progress:
    """Progress of rows, a line for each change."""
    last: list[str] = []

    def tell(step: str, done: int, total: int) -> None:
        line = f"{step}: {done} of {total}" if total else step
        if last[-1:] != [line]:
            last.append(line)
            say(line)

    return tell


for command in (register, label, unlabel, policy, claim, leave, withdraw):
    da.add_command(command)
