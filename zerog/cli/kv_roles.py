"""Who may write to a stream: the commands of `zerog kv` that change roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zerog.cli.kv_text import KEY, ON, PAYER, STREAM, connected, emit_receipt
from zerog.cli.output import Command, Invocation, pass_invocation

if TYPE_CHECKING:
    from zerog.storage.kv.codec import Op

ROLE = click.argument("role", type=click.Choice(["admin", "writer"]))
WHO = click.argument("who", metavar="NAME|ADDRESS")


@click.command(cls=Command)
@STREAM
@ROLE
@WHO
@ON
@PAYER
@pass_invocation
def grant(
    invocation: Invocation, stream: bytes, role: str, who: str, on: bytes | None, owner: str
) -> None:
    """Make somebody admin or writer of STREAM, or with --on a writer of one special key."""
    from zerog.storage.kv.codec import Op  # noqa: PLC0415  (as above)

    if on is not None and role == "admin":
        raise click.UsageError("--on goes with the role writer")
    op = Op.GRANT_ADMIN_ROLE if role == "admin" else Op.GRANT_WRITER_ROLE
    control(invocation, op if on is None else Op.GRANT_SPECIAL_WRITER_ROLE, stream, owner, on, who)


@click.command(cls=Command)
@STREAM
@WHO
@ON
@PAYER
@pass_invocation
def revoke(invocation: Invocation, stream: bytes, who: str, on: bytes | None, owner: str) -> None:
    """Take the role of writer from somebody; an admin can only renounce."""
    from zerog.storage.kv.codec import Op  # noqa: PLC0415  (as above)

    op = Op.REVOKE_WRITER_ROLE if on is None else Op.REVOKE_SPECIAL_WRITER_ROLE
    control(invocation, op, stream, owner, on, who)


@click.command(cls=Command)
@STREAM
@ROLE
@ON
@PAYER
@pass_invocation
def renounce(
    invocation: Invocation, stream: bytes, role: str, on: bytes | None, owner: str
) -> None:
    """Give up a role of one's own in STREAM."""
    from zerog.storage.kv.codec import Op  # noqa: PLC0415  (as above)

    op = Op.RENOUNCE_ADMIN_ROLE if role == "admin" else Op.RENOUNCE_WRITER_ROLE
    control(invocation, op if on is None else Op.RENOUNCE_SPECIAL_WRITER_ROLE, stream, owner, on)


@click.command(cls=Command)
@STREAM
@KEY
@click.option("--off", is_flag=True, help="Make it a normal key again.")
@PAYER
@pass_invocation
def special(invocation: Invocation, stream: bytes, key: bytes, off: bool, owner: str) -> None:
    """Let only admins, and writers granted with --on, write KEY."""
    from zerog.storage.kv.codec import Op  # noqa: PLC0415  (as above)

    op = Op.SET_KEY_TO_NORMAL if off else Op.SET_KEY_TO_SPECIAL
    control(invocation, op, stream, owner, key)


def control(
    invocation: Invocation,
    op: Op,
    stream: bytes,
    owner: str,
    key: bytes | None = None,
    who: str | None = None,
) -> None:
    """One operation on access control, and its receipt."""
    with connected(invocation) as streams:
        account = None if who is None else streams.wallets.resolve(who)
        done = streams.control(op, stream, owner, key or b"", account)
    emit_receipt(invocation, stream, done)
