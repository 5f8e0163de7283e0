"""Submission nodes and proofs as the bytes that a storage node keeps in its rows (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zerog.crypto.merkle import Proof
from zerog.storage.codec import SubmissionNode

HASH: Final = 32


def pack_nodes(nodes: Sequence[SubmissionNode]) -> bytes:
    """Height and root of each."""
    return b"".join(bytes([node.height]) + node.root for node in nodes)


def unpack_nodes(packed: bytes) -> tuple[SubmissionNode, ...]:
    """What `pack_nodes` packed."""
    step = HASH + 1
    return tuple(
        SubmissionNode(packed[at + 1 : at + step], packed[at]) for at in range(0, len(packed), step)
    )


def pack_proof(proof: Proof) -> bytes:
    """Length of the path, path, lemma."""
    return bytes([len(proof.path), *proof.path]) + b"".join(proof.lemma)


def unpack_proof(packed: bytes) -> Proof:
    """What `pack_proof` packed."""
    start = 1 + packed[0]
    lemma = tuple(packed[at : at + HASH] for at in range(start, len(packed), HASH))
    return Proof(lemma, tuple(bool(side) for side in packed[1:start]))
