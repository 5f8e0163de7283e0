"""One stack of two storage nodes for every conformance test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.run import NODES
from tests.support.stack import RunningStack


@pytest.fixture(scope="session")
def two_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A fresh `zerog up --nodes 2`."""
    stack = RunningStack.start(tmp_path_factory.mktemp("home"), "--nodes", str(NODES))
    try:
        yield stack
    finally:
        stack.stop()
