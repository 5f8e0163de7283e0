"""`POST /file/segment`: one segment is checked here and handed to the nodes that keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from zerog.crypto.merkle import Proof
from zerog.errors import Tampered, UsageError
from zerog.storage import wire
from zerog.storage.codec import check_segment
from zerog.storage.errors import BadField, NodeRefused, NodeUnreachable
from zerog.storage.indexer.envelope import Code, GatewayError
from zerog.storage.indexer.files import Cid, Files, plausible
from zerog.storage.indexer.nodes import Link
from zerog.storage.shards import owns
from zerog.storage.wire import FileInfo, Segment
from zerog.types import Json

MAX_BODY: Final = 1024 * 1024
"""A segment in base64 is 350 kB, its proof a few kB."""
STORED: Final = ("already uploaded and finalized", "has already been uploaded")
"""Texts of a node that has the segment (0gfoundation/0g-storage-node: node/rpc)."""


@dataclass(frozen=True, slots=True)
class SegmentUpload:
    """The body of the request."""

    cid: Cid
    data: bytes
    index: int
    proof: Proof
    replicas: int

    @classmethod
    def of(cls, body: bytes) -> SegmentUpload:
        """`{root, txSeq, data, index, proof, expectedReplica}`; raises GatewayError."""
        try:
            found = wire.members(orjson.loads(body), "body")
            data = wire.binary(found, "data")
            proof = wire.proof_from_json(found.get("proof"))
            index, replicas = wire.number(found, "index"), found.get("expectedReplica") or 1
            upload = cls(_cid(found), data, index, proof, wire.to_number(replicas, "replicas"))
        except (BadField, orjson.JSONDecodeError) as error:
            raise GatewayError(Code.INVALID, str(error)) from error
        if not data:
            raise GatewayError(Code.INVALID, "Segment data is empty")
        return upload


def _cid(found: Mapping[str, Json]) -> Cid:
    seq = found.get("txSeq")
    if seq is not None:
        return Cid(None, wire.to_number(seq, "txSeq"))
    return Cid(wire.hash32(found, "root"))


def push(files: Files, upload: SegmentUpload) -> None:
    """Store the segment on `replicas` trusted nodes that keep it and have seen the submission.

    Raises GatewayError: INVALID for a bad proof, NOT_FOUND for a file that no trusted node knows,
    INTERNAL when fewer nodes take it than wished.
    """
    told = files.nodes.ask(upload.cid.question(), lambda _: False, trusted_only=True)
    known = [(link, info) for link, info in told if info and plausible(upload.cid, info)]
    if not known:
        raise GatewayError(Code.NOT_FOUND)
    stored, refusals = 0, list[str]()
    for link, info in known:
        if stored < upload.replicas and _responsible(link, info, upload.index):
            _check(upload, info)
            try:
                _store(link, info, upload)
                stored += 1
            except (NodeRefused, NodeUnreachable) as error:
                refusals.append(str(error))
    if stored < upload.replicas:
        raise GatewayError(Code.INTERNAL, _shortfall(stored, upload.replicas, refusals))


def _responsible(link: Link, info: FileInfo, index: int) -> bool:
    return link.config is not None and owns(link.config, info.start, index)


def _check(upload: SegmentUpload, info: FileInfo) -> None:
    try:
        check_segment(info.data_root, upload.index, upload.data, upload.proof, info.size)
    except (Tampered, UsageError) as error:
        raise GatewayError(Code.INVALID, f"Failed to validate merkle proof: {error}") from error


def _store(link: Link, info: FileInfo, upload: SegmentUpload) -> None:
    segment = Segment(info.data_root, upload.data, upload.index, upload.proof, info.size)
    send_segment(link, info.seq, segment)


def send_segment(link: Link, tx_seq: int, segment: Segment) -> None:
    """Hand a segment of a submission to a node; having it already is as good.

    Raises NodeUnreachable, NodeRefused, BadAnswer.
    """
    try:
        link.large.call("zgs_uploadSegmentByTxSeq", segment.to_json(), tx_seq)
    except NodeRefused as error:
        if not any(text in error.message for text in STORED):
            raise


def _shortfall(stored: int, wanted: int, refusals: list[str]) -> str:
    said = f": {'; '.join(refusals)[:500]}" if refusals else ""
    return f"stored on {stored} of {wanted} nodes{said}"
