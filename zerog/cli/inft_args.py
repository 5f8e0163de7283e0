"""What the commands of `zerog inft` take, and the SDK that they call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerog.cli.output import Invocation
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
