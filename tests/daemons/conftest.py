"""Networks shared by a module, whole again for each test; others that a test may break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.da_people import Town
from tests.support.storage_cluster import Cluster
from tests.support.storage_daemons import Storage, running_storage
from zerog.storage.client.sdk import Storage as Sdk


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """One stack for the module."""
    with running_storage(tmp_path_factory.mktemp("storage")) as made:
        yield made


@pytest.fixture
def own_storage(tmp_path: Path) -> Iterator[Storage]:
    """A stack of this test's own, which it may kill and reorganise."""
    with running_storage(tmp_path) as made:
        yield made


@pytest.fixture
def sdk(cluster: Cluster) -> Iterator[Sdk]:
    """The SDK on all nodes of the module's cluster, which is honest again afterwards."""
    yield cluster.sdk()
    cluster.heal()


@pytest.fixture(scope="module")
def running_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Signers of data availability, served until the module ends."""
    made = Town(tmp_path_factory.mktemp("town"))
    yield made
    made.close()


@pytest.fixture
def town(running_town: Town) -> Town:
    """With everybody there."""
    running_town.gone, running_town.dead = set(), "127.0.0.1:1"
    return running_town
