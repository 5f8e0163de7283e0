"""The mine answers under the names that official miners and explorers use.

(0gfoundation/0g-storage-contracts: contracts/miner/Mine.sol)
"""

from __future__ import annotations

from typing import cast

import pytest
from eth_typing import ABIEvent, ABIFunction
from eth_utils.abi import abi_to_signature
from eth_utils.crypto import keccak

from tests.support.contracts import artifact

pytestmark = pytest.mark.contracts

SELECTORS = {
    "submit": "ae722e82",
    "requestMinerId": "047c13f5",
    "computeWorkerContext": "296beba7",
    "canSubmit": "ffbc9bd0",
}
TOPICS = {
    "NewMinerId": "bfeb006f16aca8eb3d9953cf44db6b11b6f3041a313875dfa18f2e9d71bd309e",
    "UpdateMinerId": "9a26a8e7fd42c501b452c02016def8048e3ea28c2bf15127a9b5e2029d989bf1",
    "NewSubmission": "fedd8f58059af8fd54b4394c01ea8d07cac041988be3b5a822fb779f9c8de3a4",
}
INDEXED = {
    "NewMinerId": ["minerId", "beneficiary"],
    "UpdateMinerId": ["minerId", "from", "to"],
    "NewSubmission": ["epoch", "minerId"],
}
CONTEXT = "(uint256,uint256,bytes32,uint256,bytes32,bytes32)"
ANSWER = (
    "(bytes32,bytes32,bytes32,(uint256,uint256,uint64,uint64),"
    "uint256,uint256,bytes32,bytes32[128],bytes32[])"
)
NUMBERS = [
    "poraTarget",
    "minDifficulty",
    "difficultyAdjustRatio",
    "maxShards",
    "lastMinedEpoch",
    "currentSubmissions",
    "targetMineBlocks",
    "targetSubmissions",
    "targetSubmissionsNextEpoch",
    "nSubtasks",
    "nSubtasksNextEpoch",
    "subtaskInterval",
    "subtaskIntervalNextEpoch",
    "poraVersion",
]
SIGNATURES = {
    f"submit({ANSWER})",
    f"basicCheck({ANSWER},{CONTEXT})",
    f"pora({ANSWER},bytes32)",
    f"getSubtaskDigest({CONTEXT},bytes32)",
    "requestMinerId(address,uint64)",
    "transferBeneficial(address,bytes32)",
    "computeWorkerContext(bytes32)",
    "canSubmit()",
    "flow()",
    "reward()",
    "beneficiaries(bytes32)",
    "sealDataEnabled()",
    "dataProofEnabled()",
    "fixedDifficulty()",
    "computeWorkerContextCaller()",
    "setTargetMineBlocks(uint256)",
    "setTargetSubmissions(uint256)",
    "setDifficultyAdjustRatio(uint256)",
    "setMaxShards(uint64)",
    "setMinDifficulty(uint256)",
    "setNumSubtasks(uint256)",
    "setSubtaskInterval(uint256)",
    *(f"{name}()" for name in NUMBERS),
}


def entries(kind: str) -> list[ABIFunction | ABIEvent]:
    """Functions or events of the mine."""
    found = [entry for entry in artifact("PoraMine").abi if entry["type"] == kind]
    return cast("list[ABIFunction | ABIEvent]", found)


def test_every_official_function_is_there_under_its_selector() -> None:
    functions = {abi_to_signature(entry): entry["name"] for entry in entries("function")}
    assert set(functions) >= SIGNATURES
    found = {functions[text]: keccak(text=text)[:4].hex() for text in SIGNATURES}
    assert {name: found[name] for name in SELECTORS} == SELECTORS


def test_every_official_event_is_there_under_its_topic_and_indexes() -> None:
    events = {entry["name"]: cast(ABIEvent, entry) for entry in entries("event")}
    found = {name: keccak(text=abi_to_signature(events[name])).hex() for name in TOPICS}
    assert found == TOPICS
    indexed = {
        name: [part["name"] for part in events[name]["inputs"] if part["indexed"]]
        for name in INDEXED
    }
    assert indexed == INDEXED
