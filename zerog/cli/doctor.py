"""`zerog doctor`: what this machine and this home lack, each with its mend."""

from __future__ import annotations

import click

from zerog.cli.output import Command, Invocation, pass_invocation, table
from zerog.devnet.checks import examine


@click.command(cls=Command)
@pass_invocation
def doctor(invocation: Invocation) -> int:
    """Check this machine and this home; exit code 1 when something must be mended."""
    findings = examine(invocation.home)
    marks = {"ok": "ok", "warn": "note", "bad": "BAD"}
    rows = [[marks[one.level], one.name, one.detail, one.mend] for one in findings]
    invocation.emit(
        [
            {"name": one.name, "ok": one.ok, "detail": one.detail, "mend": one.mend}
            for one in findings
        ],
        table(["", "check", "found", "mend"], rows),
    )
    return 0 if all(one.ok for one in findings) else 1
