"""`zerog inft mint`, `transfer`, `open` and what else one does with a token of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerog.cli.inft_args import AS, ID, PaperType, PublicKeyType, connected
from zerog.cli.output import Command, Invocation, pass_invocation, table

if TYPE_CHECKING:
    from zerog.inft.papers import Paper


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--suite",
    type=click.Choice(["aes-256-gcm", "keccak-ctr"]),
    default="aes-256-gcm",
    show_default=True,
    help="How the data is encrypted; only keccak-ctr can be sold with the complaint game.",
)
@AS
@pass_invocation
def mint(invocation: Invocation, folder: Path, suite: str, person: str) -> None:
    """Encrypt FOLDER, store it, and mint the token that commits to it."""
    from zerog.inft.envelope import SUITE_AES_256_GCM, SUITE_KECCAK_CTR  # noqa: PLC0415

    chosen = SUITE_KECCAK_CTR if suite == "keccak-ctr" else SUITE_AES_256_GCM
    with connected(invocation) as agents:
        minted = agents.mint(folder, person, suite=chosen)
    invocation.emit(
        minted.to_json(),
        f"token {minted.token_id} of {minted.owner}\n"
        f"data root  {minted.data_root} ({minted.size_bytes} bytes, seq {minted.tx_seq})\n"
        f"stored     {minted.submit_tx} (gas {minted.submit_gas}, fee {minted.fee_wei} wei)\n"
        f"minted     {minted.mint_tx} (gas {minted.mint_gas})",
    )


@click.command(cls=Command)
@ID
@click.option("--to", "receiver", metavar="NAME|ADDRESS", required=True, help="The new owner.")
@click.option(
    "--mode",
    type=click.Choice(["oracle", "proof", "committee"]),
    default="oracle",
    show_default=True,
    help="Who hands the key over: an oracle that re-encrypts, this home by a proof on chain, "
    "or the committee by its shares.",
)
@click.option("--to-key", type=PublicKeyType(), help="oracle: their public key, if not here.")
@click.option("--consent", "paper", type=PaperType(), help="else: their consent, if not here.")
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


@click.command(cls=Command)
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


@click.command(cls=Command)
@ID
@AS
@pass_invocation
def rekey(invocation: Invocation, token_id: int, person: str) -> None:
    """Seal token ID's key to its owner's newest key: after zerog keys viewing register."""
    with connected(invocation) as agents:
        made = agents.rekey(token_id, person)
    text = f"token {token_id}: {made.state}\nsealed to  {made.target_key}\n"
    invocation.emit(made.to_json(), f"{text}in         {made.rekey_tx} (gas {made.rekey_gas})")


@click.command(cls=Command)
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


@click.command("open", cls=Command)
@ID
@AS
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder.")
@pass_invocation
def open_(invocation: Invocation, token_id: int, person: str, out: Path) -> None:
    """Decrypt token ID's agent into a new folder."""
    with connected(invocation) as agents:
        opened = agents.open(token_id, person, out)
    invocation.emit(opened.to_json(), f"{opened.folder}\nmanifest   {opened.manifest}")


@click.command(cls=Command)
@ID
@pass_invocation
def show(invocation: Invocation, token_id: int) -> None:
    """What the chain says of token ID."""
    with connected(invocation) as agents:
        token = agents.show(token_id)
    lines = [f"{name:<18}{value}" for name, value in token.to_json().items()]
    invocation.emit(token.to_json(), "\n".join(lines))


@click.command("list", cls=Command)
@pass_invocation
def list_(invocation: Invocation) -> None:
    """Every token of the collection."""
    with connected(invocation) as agents:
        tokens = agents.tokens()
    rows = [[str(t.token_id), t.role, t.owner, t.data_root[:18] + "…"] for t in tokens]
    text = table(("ID", "ROLE", "OWNER", "DATA ROOT"), rows) if rows else "no token yet"
    invocation.emit([token.to_json() for token in tokens], text)


@click.command(cls=Command)
@ID
@click.option("--as", "person", metavar="NAME", help="Its owner, who opens it as well.")
@pass_invocation
def verify(invocation: Invocation, token_id: int, person: str | None) -> None:
    """Fetch token ID's data, and check it and its sealed key against the chain."""
    with connected(invocation) as agents:
        found = agents.verify(token_id, person)
    lines = [f"{name:<14}{value}" for name, value in found.to_json().items()]
    invocation.emit(found.to_json(), "\n".join(lines))


@click.command(cls=Command)
@pass_invocation
def jobs(invocation: Invocation) -> None:
    """The mints and transfers of this home, and how far each is."""
    with connected(invocation) as agents:
        found = agents.jobs()
    rows = [[job.job_id, job.state, str(job.token_id or ""), job.error or ""] for job in found]
    text = table(("JOB", "STATE", "TOKEN", "ERROR"), rows) if rows else "no job yet"
    invocation.emit([job.to_json() for job in found], text)


@click.command(cls=Command)
@click.argument("job_id", metavar="JOB")
@pass_invocation
def resume(invocation: Invocation, job_id: str) -> None:
    """Go on with a mint or transfer now, without waiting for the sweep."""
    with connected(invocation) as agents:
        job = agents.resume(job_id)
    invocation.emit(job.to_json(), f"{job.job_id}: {job.state}")
