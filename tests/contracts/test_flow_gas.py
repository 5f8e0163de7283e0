"""What storage calls cost, to the unit of gas (gas_snapshot.json)."""

from __future__ import annotations

import pytest

from tests.support.contracts import Evm, artifact, check_gas
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import BATCH_LEGACY, SUBMIT, Storage, fee_of, full

pytestmark = pytest.mark.contracts


def test_gas_of_storage_calls_is_the_committed_figure(fresh_anvil: AnvilProcess) -> None:
    storage = Storage.deploy(Evm(fresh_anvil.url))
    caller = storage.evm.accounts[4]
    steps = [("first", full(0)), ("one node", full(3)), ("four nodes", full(13, 12, 11, 10))]
    for name, data in steps:
        receipt = storage.flow.send(SUBMIT, (data, caller), sender=caller, value=fee_of(data))
        check_gas(f"Flow.submit {name}", receipt["gasUsed"])
    batch = [full(4), full(11, 10), full(2)]
    receipt = storage.flow.send(BATCH_LEGACY, batch, sender=caller, value=fee_of(*batch))
    check_gas("Flow.batchSubmit three files", receipt["gasUsed"])


def test_gas_of_creations_is_the_committed_figure(fresh_anvil: AnvilProcess) -> None:
    storage = Storage.deploy(Evm(fresh_anvil.url))
    creations = {
        "Authority": storage.authority,
        "Proxy of FixedPriceMarket": storage.market,
        "Proxy of Flow": storage.flow,
    }
    for name, made in creations.items():
        assert made.receipt is not None
        check_gas(f"create {name}", made.receipt["gasUsed"])
    for name in ("FixedPriceMarket", "Flow"):
        logic = storage.evm.deploy(artifact(name))
        assert logic.receipt is not None
        check_gas(f"create {name}", logic.receipt["gasUsed"])
