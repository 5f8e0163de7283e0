"""The zgs_ methods of a storage node (0gfoundation/0g-storage-node: node/rpc/src/zgs)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, ParamSpec

from zerog.chain.errors import ChainUnreachable
from zerog.rpcserver import INTERNAL_ERROR, SERVER_ERROR, Method, RpcError, invalid_params
from zerog.storage import wire
from zerog.storage.codec import SEGMENT, sector_count, segment_count, segment_length
from zerog.storage.errors import BadField, RootAndSeqDiffer, UploadRefused
from zerog.storage.node.entries import Entry
from zerog.storage.node.intake import Intake
from zerog.storage.node.logsync import FlowView, LogSync
from zerog.storage.node.store import NodeStore
from zerog.types import Address, Json

MAX_SECTORS: Final = 1024
STORED: Final = 0
"""What uploads answer: the reference says null, which two of the official clients choke on."""

P = ParamSpec("P")


def as_rpc(method: Callable[P, Json]) -> Method:
    """The same method with the room's errors turned into the codes and texts of the protocol."""

    @functools.wraps(method)
    def translated(*args: P.args, **kwargs: P.kwargs) -> Json:
        try:
            return method(*args, **kwargs)
        except BadField as error:
            raise invalid_params(error.field, error.text) from error
        except UploadRefused as error:
            raise invalid_params(error.param, error.text) from error
        except RootAndSeqDiffer as error:
            raise RpcError(INTERNAL_ERROR, f"Internal error: {error.cause}", error.cause) from error
        except ChainUnreachable as error:
            raise RpcError(SERVER_ERROR, error.cause) from error

    return translated


class NodeRpc:
    """The node's answers; `methods` are registered by name."""

    def __init__(self, store: NodeStore, sync: LogSync, chain_id: int, flow: Address) -> None:
        """chain_id, flow: what zgs_getStatus tells clients to talk to."""
        self._store, self._sync = store, sync
        self._chain_id, self._flow = chain_id, flow
        self._intake = Intake(store)
        self._view = FlowView(store)

    def methods(self) -> dict[str, Method]:
        """By wire name."""
        plain: dict[str, Method] = {
            "zgs_getStatus": self.status,
            "zgs_uploadSegment": self.upload_segment,
            "zgs_uploadSegments": self.upload_segments,
            "zgs_uploadSegmentByTxSeq": self.upload_segment_by_tx_seq,
            "zgs_uploadSegmentsByTxSeq": self.upload_segments_by_tx_seq,
            "zgs_downloadSegment": self.download_segment,
            "zgs_downloadSegmentByTxSeq": self.download_segment_by_tx_seq,
            "zgs_downloadSegmentWithProof": self.download_with_proof,
            "zgs_downloadSegmentWithProofByTxSeq": self.download_with_proof_by_tx_seq,
            "zgs_checkFileFinalized": self.check_file_finalized,
            "zgs_getFileInfo": self.file_info,
            "zgs_getFileInfoByTxSeq": self.file_info_by_tx_seq,
            "zgs_getShardConfig": self.shard_config,
            "zgs_getFlowContext": self.flow_context,
        }
        return {name: as_rpc(method) for name, method in plain.items()}

    def status(self) -> Json:
        """The node's place in the log and its network."""
        return wire.status_to_json(
            self._chain_id,
            self._flow,
            max(self._sync.height(), 0),
            self._sync.block_hash(),
            self._store.next_seq(),
        )

    def upload_segment(self, segment: Json) -> Json:
        """Store one segment, by root."""
        self._intake.one(wire.Segment.from_json(segment))
        return STORED

    def upload_segments(self, segments: Json) -> Json:
        """Store segments, by root."""
        self._intake.receive(wire.items(segments, "segments"))
        return STORED

    def upload_segment_by_tx_seq(self, segment: Json, tx_seq: Json) -> Json:
        """Store one segment of a submission."""
        seq = wire.to_number(tx_seq, "tx_seq")
        self._intake.one(wire.Segment.from_json(segment), seq)
        return STORED

    def upload_segments_by_tx_seq(self, segments: Json, tx_seq: Json) -> Json:
        """Store segments of a submission."""
        seq = wire.to_number(tx_seq, "tx_seq")
        self._intake.receive(wire.items(segments, "segments"), seq)
        return STORED

    def download_segment(self, root: Json, start: Json, end: Json) -> Json:
        """Sectors start..end-1 of a file by root, base64; null when they are not here."""
        return self._sectors(self._store.by_root(wire.to_hash(root, "data_root")), start, end)

    def download_segment_by_tx_seq(self, tx_seq: Json, start: Json, end: Json) -> Json:
        """Sectors start..end-1 of a submission, base64; null when they are not here."""
        return self._sectors(self._store.entry(wire.to_number(tx_seq, "tx_seq")), start, end)

    def download_with_proof(self, root: Json, index: Json) -> Json:
        """A segment with its proof, by root; null when it is not here."""
        return self._proved(self._store.by_root(wire.to_hash(root, "data_root")), index)

    def download_with_proof_by_tx_seq(self, tx_seq: Json, index: Json) -> Json:
        """A segment with its proof, by submission; null when it is not here."""
        return self._proved(self._store.entry(wire.to_number(tx_seq, "tx_seq")), index)

    def check_file_finalized(self, root_or_seq: Json) -> Json:
        """Whether every segment is stored; null for an unknown file."""
        if isinstance(root_or_seq, str) and root_or_seq[:2] in ("0x", "0X"):
            found = self._store.by_root(wire.to_hash(root_or_seq, "tx_seq_or_root"))
        else:
            found = self._store.entry(wire.to_number(root_or_seq, "tx_seq_or_root"))
        return None if found is None else found.final

    def file_info(self, root: Json, _need_available: Json = False) -> Json:
        """A root's first complete submission, else its first one; null for an unknown root.

        Nothing is pruned here, so both readings of need_available come to the same.
        """
        return _info(self._store.by_root(wire.to_hash(root, "data_root")))

    def file_info_by_tx_seq(self, tx_seq: Json) -> Json:
        """A submission; null for one that is not (or no longer) in the log."""
        return _info(self._store.entry(wire.to_number(tx_seq, "tx_seq")))

    def shard_config(self) -> Json:
        """This node keeps all of the flow."""
        return wire.ShardConfig().to_json()

    def flow_context(self) -> Json:
        """[root of the flow, its length in sectors]."""
        root, length = self._view.context()
        return [wire.hex_of(root), length]

    def _sectors(self, entry: Entry | None, start: Json, end: Json) -> Json:
        first = wire.to_number(start, "start_index")
        last = wire.to_number(end, "end_index")
        if last <= first:
            raise BadField("end_index", "invalid chunk index")
        if last - first > MAX_SECTORS:
            raise BadField("end_index", f"exceeds maximum chunks {MAX_SECTORS}")
        if entry is None:
            return None
        if last > sector_count(entry.content.size):
            raise BadField("end_index", "invalid chunk index")
        data = self._store.read(entry.content, first, last)
        return None if data is None else wire.to_base64(data)

    def _proved(self, entry: Entry | None, index: Json) -> Json:
        number = wire.to_number(index, "index")
        if entry is None:
            return None
        held = entry.content
        if number >= segment_count(held.size):
            raise BadField("index", "index out of bound")
        proof = self._store.proof(held, number)
        if proof is None:
            return None
        length = segment_length(held.size, number)
        data = self._store.files.read(held.id, number * SEGMENT, length)
        return wire.Segment(held.root, data, number, proof, held.size).to_json()


def _info(entry: Entry | None) -> Json:
    return None if entry is None else entry.info().to_json()
