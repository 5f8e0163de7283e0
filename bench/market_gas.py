"""Gas of a sale with its proof, beside the figure of 0g-agent-nft's market.

python bench/market_gas.py [--json]

One item of data, whole transactions, every slot that can be new is new.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, emit
from tests.support.evm import AnvilProcess
from tests.support.market_gas import REFERENCE, figures


def measure() -> list[Metric]:
    """The reference's own call, and ours by oracle and by proof."""
    with ExitStack() as stack:
        chains = []
        for _ in range(3):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            chains.append(AnvilProcess.start(Path(folder)))
            stack.callback(chains[-1].stop)
        found = figures(*chains)
    return [Metric(name, used, "gas", REFERENCE, "lower") for name, used in found.items()]


if __name__ == "__main__":
    emit("Gas of a sale, one item of data", measure())
