"""What an agent does after its mint: `zerog inft clone`, `update`, `history`, users, its line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from zerog.cli.inft_args import AS, ID, PaperType, PublicKeyType
from zerog.cli.output import Command, Invocation, Json, pass_invocation, table
from zerog.errors import UsageError

if TYPE_CHECKING:
    from zerog.inft.life.sdk import Life
    from zerog.inft.papers import Paper

PERCENT_BPS = 100
DAY_SECONDS = 86_400


class MalformedFile(UsageError):
    """A file holds no document of the kind that a command takes."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} cannot be read: {reason}", "give the file that --out wrote")


class Printable(Protocol):
    """A result of the SDK."""

    def to_json(self) -> Mapping[str, Json]:
        """As --json prints it."""
        ...


@contextmanager
def opened(invocation: Invocation) -> Iterator[Life]:
    """The SDK on this home, with progress shown."""
    from zerog.inft.life.sdk import Life  # noqa: PLC0415  (0.5 s that --help does not pay)

    with invocation.progress() as progress:
        yield Life.connect(invocation.home, progress)


def tell(invocation: Invocation, *results: Printable) -> None:
    """Print one result, or several as a list: a line for everything that is known."""
    documents = [one.to_json() for one in results]
    lines = [
        f"{name:<18}{value}"
        for document in documents
        for name, value in document.items()
        if value is not None
    ]
    invocation.emit(documents[0] if len(documents) == 1 else documents, "\n".join(lines))


def hand_out(invocation: Invocation, document: Mapping[str, Json], out: Path | None) -> None:
    """Print a document that goes to somebody else, or write it to a file."""
    text = json.dumps(document, indent=1)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    invocation.emit(document, text if out is None else str(out))


def read_document(path: Path) -> dict[str, object]:
    """A JSON object out of a file; raises MalformedFile."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MalformedFile(path, str(error)) from None
    if not isinstance(found, dict):
        raise MalformedFile(path, "no JSON object")
    return found


OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file.")
LASTING = click.option(
    "--days", type=click.FloatRange(min=0.001), default=7.0, help="How long it holds."
)
USERS = click.option(
    "--user", "users", metavar="NAME|ADDRESS", multiple=True, required=True, help="Who; repeat it."
)


# ----------------------------------------------------------------- versions and clones


@click.command(cls=Command)
@ID
@click.argument("folder", type=click.Path(path_type=Path))
@AS
@pass_invocation
def update(invocation: Invocation, token_id: int, folder: Path, person: str) -> None:
    """Make FOLDER the new version of token ID, under a new key."""
    with opened(invocation) as life:
        tell(invocation, life.update(token_id, folder, person))


@click.command(cls=Command)
@ID
@pass_invocation
def history(invocation: Invocation, token_id: int) -> None:
    """Every version of token ID, each proven against the chain."""
    with opened(invocation) as life:
        found = life.history(token_id)
    rows = [[str(one.index), one.next, str(one.time), one.author] for one in found.versions]
    text = table(("VERSION", "DATA COMMITMENT", "TIME", "AUTHOR"), rows) if rows else "as minted"
    invocation.emit(found.to_json(), f"{text}\nroot {found.root} at block {found.block}")


@click.command(cls=Command)
@ID
@click.option("--to", "receiver", metavar="NAME|ADDRESS", required=True, help="Whose clone.")
@click.option(
    "--mode",
    type=click.Choice(["proof", "oracle"]),
    default="proof",
    show_default=True,
    help="The same ciphertext with a proof on chain, or encrypted anew by the oracle.",
)
@click.option("--to-key", type=PublicKeyType(), help="oracle: their public key, if not here.")
@click.option("--consent", "paper", type=PaperType(), help="proof: their consent, if not here.")
@AS
@pass_invocation
def clone(
    invocation: Invocation,
    token_id: int,
    receiver: str,
    mode: str,
    to_key: bytes | None,
    paper: Paper | None,
    person: str,
) -> None:
    """Give somebody a token of their own with the agent of token ID."""
    with opened(invocation) as life:
        done = life.clone(token_id, person, receiver, to_key, mode=mode, consent=paper)
    tell(invocation, done)


@click.command("consent-clone", cls=Command)
@ID
@OUT
@AS
@pass_invocation
def consent_clone(invocation: Invocation, token_id: int, out: Path | None, person: str) -> None:
    """Look at token ID's data and consent to get a clone; the paper goes to its owner."""
    with opened(invocation) as life:
        paper = life.consent_to_clone(token_id, person)
    hand_out(invocation, paper.to_json(), out)


@click.command(cls=Command)
@ID
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS
@pass_invocation
def burn(invocation: Invocation, token_id: int, yes: bool, person: str) -> None:
    """End token ID; its data stays in storage until nobody pays for it."""
    if not yes:
        click.confirm(f"Token {token_id} cannot be brought back. Burn it?", abort=True, err=True)
    with opened(invocation) as life:
        tell(invocation, life.burn(token_id, person))


# ------------------------------------------------------------------------------- users


@click.command(cls=Command)
@ID
@USERS
@AS
@pass_invocation
def authorize(invocation: Invocation, token_id: int, users: tuple[str, ...], person: str) -> None:
    """Let somebody use token ID, until they are revoked or it changes hands."""
    with opened(invocation) as life:
        tell(invocation, life.authorize(token_id, person, *users))


@click.command(cls=Command)
@ID
@USERS
@AS
@pass_invocation
def revoke(invocation: Invocation, token_id: int, users: tuple[str, ...], person: str) -> None:
    """Take authorisations back."""
    with opened(invocation) as life:
        tell(invocation, life.revoke(token_id, person, *users))


@click.command("users", cls=Command)
@ID
@pass_invocation
def users_(invocation: Invocation, token_id: int) -> None:
    """Who may use token ID besides its owner and tenants."""
    with opened(invocation) as life:
        tell(invocation, life.users(token_id))


# ------------------------------------------------------------------------------- lines


@click.command(cls=Command)
@ID
@pass_invocation
def lineage(invocation: Invocation, token_id: int) -> None:
    """Where token ID comes from, and who shares its royalties."""
    with opened(invocation) as life:
        tell(invocation, life.lineage(token_id))


@click.command("consent-child", cls=Command)
@ID
@click.option("--child", type=click.IntRange(min=1), required=True, help="The derived token.")
@click.option(
    "--percent", type=click.FloatRange(0.01, 50), required=True, help="Share of its royalties."
)
@LASTING
@OUT
@AS
@pass_invocation
def consent_child(
    invocation: Invocation,
    token_id: int,
    child: int,
    percent: float,
    days: float,
    out: Path | None,
    person: str,
) -> None:
    """Let token --child be derived from token ID; the paper goes to the child's owner."""
    with opened(invocation) as life:
        claim = life.consent_to_child(
            token_id, child, round(percent * PERCENT_BPS), person, int(days * DAY_SECONDS)
        )
    hand_out(invocation, claim.to_json(), out)


@click.command(cls=Command)
@ID
@click.argument("papers", nargs=-1, required=True, type=click.Path(path_type=Path))
@AS
@pass_invocation
def derive(invocation: Invocation, token_id: int, papers: tuple[Path, ...], person: str) -> None:
    """Name the parents of token ID, once; PAPERS: of consent-child."""
    from zerog.inft.life.lineage import Claim  # noqa: PLC0415  (--help stays quick)

    claims = [Claim.from_json(read_document(path)) for path in papers]
    with opened(invocation) as life:
        done = life.derive(token_id, person, sorted(claims, key=lambda claim: claim.parent_id))
    tell(invocation, done)
