"""When a daemon gives its memory back."""

from __future__ import annotations

import pytest

from zerog.da.serving import IdleMemory

pytestmark = pytest.mark.unit


def test_memory_is_given_back_once_when_work_rests_and_not_while_it_goes_on() -> None:
    spent, given = [0.0], list[float]()
    memory = IdleMemory(lambda: spent[0], lambda: given.append(spent[0]))
    for seconds in (0.01, 0.01, 0.9, 0.9, 0.01, 0.01, 0.01, 0.5, 0.0):
        spent[0] += seconds
        memory.look()
    assert given == pytest.approx([0.01, 1.83, 2.35])
