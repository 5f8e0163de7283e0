"""`zerog up`, `down`, `status`, `logs`: the stack of one home."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from zerog.cli.output import Command, Invocation, Json, pass_invocation, table
from zerog.devnet.errors import NoLog, UnknownPart
from zerog.devnet.plan import Part, Probe
from zerog.devnet.ports import require_free
from zerog.devnet.probe import answers, works
from zerog.devnet.shape import DEFAULT_SIGNERS, PART_NAMES
from zerog.devnet.state import (
    HomeLock,
    PartState,
    RunState,
    is_supervised,
    log_file,
)
from zerog.devnet.up import (
    choose_ports,
    choose_shape,
    plan_stack,
    start_detached,
    stop,
    supervise,
    wait_healthy,
)

FOLLOW_SECONDS: Final = 0.2
MOST_NODES: Final = 16
MOST_MEMBERS: Final = 16
MOST_SIGNERS: Final = 64


@click.command(cls=Command)
@click.option("--detach", is_flag=True, help="Return when the stack is healthy; it runs on.")
@click.option(
    "--ports",
    type=click.Choice(["fixed", "auto"]),
    default="fixed",
    show_default=True,
    help="The documented ports, or free ones.",
)
@click.option(
    "--nodes",
    type=click.IntRange(1, MOST_NODES),
    help="Storage nodes, each with every file. [default: as in the last run, else 1]",
)
@click.option(
    "--mine/--no-mine",
    default=None,
    help="Mine storage proofs; the chain makes a block each second. [default: as in the last run]",
)
@click.option(
    "--committee",
    type=click.IntRange(0, MOST_MEMBERS),
    help="Members of a threshold committee. [default: as in the last run, else 0]",
)
@click.option("--agentic/--no-agentic", default=None, help="An attestor for 0g-agentic-id.")
@click.option("--gallery/--no-gallery", default=None, help="The market and gallery web page.")
@click.option("--relay/--no-relay", default=None, help="A relayer that sends signed permits.")
@click.option(
    "--signers",
    type=click.IntRange(0, MOST_SIGNERS),
    help="Signers of data availability, 0 for none of it. "
    f"[default: as in the last run, else {DEFAULT_SIGNERS} on a chain of its own]",
)
@click.option(
    "--alt-da/--no-alt-da",
    default=None,
    help="A server for OP Stack rollups over data availability.",
)
@pass_invocation
def up(
    invocation: Invocation,
    detach: bool,
    ports: str,
    nodes: int | None,
    mine: bool | None,
    committee: int | None,
    agentic: bool | None,
    gallery: bool | None,
    relay: bool | None,
    signers: int | None,
    alt_da: bool | None,
) -> int:
    """Start the stack and wait until it is healthy.

    In the foreground it runs until Ctrl-C. A home whose stack runs already is left alone.
    """
    home = invocation.home
    lock = HomeLock.take(home)
    if lock is None:
        _announce(invocation, wait_healthy(home), already=True)
        return 0
    asked = {"nodes": nodes, "mine": mine, "committee": committee}
    asked |= {"agentic": agentic, "gallery": gallery, "relay": relay, "signers": signers}
    asked["alt_da"] = alt_da
    shape = choose_shape(home, asked)
    chosen = choose_ports(home, ports == "auto", shape)
    plan = plan_stack(home, chosen, shape)
    if detach:
        if not _left_behind(home):
            require_free(plan.local_ports())
        lock.release()
        _announce(invocation, start_detached(home, chosen, shape))
        return 0
    invocation.say(f"starting {len(plan.parts)} processes in {home}; Ctrl-C stops them")
    return supervise(plan, lock, invocation.say, lambda state: _announce(invocation, state))


def _left_behind(home: Path) -> bool:
    """Whether processes of a killed supervisor may still hold the ports; they are ended first."""
    last = RunState.load(home)
    parts = last.parts if last else ()
    return any(part.identity and part.identity.process() for part in parts)


def _announce(invocation: Invocation, state: RunState, already: bool = False) -> None:
    endpoints = state.endpoints()
    home = str(invocation.home)
    word = "already running" if already else "healthy"
    rows = [[name, url] for name, url in endpoints.items()]
    text = f"the stack is {word}\n{table(['part', 'endpoint'], rows)}\n"
    text += f"addresses and URLs for shells: {home}/zerog.env"
    invocation.emit(
        {"home": home, "endpoints": endpoints, "already_running": already, "healthy": True}, text
    )


@click.command(cls=Command)
@pass_invocation
def down(invocation: Invocation) -> None:
    """Stop the stack of this home. Its chain, files and keys stay for the next `up`."""
    stopped = stop(invocation.home)
    text = f"stopped {len(stopped)} processes" if stopped else "nothing was running"
    invocation.emit({"stopped": stopped}, text)


@dataclass(frozen=True, slots=True)
class PartView:
    """One line of `zerog status`."""

    name: str
    pid: int | None
    endpoint: str | None
    healthy: bool
    restarts: int
    external: bool

    def to_json(self) -> dict[str, Json]:
        """As --json prints it."""
        return {
            "name": self.name,
            "pid": self.pid,
            "endpoint": self.endpoint,
            "healthy": self.healthy,
            "restarts": self.restarts,
            "external": self.external,
        }


def look(home: Path) -> list[PartView]:
    """Every part of the running stack of a home, asked now; empty when none runs."""
    state = RunState.load(home)
    if state is None or not is_supervised(home):
        return []
    return [
        PartView(
            part.name,
            part.pid,
            part.endpoint,
            _is_healthy(part),
            part.restarts,
            part.external,
        )
        for part in state.parts
    ]


def _is_healthy(part: PartState) -> bool:
    # `ready` is also what says that a restored chain has its lost transactions again.
    if not part.ready:
        return False
    if not part.external and (part.identity is None or part.identity.process() is None):
        return False
    asked = Part(part.name, part.probe, part.endpoint)
    if part.probe is Probe.LOG:
        return True
    return answers(asked) and (part.external or works(asked))


@click.command(cls=Command)
@pass_invocation
def status(invocation: Invocation) -> None:
    """Processes, endpoints and health of the stack of this home."""
    views = look(invocation.home)
    rows = [
        [
            view.name,
            "elsewhere" if view.external else str(view.pid or "-"),
            "yes" if view.healthy else "no",
            str(view.restarts),
            view.endpoint or "-",
        ]
        for view in views
    ]
    text = table(["name", "pid", "healthy", "restarts", "endpoint"], rows)
    invocation.emit(
        [view.to_json() for view in views], text if views else "not running; start it: zerog up"
    )


@click.command(cls=Command)
@click.argument("name")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on.")
@click.option("-n", "--lines", default=50, show_default=True, type=click.IntRange(min=0))
@pass_invocation
def logs(invocation: Invocation, name: str, follow: bool, lines: int) -> None:
    """The last lines of one process's log."""
    known = log_names(invocation.home)
    if name not in known:
        raise UnknownPart(name, known)
    path = log_file(invocation.home, name)
    if not path.exists():
        raise NoLog(name, path)
    text = path.read_text(errors="replace")
    last = text.splitlines()[-lines:] if lines else []
    invocation.emit({"name": name, "path": str(path), "lines": last}, "\n".join(last))
    if follow and not invocation.as_json:
        for more in follow_file(path, len(text.encode(errors="replace"))):
            click.echo(more, nl=False)


def log_names(home: Path) -> tuple[str, ...]:
    """The processes that a stack of this home has had."""
    state = RunState.load(home)
    parts = [part.name for part in state.parts] if state else []
    return tuple(dict.fromkeys((*PART_NAMES, *parts, "provision", "supervisor")))


def follow_file(path: Path, offset: int) -> Iterator[str]:
    """What is appended to a log after `offset` bytes, for ever; begins anew after a rotation."""
    while True:
        size = path.stat().st_size if path.exists() else 0
        if size < offset:
            offset = 0
        if size > offset:
            with path.open("rb") as log:
                log.seek(offset)
                found = log.read()
            offset += len(found)
            yield found.decode(errors="replace")
        time.sleep(FOLLOW_SECONDS)
