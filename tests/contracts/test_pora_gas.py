"""What mining costs, to the unit of gas (gas_snapshot.json); and that the contract may exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.contracts import Evm, artifact, check_gas
from tests.support.evm import AnvilProcess
from tests.support.mining_contracts import MiningHouse, Terms
from tests.support.vectors import content

pytestmark = pytest.mark.contracts

FILE_SECTORS = 1 << 14
"""The file lies behind a gap of its own size."""
LARGEST = 24_576
"""Bytes of code that a chain takes (EIP-170)."""


@pytest.fixture
def steady_anvil(tmp_path: Path) -> Iterator[AnvilProcess]:
    """A chain with a fixed clock: block hashes, and so the answers, are always the same."""
    process = AnvilProcess.start(tmp_path, "--timestamp", "1700000000")
    try:
        process.rpc("anvil_setBlockTimestampInterval", 1)
        yield process
    finally:
        process.stop()


def test_gas_of_mining_is_the_committed_figure(steady_anvil: AnvilProcess) -> None:
    # One pricing chunk, so that every answer is paid out of the same slots.
    house = MiningHouse.deploy(Evm(steady_anvil.url), Terms(sectors_per_price=2 * FILE_SECTORS))
    assert house.mine.receipt is not None
    check_gas("create Proxy of PoraMine", house.mine.receipt["gasUsed"])
    logic = house.evm.deploy(artifact("PoraMine"), 0)
    assert logic.receipt is not None
    check_gas("create PoraMine", logic.receipt["gasUsed"])
    house.store(content(FILE_SECTORS * 256))
    house.roll()
    request = house.mine.send("requestMinerId", house.evm.accounts[5], 7)
    check_gas("PoraMine.requestMinerId", request["gasUsed"])
    (event,) = house.mine.events("NewMinerId", request)
    own_id = event["minerId"]
    assert isinstance(own_id, bytes)
    answers = (answer for answer, _ in house.candidates(own_id))
    good = (answer for answer in answers if house.refusal_on_chain(answer) is None)
    for name in ("first of an epoch", "next"):
        sent = house.mine.send("submit", next(good).abi())
        assert house.reward.events("DistributeReward", sent), "a paid answer is measured"
        check_gas(f"PoraMine.submit {name}", sent["gasUsed"])


def test_code_of_the_mine_is_not_too_large() -> None:
    assert len(artifact("PoraMine").runtime_code.removeprefix("0x")) // 2 < LARGEST
