"""PoraMine.submit, rule by rule (pora_mine.tree); the Python twin must say the same words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import pytest

from tests.support.contracts import Evm, Reverted
from tests.support.evm import AnvilProcess
from tests.support.mining_contracts import MiningHouse, Terms
from tests.support.vectors import content
from zerog.storage.mining.errors import PositionOutOfRange
from zerog.storage.mining.pora import (
    EMPTY_DIGEST,
    SEAL_UNIT,
    PoraAnswer,
    pad_seed,
    scratch_pad,
    seal_unit,
)
from zerog.storage.mining.ranges import (
    LOAD_SECTORS,
    LOAD_UNITS,
    UNIT_SECTORS,
    RecallRange,
    range_of,
    recall_position,
)
from zerog.storage.mining.rules import pora_output

pytestmark = pytest.mark.contracts

ROOT_WRONG = "Inconsistent merkle root"
MANY = (1 << 256) - 1


@dataclass(frozen=True, slots=True)
class Mined:
    """A house with two files in two epochs, and a good answer that nobody has sent."""

    house: MiningHouse
    miner: bytes
    answer: PoraAnswer
    digests: tuple[bytes, bytes]

    def sealed_at(self, position: int, digest: bytes | None = None) -> PoraAnswer:
        """The answer with another unit, sealed and proven as it should be."""
        house = self.house
        digest = digest or house.seal_digest(position)
        return replace(
            self.answer,
            recall_position=position,
            sealed_context_digest=digest,
            sealed_data=seal_unit(house.unit(position), self.miner, digest, position),
            merkle_proof=house.proof(position, house.context().flow_length),
        )


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mined]:
    """Only read by the tests: they judge the answer by eth_call."""
    anvil = AnvilProcess.start(tmp_path_factory.mktemp("anvil"))
    try:
        house = MiningHouse.deploy(Evm(anvil.url))
        house.store(content(3_000_000))
        first = house.roll().digest
        house.store(content(300_000))
        second = house.roll().digest
        miner = house.request_id(house.evm.accounts[5])
        yield Mined(house, miner, house.find(miner), (first, second))
    finally:
        anvil.stop()


def test_good_answer_is_taken_by_contract_and_twin(mined: Mined) -> None:
    assert mined.house.refusal(mined.answer) is None


def test_answer_without_miner_id_is_refused(mined: Mined) -> None:
    nobody = replace(mined.answer, miner_id=bytes(32))
    assert mined.house.refusal(nobody) == "MinerId cannot be zero"


def test_answer_under_an_id_that_nobody_requested_is_refused(mined: Mined) -> None:
    unknown = replace(mined.answer, miner_id=b"\1" * 32)
    assert mined.house.refusal(unknown) == "MinerId does not registered"


def test_answer_for_another_epoch_is_refused(mined: Mined) -> None:
    older = replace(mined.answer, context_digest=mined.digests[0])
    assert mined.house.refusal(older) == "Inconsistent mining digest"


def test_context_without_digest_is_refused(mined: Mined) -> None:
    empty = replace(mined.house.context(), digest=EMPTY_DIGEST)
    answer = replace(mined.answer, context_digest=EMPTY_DIGEST)
    with pytest.raises(Reverted, match="Empty digest can not mine"):
        mined.house.mine.read("basicCheck", answer.abi(), empty.abi())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": 1}, "Start position is not aligned"),
        ({"start": 1024}, "Mining range overflow"),
        ({"length": MANY}, "Mining range overflow"),
        ({"start": MANY - 1023}, "Mining range overflow"),
        ({"length": 19 * 1024}, "Mining range too short"),
        ({"length": 0}, "Mining range too short"),
        ({"shard_id": 1}, "Masked bits should be zero"),
        ({"shard_mask": (1 << 64) - 16}, "Exceeding the allowed number of shards"),
    ],
)
def test_range_that_need_not_be_mined_is_refused(
    mined: Mined, changes: dict[str, int], words: str
) -> None:
    answer = replace(mined.answer, range=replace(mined.answer.range, **changes))
    assert mined.house.refusal(answer) == words


def test_range_above_eight_tebibytes_a_shard_is_refused(mined: Mined) -> None:
    context = replace(mined.house.context(), flow_length=1 << 40)
    answer = replace(mined.answer, range=RecallRange(0, (1 << 35) + 1024))
    with pytest.raises(Reverted, match="Mining range too long"):
        mined.house.mine.read("basicCheck", answer.abi(), context.abi())


def test_unit_sealed_under_the_wrong_epoch_is_refused(mined: Mined) -> None:
    other = mined.digests[mined.answer.sealed_context_digest == mined.digests[0]]
    for digest in (other, EMPTY_DIGEST, bytes(32)):
        answer = replace(mined.answer, sealed_context_digest=digest)
        assert mined.house.refusal(answer) == "Invalid sealed context digest"


@pytest.mark.parametrize("off", [-17, -16, -15, 0, 15, 16])
def test_unit_at_the_border_of_two_epochs_belongs_to_the_one_that_holds_its_end(
    mined: Mined, off: int
) -> None:
    border = mined.house.files[0].start + len(mined.house.files[0].padded) // 256
    for digest, inside in ((mined.digests[0], off <= -16), (mined.digests[1], off > -16)):
        position = border + off
        answer = replace(mined.answer, recall_position=position, sealed_context_digest=digest)
        assert mined.house.refusal(answer) == (
            ROOT_WRONG if inside else "Invalid sealed context digest"
        )


@pytest.mark.parametrize("position", [MANY, MANY - 15, 1 << 128])
def test_position_behind_every_flow_is_refused(mined: Mined, position: int) -> None:
    answer = replace(mined.answer, recall_position=position)
    assert mined.house.refusal(answer) == "Invalid sealed context digest"


def test_seal_of_an_epoch_without_digest_is_refused(mined: Mined) -> None:
    house = mined.house
    snapshot = house.ask("evm_snapshot")
    _pretend_range(house, EMPTY_DIGEST, house.context().flow_length)
    answer = replace(mined.answer, sealed_context_digest=EMPTY_DIGEST)
    assert house.refusal(answer) == "Seal digest cannot be empty"
    house.ask("evm_revert", snapshot)


def _pretend_range(house: MiningHouse, digest: bytes, end: int) -> None:
    """Write an epoch range into the flow's storage that no roll would record."""
    w3, flow = house.evm.w3, house.flow
    base = 0xF73F4686D5966291BD9F5E5F00B6118DFABAEBF92DE8507E8487C625EE5F7000
    for offset in range(64):
        slot = w3.keccak(digest + (base + offset).to_bytes(32, "big")).hex()
        word = "0x" + (end << 128).to_bytes(32, "big").hex()
        house.ask("anvil_setStorageAt", flow.address, f"0x{slot}", word)
        if flow.read("getEpochRange", digest) == (0, end):
            return
    raise AssertionError("the flow keeps its epoch ranges elsewhere")


def test_data_that_is_not_the_flows_is_refused(mined: Mined) -> None:
    sealed = mined.answer.sealed_data
    for at in (0, SEAL_UNIT // 2, SEAL_UNIT - 1):
        forged = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        assert mined.house.refusal(replace(mined.answer, sealed_data=forged)) == ROOT_WRONG
    plain = mined.house.unit(mined.answer.recall_position)
    assert mined.house.refusal(replace(mined.answer, sealed_data=plain)) == ROOT_WRONG


def test_proof_of_another_length_or_place_is_refused(mined: Mined) -> None:
    proof = mined.answer.merkle_proof
    wrong = [
        (),
        proof[:-1],
        (*proof, bytes(32)),
        (*proof[:3], bytes(32), *proof[4:]),
        tuple(reversed(proof)),
    ]
    for siblings in wrong:
        assert mined.house.refusal(replace(mined.answer, merkle_proof=siblings)) == ROOT_WRONG


def test_unit_with_the_reserved_sector_proves_to_nothing(mined: Mined) -> None:
    assert mined.house.refusal(mined.sealed_at(0)) == ROOT_WRONG


def test_unit_that_the_nonce_does_not_recall_is_refused(mined: Mined) -> None:
    step = UNIT_SECTORS if mined.answer.seal_offset < LOAD_UNITS - 1 else -UNIT_SECTORS
    neighbour = mined.sealed_at(mined.answer.recall_position + step)
    assert mined.house.refusal(neighbour) == "Incorrect recall position"
    other = replace(mined.answer, nonce=b"\xff" * 32)
    assert mined.house.refusal(other) == "Incorrect recall position"


def test_offset_beyond_the_load_reaches_no_other_load(mined: Mined) -> None:
    answer, loads = mined.answer, mined.answer.range.length // LOAD_SECTORS
    back = -1 if answer.recall_position // LOAD_SECTORS == loads - 1 else 1
    if back == 1:
        moved = mined.sealed_at(answer.recall_position + LOAD_SECTORS)
        reached = replace(moved, seal_offset=answer.seal_offset + LOAD_UNITS)
        assert mined.house.refusal(reached) == "Incorrect recall position"
    far = replace(answer, seal_offset=answer.seal_offset + (1 << 252))
    assert mined.house.refusal(far) == "Incorrect recall position"


def test_load_of_a_shard_behind_the_range_is_refused(mined: Mined) -> None:
    asked = range_of(mined.house.context().flow_length, 0, 7, 8)
    subtask = mined.house.subtask(mined.miner)
    for number in count():
        nonce = number.to_bytes(32, "big")
        _, seed = scratch_pad(pad_seed(mined.miner, nonce, subtask, asked.digest))
        try:
            recall_position(seed, asked, 0)
        except PositionOutOfRange:
            break
    answer = replace(mined.answer, range=asked, nonce=nonce)
    assert mined.house.refusal(answer) == "Recall position out of bound"


def test_answer_above_the_target_is_refused(mined: Mined) -> None:
    target = mined.house.mine.read("poraTarget")
    poor = next(
        answer
        for answer, output in mined.house.candidates(mined.miner)
        if output > target  # type: ignore[operator]
    )
    assert mined.house.refusal(poor) == "Do not reach target quality"


def test_shards_must_be_as_much_better_as_they_hold_less(mined: Mined) -> None:
    house = mined.house
    asked = range_of(house.context().flow_length, 0, 1, 2)
    target = house.mine.read("poraTarget")
    found = house.find(mined.miner, asked)
    assert house.refusal(found) is None
    assert found.recall_position // LOAD_SECTORS % 2 == 1, "a shard answers with its own loads"
    between = next(
        answer
        for answer, output in house.candidates(mined.miner, asked)
        if target // 2 < output <= target  # type: ignore[operator]
    )
    assert house.refusal(between) == "Do not reach target quality"


def test_pora_view_of_a_mined_answer_is_the_twins_output(mined: Mined) -> None:
    subtask = mined.house.subtask(mined.miner)
    on_chain = mined.house.mine.read("pora", mined.answer.abi(), subtask)
    assert on_chain == pora_output(mined.answer, subtask)


def test_paused_flow_stops_mining(fresh_anvil: AnvilProcess) -> None:
    house = MiningHouse.deploy(Evm(fresh_anvil.url))
    house.store(content(300_000))
    house.roll()
    answer = house.find(house.request_id(house.evm.accounts[5]))
    house.flow.send("pause")
    with pytest.raises(Reverted, match="EnforcedPause"):
        house.mine.read("submit", answer.abi())


@pytest.mark.parametrize("window", [0, 1])
def test_answer_lands_in_the_miners_window_only(fresh_anvil: AnvilProcess, window: int) -> None:
    terms = Terms(subtasks=2, subtask_interval=100, target_mine_blocks=50)
    house = MiningHouse.deploy(Evm(fresh_anvil.url), terms)
    house.store(content(300_000))
    house.roll()
    miner = house.id_of_window(window)
    start = house.window_start(miner)
    if window:
        house.mine_blocks(start - house.height)
        early = replace(_blank(house, miner), context_digest=house.context().digest)
        assert house.refusal(early) == "Earlier than expected subtask start block."
        house.mine_blocks(1)
    answer = house.find(miner)
    assert house.refusal(answer) is None
    house.mine_blocks(start + 50 - house.height)
    assert house.refusal(answer) is None
    house.mine_blocks(1)
    assert house.refusal(answer) == "Mine deadline exceed"


def _blank(house: MiningHouse, miner: bytes) -> PoraAnswer:
    """An answer of the right form and no worth."""
    asked = range_of(house.context().flow_length)
    digest = house.context().digest
    return PoraAnswer(digest, bytes(32), miner, asked, 1024, 0, digest, bytes(SEAL_UNIT), ())
