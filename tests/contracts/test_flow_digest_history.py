"""The ring of roots: numbers that grow, a thousand digests, one owner."""

from __future__ import annotations

import pytest

from tests.support.contracts import Deployed, Evm, Reverted, artifact
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import SUBMIT_LEGACY, Storage, fee_of, full

pytestmark = pytest.mark.contracts

CAPACITY = 1000
GAS = 25_000_000


def _digest(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture
def history(anvil: AnvilProcess) -> Deployed:
    """A ring that an account owns."""
    return Evm(anvil.url).deploy(artifact("DigestHistory"))


def test_history_when_new_knows_nothing(history: Deployed) -> None:
    assert history.read("available", 0) is False
    assert history.read("contains", bytes(32)) is False
    with pytest.raises(Reverted, match="UnavailableIndex") as caught:
        history.read("at", 0)
    assert caught.value.values == (0,)


def test_insert_by_a_stranger_reverts(history: Deployed) -> None:
    stranger = history.evm.accounts[9]
    with pytest.raises(Reverted, match="NotOwner") as caught:
        history.send("insert", _digest(1), sender=stranger)
    assert caught.value.values == (stranger.lower(),)
    assert str(history.read("owner")).lower() == history.evm.accounts[1].lower()


def test_insert_gives_numbers_in_order_and_a_repeated_digest_a_new_one(history: Deployed) -> None:
    for number, digest in enumerate((5, 6, 5)):
        assert history.read("insert", _digest(digest)) == number
        history.send("insert", _digest(digest))
    assert [history.read("at", index) for index in range(3)] == [_digest(n) for n in (5, 6, 5)]
    assert history.read("contains", _digest(6)) is True
    assert history.read("contains", _digest(7)) is False


def test_history_when_full_forgets_the_oldest(fresh_anvil: AnvilProcess) -> None:
    storage = Storage.deploy(Evm(fresh_anvil.url), blocks_per_epoch=1)
    evm, flow = storage.evm, storage.flow
    history = evm.at(str(flow.read("rootHistory")), artifact("DigestHistory"))
    assert str(history.read("owner")).lower() == flow.address.lower()
    data = full(0)
    flow.send(SUBMIT_LEGACY, data, value=fee_of(data))
    root = flow.read("computeFlowRoot")
    flow.send("makeContext", gas=GAS)
    flow.send(SUBMIT_LEGACY, data, value=fee_of(data))
    fresh_anvil.rpc("anvil_mine", hex(CAPACITY - 10))
    while not history.read("available", CAPACITY - 1):
        flow.send("makeContextFixedTimes", 99, gas=GAS)
    before = flow.read("epoch")
    assert isinstance(before, int)
    assert (before >= CAPACITY, history.read("at", before - 1)) == (
        True,
        flow.read("computeFlowRoot"),
    )
    fresh_anvil.rpc("anvil_mine", hex(20))
    flow.send("makeContext", gas=GAS)
    assert history.read("available", 0) is False
    assert history.read("contains", root) is False
    with pytest.raises(Reverted, match="UnavailableIndex"):
        history.read("at", 0)
