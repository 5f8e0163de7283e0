"""`zerog inft`: agents as tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerog.cli.output import Group, Invocation, pass_invocation, table
from zerog.errors import UsageError

if TYPE_CHECKING:
    from zerog.inft.papers import Paper
    from zerog.inft.sdk import Agents

PUBLIC_KEY_BYTES = 64


class MalformedKey(UsageError):
    """--to-key is not 64 bytes of hex."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text[:20]!r} is no public key", "64 bytes in hex: zerog keys list prints them"
        )


class PublicKeyType(click.ParamType):
    """64 bytes X then Y in hex; a leading 0x or 04 is taken off."""

    name = "public key"

    def convert(
        self, value: str | bytes, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Parse the text; raises MalformedKey."""
        if isinstance(value, bytes):
            return value
        text = value.removeprefix("0x")
        if len(text) == 2 * PUBLIC_KEY_BYTES + 2:
            text = text.removeprefix("04")
        try:
            found = bytes.fromhex(text)
        except ValueError:
            raise MalformedKey(value) from None
        if len(found) != PUBLIC_KEY_BYTES:
            raise MalformedKey(value)
        return found


class MalformedPaper(UsageError):
    """--consent names no readable paper."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} holds no consent: {reason}", "zerog inft consent writes one")


class PaperType(click.ParamType):
    """A file that `zerog inft consent` wrote."""

    name = "file"

    def convert(
        self, value: str | Paper, param: click.Parameter | None, ctx: click.Context | None
    ) -> Paper:
        """Read the file; raises MalformedPaper."""
        from zerog.inft.papers import Paper  # noqa: PLC0415  (--help does not load the curve)

        if isinstance(value, Paper):
            return value
        try:
            document = json.loads(Path(value).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MalformedPaper(value, str(error)) from None
        if not isinstance(document, dict):
            raise MalformedPaper(value, "no JSON object")
        return Paper.from_json(document)


@contextmanager
def connected(invocation: Invocation) -> Iterator[Agents]:
    """The SDK on this home, with progress shown."""
    from zerog.inft.sdk import Agents  # noqa: PLC0415  (0.5 s that --help does not pay)

    with invocation.progress() as progress:
        yield Agents.connect(invocation.home, progress)


ID = click.argument("token_id", metavar="ID", type=click.IntRange(min=1))
AS = click.option("--as", "person", metavar="NAME", required=True, help="Whose key acts.")


@click.group(cls=Group)
def inft() -> None:
    """Agents as tokens: mint a folder, hand it over, open it."""


@inft.command()
@click.argument("folder", type=click.Path(path_type=Path))
@AS
@pass_invocation
def mint(invocation: Invocation, folder: Path, person: str) -> None:
    """Encrypt FOLDER, store it, and mint the token that commits to it."""
    with connected(invocation) as agents:
        minted = agents.mint(folder, person)
    invocation.emit(
        minted.to_json(),
        f"token {minted.token_id} of {minted.owner}\n"
        f"data root  {minted.data_root} ({minted.size_bytes} bytes, seq {minted.tx_seq})\n"
        f"stored     {minted.submit_tx} (gas {minted.submit_gas}, fee {minted.fee_wei} wei)\n"
        f"minted     {minted.mint_tx} (gas {minted.mint_gas})",
    )


@inft.command()
@ID
@click.option("--to", "receiver", metavar="NAME|ADDRESS", required=True, help="The new owner.")
@click.option(
    "--mode",
    type=click.Choice(["oracle", "proof"]),
    default="oracle",
    show_default=True,
    help="Who vouches for the new key: an oracle that re-encrypts, or a proof on chain.",
)
@click.option("--to-key", type=PublicKeyType(), help="oracle: their public key, if not here.")
@click.option("--consent", "paper", type=PaperType(), help="proof: their consent, if not here.")
@AS
@pass_invocation
def transfer(
    invocation: Invocation,
    token_id: int,
    receiver: str,
    mode: str,
    to_key: bytes | None,
    paper: Paper | None,
    person: str,
) -> None:
    """Hand token ID over: the receiver consents, the key changes hands, the token moves."""
    with connected(invocation) as agents:
        moved = agents.transfer(token_id, person, receiver, to_key, mode=mode, consent=paper)
    text = f"token {token_id}: {moved.state} by {moved.mode}\nold root   {moved.old_data_root}\n"
    text += f"new root   {moved.new_data_root}\n"
    if moved.state == "awaiting_consent":
        text += f"the receiver goes on with: zerog inft accept {token_id} --as NAME"
    else:
        text += f"moved      {moved.transfer_tx} (gas {moved.transfer_gas})"
    if moved.opened_identical is not None:
        text += f"\nopened     {'identical' if moved.opened_identical else 'NOT IDENTICAL'}"
    invocation.emit(moved.to_json(), text)


@inft.command()
@ID
@AS
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file to write.")
@pass_invocation
def consent(invocation: Invocation, token_id: int, person: str, out: Path | None) -> None:
    """Look at token ID's data and consent to receive it; the paper goes to its owner."""
    with connected(invocation) as agents:
        paper = agents.consent(token_id, person).to_json()
    text = json.dumps(paper, indent=1)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    invocation.emit(paper, text if out is None else f"{out}: for the owner of token {token_id}")


@inft.command()
@ID
@AS
@pass_invocation
def accept(invocation: Invocation, token_id: int, person: str) -> None:
    """Check the new ciphertext of token ID as its receiver, and consent."""
    with connected(invocation) as agents:
        accepted = agents.accept(token_id, person)
    invocation.emit(
        accepted.to_json(),
        f"token {token_id}: {accepted.state}\nnew root   {accepted.new_data_root}",
    )


@inft.command("open")
@ID
@AS
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder.")
@pass_invocation
def open_(invocation: Invocation, token_id: int, person: str, out: Path) -> None:
    """Decrypt token ID's agent into a new folder."""
    with connected(invocation) as agents:
        opened = agents.open(token_id, person, out)
    invocation.emit(opened.to_json(), f"{opened.folder}\nmanifest   {opened.manifest}")


@inft.command()
@ID
@pass_invocation
def show(invocation: Invocation, token_id: int) -> None:
    """What the chain says of token ID."""
    with connected(invocation) as agents:
        token = agents.show(token_id)
    lines = [f"{name:<18}{value}" for name, value in token.to_json().items()]
    invocation.emit(token.to_json(), "\n".join(lines))


@inft.command("list")
@pass_invocation
def list_(invocation: Invocation) -> None:
    """Every token of the collection."""
    with connected(invocation) as agents:
        tokens = agents.tokens()
    rows = [[str(t.token_id), t.role, t.owner, t.data_root[:18] + "…"] for t in tokens]
    text = table(("ID", "ROLE", "OWNER", "DATA ROOT"), rows) if rows else "no token yet"
    invocation.emit([token.to_json() for token in tokens], text)


@inft.command()
@pass_invocation
def jobs(invocation: Invocation) -> None:
    """The mints and transfers of this home, and how far each is."""
    with connected(invocation) as agents:
        found = agents.jobs()
    rows = [[job.job_id, job.state, str(job.token_id or ""), job.error or ""] for job in found]
    text = table(("JOB", "STATE", "TOKEN", "ERROR"), rows) if rows else "no job yet"
    invocation.emit([job.to_json() for job in found], text)


@inft.command()
@click.argument("job_id", metavar="JOB")
@pass_invocation
def resume(invocation: Invocation, job_id: str) -> None:
    """Go on with a mint or transfer now, without waiting for the sweep."""
    with connected(invocation) as agents:
        job = agents.resume(job_id)
    invocation.emit(job.to_json(), f"{job.job_id}: {job.state}")
