"""Code blocks of the documents, as they are to be run.

`console` blocks hold commands after `$ `; other lines are what they print and are only shown. A
command may end in a backslash, and in `# exit N` when it is meant to fail. The `python` blocks
of a page are one script.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\s*$")
EXIT = re.compile(r"#\s*exit (\d+)\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its kind, its lines, and the number of the first of them."""

    kind: str
    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a console block and the exit code it should have."""

    line: int
    text: str
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """All Python of a page; blank lines keep its line numbers."""

    line: int
    text: str


def blocks(text: str) -> list[Block]:
    """Every fenced block of a page; raises ValueError when one is not closed."""
    found: list[Block] = []
    kind, start, inside = "", 0, False
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if fence is None:
            continue
        if inside:
            found.append(Block(kind, start, tuple(lines[start - 1 : number - 1])))
        kind, start, inside = fence[1], number + 1, not inside
    if inside:
        raise ValueError(f"the block at line {start - 1} is not closed")
    return found


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found, waiting, start = [], "", 0
    for number, line in enumerate(block.lines, block.line):
        if waiting:
            waiting += line.strip()
        elif line.startswith("$ "):
            waiting, start = line[2:].strip(), number
        else:
            continue
        if waiting.endswith("\\"):
            waiting = waiting[:-1]
            continue
        said = EXIT.search(waiting)
        found.append(Command(start, waiting, int(said[1]) if said else 0))
        waiting = ""
    return found


def runnable(text: str) -> list[Command | Script]:
    """What a page asks its reader to run, in order; its Python stands where it begins."""
    steps: list[Command | Script] = []
    script, first = [""] * len(text.splitlines()), 0
    for block in blocks(text):
        if block.kind == "console":
            steps.extend(commands(block))
        if block.kind == "python":
            if not first:
                first = block.line
                steps.append(Script(first, ""))
            script[block.line - 1 : block.line - 1 + len(block.lines)] = block.lines
    whole = Script(first, "\n".join(script).rstrip() + "\n")
    return [whole if isinstance(step, Script) else step for step in steps]


def pages() -> list[Path]:
    """Every document with something to run."""
    found = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    return [page for page in found if runnable(page.read_text())]
