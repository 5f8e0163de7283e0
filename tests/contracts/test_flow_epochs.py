"""Epochs of the flow: boundaries, digests, ranges and late rolls, as the twin has them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web3.types import TxReceipt

from tests.support.contracts import Evm, Reverted, artifact, check_gas
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import SUBMIT_LEGACY, Storage, fee_of, full
from zerog.storage.economy.epochs import HASHES_KEPT, EpochModel, PositionNotRolled
from zerog.storage.mining.pora import EMPTY_DIGEST, MineContext

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20
EPOCH = 20
ROLL_GAS = 28_000_000
"""Given, because an estimate speaks of the block before, in which nothing may be over yet."""


class Epochs:
    """A flow with short epochs and the twin that follows it."""

    def __init__(self, anvil: AnvilProcess, blocks_per_epoch: int = EPOCH) -> None:
        self.anvil, self.evm = anvil, Evm(anvil.url)
        self.storage = Storage.deploy(self.evm, blocks_per_epoch=blocks_per_epoch)
        self.flow = self.storage.flow
        first = self.flow.read("firstBlock")
        assert isinstance(first, int)
        self.model = EpochModel(first, blocks_per_epoch)

    def head(self) -> int:
        return self.evm.w3.eth.block_number

    def mine_to(self, block: int) -> None:
        """Make the head have this number."""
        self.anvil.rpc("anvil_mine", hex(block - self.head()))

    def submit(self, *heights: int) -> None:
        data = full(*heights)
        self.flow.send(SUBMIT_LEGACY, data, value=fee_of(data))

    def length(self) -> int:
        tree = self.flow.read("tree")
        assert isinstance(tree, tuple)
        return int(tree[0])

    def hash_of(self, block: int) -> bytes:
        return bytes(self.evm.w3.eth.get_block(block)["hash"])

    def expected(self, block: int, limit: int | None = None) -> list[MineContext]:
        """What the twin rolls in a block, from the flow as it is."""
        root = self.flow.read("computeFlowRoot")
        assert isinstance(root, bytes)
        return self.model.roll(block, root, self.length(), self.hash_of, limit)

    def roll(self, limit: int | None = None) -> TxReceipt:
        """Roll on the chain and in the twin, and compare."""
        wanted = self.expected(self.head() + 1, limit)
        if limit is None:
            receipt = self.flow.send("makeContext", gas=ROLL_GAS)
        else:
            receipt = self.flow.send("makeContextFixedTimes", limit - 1, gas=ROLL_GAS)
        seen = [
            (event["index"], event["startMerkleRoot"], event["flowLength"], event["context"])
            for event in self.flow.events("NewEpoch", receipt)
        ]
        assert seen == [(one.epoch, one.flow_root, one.flow_length, one.digest) for one in wanted]
        assert self.flow.read("getContext") == self.model.context.abi()
        assert self.flow.read("epoch") == self.model.context.epoch
        assert self.flow.read("epochStartPosition") == self.model.start_position
        return receipt


@pytest.fixture
def epochs(anvil: AnvilProcess) -> Epochs:
    return Epochs(anvil)


def test_flow_when_new_is_in_epoch_zero_that_nobody_can_mine(epochs: Epochs) -> None:
    context = epochs.flow.read("getContext")
    assert context == (0, 0, bytes(32), 1, EMPTY_DIGEST, EMPTY_DIGEST)
    assert context == epochs.model.context.abi()
    assert epochs.flow.read("blocksPerEpoch") == EPOCH
    assert epochs.flow.read("firstBlock") == epochs.model.first_block
    assert epochs.flow.read("getEpochRange", EMPTY_DIGEST) == (0, 0)


def test_initialize_with_an_empty_epoch_reverts(epochs: Epochs) -> None:
    args = (epochs.storage.market.address, 0, epochs.storage.authority.address)
    with pytest.raises(Reverted, match="EmptyEpoch"):
        epochs.evm.deploy_proxy(artifact("Flow"), "initialize", *args)


def test_roll_in_the_last_block_of_an_epoch_does_nothing(epochs: Epochs) -> None:
    epochs.mine_to(epochs.model.boundary - 1)
    receipt = epochs.flow.send("makeContext", gas=ROLL_GAS)
    assert receipt["blockNumber"] == epochs.model.boundary
    assert epochs.flow.events("NewEpoch", receipt) == []
    assert epochs.flow.read("epoch") == 0


def test_roll_in_the_block_after_the_boundary_commits_the_flow_as_it_is(epochs: Epochs) -> None:
    epochs.submit(4)
    boundary = epochs.model.boundary
    epochs.mine_to(boundary)
    receipt = epochs.roll()
    assert receipt["blockNumber"] == boundary + 1
    context = epochs.model.context
    assert (context.epoch, context.mine_start) == (1, boundary)
    assert context.block_digest == epochs.hash_of(boundary)
    assert epochs.flow.read("getEpochRange", context.digest) == (0, 32)
    assert epochs.flow.read("getEpochRangeHistory", 0) == (0, 32, context.digest)


def test_submission_behind_the_boundary_rolls_nothing_and_is_part_of_the_next_root(
    epochs: Epochs,
) -> None:
    epochs.mine_to(epochs.model.boundary + 3)
    epochs.submit(5)
    assert epochs.flow.read("epoch") == 0
    epochs.roll()
    assert epochs.model.context.flow_length == 64
    assert epochs.model.context.flow_root == epochs.flow.read("computeFlowRoot")


def test_gas_of_a_submission_is_the_same_on_both_sides_of_a_boundary(
    fresh_anvil: AnvilProcess,
) -> None:
    epochs = Epochs(fresh_anvil)
    data, boundary = full(3), epochs.model.boundary
    epochs.submit(6)
    epochs.submit(6)
    snapshot = epochs.anvil.rpc("evm_snapshot")
    used = []
    for block in (boundary - 1, boundary + EPOCH):
        epochs.mine_to(block)
        used.append(epochs.flow.send(SUBMIT_LEGACY, data, value=fee_of(data))["gasUsed"])
        epochs.anvil.rpc("evm_revert", snapshot)
    assert used[0] == used[1]


def test_roll_of_several_missed_epochs_gives_each_its_own_block(epochs: Epochs) -> None:
    epochs.submit(3)
    epochs.mine_to(epochs.model.first_block + 4 * EPOCH + 1)
    epochs.roll()
    assert epochs.model.context.epoch == 4
    ranges = [epochs.flow.read("getEpochRangeHistory", index) for index in range(4)]
    assert [one[:2] for one in ranges if isinstance(one, tuple)] == [
        (0, 16),
        (16, 16),
        (16, 16),
        (16, 16),
    ]
    with pytest.raises(Reverted):
        epochs.flow.read("getEpochRangeHistory", 4)


def test_roll_fixed_times_rolls_one_more_than_its_count(epochs: Epochs) -> None:
    epochs.mine_to(epochs.model.first_block + 5 * EPOCH + 1)
    epochs.roll(limit=1)
    assert epochs.model.context.epoch == 1
    epochs.roll(limit=3)
    assert epochs.model.context.epoch == 4
    epochs.flow.send("makeContextFixedTimes", 2**256 - 1)
    assert epochs.flow.read("epoch") == 5


def test_roll_beyond_the_reach_of_the_opcode_finds_the_hash_in_the_history_contract(
    epochs: Epochs,
) -> None:
    epochs.mine_to(epochs.model.boundary + 300)
    epochs.roll(limit=1)
    assert epochs.model.context.block_digest == epochs.hash_of(epochs.model.context.mine_start)


@pytest.mark.parametrize("late", [HASHES_KEPT, HASHES_KEPT + 1])
def test_roll_so_late_that_the_hash_is_gone_records_no_range_for_it(
    anvil: AnvilProcess, late: int
) -> None:
    epochs = Epochs(anvil, 300)
    epochs.submit(3)
    boundary = epochs.model.boundary
    epochs.mine_to(boundary + 1)
    call = {
        "to": epochs.flow.address,
        "data": epochs.flow.calldata("queryContextAtPosition", 8),
    }
    # Seen from a block that nobody has to mine. Of the boundaries until then only the first was
    # mined; what the history contract says of others is about blocks 8,191 earlier.
    moment = {"number": hex(boundary + late)}
    answer = bytes.fromhex(str(anvil.rpc("eth_call", call, "latest", None, moment))[2:])
    (first, *_) = epochs.expected(boundary + 1)
    assert first.block_digest == epochs.hash_of(boundary)
    assert (answer[64:] == first.digest) is (late <= HASHES_KEPT)


def test_roll_when_the_chain_has_no_hash_gives_an_epoch_that_nobody_can_mine(
    fresh_anvil: AnvilProcess,
) -> None:
    epochs = Epochs(fresh_anvil)
    epochs.mine_to(epochs.model.boundary + 300)
    fresh_anvil.rpc("anvil_setCode", "0x0000F90827F1C53a10cb7A02335B175320002935", "0x")
    epochs.flow.send("makeContextFixedTimes", 0)
    context = epochs.flow.read("getContext")
    assert isinstance(context, tuple)
    assert context[4:] == (EMPTY_DIGEST, EMPTY_DIGEST)
    with pytest.raises(Reverted):
        epochs.flow.read("getEpochRangeHistory", 0)


def test_roll_by_eth_call_shows_the_next_context_and_changes_nothing(epochs: Epochs) -> None:
    epochs.mine_to(epochs.model.boundary + 1)
    shown = epochs.flow.read("makeContextWithResult")
    assert epochs.flow.read("epoch") == 0
    receipt = epochs.flow.send("makeContextWithResult")
    assert shown == epochs.flow.read("getContext")
    assert len(epochs.flow.events("NewEpoch", receipt)) == 1


def test_query_of_a_position_names_the_epoch_that_added_it(epochs: Epochs) -> None:
    for heights in ((4,), (5,), (2,)):
        epochs.submit(*heights)
        epochs.mine_to(epochs.model.boundary)
        epochs.roll()
    for position in (0, 1, 31, 32, 63, 64, 67):
        found = epochs.model.find(position)
        assert epochs.flow.read("queryContextAtPosition", position) == (
            found.start,
            found.end,
            found.digest,
        )
    with pytest.raises(PositionNotRolled):
        epochs.model.find(68)
    with pytest.raises(Reverted) as caught:
        epochs.flow.read("queryContextAtPosition", 68)
    assert caught.value.values == ("Queried position exceeds upper bound",)


def test_query_rolls_first(epochs: Epochs) -> None:
    epochs.submit(3)
    epochs.mine_to(epochs.model.boundary + 1)
    wanted = epochs.expected(epochs.head() + 1)[-1]
    receipt = epochs.flow.send("queryContextAtPosition", 8)
    assert epochs.flow.read("queryContextAtPosition", 8) == (0, 16, wanted.digest)
    assert len(epochs.flow.events("NewEpoch", receipt)) == 1


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("makeContext", ()),
        ("makeContextFixedTimes", (0,)),
        ("makeContextWithResult", ()),
        ("queryContextAtPosition", (0,)),
    ],
)
def test_rolls_when_paused_revert(epochs: Epochs, function: str, args: tuple[object, ...]) -> None:
    epochs.flow.send("pause")
    with pytest.raises(Reverted, match="EnforcedPause"):
        epochs.flow.send(function, *args)


def test_gas_of_rolls_is_the_committed_figure(fresh_anvil: AnvilProcess) -> None:
    epochs = Epochs(fresh_anvil)
    epochs.submit(3)
    epochs.mine_to(epochs.model.boundary)
    check_gas("Flow.makeContext first epoch", epochs.roll()["gasUsed"])
    epochs.mine_to(epochs.model.boundary)
    check_gas("Flow.makeContext next epoch", epochs.roll()["gasUsed"])


@settings(max_examples=8)
@given(
    length=st.integers(1, 30),
    steps=st.lists(
        st.tuples(st.integers(0, 45), st.integers(0, 6), st.integers(1, 4)), min_size=1, max_size=6
    ),
)
def test_rolls_at_any_time_are_the_twins(
    anvil: AnvilProcess, length: int, steps: list[tuple[int, int, int]]
) -> None:
    epochs = Epochs(anvil, length)
    for blocks, height, limit in steps:
        if height:
            epochs.submit(height)
        if blocks:
            epochs.anvil.rpc("anvil_mine", hex(blocks))
        epochs.roll(limit=limit)
    epochs.roll()
    if epochs.model.start_position:
        last = epochs.model.find(epochs.model.start_position - 1)
        found = epochs.flow.read("queryContextAtPosition", epochs.model.start_position - 1)
        assert found == (last.start, last.end, last.digest)
