"""What the arguments of `zerog storage` mean: roots, sizes, keys that are only ever named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from zerog.cli.output import Invocation
from zerog.errors import UsageError

if TYPE_CHECKING:
    from zerog.storage.client.sdk import Storage
    from zerog.storage.encryption import Decryption, Encryption

F = TypeVar("F", bound=Callable[..., object])

UNITS: Final = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
KEY_BYTES: Final = 32
AES: Final = "aes"


class MalformedRoot(UsageError):
    """Not a data root."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text[:20]!r} is no data root", "32 bytes in hex: see zerog storage ls")


class MalformedSize(UsageError):
    """Not a number of bytes."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text[:20]!r} is no size", "write bytes, or 4GiB, 512MiB, 64KiB")


class MalformedHex(UsageError):
    """Tags that are no hex."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text[:20]!r} is no hex", "write 0x and two digits per byte")


class BadKeyFile(UsageError):
    """A file that holds no symmetric key, or that others can read."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"{path} {reason}", f"make one: (umask 077; openssl rand -hex {KEY_BYTES} > FILE)"
        )


class KeyFileMissing(UsageError):
    """AES needs a key of the user's own."""

    def __init__(self) -> None:
        super().__init__("--encrypt aes needs a key", "give --key-file FILE, 32 bytes in hex")


class BadRecipient(UsageError):
    """--encrypt names neither a key of this home nor a public key."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text[:20]!r} is no public key", "33, 64 or 65 bytes in hex: zerog keys list has them"
        )


class RootType(click.ParamType):
    """A data root in hex."""

    name = "root"

    def convert(
        self, value: str | bytes, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """32 bytes; raises MalformedRoot."""
        if isinstance(value, bytes):
            return value
        if not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", value):
            raise MalformedRoot(value)
        return bytes.fromhex(value.removeprefix("0x"))


class SizeType(click.ParamType):
    """Bytes, or a number with KiB, MiB or GiB."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Bytes; raises MalformedSize."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]{1,15})\s?(|KiB|MiB|GiB)", value)
        if found is None:
            raise MalformedSize(value)
        return int(found[1]) * UNITS[found[2]]


ROOT = RootType()
AS = click.option("--as", "person", metavar="NAME", required=True, help="Whose key pays.")
NODES = click.option(
    "--node", "nodes", metavar="URL", multiple=True, help="Use these nodes, not the indexer's."
)
KEY_FILE = click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="The 32-byte AES key in hex, in a file that nobody else can read.",
)
DECRYPT = click.option("--decrypt", "reader", metavar="NAME", help="Whose private key decrypts.")
FRAGMENT = click.option(
    "--fragment-size", type=SizeType(), default="4GiB", show_default=True, help="A power of two."
)


def opened(invocation: Invocation, nodes: Sequence[str] = ()) -> Storage:
    """The storage of a command's home."""
    from zerog.storage.client.sdk import Storage  # noqa: PLC0415  (0.3 s that --help does not pay)

    return Storage.connect(invocation.home, nodes)


def tokens(wei: int) -> str:
    """An amount in whole tokens, exact."""
    whole, rest = divmod(wei, 10**18)
    return f"{whole}.{rest:018d}".rstrip("0").rstrip(".")


def amount(wei: int) -> str:
    """In wei and in tokens."""
    return f"{wei} wei ({tokens(wei)} 0G)"


def reading(command: F) -> F:
    """The options of commands that may decrypt."""
    return KEY_FILE(DECRYPT(NODES(command)))


def encryption_of(store: Storage, text: str | None, key_file: Path | None) -> Encryption | None:
    """How to encrypt; raises KeyFileMissing, BadKeyFile, BadRecipient, NoSuchKey."""
    from zerog.storage.encryption import (  # noqa: PLC0415  (--help does not load the curve)
        NotAPoint,
        Recipient,
        SymmetricKey,
        parse_public_key,
    )

    if text is None and key_file is None:
        return None
    if text in {None, AES}:
        if key_file is None:
            raise KeyFileMissing
        return SymmetricKey(read_key_file(key_file))
    found = re.fullmatch(r"(0x)?((?:[0-9a-fA-F]{2}){33,65})", str(text))
    if found is None:
        return Recipient(store.keys.signer(str(text)).public_key)
    try:
        return Recipient(parse_public_key(bytes.fromhex(found[2])))
    except NotAPoint:
        raise BadRecipient(str(text)) from None


def decryption_of(store: Storage, reader: str | None, key_file: Path | None) -> Decryption | None:
    """How to decrypt; raises BadKeyFile, NoSuchKey."""
    from zerog.storage.encryption import PrivateKey, SymmetricKey  # noqa: PLC0415  (--help does not load the curve)

    if reader is not None:
        return PrivateKey(store.keys.signer(reader).secret)
    return None if key_file is None else SymmetricKey(read_key_file(key_file))


def read_key_file(path: Path) -> bytes:
    """32 bytes in hex from a file of mode 0600; raises BadKeyFile."""
    try:
        if path.stat().st_mode & 0o077:
            raise BadKeyFile(path, "can be read by others")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip().removeprefix("0x"))
    except OSError as error:
        raise BadKeyFile(path, f"cannot be read ({error.strerror})") from error
    except ValueError:
        raise BadKeyFile(path, "holds no hex") from None
    if len(key) != KEY_BYTES:
        raise BadKeyFile(path, f"holds {len(key)} bytes instead of {KEY_BYTES}")
    return key


def hex_bytes(text: str) -> bytes:
    """Bytes of 0x hex; raises MalformedHex."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise MalformedHex(text) from None
