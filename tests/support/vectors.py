"""The recorded facts in tests/vectors, parsed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


class NodeVector(TypedDict):
    """A submission node."""

    root: str
    height: int


class SubmissionVector(TypedDict):
    """What a client submits."""

    length: int
    tags: str
    nodes: list[NodeVector]


class ProofVector(TypedDict):
    """A segment proof."""

    index: int
    numLeaves: int
    lemma: list[str]
    path: list[bool]


class FileVector(TypedDict):
    """One file of the storage vectors."""

    size: int
    keccak256: str
    dataRoot: str
    numChunks: int
    paddedChunks: int
    numSegments: int
    numSegmentsPadded: int
    submission: SubmissionVector
    submissionIdentity: str
    nodesFoldedRoot: str
    firstSegmentRoot: str
    lastSegmentRoot: str
    segmentProof: ProofVector


class FlowStep(TypedDict):
    """The flow after one submission."""

    submissionIndex: int
    size: int
    dataRoot: str
    startPos: int
    length: int
    feeWei: str
    flowLengthAfter: int
    flowRootAfter: str
    gasUsed: int


class FlowSequence(TypedDict):
    """All files submitted in order."""

    pricePerSector: int
    submissions: list[FlowStep]


class StorageVectors(TypedDict):
    """tests/vectors/storage/storage.json."""

    vectors: list[FileVector]
    extraMultiNodeVectors: list[FileVector]
    zeroHashes: list[str]
    flowSequence: FlowSequence


@cache
def storage() -> StorageVectors:
    """The storage vectors."""
    text = (VECTORS / "storage" / "storage.json").read_text(encoding="utf-8")
    parsed: StorageVectors = json.loads(text)
    return parsed


def files() -> list[FileVector]:
    """All 18 files."""
    return storage()["vectors"] + storage()["extraMultiNodeVectors"]


@cache
def content(size: int) -> bytes:
    """The bytes of a vector file: (i*7 + (i>>8)*13 + (i>>16)*31) mod 256."""
    found = bytearray()
    for page in range(-(-size // 256)):
        base = page * 13 + (page >> 8) * 31
        found += bytes((base + i * 7) & 0xFF for i in range(256))
    return bytes(found[:size])


def unhex(text: str) -> bytes:
    """Bytes of 0x-hex."""
    return bytes.fromhex(text.removeprefix("0x"))


def ecies() -> dict[str, bytes]:
    """tests/vectors/inft/ecies.json."""
    text = (VECTORS / "inft" / "ecies.json").read_text(encoding="utf-8")
    return {name: bytes.fromhex(value) for name, value in json.loads(text).items()}
