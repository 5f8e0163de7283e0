"""The exchange with complaints, and the rules that it decides by. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zerog.chain.params import DeployParams
from zerog.chain.steps import Deploy, Ref, Step, proxied

CONTRACTS: Mapping[str, str] = {
    "ExchangeJudge": "ExchangeJudge",
    "FairExchange": "FairExchange",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

FEE_BPS = 250
"""As in the market of the same collection."""


def steps(params: DeployParams) -> tuple[Step, ...]:
    """The rules before the exchange whose code names them."""
    args = (Ref("AgentNFT"), FEE_BPS, params.admin, Ref("Authority"))
    return (
        Deploy("ExchangeJudge", "ExchangeJudge"),
        *proxied("FairExchange", "FairExchange", args, (Ref("ExchangeJudge"),)),
    )
