"""The directory of viewing keys. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zerog.chain.params import DeployParams
from zerog.chain.steps import Deploy, Step

CONTRACTS: Mapping[str, str] = {"KeyDirectory": "KeyDirectory"}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""


def steps(params: DeployParams) -> tuple[Step, ...]:
    """It belongs to nobody and knows no other contract; `params` change nothing."""
    del params
    return (Deploy("KeyDirectory", "KeyDirectory"),)
