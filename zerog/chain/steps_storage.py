"""The contracts of storage: market, flow, rewards and mining. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from eth_utils.address import to_checksum_address

from zerog.chain.params import DeployParams
from zerog.chain.steps import Call, Ref, Step, proxied

ZERO_ADDRESS = to_checksum_address(bytes(20))
MINE_SETTINGS = 0
"""Sealed data, proven data, and a difficulty that follows the miners."""

CONTRACTS: Mapping[str, str] = {
    "Market": "FixedPriceMarket",
    "Flow": "Flow",
    "ChunkReward": "ChunkLinearReward",
    "PoraMine": "PoraMine",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""


def steps(params: DeployParams) -> tuple[Step, ...]:
    """The market first: the Flow names it for ever. Rewards before the mine that claims them.

    Who was made earlier learns of the later one by a call.
    """
    authority = Ref("Authority")
    reward = (Ref("Market"), ZERO_ADDRESS, authority)
    mine = (Ref("Flow"), Ref("ChunkReward"), params.mine.values(), authority)
    formula = (params.release_seconds, params.sectors_per_price)
    return (
        *proxied("Market", "FixedPriceMarket", (params.price_per_sector_wei, authority)),
        *proxied("Flow", "Flow", (Ref("Market"), params.blocks_per_epoch, authority)),
        Call("Market.setFlow", "Market", "FixedPriceMarket", "setFlow", (Ref("Flow"),)),
        *proxied("ChunkReward", "ChunkLinearReward", reward, formula),
        Call("Market.setReward", "Market", "FixedPriceMarket", "setReward", (Ref("ChunkReward"),)),
        *proxied("PoraMine", "PoraMine", mine, (MINE_SETTINGS,)),
        Call(
            "ChunkReward.setMine", "ChunkReward", "ChunkLinearReward", "setMine", (Ref("PoraMine"),)
        ),
    )
