"""Our flow places and hashes as the reference contract did."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from tests.support.contracts import Evm, artifact
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import (
    BATCH,
    SUBMIT,
    SUBMIT_LEGACY,
    Storage,
    data_of,
    sequence,
)

pytestmark = pytest.mark.contracts


@pytest.fixture
def storage(anvil: AnvilProcess) -> Storage:
    return Storage.deploy(Evm(anvil.url), sequence()["pricePerSectorWei"])


def test_flow_when_new_has_only_the_reserved_sector(storage: Storage) -> None:
    initial = sequence()["initial"]
    assert list(storage.flow.read("tree")) == initial["tree"]  # type: ignore[call-overload]
    assert storage.flow.read("computeFlowRoot") == bytes(32)
    assert storage.flow.read("numSubmissions") == storage.flow.read("submissionIndex") == 0
    assert storage.flow.read("getFlowRootByTxSeq", 0) == bytes(32)


@pytest.mark.parametrize("function", [SUBMIT, SUBMIT_LEGACY])
def test_flow_over_the_vectors_equals_the_reference(storage: Storage, function: str) -> None:
    flow, evm = storage.flow, storage.evm
    caller, named = evm.accounts[4], evm.accounts[7]
    for expected in sequence()["submissions"]:
        data = data_of(expected)
        args: tuple[object, ...] = ((data, named),) if function == SUBMIT else (data,)
        fee, start, size = expected["feeWei"], expected["startPos"], expected["length"]
        answer = flow.read(function, *args, sender=caller, value=fee)
        identity = bytes.fromhex(expected["identity"][2:])
        assert answer == (expected["submissionIndex"], identity, start, size)
        receipt = flow.send(function, *args, sender=caller, value=fee)
        (event,) = flow.events("Submit", receipt)
        assert event["sender"] == (named if function == SUBMIT else caller)
        assert event["identity"] == identity
        assert (event["submissionIndex"], event["startPos"], event["length"]) == (
            expected["submissionIndex"],
            start,
            size,
        )
        root = bytes.fromhex(expected["flowRootAfter"][2:])
        assert flow.read("computeFlowRoot") == root
        assert flow.read("getFlowRootByTxSeq", expected["submissionIndex"]) == root
        assert flow.read("tree") == (
            expected["flowLengthAfter"],
            (expected["flowLengthAfter"] - 1).bit_length() + 1,
        )
    paid = sum(expected["feeWei"] for expected in sequence()["submissions"])
    assert evm.balance(storage.market.address) == paid
    assert evm.balance(flow.address) == 0


def test_flow_batch_over_the_vectors_equals_the_reference(storage: Storage) -> None:
    flow, evm = storage.flow, storage.evm
    expected = sequence()["submissions"]
    batch = [(data_of(each), evm.accounts[7]) for each in expected]
    receipt = flow.send(BATCH, batch, value=sum(each["feeWei"] for each in expected))
    events = flow.events("Submit", receipt)
    assert [event["startPos"] for event in events] == [each["startPos"] for each in expected]
    for each in expected:
        root = flow.read("getFlowRootByTxSeq", each["submissionIndex"])
        assert root == bytes.fromhex(each["flowRootAfter"][2:])


def test_flow_abi_answers_under_the_ids_that_official_clients_use(storage: Storage) -> None:
    vectors = sequence()
    codes = {artifact("Flow").runtime_code, artifact("FixedPriceMarket").runtime_code}
    later = {"initialize(address,uint256)"}  # ours also names the authority
    for name, selector in vectors["selectors"].items():
        if name in later:
            continue
        signature = name.removeprefix("legacy ")
        assert keccak(text=signature)[:4].hex() == selector[2:]
        assert any(selector[2:] in code for code in codes), name
    submit = next(topic for name, topic in vectors["topics"].items() if name.startswith("Submit("))
    expected = vectors["submissions"][0]
    receipt = storage.flow.send(SUBMIT_LEGACY, data_of(expected), value=expected["feeWei"])
    assert receipt["logs"][0]["topics"][0].hex() == submit.removeprefix("0x")
