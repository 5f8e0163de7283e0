"""The zgs_ methods of a storage node (0gfoundation/0g-storage-node: node/rpc/src/zgs)."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Final, ParamSpec

from zerog.chain.errors import ChainUnreachable
from zerog.errors import ZerogError
from zerog.rpcserver import INTERNAL_ERROR, SERVER_ERROR, Method, RpcError, invalid_params
from zerog.storage import wire
from zerog.storage.codec import SECTOR, sector_count, segment_count
from zerog.storage.errors import BadField, RootAndSeqDiffer, UploadRefused
from zerog.storage.node.counters import Counters
from zerog.storage.node.entries import MAX_NUMBER, Entry
from zerog.storage.node.intake import Intake
from zerog.storage.node.logsync import FlowView, LogSync
from zerog.storage.node.sectors import Sectors, segment_bytes
from zerog.storage.node.store import NodeStore
from zerog.types import Address, Json

MAX_SECTORS: Final = 1024
STORED: Final = 0
"""What uploads answer: the reference says null, which two of the official clients choke on."""

WRITERS: Final = 16
"""Uploads that are written at a time; what clients of the reference retry on is the text."""

P = ParamSpec("P")


def as_rpc(name: str, method: Callable[P, Json], counters: Counters) -> Method:
    """The same method, counted, with the room's errors as the codes and texts of the protocol."""
    answered = _translated(method)

    @functools.wraps(method)
    def counted(*args: P.args, **kwargs: P.kwargs) -> Json:
        counters.add(f"rpc.{name}.calls")
        try:
            return answered(*args, **kwargs)
        except ZerogError:
            counters.add(f"rpc.{name}.errors")
            raise

    return counted


def _translated(method: Callable[P, Json]) -> Callable[P, Json]:
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

    def __init__(
        self,
        store: NodeStore,
        sync: LogSync,
        chain_id: int,
        flow: Address,
        counters: Counters,
        peers: Callable[[], int],
    ) -> None:
        """chain_id, flow: what zgs_getStatus tells clients to talk to; peers: how many live."""
        self._store, self._sync = store, sync
        self._chain_id, self._flow = chain_id, flow
        self._counters, self._peers = counters, peers
        self._intake = Intake(store)
        self._view = FlowView(store)
        self._flow_sectors = Sectors(store)
        self._writers = threading.BoundedSemaphore(WRITERS)

    def methods(self) -> dict[str, Method]:
        """By wire name."""
        uploads: dict[str, Method] = {
            "zgs_uploadSegment": self.upload_segment,
            "zgs_uploadSegments": self.upload_segments,
            "zgs_uploadSegmentByTxSeq": self.upload_segment_by_tx_seq,
            "zgs_uploadSegmentsByTxSeq": self.upload_segments_by_tx_seq,
        }
        plain: dict[str, Method] = {
            **{name: self._bounded(method) for name, method in uploads.items()},
            "zgs_getStatus": self.status,
            "zgs_downloadSegment": self.download_segment,
            "zgs_downloadSegmentByTxSeq": self.download_segment_by_tx_seq,
            "zgs_downloadSegmentWithProof": self.download_with_proof,
            "zgs_downloadSegmentWithProofByTxSeq": self.download_with_proof_by_tx_seq,
            "zgs_checkFileFinalized": self.check_file_finalized,
            "zgs_getFileInfo": self.file_info,
            "zgs_getFileInfoByTxSeq": self.file_info_by_tx_seq,
            "zgs_getShardConfig": self.shard_config,
            "zgs_getFlowContext": self.flow_context,
            "zgs_getSectorProof": self.sector_proof,
            "zgs_getHashAtNodeIndex": self.hash_at_node_index,
            "zgs_getDataByNodeIndex": self.data_by_node_index,
            "zgs_getMetaDataByNodeIndex": self.metadata_by_node_index,
        }
        return {name: as_rpc(name, method, self._counters) for name, method in plain.items()}

    def _bounded(self, method: Callable[P, Json]) -> Callable[P, Json]:
        """The same method, refused while WRITERS of them are under way."""

        @functools.wraps(method)
        def bounded(*args: P.args, **kwargs: P.kwargs) -> Json:
            if not self._writers.acquire(blocking=False):
                raise RpcError(SERVER_ERROR, f"too many data writing: {WRITERS}")
            try:
                return method(*args, **kwargs)
            finally:
                self._writers.release()

        return bounded

    def status(self) -> Json:
        """The node's place in the log and its network."""
        status = wire.status_to_json(
            self._chain_id,
            self._flow,
            max(self._sync.height(), 0),
            self._sync.block_hash(),
            self._store.next_seq(),
        )
        return {**status, "connectedPeers": self._peers()}

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
        return self._sectors(self._available(root), start, end)

    def download_segment_by_tx_seq(self, tx_seq: Json, start: Json, end: Json) -> Json:
        """Sectors start..end-1 of a submission, base64; null when they are not here."""
        return self._sectors(self._store.entry(wire.to_number(tx_seq, "tx_seq")), start, end)

    def download_with_proof(self, root: Json, index: Json) -> Json:
        """A segment with its proof, by root; null when it is not here."""
        return self._proved(self._available(root), index)

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

    def file_info(self, root: Json, need_available: Json = False) -> Json:
        """A root's first final submission, else its first one; null for an unknown root.

        need_available: else its first one that may still become final, else null.
        """
        if need_available is not None and not isinstance(need_available, bool):
            raise BadField("need_available", "not a boolean")
        wanted = wire.to_hash(root, "data_root")
        return _info(self._store.by_root(wanted, available=need_available is True))

    def file_info_by_tx_seq(self, tx_seq: Json) -> Json:
        """A submission; null for one that is not (or no longer) in the log."""
        return _info(self._store.entry(wire.to_number(tx_seq, "tx_seq")))

    def shard_config(self) -> Json:
        """The share that this node keeps; it may have become smaller since it was last asked."""
        return self._store.shard.to_json()

    def flow_context(self) -> Json:
        """[root of the flow, its length in sectors]."""
        root, length = self._view.context()
        return [wire.hex_of(root), min(length, MAX_NUMBER)]

    def sector_proof(self, sector: Json, flow_root: Json = None) -> Json:
        """The proof of a sector from its leaf hash to a flow root, the present one by default."""
        number = wire.to_number(sector, "sector_index")
        root = None if flow_root is None else wire.to_hash(flow_root, "flow_root")
        return wire.proof_to_json(self._flow_sectors.prove(number, root))

    def hash_at_node_index(self, index: Json) -> Json:
        """Root of the flow's segment `index` (1,024 sectors); null when it is not known here."""
        found = self._flow_sectors.load_root(wire.to_number(index, "node_index"))
        return None if found is None else wire.hex_of(found)

    def data_by_node_index(self, index: Json) -> Json:
        """The 1,024 sectors of the flow's segment `index`, each a list of bytes; null if absent."""
        found = self._flow_sectors.load(wire.to_number(index, "node_index"))
        if found is None:
            return None
        return [list(found[at : at + SECTOR]) for at in range(0, len(found), SECTOR)]

    def metadata_by_node_index(self, index: Json) -> Json:
        """JSON text: whose sectors lie in the flow's segment `index`, and whether it is ours."""
        return self._flow_sectors.describe(wire.to_number(index, "node_index"))

    def _available(self, root: Json) -> Entry | None:
        return self._store.by_root(wire.to_hash(root, "data_root"), available=True)

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
        data = None if proof is None else segment_bytes(self._store, entry, number)
        if proof is None or data is None:
            return None
        return wire.Segment(held.root, data, number, proof, held.size).to_json()


def _info(entry: Entry | None) -> Json:
    return None if entry is None else entry.info().to_json()
