"""The compiled contracts that ship with the package, so that a user needs no compiler.

Each file is a ContractType: contractName, abi, deploymentBytecode, runtimeBytecode (the form
that ApeWorX/ape reads as a source).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from importlib.resources import files
from typing import NotRequired, TypedDict, cast

from zerog.chain.errors import NoSuchArtifact
from zerog.chain.hexes import to_bytes


class AbiParam(TypedDict):
    """One input or output of an ABI entry."""

    name: str
    type: str
    components: NotRequired[list[AbiParam]]
    indexed: NotRequired[bool]


class AbiEntry(TypedDict):
    """One function, event, error or constructor of an ABI."""

    type: str
    name: NotRequired[str]
    inputs: NotRequired[list[AbiParam]]
    outputs: NotRequired[list[AbiParam]]
    stateMutability: NotRequired[str]
    anonymous: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A contract's interface and code.

    creation_code: without constructor arguments; empty for an interface.
    runtime_code: with immutables as zeros.
    """

    name: str
    abi: tuple[AbiEntry, ...] = field(repr=False)
    creation_code: bytes = field(default=b"", repr=False)
    runtime_code: bytes = field(default=b"", repr=False)


def names() -> list[str]:
    """The contracts that ship."""
    folder = files("zerog.chain") / "artifacts"
    if not folder.is_dir():
        return []
    found = (entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    return sorted(name.removesuffix(".json") for name in found)


def load(name: str) -> Artifact:
    """The artifact called `name`; raises NoSuchArtifact."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name):
        raise NoSuchArtifact(name)
    file = files("zerog.chain") / "artifacts" / f"{name}.json"
    if not file.is_file():
        raise NoSuchArtifact(name)
    return parse(file.read_text(encoding="utf-8"))


def parse(text: str) -> Artifact:
    """An Artifact from ContractType JSON."""
    document = json.loads(text)
    return Artifact(
        name=str(document["contractName"]),
        abi=tuple(cast("list[AbiEntry]", document["abi"])),
        creation_code=_code(document.get("deploymentBytecode")),
        runtime_code=_code(document.get("runtimeBytecode")),
    )


def _code(entry: dict[str, str] | None) -> bytes:
    return to_bytes(entry["bytecode"]) if entry and entry.get("bytecode") else b""
