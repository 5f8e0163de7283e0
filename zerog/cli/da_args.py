"""What the arguments of `zerog da` mean: roots, places, files."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from zerog.cli.output import Invocation
from zerog.errors import UsageError
from zerog.types import Buffer

if TYPE_CHECKING:
    from zerog.da.client.sdk import Da
    from zerog.da.onchain.network import DaNetwork

F = TypeVar("F", bound=Callable[..., object])
DASH: Final = Path("-")
"""Standard input or output."""


class MalformedDataRoot(UsageError):
    """Not a data root."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text[:20]!r} is no data root", "32 bytes in hex: see zerog da ls")


class DataRootType(click.ParamType):
    """A data root in hex."""

    name = "root"

    def convert(
        self, value: str | bytes, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """32 bytes; raises MalformedDataRoot."""
        if isinstance(value, bytes):
            return value
        if not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", value):
            raise MalformedDataRoot(value)
        return bytes.fromhex(value.removeprefix("0x"))


class MalformedBitmap(UsageError):
    """Not the bitmap of a certificate."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text[:20]!r} is no bitmap", "hex: quorumBitmap of the certificate")


class BitmapType(click.ParamType):
    """The bitmap of a certificate in hex."""

    name = "hex"

    def convert(
        self, value: str | bytes, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Its bytes; raises MalformedBitmap."""
        if isinstance(value, bytes):
            return value
        if not re.fullmatch(r"(0x)?([0-9a-fA-F]{2})+", value):
            raise MalformedBitmap(value)
        return bytes.fromhex(value.removeprefix("0x"))


DATA_ROOT = click.argument("data_root", metavar="ROOT", type=DataRootType())
POLICY = click.option(
    "--policy", type=click.IntRange(min=1), help="Only signers who fit this policy: its number."
)
AS = click.option("--as", "person", metavar="NAME", required=True, help="Whose key pays.")
_NUMBER: Final = click.IntRange(0, 2**63 - 1)


def placed(command: F) -> F:
    """--epoch and --quorum, of blobs that this home did not put."""
    epoch = click.option("--epoch", type=_NUMBER, help="Of a blob that this home did not put.")
    quorum = click.option("--quorum", type=_NUMBER, help="Likewise.")
    return epoch(quorum(command))


def connected(invocation: Invocation) -> Da:
    """The data availability of a command's home."""
    from zerog.da.client.sdk import Da  # noqa: PLC0415  (0.3 s that --help does not pay)

    return Da.connect(invocation.home)


def network_of(invocation: Invocation) -> DaNetwork:
    """Its contracts."""
    from zerog.config import Settings  # noqa: PLC0415  (as above)
    from zerog.da.onchain.network import DaNetwork  # noqa: PLC0415

    return DaNetwork.open(Settings.load(invocation.home))


def read_blob(path: Path) -> bytes:
    """A file or standard input, at most a byte more than a blob may have; raises NoSuchFile."""
    from zerog.da.params import MAX_BLOB_BYTES  # noqa: PLC0415  (as above)
    from zerog.storage.client.errors import NoSuchFile  # noqa: PLC0415

    if path == DASH:
        return sys.stdin.buffer.read(MAX_BLOB_BYTES + 1)
    try:
        with path.open("rb") as source:
            return source.read(MAX_BLOB_BYTES + 1)
    except OSError as error:
        raise NoSuchFile(path, error.strerror or "") from error


def require_new(path: Path) -> None:
    """Before anything is fetched: raises OutputExists."""
    from zerog.storage.client.errors import OutputExists  # noqa: PLC0415  (as above)

    if path != DASH and path.exists():
        raise OutputExists(path)


def write_blob(path: Path, data: Buffer) -> None:
    """A new file, whole or not at all, or standard output; raises CannotWriteOutput."""
    from zerog.files import replace_file  # noqa: PLC0415  (as above)
    from zerog.storage.client.errors import CannotWriteOutput  # noqa: PLC0415

    if path == DASH:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        replace_file(path, bytes(data), 0o644)
    except OSError as error:
        raise CannotWriteOutput(path, error.strerror or "") from error
