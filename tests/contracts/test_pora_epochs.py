"""What changes from epoch to epoch: room, difficulty, parameters; and the settings of the build."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from tests.support.contracts import Evm, Reverted, artifact, compiled
from tests.support.evm import AnvilProcess
from tests.support.mining_contracts import CALLER, MiningHouse, Terms, deploy_mine, proxied
from tests.support.vectors import content
from zerog.storage.mining.difficulty import MAX_TARGET, adjusted_target, initial_target
from zerog.storage.mining.pora import seal_unit
from zerog.storage.mining.rules import pora_output

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20
DATA = content(700_000)
MOST64 = (1 << 64) - 1


@pytest.fixture(scope="module")
def built(anvil: AnvilProcess) -> MiningHouse:
    """For tests whose every transaction is refused."""
    return MiningHouse.deploy(Evm(anvil.url))


def opened(anvil: AnvilProcess, terms: Terms | None = None) -> MiningHouse:
    """A file in a minable epoch."""
    made = MiningHouse.deploy(Evm(anvil.url), terms)
    made.store(DATA)
    made.roll()
    return made


def answer_once(house: MiningHouse, own_id: bytes) -> bytes:
    """Send a good answer that nobody has sent; gives its output."""
    worker = house.mine.read("computeWorkerContext", own_id, sender=CALLER)
    target = cast("tuple[object, int]", worker)[1]
    for answer, output in house.candidates(own_id):
        if output <= target and house.refusal_on_chain(answer) is None:
            house.mine.send("submit", answer.abi())
            return output.to_bytes(32, "big")
    raise AssertionError("candidates do not end")


def numbers(house: MiningHouse, *views: str) -> tuple[object, ...]:
    """Several views of the mine."""
    return tuple(house.mine.read(view) for view in views)


def test_epoch_takes_twice_the_answers_it_aims_at(fresh_anvil: AnvilProcess) -> None:
    house = opened(fresh_anvil, Terms(target_submissions=1))
    own_id = house.request_id(house.evm.accounts[5])
    for accepted in range(2):
        assert house.mine.read("canSubmit") is True
        assert house.mine.read("currentSubmissions") == accepted
        answer_once(house, own_id)
    assert house.mine.read("canSubmit") is False
    full = cast(
        "tuple[object, int]", house.mine.read("computeWorkerContext", own_id, sender=CALLER)
    )
    assert full[1] == 0
    answer, _ = next(house.candidates(own_id))
    assert house.refusal(answer) == "Epoch has enough submissions"
    house.roll()
    assert house.mine.read("canSubmit") is True
    answer_once(house, own_id)
    assert numbers(house, "lastMinedEpoch", "currentSubmissions") == (2, 1)


@pytest.mark.parametrize(("answers", "aim"), [(1, 4), (3, 1), (2, 2)])
def test_target_follows_the_last_mined_epoch(
    fresh_anvil: AnvilProcess, answers: int, aim: int
) -> None:
    house = opened(fresh_anvil, Terms(target_submissions=max(aim, 2)))
    house.mine.send("setTargetSubmissions", max(aim, 2))
    own_id = house.request_id(house.evm.accounts[5])
    before = cast(int, house.mine.read("poraTarget"))
    assert before == initial_target(4)
    for _ in range(answers):
        answer_once(house, own_id)
    assert house.mine.read("poraTarget") == before, "it moves between epochs"
    house.roll()
    house.roll()
    expected = adjusted_target(before, answers, max(aim, 2))
    worker = house.mine.read("computeWorkerContext", own_id, sender=CALLER)
    assert cast("tuple[object, int]", worker)[1] == expected
    assert house.mine.read("poraTarget") == before, "nothing is stored without an answer"
    answer_once(house, own_id)
    assert house.mine.read("poraTarget") == expected
    assert house.mine.read("lastMinedEpoch") == 3


def test_target_keeps_to_the_least_difficulty(fresh_anvil: AnvilProcess) -> None:
    house = opened(fresh_anvil)
    own_id = house.request_id(house.evm.accounts[5])
    house.mine.send("setMinDifficulty", 4)
    house.mine.send("setDifficultyAdjustRatio", 1)
    answer_once(house, own_id)
    house.roll()
    answer_once(house, own_id)
    eased = adjusted_target(initial_target(4), 1, 10, 1, 0)
    assert eased > initial_target(4) >= cast(int, house.mine.read("poraTarget"))
    assert house.mine.read("poraTarget") == adjusted_target(initial_target(4), 1, 10, 1, 4)


def test_can_submit_as_a_transaction_changes_nothing_of_the_mine(
    fresh_anvil: AnvilProcess,
) -> None:
    house = opened(fresh_anvil)
    own_id = house.request_id(house.evm.accounts[5])
    answer_once(house, own_id)
    views = ("poraTarget", "lastMinedEpoch", "currentSubmissions", "targetSubmissions")
    before = numbers(house, *views)
    for _ in range(3):
        house.roll()
        house.mine.send("canSubmit", sender=house.evm.accounts[8])
    assert numbers(house, *views) == before


def test_context_older_than_the_last_mined_epoch_is_refused(fresh_anvil: AnvilProcess) -> None:
    house = opened(fresh_anvil)
    own_id, older = house.request_id(house.evm.accounts[5]), house.context()
    house.roll()
    answer_once(house, own_id)
    with pytest.raises(Reverted, match="Internal error: epoch number decrease"):
        house.mine.read("getSubtaskDigest", older.abi(), own_id)


def test_parameters_hold_at_once_before_the_first_answer_and_later_after_it(
    fresh_anvil: AnvilProcess,
) -> None:
    house = opened(fresh_anvil)
    own_id = house.request_id(house.evm.accounts[5])
    names = ("targetSubmissions", "nSubtasks", "subtaskInterval")
    setters = ("setTargetSubmissions", "setNumSubtasks", "setSubtaskInterval")
    for setter, value in zip(setters, (3, 2, 50), strict=True):
        house.mine.send(setter, value)
    assert numbers(house, *names) == (3, 2, 50)
    for setter, value in zip(setters, (10, 1, 100), strict=True):
        house.mine.send(setter, value)
    answer_once(house, own_id)
    for setter, value in zip(setters, (7, 3, 60), strict=True):
        house.mine.send(setter, value)
    assert numbers(house, *names) == (10, 1, 100)
    assert numbers(house, *(f"{name}NextEpoch" for name in names)) == (7, 3, 60)
    house.roll()
    house.mine_blocks(house.window_start(own_id) + 1 - house.height)
    answer_once(house, own_id)
    assert numbers(house, *names) == (7, 3, 60)


SETTERS = {
    "setTargetMineBlocks": ("targetMineBlocks", 30),
    "setTargetSubmissions": ("targetSubmissions", 5),
    "setDifficultyAdjustRatio": ("difficultyAdjustRatio", 7),
    "setMaxShards": ("maxShards", 64),
    "setMinDifficulty": ("minDifficulty", 9),
    "setNumSubtasks": ("nSubtasks", 2),
    "setSubtaskInterval": ("subtaskInterval", 9),
}


@pytest.mark.parametrize("setter", SETTERS)
def test_setter_is_told_by_an_event_and_is_the_authoritys(anvil: AnvilProcess, setter: str) -> None:
    house = MiningHouse.deploy(Evm(anvil.url))
    name, value = SETTERS[setter]
    receipt = house.mine.send(setter, value)
    (told,) = house.mine.events("ParameterChanged", receipt)
    assert told == {"name": name.encode().ljust(32, b"\0"), "value": value}
    assert house.mine.read(name) == value
    stranger = house.evm.accounts[9]
    with pytest.raises(Reverted, match="AccessManagedUnauthorized") as caught:
        house.mine.send(setter, value, sender=stranger)
    assert caught.value.values == (stranger.lower(),)


@pytest.mark.parametrize(
    ("setter", "value", "error", "values"),
    [
        ("setTargetMineBlocks", 0, "OutOfBounds", (0, 1, 256)),
        ("setTargetMineBlocks", 257, "OutOfBounds", (257, 1, 256)),
        ("setTargetSubmissions", 0, "OutOfBounds", (0, 1, MOST64)),
        ("setTargetSubmissions", 1 << 64, "OutOfBounds", (1 << 64, 1, MOST64)),
        ("setDifficultyAdjustRatio", 0, "OutOfBounds", (0, 1, 65535)),
        ("setDifficultyAdjustRatio", 65536, "OutOfBounds", (65536, 1, 65535)),
        ("setMaxShards", 0, "NotAPowerOfTwo", (0,)),
        ("setMaxShards", 12, "NotAPowerOfTwo", (12,)),
        ("setNumSubtasks", 0, "OutOfBounds", (0, 1, MOST64)),
        ("setNumSubtasks", 4, "WindowsExceedEpoch", (401, 400)),
        ("setSubtaskInterval", 1 << 64, "OutOfBounds", (1 << 64, 0, MOST64)),
    ],
)
def test_setter_out_of_bounds_is_refused(
    built: MiningHouse, setter: str, value: int, error: str, values: tuple[int, ...]
) -> None:
    with pytest.raises(Reverted, match=error) as caught:
        built.mine.send(setter, value)
    assert caught.value.values == values


def test_windows_must_fit_whichever_parameter_moves(anvil: AnvilProcess) -> None:
    house = MiningHouse.deploy(Evm(anvil.url), Terms(subtasks=3, subtask_interval=100))
    for setter, value, needed in (
        ("setSubtaskInterval", 150, 401),
        ("setTargetMineBlocks", 199, 400),
        ("setNumSubtasks", 4, 401),
    ):
        with pytest.raises(Reverted, match="WindowsExceedEpoch") as caught:
            house.mine.send(setter, value)
        assert caught.value.values == (needed, 400)
    house.mine.send("setTargetMineBlocks", 198)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"difficulty": 0}, "OutOfBounds"),
        ({"target_mine_blocks": 257}, "OutOfBounds"),
        ({"target_submissions": 0}, "OutOfBounds"),
        ({"max_shards": 3}, "NotAPowerOfTwo"),
        ({"subtasks": 0}, "OutOfBounds"),
        ({"subtasks": 4}, "WindowsExceedEpoch"),
        ({"subtask_interval": 1 << 64}, "OutOfBounds"),
        ({"settings": 8}, "OutOfBounds"),
    ],
)
def test_initialize_out_of_bounds_is_refused(
    built: MiningHouse, changes: dict[str, int], error: str
) -> None:
    terms = replace(built.terms, **changes)
    flow, reward = built.flow.address, built.reward.address
    with pytest.raises(Reverted, match=error):
        deploy_mine(built.evm, terms, flow, reward, built.evm.accounts[1])


def test_initialize_without_somebody_or_again_is_refused(built: MiningHouse) -> None:
    evm, values = built.evm, built.terms.values()
    known = [built.flow.address, built.reward.address, evm.accounts[1]]
    logic = evm.deploy(artifact("PoraMine"), 0)
    for missing in range(3):
        flow, reward, authority = (
            NOBODY if place == missing else address for place, address in enumerate(known)
        )
        with pytest.raises(Reverted, match="ZeroAddress"):
            proxied(evm, logic, flow, reward, values, authority)
    for target in (logic, built.mine):
        with pytest.raises(Reverted, match="InvalidInitialization"):
            target.send("initialize", known[0], known[1], values, known[2])


def test_upgrade_by_the_admin_keeps_everything_and_by_a_stranger_is_refused(
    fresh_anvil: AnvilProcess,
) -> None:
    house = opened(fresh_anvil)
    own_id = house.request_id(house.evm.accounts[5])
    output = answer_once(house, own_id)
    logic = house.evm.deploy(compiled("PoraMineNext"))
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        house.mine.send("upgradeToAndCall", logic.address, b"", sender=house.evm.accounts[9])
    house.mine.send("upgradeToAndCall", logic.address, b"")
    assert house.evm.at(house.mine.address, compiled("PoraMineNext")).read("version") == 2
    assert numbers(house, "currentSubmissions", "lastMinedEpoch") == (1, 1)
    for answer, found in house.candidates(own_id):
        if found.to_bytes(32, "big") == output:
            assert house.refusal(answer, (output,)) == "Answer has been submitted"
            break


def test_build_without_seal_takes_plain_data(fresh_anvil: AnvilProcess) -> None:
    house = opened(fresh_anvil, Terms(settings=1))
    assert numbers(house, "sealDataEnabled", "dataProofEnabled", "fixedDifficulty") == (
        False,
        True,
        False,
    )
    own_id = house.request_id(house.evm.accounts[5])
    answer = house.find(own_id)
    assert answer.sealed_data == house.unit(answer.recall_position)
    assert house.refusal(answer) is None
    digest, position = answer.sealed_context_digest, answer.recall_position
    sealed = seal_unit(answer.sealed_data, own_id, digest, position)
    assert house.refusal(replace(answer, sealed_data=sealed)) == "Inconsistent merkle root"


def test_build_without_proof_takes_any_data(fresh_anvil: AnvilProcess) -> None:
    house = opened(fresh_anvil, Terms(settings=2))
    assert house.mine.read("dataProofEnabled") is False
    answer = house.find(house.request_id(house.evm.accounts[5]))
    assert house.refusal(replace(answer, merkle_proof=())) is None


def test_build_of_fixed_difficulty_takes_every_output_for_ever(fresh_anvil: AnvilProcess) -> None:
    house = opened(fresh_anvil, Terms(settings=4, difficulty=1 << 200))
    assert numbers(house, "fixedDifficulty", "poraTarget") == (True, MAX_TARGET)
    own_id = house.request_id(house.evm.accounts[5])
    for epoch in (1, 2):
        answer, output = next(house.candidates(own_id))
        assert house.refusal(answer) is None
        assert pora_output(answer, house.subtask(own_id)) == output.to_bytes(32, "big")
        house.mine.send("submit", answer.abi())
        assert numbers(house, "poraTarget", "lastMinedEpoch") == (MAX_TARGET, epoch)
        house.roll()
