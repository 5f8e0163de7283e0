"""`zerog demo`: the main job on a real agent folder, shown as a timeline."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import orjson

from zerog.cli.output import Command, Invocation, pass_invocation
from zerog.demo.story import Scene, Story, shipped_agent, tell
from zerog.errors import ZerogError


class StackFailed(ZerogError):
    """The stack that the demo runs on did not start or stop."""

    def __init__(self, verb: str, said: str) -> None:
        self.verb, self.said = verb, said
        super().__init__(f"zerog {verb}: {said.removeprefix('error: ')}")


class DemoDisproved(ZerogError):
    """What the demo is there to show was not what happened."""

    def __init__(self, story: Story) -> None:
        self.story = story
        super().__init__(
            f"the new owner's copy is identical: {story.opened_identical}; "
            f"the old owner can open the new data: {story.old_owner_can_open}"
            + ("" if story.da is None else f"; the certificate holds: {story.da.certificate}"),
            "zerog logs oracle-worker",
        )


def run_zerog(home: Path, *words: str) -> str:
    """Run a zerog command of this installation on the home; gives its standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "zerog.cli.main", *words, "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackFailed(words[0], (done.stderr.strip() or "failed").splitlines()[-1])
    return done.stdout


@contextmanager
def running_stack(invocation: Invocation, ports: str, keep: bool) -> Iterator[None]:
    """The home's stack; one that was not running is started, and stopped at the end."""
    ours = not orjson.loads(run_zerog(invocation.home, "status", "--json"))
    if ours:
        invocation.say(f"starting a stack in {invocation.home}")
        run_zerog(invocation.home, "up", "--detach", "--ports", ports)
    try:
        yield
    finally:
        if ours and not keep:
            run_zerog(invocation.home, "down")


def show_scene(scene: Scene) -> None:
    """One line of the timeline, its figures below."""
    click.echo(f"{scene.at_seconds:7.2f} s  {scene.title}", err=True)
    for name, value in scene.details.items():
        click.echo(f"           {name:<10} {value}", err=True)


@click.command(cls=Command)
@click.option("--agent", type=click.Path(path_type=Path), help="Your own agent folder.")
@click.option(
    "--ports", type=click.Choice(["default", "auto"]), default="default", show_default=True
)
@click.option("--keep", is_flag=True, help="Leave the stack running at the end.")
@pass_invocation
def demo(invocation: Invocation, agent: Path | None, ports: str, keep: bool) -> None:
    """Mint an agent, hand it over, and see who can open it."""
    from zerog.inft.folder import scan  # noqa: PLC0415  (0.3 s that --help does not pay)

    folder = (agent or shipped_agent()).resolve()
    scan(folder)
    with running_stack(invocation, ports, keep), invocation.progress() as progress:
        story = tell(invocation.home, folder, show_scene, progress, time.monotonic())
    if not story.proved:
        raise DemoDisproved(story)
    invocation.emit(
        story.to_json(),
        f"token {story.token_id}: the new owner has the identical agent, "
        f"the old owner cannot open the new data ({story.seconds:.1f} s)",
    )
