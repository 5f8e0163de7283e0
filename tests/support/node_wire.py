"""What the model of a storage node and its generator of calls both speak of."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zerog.types import Json

SECTOR: Final = 256
SEGMENT: Final = 262_144
U64: Final = 1 << 64
BAD_PARAMS, INTERNAL, SERVER, NO_METHOD = -32602, -32603, -32000, -32601


class Wrong(Exception):
    """The node must answer this error."""

    def __init__(self, branch: str, code: int, words: str = "") -> None:
        self.branch, self.code, self.words = branch, code, words
        super().__init__(branch)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file: its bytes, root, and the true proof of each segment as the wire has it."""

    data: bytes
    root: str
    proofs: tuple[Mapping[str, Json], ...]

    def segment(self, index: int) -> bytes:
        """Real bytes of a segment, filled up to whole sectors."""
        part = self.data[index * SEGMENT : (index + 1) * SEGMENT]
        return part + bytes(-len(part) % SECTOR)

    def wire(self, index: int, size: int | None = None) -> dict[str, Json]:
        """A segment as a client sends it."""
        return {
            "root": self.root,
            "data": base64.b64encode(self.segment(index)).decode(),
            "index": index,
            "proof": dict(self.proofs[index]),
            "fileSize": len(self.data) if size is None else size,
        }


@dataclass(frozen=True, slots=True)
class Known:
    """A submission in the node's log; size is what it claims, which its root does not bind."""

    seq: int
    sample: Sample
    size: int
    start: int
    nodes: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, and the branch of the rules that led to it."""

    branch: str
    result: Json


def hash_of(value: Json) -> str:
    """A hash in lower case; raises Wrong."""
    if not isinstance(value, str) or len(value) != 66 or value[:2].lower() != "0x":
        raise Wrong("bad field", BAD_PARAMS, "Invalid params: ")
    if any(digit not in "0123456789abcdefABCDEF" for digit in value[2:]):
        raise Wrong("bad field", BAD_PARAMS, "Invalid params: ")
    return value.lower()


def number_of(value: Json) -> int:
    """An unsigned 64-bit integer; raises Wrong."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < U64:
        raise Wrong("bad field", BAD_PARAMS, "Invalid params: ")
    return value


def sectors_of(size: int) -> int:
    """Sectors with real bytes."""
    return -(-size // SECTOR)


def segments_of(size: int) -> int:
    """Segments with real bytes."""
    return -(-size // SEGMENT)
