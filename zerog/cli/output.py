"""What every command shares: --home, --json, one-line errors, exit codes, progress.

A command module makes its commands with `Group` (or `@click.command(cls=Command)`); each of
them then takes `--home DIR` and `--json`, before or after the subcommand, and receives the
`Invocation` through `@pass_invocation`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import click

from zerog.cli.progress import LineProgress, bar_progress
from zerog.config import default_home
from zerog.types import Progress

Json = (
    str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
)  # what one document may hold


@dataclass(slots=True)
class Invocation:
    """The options that every command takes."""

    named_home: Path | None = None
    as_json: bool = False

    @property
    def home(self) -> Path:
        """--home, else $ZEROG_HOME, else ~/.zerog; absolute."""
        return (self.named_home or default_home(os.environ)).absolute()

    def emit(self, document: Json, text: str) -> None:
        """Print the result: `document` with --json, else `text`."""
        if self.as_json:
            # Amounts in wei go beyond the 64 bits that orjson writes.
            click.echo(json.dumps(document, indent=2, ensure_ascii=False).encode())
        elif text:
            click.echo(text)

    def say(self, line: str) -> None:
        """A line about work under way: to stderr, so that stdout holds only the result."""
        click.echo(line, err=True)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A sink for long work: bars on a terminal, plain lines elsewhere."""
        if sys.stderr.isatty() and not self.as_json:
            with bar_progress() as sink:
                yield sink
        else:
            yield LineProgress(self.say)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _keep_home(context: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Invocation).named_home = value


def _keep_json(context: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Invocation).as_json = True


@cache
def common_options() -> tuple[click.Parameter, ...]:
    """--home and --json, as every command takes them: made once, click compares by identity."""
    return (
        click.Option(
            ["--home"],
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            expose_value=False,
            callback=_keep_home,
            help="Home directory.  [default: $ZEROG_HOME, else ~/.zerog]",
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_keep_json,
            help="Print one JSON document on stdout.",
        ),
    )


class Command(click.Command):
    """A command that takes --home and --json."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own parameters, then the common ones."""
        own = super().get_params(ctx)
        return [*own[:-1], *common_options(), *own[-1:]]


class Group(click.Group):
    """A group whose commands, and subgroups, take --home and --json."""

    command_class = Command
    group_class = type

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The group's own parameters, then the common ones."""
        own = super().get_params(ctx)
        return [*own[:-1], *common_options(), *own[-1:]]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives, and its line in the help."""

    target: str
    summary: str


class LazyGroup(Group):
    """The top group: knows its commands by name and imports one when it is run."""

    entries: Mapping[str, Entry] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain columns, two spaces apart; the last column is not padded."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def one_line(text: str) -> str:
    """An error message without its line breaks."""
    return " ".join(text.split())
