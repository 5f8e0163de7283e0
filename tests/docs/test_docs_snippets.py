"""Every command and every line of Python in the documents, run against a stack of its page's own.

A page is run from the top in an empty folder that holds `my-agent`, a copy of the shipped agent.
Commands that set up the project itself (`make ...`, `git clone ...`) are only looked up.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.snippets import ROOT, Command, Script, pages, runnable
from tests.support.stack import RunningStack

pytestmark = pytest.mark.docs

PAGES = pages()


def needs_stack(steps: list[Command | Script]) -> bool:
    """Whether a page does more than set up the project."""
    return any(isinstance(step, Script) or step.text.startswith("zerog ") for step in steps)


def needs_da(steps: list[Command | Script]) -> bool:
    """Whether a page wants signers of data availability."""
    return any("zerog da " in step.text or "zerog.da.client" in step.text for step in steps)


@pytest.fixture
def reader(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The environment of somebody who reads a page: a fresh stack, and the venv on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    shutil.copytree(ROOT / "zerog" / "demo" / "agent", tmp_path / "my-agent")
    steps = request.getfixturevalue("steps")
    if not needs_stack(steps):
        yield {**os.environ, "PATH": path}
        return
    signers = ("--signers", "4") if needs_da(steps) else ()
    stack = RunningStack.start(tmp_path / "home", *signers)
    try:
        yield {**stack.environment(), "PATH": path}
    finally:
        stack.stop()


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> list[Command | Script]:
    """What the page of this test asks to run."""
    page: Path = request.param
    return runnable(page.read_text())


def run(step: Command | Script, environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run one step; gives its exit code and all it printed."""
    if isinstance(step, Script):
        (folder / "page.py").write_text(step.text)
        command = [sys.executable, "page.py"]
    elif step.text.startswith("make "):
        command = ["make", "-n", "-C", str(ROOT), *step.text.split()[1:]]
    else:
        command = ["bash", "-euc", step.text]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("steps", PAGES, indirect=True, ids=[page.name for page in PAGES])
def test_page_run_from_the_top_does_what_it_says(
    steps: list[Command | Script], reader: dict[str, str], tmp_path: Path
) -> None:
    for step in steps:
        if isinstance(step, Command) and step.text.startswith(("git clone ", "cd ")):
            continue
        code, output = run(step, reader, tmp_path)
        expected = step.exit_code if isinstance(step, Command) else 0
        assert code == expected, f"line {step.line}: exit {code}, not {expected}\n{output}"
        assert "Traceback" not in output, f"line {step.line}:\n{output}"
