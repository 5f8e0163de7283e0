"""A flow with its market on a test chain, and submissions to feed it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from tests.support.contracts import Deployed, Evm, artifact

DATA = "(uint256,bytes,(bytes32,uint256)[])"
SUBMIT = f"submit(({DATA},address))"
SUBMIT_LEGACY = f"submit({DATA})"
BATCH = f"batchSubmit(({DATA},address)[])"
BATCH_LEGACY = f"batchSubmit({DATA}[])"
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "flow" / "sequence.json"
PRICE = 232_830_643
SECTOR = 256

Node = tuple[bytes, int]
Data = tuple[int, bytes, list[Node]]


class Expected(TypedDict):
    """One submission of sequence.json."""

    data: dict[str, object]
    identity: str
    submissionIndex: int
    startPos: int
    length: int
    feeWei: int
    flowLengthAfter: int
    flowRootAfter: str


class FlowSequence(TypedDict):
    """sequence.json."""

    pricePerSectorWei: int
    initial: dict[str, object]
    submissions: list[Expected]
    selectors: dict[str, str]
    topics: dict[str, str]


def sequence() -> FlowSequence:
    """The committed vectors."""
    return cast(FlowSequence, json.loads(VECTORS.read_text()))


def data_of(expected: Expected) -> Data:
    """SubmissionData of a vector as the ABI takes it."""
    data = expected["data"]
    nodes = cast("list[dict[str, object]]", data["nodes"])
    made = [(bytes.fromhex(str(n["root"])[2:]), cast(int, n["height"])) for n in nodes]
    return (cast(int, data["length"]), bytes.fromhex(str(data["tags"])[2:]), made)


def full(*heights: int, seed: int = 1) -> Data:
    """Subtrees of these heights, filled to the last byte, with made-up roots."""
    nodes = [((seed * 1000 + i).to_bytes(32, "big"), height) for i, height in enumerate(heights)]
    return (sum(SECTOR << height for height in heights), b"", nodes)


def sectors(data: Data) -> int:
    """Sectors that a submission covers."""
    return sum(1 << height for _, height in data[2])


def fee_of(*batch: Data, price: int = PRICE) -> int:
    """Exact fee of some submissions in wei."""
    return price * sum(sectors(data) for data in batch)


@dataclass(frozen=True, slots=True)
class Storage:
    """Authority (admin: account 1), market and flow."""

    evm: Evm
    authority: Deployed
    market: Deployed
    flow: Deployed

    @classmethod
    def deploy(cls, evm: Evm, price: int = PRICE, blocks_per_epoch: int = 20) -> Storage:
        """Deploy in the order of zerog.chain.plan."""
        authority = evm.deploy(artifact("Authority"), evm.accounts[1])
        market = evm.deploy_proxy(
            artifact("FixedPriceMarket"), "initialize", price, authority.address
        )
        named = (market.address, blocks_per_epoch, authority.address)
        flow = evm.deploy_proxy(artifact("Flow"), "initialize", *named)
        market.send("setFlow", flow.address)
        return cls(evm, authority, market, flow)

    def state(self) -> tuple[object, ...]:
        """All that a refused call must leave alone."""
        flow, market = self.flow, self.market
        views = ("tree", "numSubmissions", "computeFlowRoot")
        balances = (self.evm.balance(flow.address), self.evm.balance(market.address))
        return (*(flow.read(view) for view in views), *balances)


def columns(results: Sequence[Sequence[object]]) -> tuple[tuple[object, ...], ...]:
    """Rows of a batch's results as the four arrays that batchSubmit returns."""
    return tuple(zip(*results, strict=True))
