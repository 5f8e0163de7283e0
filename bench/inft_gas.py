"""Gas of the token beside the figures of the references, with the same calls.

python bench/inft_gas.py [--json]

One item of data; receivers own nothing yet and signers have burnt no nonce, so that every slot
which can be new is new. Figures are whole transactions. Those of 0g-agent-nft were measured on
its own contracts (main) with a sealed key of 129 bytes; of a proof on chain it has none: 200,000 is
our own limit, with the sealed key kept as a hash and an event.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, emit
from tests.support.evm import AnvilProcess
from tests.support.token_gas import (
    MEASURES,
    ON_CHAIN,
    ON_CHAIN_LIMIT,
    REFERENCE,
    REFERENCE_BY_PROOF,
)

TARGETS = {**REFERENCE, **REFERENCE_BY_PROOF, ON_CHAIN: ON_CHAIN_LIMIT}


def measure() -> list[Metric]:
    """Every figure, those with a target first."""
    figures: dict[str, int] = {}
    for part in MEASURES:
        with tempfile.TemporaryDirectory() as folder:
            anvil = AnvilProcess.start(Path(folder))
            try:
                figures |= part(anvil)
            finally:
                anvil.stop()
    names = [*TARGETS, *(name for name in figures if name not in TARGETS)]
    return [Metric(name, figures[name], "gas", TARGETS.get(name), "lower") for name in names]


if __name__ == "__main__":
    emit("Gas of the token, one item of data", measure())
