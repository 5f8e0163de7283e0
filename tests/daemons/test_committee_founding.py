"""A devnet's committee is founded once, also on a chain that lost everything since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.house import deployed_home
from zerog.chain.recovery import rebroadcast
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import NoSuchKey, devnet_signer
from zerog.chain.tx import TxReverted, TxStore
from zerog.config import Settings
from zerog.inft.committee.errors import BadThreshold, NotADevnet
from zerog.inft.committee.founding import found, found_devnet
from zerog.inft.committee.network import Network
from zerog.inft.committee.sdk import Committee
from zerog.inft.stack import Stack

pytestmark = pytest.mark.daemons

DEPLOYER = devnet_signer(1)


@contextmanager
def chain_of(folder: Path) -> Iterator[AnvilProcess]:
    folder.mkdir()
    process = AnvilProcess.start(folder)
    try:
        yield process
    finally:
        process.stop()


def network_of(home: Path) -> Network:
    return Network.open(Settings.load(home, {}), {})


def test_committee_is_founded_again_on_a_chain_that_lost_its_blocks(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with chain_of(tmp_path / "first") as anvil:
        deployed_home(anvil, home)
        assert found(network_of(home), DEPLOYER, 3, 2) == 1
        before = network_of(home).committee.key(1)
        assert found(network_of(home), DEPLOYER, 3, 2) == 1
    with chain_of(tmp_path / "second") as anvil:
        registry = Registry.load(home)
        replace(registry, endpoints={"chain": anvil.url}).save(home)
        rebroadcast(Chain(anvil.url), TxStore(home / "tx.db"))
        assert found(network_of(home), DEPLOYER, 4, 2) == 1
        committee = network_of(home).committee
        assert committee.key(1) == before
        assert committee.member_count() == 4
        assert tuple(committee.sharing(1).publics) == (1, 2, 3)


def test_round_that_cannot_end_is_abandoned_and_an_older_key_retired(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with chain_of(tmp_path / "chain") as anvil:
        deployed_home(anvil, home)
        found(network_of(home), DEPLOYER, 2, 2)
        committee = Committee(Stack.open(Settings.load(home, {})))
        committee.open_round(None, 2)
        assert committee.status().round_state == "OPEN"
        done = committee.abandon()
        assert committee.status().round_state == "ABANDONED"
        assert committee.abandon() == done
        with pytest.raises(TxReverted, match="WrongKey"):
            committee.retire(1)
        committee.leave(2)
        with pytest.raises(TxReverted, match="StillBound"):
            committee.leave(2)
        with pytest.raises(TxReverted, match="NothingCredited"):
            committee.withdraw(1)
        with pytest.raises(NoSuchKey):
            committee.open_round("nobody", 2)


def test_threshold_that_cannot_be_and_public_chains_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Registry(1, {}, {}).save(home)
    with pytest.raises(NotADevnet):
        found_devnet(home, 5, 3)
    with chain_of(tmp_path / "chain") as anvil:
        deployed_home(anvil, home)
        for size, threshold in ((1, 1), (2, 3)):
            with pytest.raises(BadThreshold):
                found(network_of(home), DEPLOYER, size, threshold)
