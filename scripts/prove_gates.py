"""See each gate turn red: seed one violation per gate in a copy of the tree and run them all.

A gate that has never been red may be asleep. For every seed exactly the gate it is meant for
must turn red; a seed that trips its neighbours says that two gates hold the same rule.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BORROWED = (".venv", "node_modules", ".tools")


@dataclass(frozen=True, slots=True)
class Seed:
    """A violation: the file it goes into and how its bytes change."""

    gate: str
    path: str
    change: Callable[[bytes], bytes]


def add(text: str) -> Callable[[bytes], bytes]:
    """Put text at the end."""
    return lambda old: old + text.encode()


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    """Replace the first `old`, which must be there."""

    def change(content: bytes) -> bytes:
        if old.encode() not in content:
            raise LookupError(f"nothing to seed: {old!r} is gone")
        return content.replace(old.encode(), new.encode(), 1)

    return change


def blank(content: bytes) -> bytes:
    """A file of zeros."""
    return bytes(len(content))


RESOLVER = '''

def resolve(name: str) -> str:
    """The address of a host."""
    return socket.gethostbyname(name)
'''

SEEDS = (
    Seed("format", "zerog/errors.py", swap("ClassVar[int] = 1", "ClassVar[int]  =  1")),
    Seed("lint", "zerog/errors.py", swap("from typing", "import os\nfrom typing")),
    Seed("types", "zerog/errors.py", add('\n\nWRONG: int = "text"\n')),
    Seed(
        "imports",
        "zerog/errors.py",
        lambda old: swap("from typing", "import socket\nfrom typing")(old) + RESOLVER.encode(),
    ),
    Seed("artifacts", "zerog/chain/artifacts/AgentNFT.json", swap("0x60", "0x61")),
    Seed(
        "natspec",
        "contracts/interfaces/IERC7857Metadata.sol",
        swap("/// @notice Name of the", "// The"),
    ),
    Seed("solidity format", "contracts/Proxy.sol", swap("contract Proxy", "contract  Proxy")),
    Seed("solhint", "contracts/Proxy.sol", add("\nfunction lonely(uint256 VALUE) pure {}\n")),
    Seed("spelling", "README.md", add("\nYou will reci" + "eve a key.\n")),
    Seed("tree", "zerog/types.py", add("\n\n" + "# one line more\n" * 350)),
    Seed("documents", "README.md", add("\n[Gone](docs/gone.md)\n")),
    Seed("locks", "requirements/all.lock", add("--index-url https://packages.example/simple\n")),
    Seed("demo model", "zerog/demo/agent/model/weights.bin", blank),
)


def copy_tree(target: Path) -> None:
    """The files that git would commit, as a repository of their own; big tools are borrowed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    for name in filter(None, set(listed.stdout.split("\0"))):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    for name in BORROWED:
        (target / name).symlink_to(ROOT / name)


def red_gates(tree: Path) -> list[str]:
    """The gates that are red in a tree."""
    done = subprocess.run(
        [sys.executable, "scripts/check.py"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    last = done.stdout.rstrip().rpartition("\n")[2]
    return sorted(last.partition("red: ")[2].split(", ")) if "red: " in last else []


def prove(tree: Path, seed: Seed) -> bool:
    """Seed one violation, look at the gates, take it out again."""
    target = tree / seed.path
    clean = target.read_bytes()
    target.write_bytes(seed.change(clean))
    try:
        red = red_gates(tree)
    finally:
        target.write_bytes(clean)
    good = red == [seed.gate]
    print(
        f"{'ok ' if good else 'BAD'} {seed.gate:<16} {seed.path:<48} red: {', '.join(red)}",
        flush=True,
    )
    return good


def main() -> int:
    """Prove every gate; exit code 1 when one slept or another woke."""
    with tempfile.TemporaryDirectory(prefix="zerog-gates-") as scratch:
        tree = Path(scratch)
        copy_tree(tree)
        before = red_gates(tree)
        if before:
            print(f"red before any seed: {', '.join(before)}; mend that first")
            return 1
        listed = subprocess.run(
            [sys.executable, "scripts/check.py", "--list"],
            cwd=tree,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        unseeded = set(listed.stdout.splitlines()) - {seed.gate for seed in SEEDS}
        if unseeded:
            print(f"no seed for: {', '.join(sorted(unseeded))}")
        results = [prove(tree, seed) for seed in SEEDS]
    return 0 if all(results) and not unseeded else 1


if __name__ == "__main__":
    sys.exit(main())
