"""The table of code sizes says what the shipped contracts weigh."""

from __future__ import annotations

import pytest

from scripts.contract_sizes import PAGE, TOLERANCE, sizes, stale
from scripts.export_artifacts import CODE_SIZE_LIMIT

pytestmark = pytest.mark.docs


def test_sizes_on_the_page_are_those_of_the_artifacts() -> None:
    mended = "run: .venv/bin/python scripts/contract_sizes.py --write"
    assert stale(PAGE.read_text(encoding="utf-8")) == [], mended


def test_page_that_says_otherwise_is_stale() -> None:
    page = PAGE.read_text(encoding="utf-8")
    real = sizes()["LoupeFacet"]
    assert stale(
        page.replace(f"`LoupeFacet` | {real:,} ", f"`LoupeFacet` | {real + TOLERANCE * 2:,} ")
    )
    assert "LoupeFacet" in stale(page.replace("| `LoupeFacet` |", "| LoupeFacet |"))


def test_nothing_is_larger_than_a_contract_may_be() -> None:
    assert max(sizes().values()) <= CODE_SIZE_LIMIT
