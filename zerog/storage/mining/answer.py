"""From a found nonce to an answer that proves its unit to the flow root (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from zerog.crypto.keccak import HASH
from zerog.crypto.merkle import levels
from zerog.errors import Tampered, ZerogError
from zerog.storage.codec import SEGMENT_HEIGHT
from zerog.storage.flowproof import FlowTree
from zerog.storage.mining.pora import PoraAnswer, flow_root_of, unit_root, unseal_unit
from zerog.storage.mining.ranges import LOAD_SECTORS, LOAD_UNITS, UNIT_SECTORS
from zerog.storage.mining.sealing import UNIT_HEIGHT, SealedLoad
from zerog.storage.mining.search import Found, Window


class FlowRootDiffers(Tampered):
    """What is sealed, with the submissions as followed, does not make the context's flow root."""

    def __init__(self, position: int, expected: bytes) -> None:
        self.position, self.expected = position, expected
        super().__init__(
            f"the unit at sector {position} does not prove to the flow root 0x{expected.hex()}",
            "the chain was reorganised meanwhile, or HOME/miner is damaged: remove it",
        )


class SealDamaged(Tampered):
    """A sealed unit that does not unseal to what was sealed."""

    def __init__(self, load: int, unit: int) -> None:
        self.load, self.unit = load, unit
        super().__init__(f"unit {unit} of load {load} is damaged", "it will be sealed again")


class UnitNotSealed(ZerogError):
    """A unit whose root a proof needs is not sealed (any more)."""

    def __init__(self, load: int, unit: int) -> None:
        self.load, self.unit = load, unit
        super().__init__(f"unit {unit} of load {load} is not sealed")


def build_answer(window: Window, tree: FlowTree, load: SealedLoad, found: Found) -> PoraAnswer:
    """The answer to submit.

    tree: the flow at the context's length. Raises UnitNotSealed, SealDamaged, FlowRootDiffers,
    NodeDataDiffers, NoSuchSubtree.
    """
    digest, root = _unit(load, found.unit)
    position = found.load * LOAD_SECTORS + found.unit * UNIT_SECTORS
    if unit_root(unseal_unit(found.sealed, window.miner_id, digest, position)) != root:
        raise SealDamaged(found.load, found.unit)
    siblings = unit_proof(tree, load, found.unit)
    if flow_root_of(root, position, siblings) != window.context.flow_root:
        raise FlowRootDiffers(position, window.context.flow_root)
    return PoraAnswer(
        context_digest=window.context.digest,
        nonce=found.nonce,
        miner_id=window.miner_id,
        range=window.range,
        recall_position=position,
        seal_offset=found.unit,
        sealed_context_digest=digest,
        sealed_data=found.sealed,
        merkle_proof=siblings,
    )


def unit_proof(tree: FlowTree, load: SealedLoad, unit: int) -> tuple[bytes, ...]:
    """Siblings from a unit's root up to the flow root.

    Up to the submission node around it they come from what was kept beside the sealed units,
    above it from the log alone. Raises UnitNotSealed, NodeDataDiffers, NoSuchSubtree.
    """
    base = load.load * LOAD_SECTORS
    position = base + unit * UNIT_SECTORS
    around = tree.node_over(position, UNIT_HEIGHT)
    if around is not None and around[1] > SEGMENT_HEIGHT:
        within = levels(_roots(load, range(LOAD_UNITS)))
        inside = [within[h][unit >> h ^ 1] for h in range(SEGMENT_HEIGHT - UNIT_HEIGHT)]
        packed = load.siblings
        inside += [packed[at : at + HASH] for at in range(0, len(packed), HASH)]
        return (*inside, *tree.prove(*around, _no_data).lemma[1:-1])
    first = unit if around is None else (around[0] - base) // UNIT_SECTORS

    def hashes(_submission: int, _sector: int, _height: int, count: int) -> bytes:
        return b"".join(_roots(load, range(first, first + count)))

    return tree.prove(position, UNIT_HEIGHT, hashes).lemma[1:-1]


def _unit(load: SealedLoad, unit: int) -> tuple[bytes, bytes]:
    found = load.units.get(unit)
    if found is None:
        raise UnitNotSealed(load.load, unit)
    return found.digest, found.root


def _roots(load: SealedLoad, units: Iterable[int]) -> list[bytes]:
    return [_unit(load, unit)[1] for unit in units]


def _no_data(submission: int, sector: int, _height: int, _count: int) -> bytes:
    """A proof that begins at a submission node's own root asks for none."""
    raise AssertionError(f"hashes of sector {sector} of submission {submission} asked for")
