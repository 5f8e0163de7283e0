"""What a crowd costs: 3,072 rows of as many signers with one vote each, the worst there is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import cast

import pytest

from tests.support.contracts import Evm, artifact, check_gas, compiled
from tests.support.da_signers import SIGNERS_AT, DaTown, Rules, place, point
from tests.support.evm import AnvilProcess
from zerog.crypto.bn254 import G1_ONE, multiply
from zerog.da import quorums

pytestmark = pytest.mark.contracts
ROWS = 3072
BLOCK = 16_000_000
"""Most gas of a call that prepares."""


@pytest.fixture(scope="module")
def crowd(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[DaTown, dict[str, list[int]]]]:
    """Epoch 1 of the crowd, and what each call of its preparation took."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-crowd"))
    try:
        town = DaTown.build(Evm(process.url), Rules(rows=ROWS, quorums=10))
        filling = place(town.evm, compiled("CrowdedSigners"), SIGNERS_AT)
        for until in range(96, ROWS + 1, 96):
            filling.send("crowd", until, 1, gas=30_000_000)
        town.signers = place(town.evm, artifact("DASigners"), SIGNERS_AT)
        town.capture()
        used = {"pageKeys": town.page(), "prepareQuorum": town.prepare()}
        used["makeEpoch"] = [town.make()]
        yield town, used
    finally:
        process.stop()


def owners_of(town: DaTown) -> list[int]:
    drawn = quorums.ballots(town.registrations(1), cast(bytes, town.signers.read("beaconOf", 1)))
    return quorums.quorums(drawn, ROWS, 10)[0]


def test_preparation_fits_its_blocks_and_the_epoch_only_flips(
    crowd: tuple[DaTown, dict[str, list[int]]],
) -> None:
    _, used = crowd
    assert max(used["pageKeys"] + used["prepareQuorum"]) <= BLOCK
    assert used["makeEpoch"][0] <= 300_000


@pytest.mark.parametrize(
    ("absent", "most"), [(0, 30_000), (1, 60_000), (100, 220_000), (341, 440_000)]
)
def test_aggregate_of_a_crowd_is_cheap_and_right(
    crowd: tuple[DaTown, dict[str, list[int]]], absent: int, most: int
) -> None:
    town, owners = crowd[0], owners_of(crowd[0])
    gone = set(random.Random(1).sample(range(ROWS), absent))
    bitmap = quorums.bitmap_of([row not in gone for row in range(ROWS)])
    members, hit = quorums.credited(owners, bitmap)
    key = multiply(G1_ONE, sum(one + 1 for one in members))
    assert town.signers.read("getAggPkG1", 1, 0, bitmap) == (point(key), ROWS, hit)
    data = town.signers.calldata("getAggPkG1", 1, 0, bitmap)
    used = town.evm.w3.eth.estimate_gas(
        {"from": town.evm.accounts[1], "to": town.signers.address, "data": data}
    )
    carried = bytes.fromhex(data[2:])
    used -= 21_000 + sum(16 if byte else 4 for byte in carried)
    assert used <= most


def test_gas_of_a_small_epoch_is_the_committed_figure(fresh_anvil: AnvilProcess) -> None:
    town = DaTown.build(Evm(fresh_anvil.url), Rules())
    town.join(2, 5)
    town.join(3, 30)
    check_gas("DARegistry.registerNextEpoch", town.enter(2))
    town.enter(3)
    # The beacon is a block's hash, which depends on the clock: what follows is not exact.
    town.capture()
    check_gas("DASigners.pageKeys two", town.page()[0])
    town.prepare()
    check_gas("DASigners.makeEpoch", town.make())
