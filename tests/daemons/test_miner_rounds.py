"""A miner beside a real node and a real chain: from a stored file to money in its account."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tests.support.mining_home import (
    chunks_not_full,
    mine_blocks,
    miner_of,
    open_window,
    other_miner,
    roll,
    seal_all,
    sealable_units,
    sealed_units,
    search_until_found,
)
from tests.support.storage_daemons import Storage, file_of, wait_for
from zerog.cli.main import run
from zerog.cli.miner import miner as command
from zerog.jobs import InlineJobs, SearchNonces
from zerog.storage.mining.answer import build_answer
from zerog.storage.mining.earnings import NothingToClaim, claim, earnings, status
from zerog.storage.mining.loads import Loads
from zerog.storage.mining.miner import EPOCHS_IN_ANSWER, Miner, State
from zerog.storage.mining.network import Closed
from zerog.storage.mining.pora import PoraAnswer
from zerog.storage.mining.search import Window, search

pytestmark = pytest.mark.daemons

MIB = 1_048_576


def store_files(storage: Storage, folder: Path, *sizes: int) -> None:
    for number, size in enumerate(sizes):
        path = folder / f"file-{size}"
        storage.put(path, file_of(path, size, seed=number))


def found_answer(miner: Miner, window: Window) -> PoraAnswer:
    """An answer that was not sent."""
    loads = Loads(miner.log, miner.store, window.miner_id)
    found = search(window, loads, 0, 100_000, lambda: False)
    assert found is not None
    tree = miner.log.tree(window.context.flow_length)
    return build_answer(window, tree, loads.rows(found.load), found)


def test_stored_file_is_mined_and_the_reward_claimed(own_storage: Storage, tmp_path: Path) -> None:
    """An answer may recall any load, and one in a chunk that is not full pays nothing."""
    storage = own_storage
    store_files(storage, tmp_path, 300, 5_000, 2 * MIB, MIB)
    mine_blocks(storage, 1)  # some time must have passed: rewards are released by the second
    miner = miner_of(storage)
    assert miner.known_id() is None
    window = open_window(storage, miner)
    assert chunks_not_full(miner) == 0
    assert sealed_units(miner) == sealable_units(miner)
    found = search_until_found(miner, window)
    assert found.state is State.ACCEPTED
    before = earnings(miner, 8)
    assert before.payments_wei == before.earned_wei > 0
    assert sum(chunk.distributed_wei for chunk in before.chunks) == before.earned_wei
    balance = storage.chain.balance(miner.sender.address)
    done = claim(miner)
    assert done.amount_wei == before.payments_wei
    assert storage.chain.balance(miner.sender.address) == balance + done.amount_wei - done.gas_wei
    with pytest.raises(NothingToClaim):
        claim(miner)
    told = status(miner)
    assert told.answers == 1
    assert told.miner_id == "0x" + window.miner_id.hex()
    assert told.sealed_units == sealable_units(miner)


def test_answer_of_the_epoch_closes_the_window_for_its_miner(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    store_files(storage, tmp_path, MIB)
    miner = miner_of(storage)
    asked: list[str] = []
    jobs = InlineJobs({SearchNonces: asked.append})
    assert miner.round(jobs) == 0
    window = open_window(storage, miner)
    assert miner.round(jobs) == 1
    assert asked == ["0x" + window.context.digest.hex()]
    assert search_until_found(miner, window).state is State.ACCEPTED
    assert miner.round(jobs) == 0
    assert miner.search(asked[0]).state is State.CLOSED


def test_same_answer_is_paid_once_whoever_sends_it(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    store_files(storage, tmp_path, MIB)
    miner = miner_of(storage)
    answer = found_answer(miner, open_window(storage, miner))
    thief = other_miner(storage, tmp_path / "thief", 7)
    stolen = thief.submit(answer)
    assert stolen.state is State.ACCEPTED
    nonce = storage.chain.nonce(miner.sender.address)
    late = miner.submit(answer)
    assert (late.state, late.detail) == (State.LOST, "Answer has been submitted")
    assert storage.chain.nonce(miner.sender.address) == nonce
    assert thief.submit(answer).detail in {stolen.detail, "Answer has been submitted"}
    assert earnings(thief, 1).earned_wei == 0


def test_late_answer_and_one_of_another_epoch_cost_nothing(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    store_files(storage, tmp_path, MIB)
    miner = miner_of(storage)
    window = open_window(storage, miner)
    answer = found_answer(miner, window)
    mine_blocks(storage, window.deadline - storage.chain.head().number)
    nonce = storage.chain.nonce(miner.sender.address)
    late = miner.submit(answer)
    assert (late.state, late.detail) == (State.CLOSED, "Mine deadline exceed")
    assert miner.search("0x" + window.context.digest.hex()).state is State.CLOSED
    assert storage.chain.nonce(miner.sender.address) == nonce
    again = open_window(storage, miner)
    assert again.context.epoch > window.context.epoch
    assert miner.submit(answer).detail == "Inconsistent mining digest"
    assert miner.search("0x" + window.context.digest.hex()).detail == "another epoch began"


def test_epochs_that_wait_to_be_opened_cost_an_answer_nothing(
    own_storage: Storage, tmp_path: Path
) -> None:
    """An answer opens them all by itself; more than a few would use up its gas."""
    storage = own_storage
    store_files(storage, tmp_path, MIB)
    miner = miner_of(storage)
    deadline = open_window(storage, miner).deadline
    mine_blocks(storage, deadline - storage.chain.head().number + 20 * 20)
    mine_blocks(storage, (storage.flow.epoch_end() - storage.chain.head().number) % 20 + 1)
    nonce, due = storage.chain.nonce(miner.sender.address), miner.keeper.due()
    window = miner.window()
    assert window == Closed(f"{due} epochs wait to be opened")
    assert miner.search("0x" + "00" * 32).state is State.CLOSED
    assert storage.chain.nonce(miner.sender.address) == nonce
    while miner.keeper.due() > EPOCHS_IN_ANSWER:
        miner.keeper.step()
    window = miner.window()
    assert isinstance(window, Window)
    assert search_until_found(miner, window).state is State.ACCEPTED


def test_search_stops_when_its_window_closes(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    store_files(storage, tmp_path, 300_000)
    miner = miner_of(storage)
    window = open_window(storage, miner)
    stop = miner.closing_of(window)
    mine_blocks(storage, window.deadline - storage.chain.head().number)
    wait_for(stop, "the search was told to stop")


def test_data_that_comes_late_is_sealed_when_it_is_there(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    late = file_of(tmp_path / "late", 900_000, seed=9)
    submitted = storage.submit(late)
    store_files(storage, tmp_path, 5_000, 300_000)
    miner = miner_of(storage)
    roll(storage, miner)
    seal_all(miner)
    assert 0 < sealed_units(miner) < sealable_units(miner)
    assert status(miner).files_without_data == 1
    storage.client().upload(tmp_path / "late", late, submitted.tx_seq)
    wait_for(lambda: miner.seal() > 0, "the late file's units")
    seal_all(miner)
    assert sealed_units(miner) == sealable_units(miner)
    assert status(miner).files_without_data == 0


def test_damaged_seal_is_mended(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    store_files(storage, tmp_path, 300_000)
    miner = miner_of(storage)
    window = open_window(storage, miner)
    path = storage.home / "miner" / "sealed.data"
    whole = path.read_bytes()
    path.write_bytes(bytes(byte ^ 0xFF for byte in whole))
    found = search_until_found(miner, window)
    assert found.state is State.REFUSED
    assert "damaged" in found.detail
    assert seal_all(miner) > 0


def test_busy_lane_and_busy_sealer_are_left_alone(own_storage: Storage, tmp_path: Path) -> None:
    from zerog.locks import try_lock

    storage = own_storage
    store_files(storage, tmp_path, 300_000)
    miner = miner_of(storage)
    window = open_window(storage, miner)
    folder = storage.home / "miner"
    with try_lock(folder / "search-0.lock"), try_lock(folder / "seal.lock"):
        assert miner.search("0x" + window.context.digest.hex()).state is State.BUSY
        assert miner.round(InlineJobs({})) == 0
        store_files(storage, tmp_path, 400_000)
        roll(storage, miner)
        assert miner.seal() == 0
    assert miner.seal() > 0


def test_miner_of_one_shard_seals_and_proves_its_half(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    store_files(storage, tmp_path, 2 * MIB)
    miner = miner_of(storage, {"ZEROG_MINE_SHARD": "1/2"})
    window = open_window(storage, miner)
    assert window.range.num_shards == 2
    rows = miner.store.database.connection.execute("SELECT DISTINCT load % 2 FROM run")
    assert [row[0] for row in rows] == [1]
    assert search_until_found(miner, window).state is State.ACCEPTED


def test_room_for_seals_is_kept_to(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    store_files(storage, tmp_path, 600_000)
    miner = miner_of(storage)
    roll(storage, miner)
    used = miner.store.used_bytes
    assert used() < MIB
    tight = dataclasses.replace(miner.config, gib=0)
    miner.config = tight
    assert miner.seal() == 0
    assert sealed_units(miner) == 0
    miner.config = dataclasses.replace(tight, gib=1)
    assert seal_all(miner) > 0
    assert used() >= 600_000


def test_miner_of_one_process_goes_round_until_it_has_its_answers(
    own_storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = own_storage
    store_files(storage, tmp_path, 600_000)
    miner = miner_of(storage)
    open_window(storage, miner)
    arguments = ["run", "--answers", "1", "--home", str(storage.home), "--json"]
    assert run(arguments, command) == 0
    shown = capsys.readouterr()
    (accepted,) = json.loads(shown.out)["accepted"]
    receipt = storage.chain.receipt(bytes.fromhex(accepted[2:]))
    assert receipt is not None
    assert receipt.succeeded
    assert "answer accepted" in shown.err


def test_miner_without_a_network_is_one_line_and_a_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["status", "--home", str(tmp_path)], command) == 2
    assert capsys.readouterr().err.count("\n") == 1
