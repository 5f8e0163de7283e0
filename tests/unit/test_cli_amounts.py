"""Amounts in wei are integers of any size, in JSON too."""

from __future__ import annotations

import json

import pytest

from zerog.cli.output import Invocation, Json

pytestmark = pytest.mark.unit


def test_amount_beyond_64_bits_is_printed_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    document: dict[str, Json] = {"amount_wei": 10**30, "name": "Zoë"}
    Invocation(as_json=True).emit(document, "")
    shown = capsys.readouterr().out
    assert json.loads(shown) == document
    assert "Zoë" in shown
