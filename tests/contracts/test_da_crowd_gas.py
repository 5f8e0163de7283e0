"""What a crowd costs: 3,072 rows of as many signers with one vote each, the worst there is.

bench/da.py prints the figures, with many more blobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from statistics import mean

import pytest

from tests.support.contracts import Reverted, artifact, check_gas, compiled
from tests.support.da_crowd import ABSENT, ROWS, Crowd, scattered
from tests.support.da_signers import SIGNERS_AT, Rules, SignersTown, place, point
from tests.support.evm import AnvilProcess

pytestmark = pytest.mark.contracts
BLOCK = 16_000_000
"""Most gas of a call that prepares."""
BLOBS = 6


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Epoch 1 of the crowd, on a chain of its own."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-crowd"))
    try:
        yield Crowd.build(process)
    finally:
        process.stop()


def test_preparation_fits_its_blocks_and_the_epoch_only_flips(crowd: Crowd) -> None:
    used = dict(crowd.preparation)
    assert used.pop("makeEpoch")[0] <= 300_000
    assert max(gas for calls in used.values() for gas in calls) <= BLOCK


def test_remainder_of_a_crowd_fits_its_block(fresh_anvil: AnvilProcess) -> None:
    town = SignersTown.build(fresh_anvil, Rules(rows=ROWS, quorums=10))
    filling = place(town.evm, compiled("CrowdedSigners"), SIGNERS_AT)
    for count in (1000, 1000, 1000, 1000, 1000, 1000, 143):
        filling.send("enlist", count, gas=30_000_000)
    town.signers = place(town.evm, artifact("DASigners"), SIGNERS_AT)
    town.capture()
    used = town.show()
    assert len(used) == 2, "a quorum, and a remainder of one row less"
    assert max(used) <= BLOCK


@pytest.mark.parametrize(("absent", "most"), ABSENT.items())
def test_certificate_of_a_full_quorum_costs_what_is_promised(
    crowd: Crowd, absent: int, most: int
) -> None:
    blobs = islice(scattered(absent, 0), BLOBS)
    assert mean(crowd.confirm(f"{absent} {i}", bits) for i, bits in enumerate(blobs)) <= most


def test_two_thirds_to_the_row_certify_and_one_less_does_not(crowd: Crowd) -> None:
    crowd.confirm("2,048 rows", next(scattered(1024, 0)))
    with pytest.raises(Reverted, match="insufficient signed slices"):
        crowd.confirm("2,047 rows", next(scattered(1025, 0)))


@pytest.mark.parametrize(
    ("absent", "most"), [(0, 25_000), (1, 60_000), (100, 180_000), (341, 350_000)]
)
def test_aggregate_of_a_crowd_is_cheap_and_right(crowd: Crowd, absent: int, most: int) -> None:
    bitmap = next(scattered(absent, 1))
    wanted = (point(crowd.key(bitmap).public_g1), ROWS, ROWS - absent)
    assert crowd.town.signers.read("getAggPkG1", 1, 0, bitmap) == wanted
    assert crowd.aggregate_gas(bitmap) <= most


def test_gas_of_a_small_epoch_is_the_committed_figure(fresh_anvil: AnvilProcess) -> None:
    town = SignersTown.build(fresh_anvil, Rules())
    town.join(2, 5)
    town.join(3, 30)
    check_gas("DARegistry.registerNextEpoch", town.enter(2))
    town.enter(3)
    # The beacon is a block's hash, which depends on the clock: what follows is not exact.
    town.capture()
    check_gas("DASigners.pageKeys two", town.page()[0])
    town.prepare()
    check_gas("DASigners.makeEpoch", town.make())
