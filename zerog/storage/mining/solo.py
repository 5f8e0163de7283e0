"""The whole miner in one process, without a broker: what `zerog miner run` does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from zerog.chain.errors import RpcFailure, TxTimeout
from zerog.errors import Unreachable
from zerog.storage.mining.miner import Miner, State
from zerog.storage.mining.network import Closed

PAUSE_SECONDS: Final = 0.5


def mine(miner: Miner, answers: int | None, say: Callable[[str], None]) -> list[str]:
    """Go round and round; gives the transactions of accepted answers once there are `answers`.

    A chain that does not answer, or is slow, is waited for. Raises what a round raises otherwise.
    """
    accepted: list[str] = []
    said = ""
    while answers is None or len(accepted) < answers:
        try:
            line = once(miner, accepted)
        except (RpcFailure, TxTimeout, Unreachable) as error:
            line = str(error)
        if line != said:
            say(line)
            said = line
        time.sleep(PAUSE_SECONDS)
    return accepted


def once(miner: Miner, accepted: list[str]) -> str:
    """One round; adds the transaction of an accepted answer, and gives a line about it."""
    miner.keeper.step()
    if units := miner.seal():
        return f"sealed {units} units"
    window = miner.window()
    if isinstance(window, Closed):
        return f"waiting: {window.reason}"
    found = miner.search("0x" + window.context.digest.hex())
    if found.state is State.ACCEPTED:
        accepted.append(found.detail)
        return f"epoch {window.context.epoch}: answer accepted, {found.detail}"
    return f"epoch {window.context.epoch}: {found.state} {found.detail}".rstrip()
