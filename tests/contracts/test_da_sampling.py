"""Sampling at the entrance: a kept piece that is a hit earns for the owner of its row, by bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest

from tests.support.contracts import Reverted, artifact
from tests.support.da import stream
from tests.support.da_town import ETHER, PERIOD, DaTown, Hit
from tests.support.evm import AnvilProcess
from zerog.da.sampling import Sampled, share

pytestmark = pytest.mark.contracts

RATIO = 1000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DaTown, Hit]]:
    """A network with blobs of an epoch that is over, money to earn, and a hit."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-sampling"))
    try:
        town = DaTown.open(process)
        town.next_epoch()
        blobs = [town.publish(stream(f"sampled {i}", 4 * 31 * 1024 - 300)) for i in range(4)]
        town.entrance.send("submitOriginalData(bytes32[])", [bytes(32)], value=ETHER)
        town.entrance.send("setRewardRatio", RATIO)
        town.entrance.send("setBaseReward", 5000)
        town.entrance.send("donate", value=7000)
        town.next_epoch()
        yield town, town.find_hit(blobs)
    finally:
        process.stop()


@pytest.fixture
def town(built: tuple[DaTown, Hit]) -> Iterator[DaTown]:
    """That network for one test."""
    kept = built[0].process.rpc("evm_snapshot")
    yield built[0]
    built[0].process.rpc("evm_revert", kept)


@pytest.fixture
def hit(built: tuple[DaTown, Hit]) -> Hit:
    """Its hit."""
    return built[1]


def test_hit_earns_for_the_owner_of_the_row_by_its_bytes(town: DaTown, hit: Hit) -> None:
    owner = town.owners(1)[hit.row]
    receipt = town.entrance.send("submitSamplingResponse", hit.response)
    (rewarded,) = town.entrance.events("DAReward", receipt)
    length = memoryview(hit.blob.encoded.piece_proof(hit.row, hit.piece).data).nbytes
    due = share(ETHER // RATIO, length) + share(5000, length)
    assert (rewarded["beneficiary"], rewarded["reward"]) == (owner, due)
    assert (rewarded["lineIndex"], rewarded["sublineIndex"]) == (hit.row, hit.piece)
    assert town.entrance.read("payments", owner) == due
    assert town.entrance.read("activedReward") == ETHER - share(ETHER // RATIO, length)
    assert town.entrance.read("totalBaseReward") == 7000 - share(5000, length)
    assert town.entrance.read("roundSubmissions") == 1


def test_hit_is_taken_once(town: DaTown, hit: Hit) -> None:
    town.entrance.send("submitSamplingResponse", hit.response)
    with pytest.raises(Reverted, match="HitTaken") as caught:
        town.entrance.send("submitSamplingResponse", hit.response)
    sampled = Sampled(hit.seed, *hit.blob.place)
    assert caught.value.values == (sampled.identifier(hit.row, hit.piece),)


def test_hit_of_a_round_that_is_over_is_refused(town: DaTown, hit: Hit) -> None:
    town.mine(PERIOD)
    with pytest.raises(Reverted, match="WrongSeed"):
        town.entrance.send("submitSamplingResponse", hit.response)


def test_quality_above_the_target_is_refused(town: DaTown, hit: Hit) -> None:
    target = cast(int, town.entrance.read("MAX_PODAS_TARGET"))
    with pytest.raises(Reverted, match="NoHit"):
        town.entrance.send("submitSamplingResponse", replace(hit, quality=target + 1).response)


def test_quality_that_is_not_the_pieces_is_refused(town: DaTown, hit: Hit) -> None:
    for claimed in (hit.quality - 1, 0):
        with pytest.raises(Reverted, match="WrongQuality") as caught:
            town.entrance.send("submitSamplingResponse", replace(hit, quality=claimed).response)
        assert caught.value.values == (claimed, hit.quality)


def test_piece_of_another_place_is_refused(town: DaTown, hit: Hit) -> None:
    other = replace(hit, row=(hit.row + 1) % 12)
    with pytest.raises(Reverted, match="WrongQuality"):
        town.entrance.send("submitSamplingResponse", other.response)
    response = list(hit.response)
    row, piece, data, path = hit.blob.piece(hit.row, hit.piece)
    response[-1] = (row, piece, data[:-1] + bytes([data[-1] ^ 1]), path)
    with pytest.raises(Reverted, match="WrongRowRoot"):
        town.entrance.send("submitSamplingResponse", tuple(response))


def test_blob_without_certificate_is_refused(town: DaTown, hit: Hit) -> None:
    other = replace(hit, blob=replace(hit.blob, quorum_id=1))
    with pytest.raises(Reverted, match="WrongDataRoot"):
        town.entrance.send("submitSamplingResponse", other.response)


def test_blob_of_the_epoch_under_way_is_refused(town: DaTown, hit: Hit) -> None:
    now = replace(hit, blob=replace(hit.blob, epoch=2))
    with pytest.raises(Reverted, match="NotSampled") as caught:
        town.entrance.send("submitSamplingResponse", now.response)
    assert caught.value.values == (2, 0, 1)


def test_blob_of_a_policys_quorum_is_refused(town: DaTown, hit: Hit) -> None:
    local = replace(hit, blob=replace(hit.blob, quorum_id=1 << 32))
    with pytest.raises(Reverted, match="NotSampledQuorum") as caught:
        town.entrance.send("submitSamplingResponse", local.response)
    assert caught.value.values == (1 << 32,)


def test_blob_behind_the_window_is_refused(town: DaTown, hit: Hit) -> None:
    town.entrance.send("setEpochWindowSize", 1)
    assert town.entrance.read("sampleRange") == (1, 1)
    old = replace(hit, blob=replace(hit.blob, epoch=0))
    seed, *_ = cast("tuple[bytes, int, int]", town.entrance.read("sampleTask"))
    with pytest.raises(Reverted, match="NotSampled") as caught:
        town.entrance.read("submitSamplingResponse", replace(old, seed=seed).response)
    assert caught.value.values == (0, 1, 1)


def test_sampling_before_the_first_round_is_refused(fresh_anvil: AnvilProcess, hit: Hit) -> None:
    town = DaTown.open(fresh_anvil)
    about = (town.signers.address, town.authority.address, town.evm.accounts[9])
    entrance = town.evm.deploy_proxy(artifact("DAEntrance"), "initialize", (*about, 4, 255))
    with pytest.raises(Reverted, match="NoRoundYet"):
        entrance.read("submitSamplingResponse", hit.response)


def test_aim_of_a_round_moves_within_bounds_from_the_next_round_on(town: DaTown) -> None:
    with pytest.raises(Reverted, match="OutOfBounds"):
        town.entrance.send("setRoundSubmissions", 0)
    with pytest.raises(Reverted, match="OutOfBounds"):
        town.entrance.send("setRoundSubmissions", 81)
    town.entrance.send("setRoundSubmissions", 5)
    town.mine(PERIOD)
    town.entrance.send("sync")
    assert town.entrance.read("targetRoundSubmissions") == 5


def test_missed_rounds_are_counted_and_skipped(town: DaTown) -> None:
    town.entrance.send("sync")
    before = cast(int, town.entrance.read("sampleRound"))
    height = cast(int, town.entrance.read("nextSampleHeight"))
    town.mine(7 * PERIOD)
    receipt = town.entrance.send("sync")
    (opened,) = town.entrance.events("NewSampleRound", receipt)
    assert opened["sampleRound"] == before + 1 + (receipt["blockNumber"] - height) // PERIOD
    start = cast(int, opened["sampleHeight"])
    assert (
        start <= receipt["blockNumber"] < start + PERIOD == town.entrance.read("nextSampleHeight")
    )
    block = town.evm.w3.eth.get_block(start - 1)
    assert opened["sampleSeed"] == block["hash"] == town.entrance.read("currentSampleSeed")
