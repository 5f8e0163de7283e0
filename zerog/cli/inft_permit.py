"""`zerog inft permit`: signing what somebody else will send, and having it sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerog.cli.inft_agent import DAY_SECONDS, LASTING, OUT, hand_out, read_document, tell
from zerog.cli.inft_args import AS
from zerog.cli.output import Group, Invocation, pass_invocation

if TYPE_CHECKING:
    from zerog.inft.life.permits import Permit
    from zerog.inft.stack import Stack

PAPER = click.argument("paper", type=click.Path(path_type=Path))


def _stack(invocation: Invocation) -> Stack:
    # 0.5 s that --help does not pay.
    from zerog.config import Settings  # noqa: PLC0415
    from zerog.inft.stack import Stack  # noqa: PLC0415

    return Stack.open(Settings.load(invocation.home))


def _permit(path: Path) -> Permit:
    from zerog.inft.life.permitpaper import permit_from_json  # noqa: PLC0415  (as above)

    return permit_from_json(read_document(path))


@click.group("permit", cls=Group)
def permit() -> None:
    """Acts that are signed here and sent by somebody else."""


@permit.command()
@click.argument("function")
@click.argument("words", metavar="[ARGUMENTS]...", nargs=-1)
@LASTING
@OUT
@AS
@pass_invocation
def sign(
    invocation: Invocation,
    function: str,
    words: tuple[str, ...],
    days: float,
    out: Path | None,
    person: str,
) -> None:
    """Sign a call of FUNCTION: authorizeUsage, revokeAuthorization, approve, setUser, rent,
    extendLease, cancelLease, closeOffer or withdrawCredit. Addresses may be names.
    """
    from zerog.inft.life.permits import values_of  # noqa: PLC0415  (--help stays quick)
    from zerog.inft.life.signing import sign_permit  # noqa: PLC0415

    stack = _stack(invocation)
    args = values_of(function, words, stack.keys.resolve)
    signed = sign_permit(stack, person, function, args, int(days * DAY_SECONDS))
    hand_out(invocation, signed.to_json(), out)


@permit.command()
@PAPER
@AS
@pass_invocation
def send(invocation: Invocation, paper: Path, person: str) -> None:
    """Send PAPER now, and pay for it."""
    from zerog.inft.life.signing import carry  # noqa: PLC0415  (--help stays quick)

    tell(invocation, carry(_stack(invocation), _permit(paper), person))


@permit.command()
@PAPER
@pass_invocation
def post(invocation: Invocation, paper: Path) -> None:
    """Give PAPER to the relayer of this home, which pays within its limits."""
    from zerog.config import Settings  # noqa: PLC0415  (--help stays quick)
    from zerog.inft.life.relay import RelayHouse, post_permit  # noqa: PLC0415
    from zerog.jobs import load_jobs  # noqa: PLC0415

    settings = Settings.load(invocation.home)
    jobs = load_jobs("celery", settings.broker_url)
    tell(invocation, post_permit(RelayHouse.open(settings), _permit(paper), jobs))


@permit.command()
@click.argument("job_id", metavar="JOB")
@pass_invocation
def status(invocation: Invocation, job_id: str) -> None:
    """How far the relayer is with JOB."""
    from zerog.inft.life.relay import permit_status  # noqa: PLC0415  (--help stays quick)

    tell(invocation, permit_status(invocation.home, job_id))


@permit.command()
@click.argument("nonce", type=click.IntRange(min=0))
@AS
@pass_invocation
def void(invocation: Invocation, nonce: int, person: str) -> None:
    """Make what NAME signed with NONCE worthless."""
    from zerog.inft.life.signing import burn_nonce  # noqa: PLC0415  (--help stays quick)

    tell(invocation, burn_nonce(_stack(invocation), person, nonce))
