"""A flow of files with its epochs, as a miner meets it, and every sector of it to compare with."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from zerog.crypto.keccak import keccak256
from zerog.storage.codec import (
    SECTOR,
    SEGMENT,
    FileTree,
    TreeBuilder,
    padded_segment_sectors,
    segment_length,
    segment_root,
)
from zerog.storage.flow import FlowModel, submission_sectors
from zerog.storage.flowproof import FlowTree
from zerog.storage.mining.pora import SEAL_UNIT, MineContext
from zerog.storage.mining.ranges import LOAD_SECTORS, UNIT_SECTORS
from zerog.storage.mining.sealing import (
    Epoch,
    Filed,
    Piece,
    SealedLoad,
    SealedRun,
    Unit,
    anchor,
    seal_load,
    segment_in,
    units_due,
)

MINER = keccak256(b"a miner")


@dataclass(slots=True)
class World:
    """Files in order; an epoch closes behind each file whose place is in `closings`."""

    sizes: Sequence[int]
    closings: Collection[int]
    seed: int = 1
    files: list[Filed] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    trees: list[FileTree] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    plain: bytearray = field(default_factory=bytearray)
    root: bytes = bytes(32)

    def __post_init__(self) -> None:
        model, chance, start = FlowModel(), random.Random(self.seed), 0
        for seq, size in enumerate(self.sizes):
            data, builder = chance.randbytes(size), TreeBuilder()
            builder.update(data)
            tree = builder.finish()
            first = model.append(tree.nodes).start
            beyond = first + submission_sectors(tree.heights)
            self.files.append(Filed(seq, tree.data_root, size, first, beyond, tree.nodes))
            self.trees.append(tree)
            self.data.append(data)
            self.plain += bytes(beyond * SECTOR - len(self.plain))
            self.plain[first * SECTOR : first * SECTOR + size] = data
            if seq in self.closings:
                digest = keccak256(b"epoch %d of %d" % (seq, self.seed))
                self.epochs.append(Epoch(len(self.epochs) + 1, digest, start, beyond))
                start, self.root = beyond, model.root()

    @property
    def length(self) -> int:
        """Sectors up to the end of the last closed epoch."""
        return self.epochs[-1].beyond if self.epochs else 1

    def tree(self) -> FlowTree:
        """The flow of the closed epochs."""
        log = [(file.first, file.nodes) for file in self.files if file.beyond <= self.length]
        return FlowTree(log, self.length)

    def context(self) -> MineContext:
        """The context after the last closed epoch."""
        digest = self.epochs[-1].digest
        return MineContext(len(self.epochs), 0, self.root, self.length, bytes(32), digest)

    def piece(self, file: Filed, index: int) -> Piece:
        """A segment as a node gives it."""
        whole = self.data[file.seq].ljust(-(-file.size // SECTOR) * SECTOR, b"\0")
        at = index * SEGMENT
        data = whole[at : at + segment_length(file.size, index)]
        root = segment_root(data, padded_segment_sectors(file.size, index))
        return Piece(index, data, root, self.trees[file.seq].proof(index))

    def seal(
        self, load: int, missing: Collection[int] = (), done: Collection[int] = ()
    ) -> list[SealedRun]:
        """What the sealer makes of a load while these submissions have no data."""
        base = load * LOAD_SECTORS
        epochs = [one for one in self.epochs if one.beyond > base]
        found: list[tuple[Filed, Piece | None]] = []
        for file in self.files:
            if file.beyond > base and file.first < base + LOAD_SECTORS:
                index = anchor(file, segment_in(file, load))
                found.append((file, None if file.seq in missing else self.piece(file, index)))
        return seal_load(load, units_due(load, epochs, done), found, MINER)

    def sealed(self, load: int) -> tuple[SealedLoad, bytes]:
        """A load as the store gives it back."""
        units: dict[int, Unit] = {}
        data, siblings = bytearray(SEGMENT), b""
        for run in self.seal(load):
            siblings = run.siblings
            data[run.unit * SEAL_UNIT : (run.unit + run.count) * SEAL_UNIT] = run.data
            for at in range(run.count):
                units[run.unit + at] = Unit(run.digest, run.roots[at * 32 : at * 32 + 32])
        return SealedLoad(load, units, siblings), bytes(data)

    def unit(self, load: int, unit: int) -> bytes:
        """The plain bytes of a unit."""
        at = (load * LOAD_SECTORS + unit * UNIT_SECTORS) * SECTOR
        return bytes(self.plain[at : at + SEAL_UNIT]).ljust(SEAL_UNIT, b"\0")
