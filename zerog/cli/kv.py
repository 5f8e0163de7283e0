"""`zerog kv`: keys and values that every node of the network agrees on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import click
import orjson

from zerog.cli.kv_roles import grant, renounce, revoke, special
from zerog.cli.kv_text import (
    KEY,
    PAYER,
    SHOWN,
    STREAM,
    UNLESS,
    VERSION,
    BytesType,
    connected,
    emit_receipt,
    event_json,
    event_line,
    pair,
    shown,
    write_new,
)
from zerog.cli.output import Group, Invocation, Json, pass_invocation, table
from zerog.errors import NotFound


class NoValue(NotFound):
    """The key has no value (any more, or yet)."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        super().__init__(f"the key {shown(key)} has no value")


@click.group(cls=Group)
def kv() -> None:
    """Keys and values in streams. STREAM is 0x hex or a name; KEY and VALUE are text, 0x hex, or
    @FILE."""


@kv.command()
@STREAM
@click.argument("pairs", metavar="KEY VALUE ...", type=BytesType(), nargs=-1, required=True)
@PAYER
@UNLESS
@click.option("--encrypt", is_flag=True, help="With the key that ZEROG_KV_KEY_FILE names.")
@pass_invocation
def put(
    invocation: Invocation,
    stream: bytes,
    pairs: tuple[bytes, ...],
    owner: str,
    if_version: int | None,
    encrypt: bool,
) -> None:
    """Write one or more keys of STREAM, all or none."""
    if len(pairs) % 2:
        raise click.UsageError("each KEY needs a VALUE")
    values = dict(zip(pairs[::2], pairs[1::2], strict=True))
    if 2 * len(values) != len(pairs):
        raise click.UsageError("a KEY is given twice")
    if b"" in values.values():
        raise click.UsageError("an empty VALUE deletes: use zerog kv delete")
    write(invocation, stream, values, owner, if_version, encrypt)


@kv.command()
@STREAM
@click.argument("keys", metavar="KEY ...", type=BytesType(), nargs=-1, required=True)
@PAYER
@UNLESS
@pass_invocation
def delete(
    invocation: Invocation,
    stream: bytes,
    keys: tuple[bytes, ...],
    owner: str,
    if_version: int | None,
) -> None:
    """Delete keys of STREAM; their earlier versions stay readable."""
    write(invocation, stream, dict.fromkeys(keys, b""), owner, if_version, encrypt=False)


def write(
    invocation: Invocation,
    stream: bytes,
    values: dict[bytes, bytes],
    owner: str,
    if_version: int | None,
    encrypt: bool,
) -> None:
    """One batch of writes, and its receipt."""
    from zerog.storage.encryption import SYMMETRIC  # noqa: PLC0415  (as above)
    from zerog.storage.kv.codec import NEVER_CONFLICTS  # noqa: PLC0415
    from zerog.storage.kv.fetch import SYMMETRIC_VARIABLE, Keys  # noqa: PLC0415

    encryption = Keys.load(os.environ).encryption(SYMMETRIC) if encrypt else None
    if encrypt and encryption is None:
        raise click.UsageError(f"--encrypt needs {SYMMETRIC_VARIABLE}_FILE")
    version = NEVER_CONFLICTS if if_version is None else if_version
    with connected(invocation) as streams:
        done = streams.put(stream, values, owner, version, encryption)
    emit_receipt(invocation, stream, done)


@kv.command()
@STREAM
@KEY
@VERSION
@click.option("--out", type=click.Path(path_type=Path), help="Write the value to a new file.")
@pass_invocation
def get(
    invocation: Invocation, stream: bytes, key: bytes, version: int | None, out: Path | None
) -> None:
    """Print the value of KEY; exit code 1 when it has none."""
    from zerog.storage.client.errors import OutputExists  # noqa: PLC0415  (as above)

    if out is not None and os.path.lexists(out):
        raise OutputExists(out)
    with connected(invocation) as streams:
        item = streams.kv.get(stream, key, version)
    if item is None:
        raise NoValue(key)
    if out is not None:
        write_new(out, item.value)
    text = shown(item.value) if out is None else f"{len(item.value)} bytes to {out}"
    invocation.emit(pair(item.key, item.version, item.value), text)


@kv.command()
@STREAM
@click.option("--prefix", type=BytesType(), default="", help="Only keys that begin with it.")
@click.option("--start", type=BytesType(), default="", help="From this key on.")
@click.option("--end", type=BytesType(), help="Up to this key, which is left out.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--reverse", is_flag=True, help="From the last key to the first.")
@VERSION
@pass_invocation
def scan(
    invocation: Invocation,
    stream: bytes,
    prefix: bytes,
    start: bytes,
    end: bytes | None,
    limit: int,
    reverse: bool,
    version: int | None,
) -> None:
    """List keys of STREAM in bytewise order, of one state."""
    with connected(invocation) as streams:
        found = list(islice(streams.kv.scan(stream, prefix, start, end, version, reverse), limit))
    rows = [
        [shown(i.key), str(i.version), str(len(i.value)), shown(i.value)[:SHOWN]] for i in found
    ]
    text = table(("KEY", "VERSION", "BYTES", "VALUE"), rows) if rows else "no key"
    invocation.emit([pair(item.key, item.version, item.value) for item in found], text)


@kv.command()
@STREAM
@click.option("--from-start", is_flag=True, help="Begin with the first version.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many changes.")
@pass_invocation
def watch(invocation: Invocation, stream: bytes, from_start: bool, count: int | None) -> None:
    """Print changes of STREAM as they commit, one line each (JSON lines with --json)."""
    from zerog.storage.kv.watch import watch as follow  # noqa: PLC0415  (as above)

    with connected(invocation) as streams, contextlib.suppress(KeyboardInterrupt):
        for event in islice(follow(streams.kv, stream, from_start), count):
            click.echo(orjson.dumps(event_json(event)) if invocation.as_json else event_line(event))


@kv.command()
@click.option("--as", "owner", metavar="NAME", required=True, help="Whose batches.")
@pass_invocation
def resume(invocation: Invocation, owner: str) -> None:
    """Bring batches that an interrupted command left to their results."""
    from zerog.storage.kv.errors import BatchRefused  # noqa: PLC0415  (as above)

    results: dict[str, Json] = {}
    with connected(invocation) as streams:
        writer = streams.writer(owner)
        for name in writer.drafts():
            try:
                results[name] = f"version {writer.resume(name).tx_seq}"
            except BatchRefused as refused:
                results[name] = refused.result
    lines = [f"{name}  {result}" for name, result in results.items()]
    invocation.emit(results, "\n".join(lines) or "nothing is left")


@kv.command()
@pass_invocation
def status(invocation: Invocation) -> None:
    """The KV node's place in the flow, and the streams that it keeps."""
    with connected(invocation) as streams:
        applied, kept = streams.kv.applied(), streams.kv.streams()
    ids: Sequence[str] = ["0x" + one.hex() for one in kept]
    document: dict[str, Json] = {"url": streams.kv.url, "applied_seq": applied, "streams": ids}
    lines = [f"node     {streams.kv.url}", f"applied  {applied}", f"streams  {len(ids)}"]
    invocation.emit(document, "\n".join([*lines, *ids]))


for command in (grant, renounce, revoke, special):
    kv.add_command(command)
