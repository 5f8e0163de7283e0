"""A running storage node and indexer, shared by a module; another that a test may break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.storage_daemons import Storage


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """One stack for the module."""
    yield from _run(tmp_path_factory.mktemp("storage"))


@pytest.fixture
def own_storage(tmp_path: Path) -> Iterator[Storage]:
    """A stack of this test's own, which it may kill and reorganise."""
    yield from _run(tmp_path)


def _run(home: Path) -> Iterator[Storage]:
    anvil = AnvilProcess.start(home)
    try:
        made = Storage.make(home, anvil)
        try:
            made.node.start()
            made.indexer.start()
            yield made
        finally:
            made.indexer.stop()
            made.node.stop()
    finally:
        anvil.stop()
