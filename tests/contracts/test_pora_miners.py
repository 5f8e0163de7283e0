"""Whose an answer is: miner ids, rewards, and what a stranger can do with somebody's answer."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from tests.support.contracts import Evm, Reverted, compiled
from tests.support.evm import AnvilProcess
from tests.support.mining_contracts import CALLER, MiningHouse, Terms
from tests.support.vectors import content
from zerog.storage.mining.pora import miner_id
from zerog.storage.mining.rules import pora_output

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20
DATA = content(3_000_000)


@pytest.fixture
def house(fresh_anvil: AnvilProcess) -> MiningHouse:
    """A file in a minable epoch, on a chain of the test's own."""
    made = MiningHouse.deploy(Evm(fresh_anvil.url))
    made.store(DATA)
    made.roll()
    return made


def test_id_is_bound_to_block_caller_and_seed(house: MiningHouse) -> None:
    caller, beneficiary = house.evm.accounts[6], house.evm.accounts[5]
    receipt = house.mine.send("requestMinerId", beneficiary, 77, sender=caller)
    before = house.block_hash(receipt["blockNumber"] - 1)
    expected = miner_id(before, bytes.fromhex(caller[2:]), 77)
    events = house.mine.events("NewMinerId", receipt)
    assert events == [{"minerId": expected, "beneficiary": beneficiary}]
    assert house.mine.read("beneficiaries", expected) == beneficiary.lower()
    assert house.mine.read("beneficiaries", bytes(32)) == NOBODY


def test_id_requested_twice_in_a_block_is_refused(house: MiningHouse) -> None:
    twice = house.evm.deploy(compiled("TwiceRequester"))
    with pytest.raises(Reverted, match="MinerId has registered"):
        twice.send("request", house.mine.address, house.evm.accounts[5])


def test_id_without_beneficiary_is_refused(house: MiningHouse) -> None:
    with pytest.raises(Reverted, match="ZeroAddress"):
        house.mine.send("requestMinerId", NOBODY, 0)
    own_id = house.request_id(house.evm.accounts[1])
    with pytest.raises(Reverted, match="ZeroAddress"):
        house.mine.send("transferBeneficial", NOBODY, own_id)


def test_id_is_passed_on_by_its_beneficiary_only(house: MiningHouse) -> None:
    first, second = house.evm.accounts[5], house.evm.accounts[6]
    own_id = house.request_id(first)
    for stranger, wanted in ((second, own_id), (first, b"\1" * 32)):
        with pytest.raises(Reverted, match="Sender does not own minerId"):
            house.mine.send("transferBeneficial", second, wanted, sender=stranger)
    receipt = house.mine.send("transferBeneficial", second, own_id, sender=first)
    events = house.mine.events("UpdateMinerId", receipt)
    assert events == [{"minerId": own_id, "from": first, "to": second}]
    assert house.mine.read("beneficiaries", own_id) == second.lower()


def test_accepted_answer_earns_the_reward_of_its_pricing_chunk(house: MiningHouse) -> None:
    beneficiary = house.evm.accounts[5]
    own_id = house.request_id(beneficiary)
    house.mine_blocks(5, 100)
    answer = house.find(own_id)
    receipt = house.mine.send("submit", answer.abi(), sender=house.evm.accounts[6])
    (told,) = house.mine.events("NewSubmission", receipt)
    position = answer.recall_position
    assert told == {
        "epoch": 1,
        "minerId": own_id,
        "epochIndex": 0,
        "recallPosition": position,
    }
    (paid,) = house.reward.events("DistributeReward", receipt)
    assert (paid["pricingIndex"], paid["beneficiary"]) == (position // 1024, beneficiary)
    assert paid["minerId"] == own_id
    amount = cast(int, paid["amount"])
    assert amount > 0
    assert house.reward.read("payments", beneficiary) == amount
    before = house.evm.balance(beneficiary)
    house.reward.send("withdrawPayments", beneficiary)
    assert house.evm.balance(beneficiary) == before + amount


def test_miner_with_all_of_a_file_is_paid_by_all_its_chunks(fresh_anvil: AnvilProcess) -> None:
    house = MiningHouse.deploy(Evm(fresh_anvil.url), Terms(target_submissions=50, settings=4))
    house.store(content(8 * 262144))
    house.roll()
    beneficiary = house.evm.accounts[5]
    own_id, chunks, earned = house.request_id(beneficiary), set(), 0
    house.mine_blocks(2, 500)
    for answer, _ in house.candidates(own_id):
        if answer.recall_position // 1024 in chunks:
            continue
        receipt = house.mine.send("submit", answer.abi())
        chunks.add(answer.recall_position // 1024)
        earned += sum(
            cast(int, e["amount"]) for e in house.reward.events("DistributeReward", receipt)
        )
        if len(chunks) == 4:
            break
    assert house.reward.read("payments", beneficiary) == earned > 0


def test_stranger_who_sends_an_answer_first_earns_it_for_the_miner(house: MiningHouse) -> None:
    beneficiary, stranger = house.evm.accounts[5], house.evm.accounts[8]
    own_id = house.request_id(beneficiary)
    house.mine_blocks(5, 100)
    answer = house.find(own_id)
    house.mine.send("submit", answer.abi(), sender=stranger)
    assert cast(int, house.reward.read("payments", beneficiary)) > 0
    assert house.reward.read("payments", stranger) == 0
    output = pora_output(answer, house.subtask(own_id))
    assert house.refusal(answer, (output,)) == "Answer has been submitted"


def test_stranger_cannot_make_somebodys_answer_his_own(house: MiningHouse) -> None:
    answer = house.find(house.request_id(house.evm.accounts[5]))
    thief = house.request_id(house.evm.accounts[8], 1)
    stolen = replace(answer, miner_id=thief)
    assert house.refusal(stolen) == "Inconsistent merkle root", "the seal is the miner's"


def test_answer_has_no_second_form_that_earns_twice(house: MiningHouse) -> None:
    own_id = house.request_id(house.evm.accounts[5])
    answer = house.find(own_id)
    house.mine.send("submit", answer.abi())
    known = (pora_output(answer, house.subtask(own_id)),)
    asked = answer.range
    forms = [
        replace(answer, range=replace(asked, shard_mask=asked.shard_mask ^ (1 << 63))),
        replace(answer, seal_offset=answer.seal_offset + 64),
        replace(answer, recall_position=answer.recall_position + (1 << 40)),
        replace(answer, merkle_proof=(*answer.merkle_proof, bytes(32))),
        replace(answer, nonce=b"\1" * 32),
    ]
    for form in forms:
        assert house.refusal(form, known) is not None
    assert house.refusal(answer, known) == "Answer has been submitted"


def test_rewards_follow_an_id_that_was_passed_on(house: MiningHouse) -> None:
    first, second = house.evm.accounts[5], house.evm.accounts[6]
    own_id = house.request_id(first)
    house.mine_blocks(5, 100)
    answer = house.find(own_id)
    house.mine.send("transferBeneficial", second, own_id, sender=first)
    house.mine.send("submit", answer.abi())
    assert house.reward.read("payments", first) == 0
    assert cast(int, house.reward.read("payments", second)) > 0


def test_worker_context_is_for_the_one_caller_and_gives_what_a_miner_needs(
    house: MiningHouse,
) -> None:
    own_id = house.request_id(house.evm.accounts[5])
    assert house.mine.read("computeWorkerContextCaller") == CALLER.lower()
    with pytest.raises(Reverted, match="Only authorized caller can compute worker context"):
        house.mine.read("computeWorkerContext", own_id)
    worker = house.mine.read("computeWorkerContext", own_id, sender=CALLER)
    target = house.mine.read("poraTarget")
    assert worker == (house.context().abi(), target, house.subtask(own_id), 8)
    assert house.mine.read("getSubtaskDigest", house.context().abi(), own_id) == worker[2]
    house.mine_blocks(house.window_start(own_id) + 101 - house.height)
    late = house.mine.read("computeWorkerContext", own_id, sender=CALLER)
    assert late == (house.context().abi(), target, bytes(32), 8)


def test_worker_context_rolls_the_epoch_for_the_call_alone(house: MiningHouse) -> None:
    own_id, epoch = house.request_id(house.evm.accounts[5]), house.context().epoch
    house.mine_blocks(400)
    worker = cast(
        "tuple[tuple[int, ...], int]",
        house.mine.read("computeWorkerContext", own_id, sender=CALLER),
    )
    assert worker[0][0] == epoch + 1
    assert house.context().epoch == epoch
