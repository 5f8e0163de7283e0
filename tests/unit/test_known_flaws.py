"""Every known flaw of the references is an attack in a test, or a reason in the documents."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "tests" / "contracts"
FLAWS = {
    "F1b",
    *(f"F{n}" for n in range(1, 25)),
    *(f"{group}{n}" for group in "AD" for n in range(1, 13)),
}
REASONS = {"A6", "A7", "A12", "D6", "D7", "D9"}
"""Those that no test can show to be mended."""
ROW = re.compile(r"^\| ((?:[FAD]\d+b?(?:, )?)+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)


def rows() -> Iterator[tuple[str, str]]:
    """Number of a flaw, and what the table says of it."""
    for numbers, _, here in ROW.findall((ROOT / "docs" / "compatibility.md").read_text()):
        yield from ((number, here) for number in numbers.split(", "))


def said_in(module: Path) -> set[str]:
    """The numbers that the docstrings of a test module name."""
    tree = ast.parse(module.read_text())
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    texts = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, kinds)]
    return set(re.findall(r"\b[FAD]\d+b?\b", " ".join(texts)))


def test_table_of_flaws_has_each_of_them_once() -> None:
    numbers = [number for number, _ in rows()]
    assert sorted(numbers) == sorted(FLAWS)


@pytest.mark.parametrize(("number", "here"), list(rows()), ids=[number for number, _ in rows()])
def test_flaw_is_attacked_by_the_modules_that_its_row_names(number: str, here: str) -> None:
    named = re.findall(r"\btest_\w+", here)
    assert bool(named) != (number in REASONS)
    for name in named:
        module = CONTRACTS / f"{name}.py"
        text = module.read_text()
        assert number in said_in(module) or re.search(rf"# -+ {number}\b", text), (number, name)
