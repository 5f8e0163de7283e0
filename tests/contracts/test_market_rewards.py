"""A fee on its way from the flow through the market into the chunks of its sectors."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web3.types import TxParams, Wei

from tests.support.contracts import Deployed, Evm, artifact, check_gas
from tests.support.evm import AnvilProcess
from tests.support.reward_contracts import LINEAR, MINER_ID, THREE_YEARS
from tests.support.storage_contracts import BATCH_LEGACY, SUBMIT_LEGACY, Data, Storage, fee_of, full
from zerog.chain.params import DEFAULT_SECTORS_PER_PRICE
from zerog.chain.tx import GAS_MARGIN_PERCENT
from zerog.storage.codec import submission_heights
from zerog.storage.economy.rewards import RewardModel
from zerog.storage.economy.rules import Linear

pytestmark = pytest.mark.contracts

SMALL = 16
MINE = 7


@dataclass(frozen=True, slots=True)
class Economy:
    """Flow, market and rewards that know each other."""

    storage: Storage
    reward: Deployed

    @classmethod
    def deploy(cls, evm: Evm, size: int, price: int) -> Economy:
        storage = Storage.deploy(evm, price)
        logic = evm.deploy(artifact(LINEAR), THREE_YEARS, size)
        args = (storage.market.address, evm.accounts[MINE], storage.authority.address)
        call = logic.calldata("initialize", *args)
        proxy = evm.deploy(artifact("Proxy"), logic.address, call)
        storage.market.send("setReward", proxy.address)
        return cls(storage, evm.at(proxy.address, artifact(LINEAR)))

    def sums(self, chunk: int) -> tuple[int, bool]:
        """Locked money of a chunk, and whether it is full."""
        found = self.reward.read("rewards", chunk)
        assert isinstance(found, tuple)
        return found[0], found[3] != 0


def _file(size: int) -> Data:
    return (size, b"", [(bytes([h + 1]) * 32, h) for h in submission_heights(size)])


def test_fee_is_split_between_the_chunks_of_padding_and_submission(anvil: AnvilProcess) -> None:
    made = Economy.deploy(Evm(anvil.url), SMALL, price=1000)
    data = full(4)
    made.storage.flow.send(SUBMIT_LEGACY, data, value=fee_of(data, price=1000))
    padding = 16_000 * 15 // 31
    assert made.sums(0) == (padding, True)
    assert made.sums(1) == (16_000 - padding, True)
    assert made.sums(2) == (0, False)
    assert made.storage.evm.balance(made.storage.market.address) == 0
    assert made.storage.evm.balance(made.reward.address) == 16_000


def test_free_storage_fills_chunks_too(anvil: AnvilProcess) -> None:
    made = Economy.deploy(Evm(anvil.url), SMALL, price=0)
    made.storage.flow.send(SUBMIT_LEGACY, full(63))
    assert made.sums(0) == (0, True)
    assert made.sums(1 << 58) == (0, True)
    assert made.sums(1 << 60) == (0, False)


@settings(max_examples=10)
@given(
    sizes=st.lists(
        st.one_of(st.integers(1, 9000), st.integers(1, 600_000)), min_size=1, max_size=5
    ),
    price=st.integers(0, 1000),
    size=st.sampled_from([1, 7, 16, 1000]),
)
def test_any_batch_leaves_in_every_chunk_what_the_twins_say(
    anvil: AnvilProcess, sizes: list[int], price: int, size: int
) -> None:
    made, batch = Economy.deploy(Evm(anvil.url), size, price), [_file(each) for each in sizes]
    value = fee_of(*batch, price=price)
    receipt = made.storage.flow.send(BATCH_LEGACY, batch, value=value)
    model, length = RewardModel(Linear(THREE_YEARS), size), 1
    for event in made.storage.flow.events("Submit", receipt):
        start, sectors = event["startPos"], event["length"]
        assert isinstance(start, int)
        assert isinstance(sectors, int)
        model.fill(length, start + sectors - length, price * sectors, 1)
        length = start + sectors
    last = length // size
    for chunk in {0, 1, last // 3, last // 2, max(0, last - 1), last, last + 1}:
        funds = model.funds(chunk)
        assert made.sums(chunk) == (funds.locked, funds.start_time == 1)
    assert made.storage.evm.balance(made.reward.address) == value == model.holdings()


@settings(max_examples=12)
@given(
    before=st.lists(st.integers(1, 3 << 20), min_size=1, max_size=3),
    between=st.lists(st.integers(1, 3 << 20), min_size=1, max_size=3),
    size=st.one_of(st.integers(1, 3000), st.integers(1, 5 << 20)),
)
def test_estimate_with_our_margin_is_enough_when_others_submit_in_between(
    anvil: AnvilProcess, before: list[int], between: list[int], size: int
) -> None:
    made = Economy.deploy(Evm(anvil.url), DEFAULT_SECTORS_PER_PRICE, price=3)
    flow, evm = made.storage.flow, made.storage.evm
    for each in before:
        flow.send(SUBMIT_LEGACY, _file(each), value=fee_of(_file(each), price=3))
    data = _file(size)
    call: TxParams = {
        "from": evm.accounts[4],
        "to": flow.address,
        "data": flow.calldata(SUBMIT_LEGACY, data),
        "value": Wei(fee_of(data, price=3)),
    }
    limit = evm.w3.eth.estimate_gas(call) * GAS_MARGIN_PERCENT // 100
    for each in between:
        flow.send(SUBMIT_LEGACY, _file(each), value=fee_of(_file(each), price=3))
    assert evm.transact({**call, "gas": limit})["gasUsed"] <= limit


def test_estimate_holds_when_somebody_extends_the_chunk_that_the_file_fills(
    anvil: AnvilProcess,
) -> None:
    made = Economy.deploy(Evm(anvil.url), DEFAULT_SECTORS_PER_PRICE, price=3)
    flow, evm = made.storage.flow, made.storage.evm
    flow.send(SUBMIT_LEGACY, full(10), value=fee_of(full(10), price=3))
    call: TxParams = {
        "from": evm.accounts[4],
        "to": flow.address,
        "data": flow.calldata(SUBMIT_LEGACY, full(11)),
        "value": Wei(fee_of(full(11), price=3)),
    }
    limit = evm.w3.eth.estimate_gas(call)
    made.reward.send("extend", 0, value=1)
    assert evm.transact({**call, "gas": limit})["gasUsed"] <= limit
    assert made.sums(0)[1]


def test_gas_of_the_economy_is_the_committed_figure(fresh_anvil: AnvilProcess) -> None:
    made = Economy.deploy(Evm(fresh_anvil.url), 4096, price=1000)
    flow, evm = made.storage.flow, made.storage.evm
    caller = evm.accounts[4]
    files = {"first": full(0), "inside a chunk": full(3), "over a thousand chunks": full(22, 21)}
    for name, data in files.items():
        value = fee_of(data, price=1000)
        receipt = flow.send(SUBMIT_LEGACY, data, sender=caller, value=value)
        check_gas(f"Flow.submit with rewards, {name}", receipt["gasUsed"])
    mine = evm.accounts[MINE]
    fresh_anvil.rpc("evm_increaseTime", 86_400)
    for name in ("first", "next"):
        receipt = made.reward.send("claimMineReward", 500, caller, MINER_ID, sender=mine)
        check_gas(f"ChunkLinearReward.claimMineReward {name}", receipt["gasUsed"])
    receipt = made.reward.send("extend", 500, sender=caller, value=10**12)
    check_gas("ChunkLinearReward.extend", receipt["gasUsed"])
    receipt = made.reward.send("withdrawPayments", caller)
    check_gas("ChunkLinearReward.withdrawPayments", receipt["gasUsed"])
