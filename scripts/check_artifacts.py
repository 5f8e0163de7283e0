"""Gate: the shipped artifacts are what the sources compile to, and the ABI is the frozen one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import cast

from eth_utils.crypto import keccak

from scripts import frozen_da
from scripts.export_artifacts import FOLDER, render
from scripts.solidity import Build, SolidityErrors, build_contracts

RANGE = "(uint256,uint256,uint64,uint64)"
ANSWER = f"(bytes32,bytes32,bytes32,{RANGE},uint256,uint256,bytes32,bytes32[128],bytes32[])"
FROZEN: Mapping[str, Mapping[str, str]] = {
    "Flow": {
        "submit(((uint256,bytes,(bytes32,uint256)[]),address))": "bc8c11f8",
        "batchSubmit(((uint256,bytes,(bytes32,uint256)[]),address)[])": "49aa3395",
        "submit((uint256,bytes,(bytes32,uint256)[]))": "ef3e12dc",
        "batchSubmit((uint256,bytes,(bytes32,uint256)[])[])": "9e62a38e",
        "market()": "80f55605",
        "tree()": "fd54b228",
        "numSubmissions()": "77e19824",
        "submissionIndex()": "b8a409ac",
        "computeFlowRoot()": "1deb0fca",
        "getFlowRootByTxSeq(uint256)": "6d7ad0fc",
        "paused()": "5c975abb",
        "makeContext()": "38d45e10",
        "makeContextFixedTimes(uint256)": "18a641ef",
        "makeContextWithResult()": "b464b53e",
        "queryContextAtPosition(uint128)": "31bae174",
        "getContext()": "127f0f07",
        "getEpochRange(bytes32)": "7d590708",
    },
    "FixedPriceMarket": {
        "pricePerSector()": "61ec5082",
        "setPricePerSector(uint256)": "14aa90a1",
        "chargeFee(uint256,uint256,uint256)": "da6eb36a",
        "flow()": "343aad82",
    },
    "ChunkLinearReward": {
        "fillReward(uint256,uint256)": "59e96700",
        "firstRewardableChunk()": "b3b30c1a",
        "withdrawPayments(address)": "31b3eb94",
        "payments(address)": "e2982c21",
    },
    "PoraMine": {
        f"submit({ANSWER})": "ae722e82",
        "requestMinerId(address,uint64)": "047c13f5",
        "computeWorkerContext(bytes32)": "296beba7",
        "canSubmit()": "ffbc9bd0",
    },
    **frozen_da.FUNCTIONS,
}
"""What the official clients and nodes call (of storage: 0gfoundation/0g-storage-contracts)."""

FROZEN_TOPICS: Mapping[str, Mapping[str, str]] = {
    "Flow": {
        "Submit(address,bytes32,uint256,uint256,uint256,(uint256,bytes,(bytes32,uint256)[]))": (
            "167ce04d2aa1981994d3a31695da0d785373335b1078cec239a1a3a2c7675555"
        ),
        "NewEpoch(address,uint256,bytes32,uint256,uint256,bytes32)": (
            "bc8a3fd82465d43f1709e44ed882f7e1af0147274196ef1ec009f5d52ff4e993"
        ),
    },
    "ChunkLinearReward": {
        "DistributeReward(uint256,address,bytes32,uint256)": (
            "f099de0c527342bff1397d08daae31c3de66104f48886094fbe9126a21ebf4b0"
        )
    },
    "PoraMine": {
        "NewMinerId(bytes32,address)": (
            "bfeb006f16aca8eb3d9953cf44db6b11b6f3041a313875dfa18f2e9d71bd309e"
        ),
        "NewSubmission(uint256,bytes32,uint256,uint256)": (
            "fedd8f58059af8fd54b4394c01ea8d07cac041988be3b5a822fb779f9c8de3a4"
        ),
    },
    **frozen_da.TOPICS,
}
FROZEN_ERRORS: Mapping[str, Mapping[str, str]] = {
    "Flow": {"NotEnoughFee(uint256,uint256,uint256)": "f85c6482", "EnforcedPause()": "d93c0665"},
}


def stale(build: Build) -> list[str]:
    """Names of artifacts that differ from the sources, are missing, or should not be there."""
    texts = render(build)
    present = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    return sorted(name for name in texts.keys() | present if texts.get(name) != present.get(name))


def thawed(build: Build) -> list[str]:
    """Frozen functions, events and errors that a contract no longer has under their id."""
    outputs = build.by_name()
    found = []
    for contract, functions in FROZEN.items():
        evm = cast(dict[str, dict[str, str]], outputs[contract]["evm"])
        for signature, selector in functions.items():
            if evm["methodIdentifiers"].get(signature) != selector:
                found.append(f"{contract}.{signature} is not {selector}")
    for table, kind, size in ((FROZEN_TOPICS, "event", 32), (FROZEN_ERRORS, "error", 4)):
        for contract, entries in table.items():
            abi = cast(list[dict[str, object]], outputs[contract]["abi"])
            ids = {
                keccak(text=_signature(entry))[:size].hex()
                for entry in abi
                if entry["type"] == kind
            }
            found += [
                f"{contract}: no {kind} {name}" for name, id_ in entries.items() if id_ not in ids
            ]
    return found


def _signature(entry: Mapping[str, object]) -> str:
    inputs = cast(list[dict[str, object]], entry["inputs"])
    return f"{entry['name']}({','.join(_type(part) for part in inputs)})"


def _type(part: Mapping[str, object]) -> str:
    name = str(part["type"])
    if not name.startswith("tuple"):
        return name
    inner = ",".join(_type(field) for field in cast(list[dict[str, object]], part["components"]))
    return f"({inner}){name.removeprefix('tuple')}"


def main() -> int:
    """Exit code 1 when an artifact is stale or a frozen name has changed."""
    try:
        build = build_contracts()
        old, changed = stale(build), thawed(build)
    except SolidityErrors as error:
        print(error, file=sys.stderr)
        return 1
    for name in old:
        print(f"zerog/chain/artifacts/{name} is stale; run: make artifacts", file=sys.stderr)
    for line in changed:
        print(f"frozen ABI: {line}", file=sys.stderr)
    return 1 if old or changed else 0


if __name__ == "__main__":
    sys.exit(main())
