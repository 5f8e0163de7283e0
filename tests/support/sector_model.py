"""What a storage node must answer about single sectors of the flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.support.dense_flow import SECTORS, DenseFlow, Stretch
from tests.support.node_wire import (
    BAD_PARAMS,
    SECTOR,
    SERVER,
    Answer,
    Known,
    Wrong,
    hash_of,
    number_of,
    sectors_of,
    segments_of,
)
from zerog.types import Json


def flows(log: Sequence[Known]) -> tuple[DenseFlow, dict[str, DenseFlow]]:
    """The flow of a log, and those under a few earlier roots and its own."""
    stretches = [
        Stretch(one.start, one.sample.data, tuple(height for height, _ in one.nodes)) for one in log
    ]
    found = [DenseFlow(stretches[:count]) for count in sorted({1, 5, 17, len(log)})]
    return found[-1], {f"0x{one.root.hex()}": one for one in found}


@dataclass(frozen=True, slots=True)
class SectorModel:
    """flow: the present one; older: by root; have: the stored segments of a submission."""

    log: Sequence[Known]
    flow: DenseFlow
    older: Mapping[str, DenseFlow]
    have: Callable[[Known], set[int]]

    def sector_proof(self, value: Json, root: Json = None) -> Answer:
        """zgs_getSectorProof."""
        sector = number_of(value)
        name = None if root is None else hash_of(root)
        flow = self.flow if name is None else self.older.get(name)
        if flow is None:
            raise Wrong("no root of the flow", BAD_PARAMS, "flow_root")
        if sector >= 1 << flow.height:
            raise Wrong("beyond the flow", BAD_PARAMS, "sector_index")
        owner = flow.owner(sector)
        if owner is None:
            return Answer("gap", flow.proof(sector))
        if not self._provable(sector, *owner):
            raise Wrong("not here", SERVER, "is not stored here")
        return Answer("proof", flow.proof(sector))

    def _provable(self, sector: int, seq: int, height: int, first: int) -> bool:
        """Whether what a proof inside its node needs is stored: a segment, or a small node."""
        one = self.log[seq]
        offset, at = first - one.start, sector - one.start
        last = segments_of(one.size) - 1
        if (1 << height) > SECTORS:
            return min(at // SECTORS, last) in self.have(one)
        end = min(offset + (1 << height), sectors_of(one.size))
        return set(range(offset // SECTORS, (end - 1) // SECTORS + 1)) <= self.have(one)

    def load_hash(self, value: Json) -> Answer:
        """zgs_getHashAtNodeIndex."""
        number = number_of(value)
        first = number * SECTORS
        if first >= self.flow.length:
            return Answer("beyond the flow", None)
        owner = self.flow.owner(first)
        if owner is not None and (1 << owner[1]) > SECTORS:
            one = self.log[owner[0]]
            index = (first - one.start) // SECTORS
            if index < segments_of(one.size) and index not in self.have(one):
                return Answer("not here", None)
        return Answer("hash", f"0x{self.flow.levels[10][number].hex()}")

    def load_data(self, value: Json) -> Answer:
        """zgs_getDataByNodeIndex."""
        number = number_of(value)
        first = number * SECTORS
        if first >= self.flow.length:
            return Answer("beyond the flow", None)
        for seq in self.flow.near(number):
            one = self.log[seq]
            begin, end = (
                max(first - one.start, 0),
                min(first + SECTORS - one.start, sectors_of(one.size)),
            )
            wanted = range(begin // SECTORS, (end - 1) // SECTORS + 1) if begin < end else ()
            if not set(wanted) <= self.have(one):
                return Answer("not here", None)
        data = self.flow.bytes_of(number)
        cut = [list(data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)]
        return Answer("bytes", [[*part] for part in cut])

    def load_note(self, value: Json) -> Answer:
        """zgs_getMetaDataByNodeIndex."""
        number = number_of(value)
        if number * SECTORS >= self.flow.length:
            return Answer("beyond the flow", None)
        seqs = ",".join(map(str, self.flow.near(number)))
        return Answer("note", f'{{"segment":{number},"submissions":[{seqs}],"ours":true}}')
