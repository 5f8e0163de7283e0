"""Compile the contracts and write what the wheel ships: zerog/chain/artifacts/NAME.json.

Each file is a ContractType (ABI, creation code, runtime code), which web3 and ape both read, so
that a user needs neither ape nor a compiler. The bytes depend on the sources alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from scripts.solidity import ROOT, Build, Json, SolidityErrors, build_contracts

FOLDER = ROOT / "zerog" / "chain" / "artifacts"

DEPLOYABLE = (
    "AdminFacet",
    "AgentMarket",
    "AgentNFT",
    "AgentNftFacet",
    "AgenticFacet",
    "AgenticIDReputationRegistry",
    "AgenticIdFacet",
    "AttestationRegistry",
    "Authority",
    "ChunkDecayReward",
    "ChunkLinearReward",
    "CloneGate",
    "Committee",
    "CommitteeDesk",
    "CommitteeVault",
    "DAChallenge",
    "DAEntrance",
    "DARegistry",
    "DASigners",
    "DataVerifier",
    "DigestHistory",
    "DocFacet",
    "ExchangeJudge",
    "FairExchange",
    "FeedbackBatcher",
    "FixedPriceMarket",
    "Flow",
    "IdentityRegistry8004",
    "KeyDirectory",
    "LifeFacet",
    "LineageFacet",
    "LoupeFacet",
    "PermitFacet",
    "PoraMine",
    "Proxy",
    "ReferenceMarket",
    "RentalFacet",
    "ReputationRegistry8004",
    "RoyaltySplitter",
    "SandboxServing",
    "SealFacet",
    "StandardCloneAuthorizer",
    "TappRegistry",
    "VerifiedFeedbackRegistry",
)
"""Every contract that a deployment may create; DigestHistory is made by the Flow."""

CODE_SIZE_LIMIT = 24_576  # EIP-170


def contract_type(name: str, output: Mapping[str, Json]) -> dict[str, Json]:
    """The artifact of one contract, from solc's outputs."""
    evm = cast(dict[str, dict[str, str]], output["evm"])
    return {
        "contractName": name,
        "abi": output["abi"],
        "deploymentBytecode": {"bytecode": "0x" + evm["bytecode"]["object"]},
        "runtimeBytecode": {"bytecode": "0x" + evm["deployedBytecode"]["object"]},
    }


def render(build: Build) -> dict[str, str]:
    """File name -> text of every artifact that should be in the folder."""
    outputs = build.by_name()
    missing = sorted(set(DEPLOYABLE) - outputs.keys())
    if missing:
        raise SolidityErrors([f"no contract is named {name}" for name in missing])
    texts = {}
    for name in DEPLOYABLE:
        document = contract_type(name, outputs[name])
        runtime = cast(dict[str, str], document["runtimeBytecode"])["bytecode"]
        size = len(runtime) // 2 - 1
        if size > CODE_SIZE_LIMIT:
            raise SolidityErrors([f"{name}: {size} bytes of code, {CODE_SIZE_LIMIT} are allowed"])
        texts[f"{name}.json"] = json.dumps(document, sort_keys=True, indent=1) + "\n"
    return texts


def write(texts: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Make the folder hold exactly these files; gives the names that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for path in folder.glob("*.json"):
        if path.name not in texts:
            path.unlink()
            changed.append(path.name)
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(name)
    return sorted(changed)


def main() -> int:
    """Build, write, say what changed."""
    try:
        changed = write(render(build_contracts()))
    except SolidityErrors as error:
        print(error, file=sys.stderr)
        return 1
    print("artifacts: " + (", ".join(changed) if changed else "unchanged"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
