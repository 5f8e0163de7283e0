"""`zerog storage`: files and folders on 0G storage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerog.cli.output import Group, Invocation, pass_invocation, table
from zerog.cli.progress import size_text
from zerog.cli.storage_args import (
    AS,
    FRAGMENT,
    KEY_FILE,
    NODES,
    ROOT,
    SizeType,
    amount,
    decryption_of,
    encryption_of,
    hex_bytes,
    opened,
    reading,
)
from zerog.cli.storage_lease import extend, lease

if TYPE_CHECKING:
    from zerog.storage.client.sdk import Storage


@click.group(cls=Group)
def storage() -> None:
    """Files and folders: store them, get them back verified."""


@storage.command()
@click.argument("file", type=click.Path(path_type=Path))
@FRAGMENT
@pass_invocation
def root(invocation: Invocation, file: Path, fragment_size: int) -> None:
    """The data root of FILE, one per fragment; asks nobody."""
    from zerog.storage.client.sources import Content  # noqa: PLC0415  (as above)

    with invocation.progress() as progress:
        parts = Content.of_file(file).fragments(fragment_size, progress)
    roots = ["0x" + part.tree.data_root.hex() for part in parts]
    sizes = [part.tree.size for part in parts]
    invocation.emit({"root": roots[0], "roots": roots, "size": sum(sizes)}, "\n".join(roots))


@storage.command()
@click.argument("what", metavar="PATH|SIZE")
@FRAGMENT
@pass_invocation
def cost(invocation: Invocation, what: str, fragment_size: int) -> None:
    """What storing a file, a folder or so many bytes costs now, gas apart."""
    is_size = not Path(what).exists() and what[:1].isdigit()
    wanted = SizeType().convert(what, None, None) if is_size else what
    found = opened(invocation).cost(wanted, fragment_size)
    invocation.emit(
        found.to_json(),
        f"{amount(found.fee_wei)}\n"
        f"{size_text(found.size)}: {found.sectors} x 256 bytes, {found.price_per_sector_wei} wei "
        f"each, in {found.submissions} submission(s)",
    )


@storage.command()
@click.argument("path", type=click.Path(path_type=Path))
@AS
@click.option(
    "--encrypt",
    metavar="aes|NAME|PUBLIC_KEY",
    help="aes with --key-file, or to the owner of a key.",
)
@KEY_FILE
@click.option("--replicas", type=click.IntRange(1, 1000), default=1, show_default=True)
@FRAGMENT
@click.option("--tags", metavar="HEX", default="", help="Of the submission.")
@click.option("--submitter", metavar="NAME|ADDRESS", help="Whom the event names.")
@click.option("--again", is_flag=True, help="Pay for a new submission of what is stored.")
@NODES
@pass_invocation
def upload(
    invocation: Invocation,
    path: Path,
    person: str,
    encrypt: str | None,
    key_file: Path | None,
    replicas: int,
    fragment_size: int,
    tags: str,
    submitter: str | None,
    again: bool,
    nodes: tuple[str, ...],
) -> None:
    """Store a file or folder; run again after any interruption, it pays once."""
    store = opened(invocation, nodes)
    way = encryption_of(store, encrypt, key_file)
    with invocation.progress() as progress:
        done = store.upload(
            path,
            person,
            encryption=way,
            replicas=replicas,
            fragment_size=fragment_size,
            tags=hex_bytes(tags),
            submitter=None if submitter is None else store.keys.resolve(submitter),
            again=again,
            on_progress=progress,
            on_tx=lambda tx_hash: invocation.say(f"transaction 0x{tx_hash.hex()}"),
        )
    roots = " ".join("0x" + one.hex() for one in done.roots)
    what = f"{done.files} files, " if done.files else ""
    text = f"root   {roots}\nsize   {what}{done.size} bytes, {done.stored_size} stored\n"
    text += f"fee    {done.fee_wei} wei" + ("" if done.fee_wei else " (paid for earlier)")
    invocation.emit(done.to_json(), text)


@storage.command()
@click.argument("roots", metavar="ROOT...", type=ROOT, nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new file or folder.")
@click.option("--raw", is_flag=True, help="A folder's metadata as it is, not the folder.")
@reading
@pass_invocation
def download(
    invocation: Invocation,
    roots: tuple[bytes, ...],
    out: Path,
    raw: bool,
    nodes: tuple[str, ...],
    reader: str | None,
    key_file: Path | None,
) -> None:
    """Get a file (its fragments' roots in order) or a folder, every segment verified."""
    store = opened(invocation, nodes)
    way = decryption_of(store, reader, key_file)
    with invocation.progress() as progress:
        if len(roots) == 1 and not raw and store.is_dir(roots[0], way):
            done = store.download_dir(roots[0], out, decryption=way, on_progress=progress)
        else:
            done = store.download(roots, out, decryption=way, on_progress=progress)
    files = f"{done.files} files, " if done.files != 1 else ""
    invocation.emit(done.to_json(), f"{done.path} ({files}{done.size} bytes)")


@storage.command()
@click.argument("root_", metavar="[ROOT]", type=ROOT, required=False)
@reading
@pass_invocation
def ls(
    invocation: Invocation,
    root_: bytes | None,
    nodes: tuple[str, ...],
    reader: str | None,
    key_file: Path | None,
) -> None:
    """What this home stored, or what is in the folder ROOT."""
    store = opened(invocation, nodes)
    if root_ is None:
        _show_submissions(invocation, store)
        return
    entries = store.ls_dir(root_, decryption_of(store, reader, key_file))
    rows = [
        [one.kind, str(one.size), printable(one.path), printable(one.link), _short(one.roots)]
        for one in entries
    ]
    text = table(("TYPE", "BYTES", "PATH", "LINK", "ROOT"), rows) if rows else "an empty folder"
    invocation.emit([one.to_json() for one in entries], text)


@storage.command()
@click.argument("root_", metavar="ROOT", type=ROOT)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@NODES
@pass_invocation
def verify(invocation: Invocation, root_: bytes, file: Path | None, nodes: tuple[str, ...]) -> int:
    """Have every node that claims ROOT prove all of it; compare FILE; exit code 1 if one lies."""
    with invocation.progress() as progress:
        found = opened(invocation, nodes).verify(root_, file, progress)
    rows = [
        [one.state, f"{one.proved}/{one.wanted}", one.shard, one.url, one.error]
        for one in found.nodes
    ]
    text = table(("STATE", "SEGMENTS", "SHARD", "NODE", ""), rows)
    text += f"\n{found.size} bytes, whole on {found.replicas} set(s) of nodes"
    if found.file_matches is not None:
        text += f"\n{file} {'is' if found.file_matches else 'is NOT'} this file"
    invocation.emit(found.to_json(), text)
    return 0 if found.ok else 1


@storage.command()
@click.option(
    "--replicas",
    type=click.IntRange(1, 1000),
    help="Copies of everything. [default: what survives the loss of 30 % of the nodes]",
)
@click.option("--full", is_flag=True, help="Have every segment proved, not a sample.")
@pass_invocation
def repair(invocation: Invocation, replicas: int | None, full: bool) -> int:
    """Look at every file of the network and restore the copies it lacks; exit code 1 if one is
    lost. The worker does the same by itself, page by page."""
    from zerog.config import Settings  # noqa: PLC0415  (as above)
    from zerog.storage.repair import RepairOptions, RepairReport, repair_all  # noqa: PLC0415

    options = RepairOptions(replicas=replicas, sample=None) if full else RepairOptions(replicas)
    reports = repair_all(Settings.load(invocation.home), options)
    whole = RepairReport(reports[0].wanted, 0)
    for one in reports:
        whole.add(one)
    text = f"{whole.files} files, {whole.whole} with {whole.wanted} copies\n"
    text += f"restored {whole.restored} copies, {whole.short} files still short, "
    text += f"{whole.unfinished} unfinished, {len(whole.lost)} lost"
    invocation.emit(whole.to_json(), "\n".join([text, *whole.faults]))
    return 1 if whole.lost else 0


def _show_submissions(invocation: Invocation, store: Storage) -> None:
    found = store.ls()
    rows = [
        [
            "-" if one.tx_seq is None else str(one.tx_seq),
            f"{one.state} x{one.replicas}" if one.replicas else one.state,
            str(one.size),
            "-" if one.fee_wei is None else str(one.fee_wei),
            "0x" + one.root.hex(),
            printable(one.name),
        ]
        for one in found
    ]
    header = ("SEQ", "STATE", "BYTES", "FEE (WEI)", "ROOT", "NAME")
    invocation.emit(
        [one.to_json() for one in found], table(header, rows) if rows else "nothing stored yet"
    )


def printable(text: str) -> str:
    """A name that somebody else chose, without what would move a terminal's cursor."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _short(roots: Sequence[bytes]) -> str:
    more = f" +{len(roots) - 1}" if len(roots) > 1 else ""
    return f"0x{roots[0].hex()[:16]}…{more}" if roots else ""


for command in (lease, extend):
    storage.add_command(command)
