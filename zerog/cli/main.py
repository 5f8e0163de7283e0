"""The `zerog` command: its table of commands, and the one place where errors become exit codes.

Exit codes: 0 done; 1 the world refused; 2 wrong use; 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from typing import Final

import click
import orjson

from zerog import __version__
from zerog.cli.output import Entry, LazyGroup, one_line
from zerog.errors import ZerogError

INTERRUPTED: Final = 130


class Zerog(LazyGroup):
    """The top group of the command line."""

    entries = {  # noqa: RUF012  (the class is the table)
        "up": Entry("zerog.cli.stack:up", "Start the stack and wait until it is healthy."),
        "down": Entry("zerog.cli.stack:down", "Stop the stack; its data stays."),
        "status": Entry("zerog.cli.stack:status", "Processes, endpoints and health."),
        "logs": Entry("zerog.cli.stack:logs", "The log of one process."),
        "doctor": Entry("zerog.cli.doctor:doctor", "Check this machine and this home."),
        "demo": Entry("zerog.cli.demo:demo", "Mint an agent, hand it over, open it."),
        "inft": Entry("zerog.cli.inft:inft", "Agents as tokens: mint, transfer, accept, open."),
        "keys": Entry("zerog.cli.keys:keys", "The keys of this home."),
        "kv": Entry("zerog.cli.kv:kv", "Keys and values in streams: put, get, scan, watch."),
        "da": Entry("zerog.cli.da:da", "Data availability: put, get, sample, verify."),
        "storage": Entry("zerog.cli.storage:storage", "Files: upload, download, verify."),
        "miner": Entry("zerog.cli.miner:miner", "Prove stored data, and be paid for it."),
    }


@click.group(cls=Zerog, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="zerog")
def cli() -> None:
    """The 0G stack on one machine: chain, storage, and agents as tokens."""


def run(arguments: Sequence[str], top: click.Group = cli) -> int:
    """Run one command; gives its exit code. A failure is one line on stderr."""
    try:
        answer = top.main(list(arguments), prog_name="zerog", standalone_mode=False)
    except click.ClickException as error:
        return _fail(arguments, error.format_message(), _usage_mend(error), error.exit_code)
    except ZerogError as error:
        return _fail(arguments, error.cause, error.mend, error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left (`zerog logs | head`); nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception:
        path = _crash_file()
        logging.getLogger(__name__).exception("unexpected error in: zerog %s", " ".join(arguments))
        return _fail(arguments, "unexpected error", f"the traceback is in {path}", 1)
    return answer if isinstance(answer, int) else 0


def _usage_mend(error: click.ClickException) -> str:
    if not isinstance(error, click.UsageError):
        return ""
    return f"see: {error.ctx.command_path if error.ctx else 'zerog'} --help"


def _fail(arguments: Sequence[str], cause: str, mend: str, code: int) -> int:
    cause, mend = one_line(cause).rstrip("."), one_line(mend)
    click.echo(f"error: {cause}; {mend}" if mend else f"error: {cause}", err=True)
    if "--json" in arguments:
        click.echo(orjson.dumps({"error": cause, "mend": mend, "exit_code": code}))
    return code


def _crash_file() -> str:
    """A fresh file to which the next log record goes, and nowhere else."""
    descriptor, path = tempfile.mkstemp(prefix="zerog-crash-", suffix=".log")
    os.close(descriptor)
    logger = logging.getLogger(__name__)
    logger.propagate = False
    logger.addHandler(logging.FileHandler(path, encoding="utf-8"))
    return path


def main() -> None:
    """Entry point of the `zerog` script."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
