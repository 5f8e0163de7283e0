"""Bytes of the KV commands as people write and read them, and what the commands share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from zerog.cli.output import Invocation, Json
from zerog.errors import UsageError

if TYPE_CHECKING:
    from zerog.storage.kv.batcher import Committed
    from zerog.storage.kv.client import Change
    from zerog.storage.kv.sdk import Streams
    from zerog.storage.kv.watch import Rewound

STREAM_ID: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
LAST_VERSION: Final = (1 << 64) - 1
PUBLIC: Final = 0o666
"""Mode of a file before the umask."""
SHOWN: Final = 60
"""Characters of a value in a table."""


class BadBytes(UsageError):
    """A key or value that cannot be read."""

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        super().__init__(f"{text[:40]!r} {reason}", "text, 0x and hex, or @ and a file's path")


class BadStream(UsageError):
    """Neither a stream's id nor a name."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text[:70]!r} is no stream", "a name, or 0x and at most 64 hexadecimal digits"
        )


class BytesType(click.ParamType):
    """Text as UTF-8, `0x` and hex, or `@` and the path of a file."""

    name = "bytes"

    def convert(
        self, value: str | bytes, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Raises BadBytes."""
        if isinstance(value, bytes):
            return value
        try:
            if value.startswith("@"):
                return Path(value[1:]).read_bytes()
            return bytes.fromhex(value[2:]) if value.startswith("0x") else value.encode()
        except ValueError:
            raise BadBytes(value, "is no hex") from None
        except OSError as error:
            raise BadBytes(value, f"cannot be read: {error.strerror}") from None


class StreamType(click.ParamType):
    """A stream's id in 0x hex, or a name that stands for one."""

    name = "stream"

    def convert(
        self, value: str | bytes, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """32 bytes; raises BadStream: what looks like an id but is none is no name either."""
        from zerog.storage.kv.sdk import stream_id  # noqa: PLC0415  (0.3 s that --help saves)

        if isinstance(value, bytes):
            return value
        if not value or (value.startswith("0x") and not STREAM_ID.fullmatch(value)):
            raise BadStream(value)
        return stream_id(value)


def shown(value: bytes) -> str:
    """Text where it is printable, else hex."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = ""
    return text if text.isprintable() and text else "0x" + value.hex()


STREAM = click.argument("stream", type=StreamType())
KEY = click.argument("key", type=BytesType())
PAYER = click.option("--as", "owner", metavar="NAME", required=True, help="Whose key pays.")
ON = click.option("--on", "on", type=BytesType(), metavar="KEY", help="One special key.")


VERSION = click.option("--version", type=click.IntRange(0, LAST_VERSION), help="As it was then.")
UNLESS = click.option(
    "--if-version",
    type=click.IntRange(0, LAST_VERSION),
    help="Conflict when a key is newer; 0: not written.",
)


@contextmanager
def connected(invocation: Invocation) -> Iterator[Streams]:
    """The streams of this home's network."""
    from zerog.storage.kv.sdk import Streams  # noqa: PLC0415  (as above)

    yield Streams.connect(invocation.home)


def emit_receipt(invocation: Invocation, stream: bytes, done: Committed) -> None:
    """What a batch did and cost."""
    document: dict[str, Json] = {
        "stream": "0x" + stream.hex(),
        "version": done.tx_seq,
        "tx_hash": "0x" + done.tx_hash.hex(),
        "fee_wei": done.fee_wei,
        "gas_used": done.gas_used,
    }
    cost = f"gas {done.gas_used}, fee {done.fee_wei} wei"
    invocation.emit(document, f"version {done.tx_seq}\n0x{done.tx_hash.hex()} ({cost})")


def event_json(event: Change | Rewound) -> dict[str, Json]:
    """One line of `watch --json`."""
    from zerog.storage.kv.watch import Rewound  # noqa: PLC0415  (as above)

    if isinstance(event, Rewound):
        return {"event": "rewound", "version": event.version}
    kind = "put" if event.size else "delete"
    return {"event": kind, **pair(event.key, event.version, event.value), "size": event.size}


def event_line(event: Change | Rewound) -> str:
    """One line of `watch`."""
    from zerog.storage.kv.watch import Rewound  # noqa: PLC0415  (as above)

    if isinstance(event, Rewound):
        return f"{event.version:>8}  rewound: this version and later ones are void"
    value = shown(event.value)[:SHOWN] if event.size else "(deleted)"
    return f"{event.version:>8}  {shown(event.key)}  {value}"


def pair(key: bytes, version: int, value: bytes) -> dict[str, Json]:
    """A key with its value: in hex, and as text where it is UTF-8."""
    return {
        "key": "0x" + key.hex(),
        "key_text": text_of(key),
        "version": version,
        "value": "0x" + value.hex(),
        "value_text": text_of(value),
    }


def text_of(value: bytes) -> str | None:
    """UTF-8, or None."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def write_new(out: Path, value: bytes) -> None:
    """The file `out`, whole or not at all; raises CannotWriteOutput."""
    from zerog.files import replace_file  # noqa: PLC0415  (as above)
    from zerog.storage.client.errors import CannotWriteOutput  # noqa: PLC0415

    try:
        replace_file(out, value, PUBLIC)
    except OSError as error:
        raise CannotWriteOutput(out, error.strerror or type(error).__name__) from error
