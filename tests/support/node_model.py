"""What a storage node must answer, as a model that shares no code with the node.

It keeps the files as plain bytes. A segment proves itself exactly when data and proof are the
true ones: that is what collision resistance means. Source of the rules: the published method
list (0gfoundation/0g-storage-node: node/rpc/src/zgs) and docs/storage.md.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.support.dense_flow import DenseFlow
from tests.support.node_wire import (
    BAD_PARAMS,
    INTERNAL,
    NO_METHOD,
    SECTOR,
    SEGMENT,
    SERVER,
    Answer,
    Known,
    Sample,
    Wrong,
    hash_of,
    number_of,
    sectors_of,
    segments_of,
)
from tests.support.sector_model import SectorModel
from zerog.types import Json

EARLY_LIMIT: Final = 10 * 1024 * 1024


@dataclass(slots=True)
class NodeModel:
    """One node with everything (one shard, nothing pruned)."""

    log: list[Known]
    samples: Mapping[str, Sample]
    status: Json
    context: Json
    flow: DenseFlow
    older: Mapping[str, DenseFlow] = field(default_factory=dict)
    held: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    reached: Counter[str] = field(default_factory=Counter)

    @property
    def sectors(self) -> SectorModel:
        """What it says of single sectors."""
        return SectorModel(self.log, self.flow, self.older, self._have)

    def expect(self, method: str, params: Sequence[Json]) -> Answer | Wrong:
        """The answer to a call, which changes the model as it changes the node."""
        try:
            found = self._answer(method, params)
        except Wrong as wrong:
            self.reached[f"{method}: {wrong.branch}"] += 1
            return wrong
        self.reached[f"{method}: {found.branch}"] += 1
        return found

    def _answer(self, method: str, params: Sequence[Json]) -> Answer:
        known: dict[str, tuple[int, int, Callable[..., Answer]]] = {
            "zgs_getStatus": (0, 0, lambda: Answer("status", self.status)),
            "zgs_getShardConfig": (
                *(0, 0),
                lambda: Answer("shard", {"shardId": 0, "numShard": 1}),
            ),
            "zgs_getFlowContext": (0, 0, lambda: Answer("context", self.context)),
            "zgs_uploadSegment": (1, 1, self._upload_one),
            "zgs_uploadSegmentByTxSeq": (2, 2, self._upload_one),
            "zgs_uploadSegments": (1, 1, self._upload),
            "zgs_uploadSegmentsByTxSeq": (2, 2, self._upload),
            "zgs_downloadSegment": (3, 3, lambda root, *to: self._read(self._root(root), *to)),
            "zgs_downloadSegmentByTxSeq": (3, 3, lambda seq, *to: self._read(self._seq(seq), *to)),
            "zgs_downloadSegmentWithProof": (
                *(2, 2),
                lambda root, index: self._prove(self._root(root), index),
            ),
            "zgs_downloadSegmentWithProofByTxSeq": (
                *(2, 2),
                lambda seq, index: self._prove(self._seq(seq), index),
            ),
            "zgs_checkFileFinalized": (1, 1, self._check_final),
            "zgs_getFileInfo": (1, 2, self._info_by_root),
            "zgs_getFileInfoByTxSeq": (1, 1, lambda seq: self._info(self._seq(seq))),
            "zgs_getSectorProof": (1, 2, self.sectors.sector_proof),
            "zgs_getHashAtNodeIndex": (1, 1, self.sectors.load_hash),
            "zgs_getDataByNodeIndex": (1, 1, self.sectors.load_data),
            "zgs_getMetaDataByNodeIndex": (1, 1, self.sectors.load_note),
        }
        if method not in known:
            raise Wrong("unknown method", NO_METHOD, "Method not found")
        least, most, work = known[method]
        if len(params) < least:
            raise Wrong("missing param", BAD_PARAMS)
        return work(*params[:most])  # further ones are ignored, as the reference does

    # ---------------------------------------------------------------- lookups

    def _root(self, value: Json) -> Known | None:
        root = hash_of(value)
        found = [one for one in self.log if one.sample.root == root]
        return next((one for one in found if self._final(one)), found[0] if found else None)

    def _seq(self, value: Json) -> Known | None:
        seq = number_of(value)
        return self.log[seq] if seq < len(self.log) else None

    def _have(self, one: Known) -> set[int]:
        return self.held.setdefault((one.sample.root, one.size), set())

    def _final(self, one: Known) -> bool:
        return len(self._have(one)) == segments_of(one.size)

    # ---------------------------------------------------------------- uploads

    def _upload_one(self, value: Json, *tx_seq: Json) -> Answer:
        seq = number_of(tx_seq[0]) if tx_seq else None
        fresh = self._take([_parse(value)], seq)
        if not fresh:
            raise Wrong("stored already", SERVER, "has already been uploaded")
        return Answer("stored", 0)

    def _upload(self, value: Json, *tx_seq: Json) -> Answer:
        seq = number_of(tx_seq[0]) if tx_seq else None
        if not isinstance(value, list):
            raise Wrong("bad field", BAD_PARAMS)
        parsed = [_parse(one) for one in value]
        fresh = self._take(parsed, seq)
        return Answer("stored" if fresh else "nothing new", 0)

    def _take(self, parts: Sequence[_Part], seq: int | None) -> int:
        groups: dict[tuple[str, int], list[_Part]] = {}
        for part in parts:
            groups.setdefault((part.root, part.size), []).append(part)
        stored: list[tuple[tuple[str, int], int]] = []
        for name, group in groups.items():
            stored += [(name, index) for index in self._judge(name, group, seq)]
        for name, index in stored:
            self.held.setdefault(name, set()).add(index)
        return len(stored)

    def _judge(self, name: tuple[str, int], group: Sequence[_Part], seq: int | None) -> list[int]:
        for part in group:
            if not part.data:
                raise Wrong("empty data", SERVER, "data is empty")
            if len(part.data) % SECTOR:
                raise Wrong("no whole sectors", SERVER, "invalid data length")
        known = self._entry(*name, seq)
        held = self._have(known) if known else set()
        fresh = [part for part in group if part.index not in held]
        for part in fresh:
            self._check(part)
        return [part.index for part in fresh]

    def _entry(self, root: str, size: int, seq: int | None) -> Known | None:
        named = self.log[seq] if seq is not None and seq < len(self.log) else None
        if named is not None and named.sample.root != root:
            raise Wrong("root and number differ", INTERNAL, "data root and tx seq not match")
        found = named
        if found is None or found.size != size:
            same = [one for one in self.log if (one.sample.root, one.size) == (root, size)]
            found = same[0] if same else None
        if found is None:
            self._early(root, size)
        elif self._final(found):
            raise Wrong("final already", BAD_PARAMS, "root; data: already uploaded and finalized")
        return found

    def _early(self, root: str, size: int) -> None:
        if size < 1 or any(one.sample.root == root for one in self.log):
            raise Wrong("another size", BAD_PARAMS, "file_size; data: segment file size not")
        if size > EARLY_LIMIT:
            raise Wrong("large before its transaction", BAD_PARAMS, "caching of large file")

    def _check(self, part: _Part) -> None:
        if part.index >= segments_of(part.size):
            raise Wrong("index", BAD_PARAMS, "index; data: index out of bound")
        last = part.index == segments_of(part.size) - 1
        real = part.size - part.index * SEGMENT if last else SEGMENT
        if len(part.data) != -(-real // SECTOR) * SECTOR:
            raise Wrong("length of a segment", BAD_PARAMS, "data; data: invalid data length")
        sample = self.samples.get(part.root)
        # The tree's shape follows from the size: one of another shape proves nothing.
        same = sample is not None and sectors_of(part.size) == sectors_of(len(sample.data))
        if sample is None or not same or part.data != sample.segment(part.index):
            raise Wrong("data of another segment", BAD_PARAMS, "proof; data: ")
        if part.proof != sample.proofs[part.index]:
            raise Wrong("proof", BAD_PARAMS, "proof; data: ")
        if last and any(part.data[real:]):
            raise Wrong("bytes behind the end", BAD_PARAMS, "data; data: not zero behind")

    # -------------------------------------------------------------- downloads

    def _read(self, one: Known | None, start: Json, end: Json) -> Answer:
        first, last = number_of(start), number_of(end)
        if last <= first:
            raise Wrong("empty range", BAD_PARAMS, "end_index; data: invalid chunk index")
        if last - first > 1024:
            raise Wrong("long range", BAD_PARAMS, "exceeds maximum chunks 1024")
        if one is None:
            return Answer("unknown file", None)
        if last > sectors_of(one.size):
            raise Wrong("range behind the end", BAD_PARAMS, "end_index; data: invalid chunk index")
        needed = set(range(first * SECTOR // SEGMENT, (last * SECTOR - 1) // SEGMENT + 1))
        if not needed <= self._have(one):
            return Answer("not here", None)
        whole = one.sample.data + bytes(-len(one.sample.data) % SECTOR)
        data = whole[first * SECTOR : last * SECTOR]
        return Answer("bytes", base64.b64encode(data).decode())

    def _prove(self, one: Known | None, index: Json) -> Answer:
        number = number_of(index)
        if one is None:
            return Answer("unknown file", None)
        if number >= segments_of(one.size):
            raise Wrong("index", BAD_PARAMS, "index; data: index out of bound")
        if number not in self._have(one):
            return Answer("not here", None)
        return Answer("segment", one.sample.wire(number, one.size))

    # ---------------------------------------------------------------- queries

    def _check_final(self, value: Json) -> Answer:
        is_root = isinstance(value, str) and value[:2].lower() == "0x"
        one = self._root(value) if is_root else self._seq(value)
        if one is None:
            return Answer("unknown file", None)
        final = self._final(one)
        return Answer("final" if final else "open", final)

    def _info_by_root(self, root: Json, available: Json = False) -> Answer:
        if available is not None and not isinstance(available, bool):
            raise Wrong("bad field", BAD_PARAMS)
        return self._info(self._root(root))

    def _info(self, one: Known | None) -> Answer:
        if one is None:
            return Answer("unknown file", None)
        have = len(self._have(one))
        final = self._final(one)
        tx: dict[str, Json] = {
            "streamIds": [],
            "data": [],
            "dataMerkleRoot": one.sample.root,
            "merkleNodes": [[height + 1, root] for height, root in one.nodes],
            "startEntryIndex": one.start,
            "size": one.size,
            "seq": one.seq,
        }
        info: dict[str, Json] = {
            "tx": tx,
            "finalized": final,
            "isCached": bool(have) and not final,
            "uploadedSegNum": have,
            "pruned": False,
        }
        return Answer("final" if final else "partly" if have else "empty", info)


@dataclass(frozen=True, slots=True)
class _Part:
    root: str
    data: bytes
    index: int
    proof: Mapping[str, Json]
    size: int


def _parse(value: Json) -> _Part:
    if not isinstance(value, dict):
        raise Wrong("bad field", BAD_PARAMS)
    proof = value.get("proof")
    if not isinstance(proof, dict):
        raise Wrong("bad field", BAD_PARAMS)
    lemma, path = proof.get("lemma"), proof.get("path")
    if not isinstance(lemma, list) or not isinstance(path, list):
        raise Wrong("bad field", BAD_PARAMS)
    if not all(isinstance(side, bool) for side in path):
        raise Wrong("bad field", BAD_PARAMS)
    clean = {"lemma": [hash_of(one) for one in lemma], "path": list(path)}
    size, index = number_of(value.get("fileSize")), number_of(value.get("index"))
    return _Part(hash_of(value.get("root")), _bytes(value.get("data")), index, clean, size)


def _bytes(value: Json) -> bytes:
    if not isinstance(value, str):
        raise Wrong("bad field", BAD_PARAMS, "Invalid params: ")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong("bad field", BAD_PARAMS, "Invalid params: ") from error
