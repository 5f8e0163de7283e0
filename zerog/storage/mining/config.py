"""How a home mines, from its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from zerog.config import BadSetting, variable
from zerog.storage.wire import ShardConfig

WHOLE: Final = ShardConfig()
"""All of the flow."""


@dataclass(frozen=True, slots=True)
class MinerConfig:
    """Whose key mines; which shard; searches at a time; answers per epoch; room for seals."""

    key: str = "dave"
    shard: ShardConfig = WHOLE
    lanes: int = 1
    answers: int = 1
    gib: int = 64

    @classmethod
    def load(cls, env: Mapping[str, str]) -> Self:
        """ZEROG_MINE_KEY, _SHARD (ID/NUM), _LANES (default: one per core), _ANSWERS, _GIB.

        Raises BadSetting.
        """
        lanes = variable("ZEROG_MINE_LANES", env) or str(os.cpu_count() or 1)
        return cls(
            variable("ZEROG_MINE_KEY", env) or "dave",
            _shard(variable("ZEROG_MINE_SHARD", env) or "0/1"),
            _positive("ZEROG_MINE_LANES", lanes),
            _positive("ZEROG_MINE_ANSWERS", variable("ZEROG_MINE_ANSWERS", env) or "1"),
            _positive("ZEROG_MINE_GIB", variable("ZEROG_MINE_GIB", env) or "64"),
        )


def _shard(text: str) -> ShardConfig:
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal()):
        raise BadSetting("ZEROG_MINE_SHARD", f"is {text!r}, not ID/NUM")
    shard_id, num_shard = int(number), int(count)
    if not 0 <= shard_id < num_shard or num_shard & (num_shard - 1):
        raise BadSetting("ZEROG_MINE_SHARD", f"is {text!r}: NUM is a power of two above ID")
    return ShardConfig(shard_id, num_shard)


def _positive(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BadSetting(name, f"is {text!r}, not a whole number from 1 on")
    return int(text)
