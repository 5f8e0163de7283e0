"""One deterministic solc run over the contracts, kept under .build by the hash of its inputs.

The build does not go through ape: its incremental build misses the dependents of a changed base
contract, and this one compiles twice as fast because solc writes only what is asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Contracts: TypeAlias = Mapping[str, Mapping[str, Json]]

ROOT = Path(__file__).resolve().parent.parent
SOLC_VERSION = "0.8.35"
CONTRACTS = ROOT / "contracts"
TEST_SOURCES = ROOT / "tests" / "contracts" / "sources"
CACHE = ROOT / ".build" / "solc"
SETTINGS: dict[str, Json] = {
    "optimizer": {"enabled": True, "runs": 200},
    "evmVersion": "cancun",
    "metadata": {"bytecodeHash": "none"},  # a changed comment leaves the artifacts alone
    "remappings": [
        f"{package}/=node_modules/{package}/"
        for package in ("@openzeppelin/contracts", "@openzeppelin/contracts-upgradeable")
    ],
}
TOLERATED = '"at" will be promoted to keyword'
"""DigestHistory.at is an official name."""
OUTPUTS: list[Json] = [
    "abi",
    "devdoc",
    "userdoc",
    "storageLayout",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.methodIdentifiers",
]


class CompilerMissing(RuntimeError):
    """The pinned solc is not in the project folder."""


class SolidityErrors(RuntimeError):
    """solc refused our sources, or warned about them; `messages` holds its own words."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages
        super().__init__("\n".join(messages))


@dataclass(frozen=True, slots=True)
class Build:
    """What solc said: source path -> contract name -> outputs, and each source's syntax tree."""

    contracts: Mapping[str, Contracts]
    trees: Mapping[str, Json]

    def by_name(self) -> dict[str, Mapping[str, Json]]:
        """Each contract by its name, which is unique in the project."""
        found: dict[str, Mapping[str, Json]] = {}
        for path, contracts in self.contracts.items():
            for name, output in contracts.items():
                if name in found:
                    raise SolidityErrors([f"{path}: a second contract is named {name}"])
                found[name] = output
        return found


def build_contracts() -> Build:
    """Compile everything below contracts/."""
    return _build([CONTRACTS], [CONTRACTS])


def build_test_contracts() -> Build:
    """Compile the contracts that only tests use (attackers, flawed rules, receivers)."""
    return _build([TEST_SOURCES], [TEST_SOURCES, CONTRACTS])


def _sources(folders: Iterable[Path]) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.sol"))


def _build(wanted: list[Path], inputs: list[Path]) -> Build:
    kept = CACHE / f"{_fingerprint(wanted, inputs)}.json"
    if not kept.exists():
        output = _run_solc(_sources(wanted))
        CACHE.mkdir(parents=True, exist_ok=True)
        # Renamed into place, so that two builds at once never leave half a file.
        with tempfile.NamedTemporaryFile("w", dir=CACHE, suffix=".part", delete=False) as part:
            json.dump(output, part)
        os.replace(part.name, kept)
    document = json.loads(kept.read_text())
    return Build(document["contracts"], document["trees"])


def _fingerprint(wanted: list[Path], inputs: list[Path]) -> str:
    """Hash of all that decides the output: settings, our sources, OpenZeppelin's versions."""
    digest = hashlib.sha256()
    ground = [SOLC_VERSION, SETTINGS, OUTPUTS, [str(path.relative_to(ROOT)) for path in wanted]]
    digest.update(json.dumps(ground, sort_keys=True).encode())
    packages = [
        ROOT / "node_modules" / "@openzeppelin" / name / "package.json"
        for name in ("contracts", "contracts-upgradeable")
    ]
    for path in [*_sources(inputs), *packages]:
        text = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(text)}\0".encode())
        digest.update(text)
    return digest.hexdigest()[:32]


def _run_solc(sources: list[Path]) -> dict[str, Json]:
    # Imported here: reading a kept build must work without the compiler's packages.
    from solcx import compile_standard  # noqa: PLC0415
    from solcx.exceptions import SolcError  # noqa: PLC0415

    folder = Path(os.environ.get("SOLCX_BINARY_PATH", ROOT / ".tools" / "solc"))
    binary = folder / f"solc-v{SOLC_VERSION}"
    if not binary.exists():
        raise CompilerMissing(f"{binary} is missing; run: make setup")
    names = [path.relative_to(ROOT).as_posix() for path in sources]
    chosen: dict[str, Json] = {name: {"*": OUTPUTS, "": ["ast"]} for name in names}
    request = {
        "language": "Solidity",
        "sources": {
            path.relative_to(ROOT).as_posix(): {"content": path.read_text()} for path in sources
        },
        "settings": {**SETTINGS, "outputSelection": chosen},
    }
    try:
        # Standard JSON takes paths below the base only: no machine's path reaches the output.
        answer = compile_standard(request, base_path=ROOT, allow_paths=ROOT, solc_binary=binary)
    except SolcError as error:
        raise SolidityErrors([str(error)]) from error
    return _checked(cast(dict[str, Json], answer), set(names))


def _checked(answer: dict[str, Json], ours: set[str]) -> dict[str, Json]:
    """Refuse warnings in our own sources; keep the outputs and the trees."""
    complaints = []
    for entry in cast(list[dict[str, Json]], answer.get("errors", [])):
        place = cast(dict[str, Json], entry.get("sourceLocation") or {})
        if TOLERATED in str(entry["message"]):
            continue
        if entry["severity"] == "error" or place.get("file", next(iter(ours))) in ours:
            complaints.append(str(entry["formattedMessage"]).strip())
    if complaints:
        raise SolidityErrors(complaints)
    contracts = cast(dict[str, Json], answer.get("contracts", {}))
    files = cast(dict[str, dict[str, Json]], answer.get("sources", {}))
    return {
        "contracts": {path: contracts[path] for path in sorted(contracts) if path in ours},
        "trees": {path: files[path]["ast"] for path in sorted(files) if path in ours},
    }
