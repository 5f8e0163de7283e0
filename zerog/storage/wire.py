"""The JSON shapes of the 0G storage protocol, read and written (pure).

Numbers stay integers, hashes are lower-case 0x hex, binary data is padded base64; names are
the wire's at the edge and snake case inside. Source: 0gfoundation/0g-storage-node: node/rpc/src.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pybase64

from zerog.crypto.merkle import Proof
from zerog.storage.codec import SubmissionNode
from zerog.storage.errors import BadField
from zerog.types import Buffer, Json

U64: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class ShardConfig:
    """Which share of the flow a node keeps: segments with number % num_shard == shard_id."""

    shard_id: int = 0
    num_shard: int = 1

    def to_json(self) -> dict[str, Json]:
        """`{"shardId", "numShard"}`."""
        return {"shardId": self.shard_id, "numShard": self.num_shard}

    @classmethod
    def from_json(cls, value: Json) -> ShardConfig:
        """Raises BadField unless numShard is a power of two above shardId."""
        found = members(value, "config")
        shard_id, num_shard = number(found, "shardId"), number(found, "numShard")
        if num_shard < 1 or num_shard & (num_shard - 1) or shard_id >= num_shard:
            raise BadField("numShard", f"no shard {shard_id} of {num_shard}")
        return cls(shard_id, num_shard)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a file with the proof that binds it to the data root."""

    root: bytes
    data: bytes | memoryview
    index: int
    proof: Proof
    file_size: int

    def to_json(self) -> dict[str, Json]:
        """The wire's SegmentWithProof."""
        return {
            "root": hex_of(self.root),
            "data": to_base64(self.data),
            "index": self.index,
            "proof": proof_to_json(self.proof),
            "fileSize": self.file_size,
        }

    @classmethod
    def from_json(cls, value: Json, place: memoryview | None = None) -> Segment:
        """Raises BadField. place: where the data goes if it fits; else it is bytes."""
        found = members(value, "segment")
        data: bytes | memoryview = binary(found, "data")
        if place is not None and len(data) <= len(place):
            place[: len(data)] = data
            data = place[: len(data)]
        return cls(
            root=hash32(found, "root"),
            data=data,
            index=number(found, "index"),
            proof=proof_from_json(found.get("proof")),
            file_size=number(found, "fileSize"),
        )


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One submission as a node knows it; `nodes` as submitted, highest first."""

    data_root: bytes
    nodes: tuple[SubmissionNode, ...]
    start: int
    size: int
    seq: int
    finalized: bool
    uploaded_segments: int
    is_cached: bool = False
    pruned: bool = False

    def to_json(self) -> dict[str, Json]:
        """The wire's FileInfo, every member present; a merkle node is [height + 1, root]."""
        return {
            "tx": {
                "streamIds": [],
                "data": [],
                "dataMerkleRoot": hex_of(self.data_root),
                "merkleNodes": [[one.height + 1, hex_of(one.root)] for one in self.nodes],
                "startEntryIndex": self.start,
                "size": self.size,
                "seq": self.seq,
            },
            "finalized": self.finalized,
            "isCached": self.is_cached,
            "uploadedSegNum": self.uploaded_segments,
            "pruned": self.pruned,
        }

    @classmethod
    def from_json(cls, value: Json) -> FileInfo:
        """Raises BadField; `pruned` and `isCached` may be missing (older nodes)."""
        found = members(value, "file info")
        tx = members(found.get("tx"), "tx")
        return cls(
            data_root=hash32(tx, "dataMerkleRoot"),
            nodes=tuple(_node(one) for one in items(tx.get("merkleNodes"), "merkleNodes")),
            start=number(tx, "startEntryIndex"),
            size=number(tx, "size"),
            seq=number(tx, "seq"),
            finalized=found.get("finalized") is True,
            uploaded_segments=number(found, "uploadedSegNum"),
            is_cached=found.get("isCached") is True,
            pruned=found.get("pruned") is True,
        )


@dataclass(frozen=True, slots=True)
class ShardedNode:
    """A storage node as the indexer lists it; latency in ms, since in Unix seconds."""

    url: str
    config: ShardConfig
    latency_ms: int
    since: int

    def to_json(self) -> dict[str, Json]:
        """`{"url", "config", "latency", "since"}`."""
        return {
            "url": self.url,
            "config": self.config.to_json(),
            "latency": self.latency_ms,
            "since": self.since,
        }

    @classmethod
    def from_json(cls, value: Json) -> ShardedNode:
        """Raises BadField."""
        found = members(value, "node")
        config = ShardConfig.from_json(found.get("config"))
        return cls(text(found, "url"), config, number(found, "latency"), number(found, "since"))


def status_to_json(
    chain_id: int, flow_address: str, height: int, block_hash: bytes, next_tx_seq: int
) -> dict[str, Json]:
    """The wire's Status; this node has no libp2p, so the p2p version is that of the reference."""
    return {
        "connectedPeers": 0,
        "logSyncHeight": height,
        "logSyncBlock": hex_of(block_hash),
        "nextTxSeq": next_tx_seq,
        "networkIdentity": {
            "chainId": chain_id,
            "flowAddress": flow_address.lower(),
            "p2pProtocolVersion": {"major": 0, "minor": 0, "build": 0},
        },
    }


def proof_to_json(proof: Proof) -> dict[str, Json]:
    """`{"lemma": ["0x.."], "path": [bool]}`, bottom to top."""
    return {"lemma": [hex_of(one) for one in proof.lemma], "path": list(proof.path)}


def proof_from_json(value: Json) -> Proof:
    """Raises BadField."""
    found = members(value, "proof")
    path = items(found.get("path"), "proof")
    if not {*map(type, path)} <= {bool}:
        raise BadField("proof", "path is not a list of booleans")
    lemma = tuple([to_hash(one, "proof") for one in items(found.get("lemma"), "proof")])
    return Proof(lemma, tuple(map(bool, path)))


def hex_of(value: bytes) -> str:
    """0x and lower-case hex."""
    return "0x" + value.hex()


def to_base64(data: Buffer) -> str:
    """Standard alphabet, padded."""
    return pybase64.b64encode_as_string(data)


def from_base64(value: Json, field: str) -> bytes:
    """Bytes from padded base64, a string or a view of its ASCII; raises BadField."""
    if not isinstance(value, str | memoryview):
        raise BadField(field, "not a string")
    try:
        return pybase64.b64decode(value, validate=True)
    except ValueError as error:
        raise BadField(field, "not base64") from error


def to_hash(value: Json, field: str) -> bytes:
    """32 bytes from 0x hex; raises BadField."""
    if not isinstance(value, str) or len(value) != 66 or value[:2] not in ("0x", "0X"):
        raise BadField(field, "not a 32-byte hash in 0x hex")
    try:
        return unhexlify(value[2:])
    except ValueError as error:
        raise BadField(field, "not a 32-byte hash in 0x hex") from error


def to_number(value: Json, field: str) -> int:
    """An unsigned 64-bit integer; raises BadField."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < U64:
        raise BadField(field, "not an unsigned 64-bit integer")
    return value


def members(value: Json, field: str) -> Mapping[str, Json]:
    """A JSON object; raises BadField."""
    if not isinstance(value, Mapping):
        raise BadField(field, "not an object")
    return value


def items(value: Json, field: str) -> Sequence[Json]:
    """A JSON array; raises BadField."""
    if isinstance(value, str | memoryview) or not isinstance(value, Sequence):
        raise BadField(field, "not an array")
    return value


def number(found: Mapping[str, Json], name: str) -> int:
    """The unsigned integer member `name`; raises BadField under its wire-spelt snake case."""
    value = found.get(name)
    if type(value) is int and 0 <= value < U64:
        return value
    return to_number(value, _param(name))


def hash32(found: Mapping[str, Json], name: str) -> bytes:
    """The 32-byte hash member `name`; raises BadField."""
    try:
        return to_hash(found.get(name), name)
    except BadField as error:
        raise BadField(_param(name), error.text) from error


def text(found: Mapping[str, Json], name: str) -> str:
    """The string member `name`; raises BadField."""
    value = found.get(name)
    if not isinstance(value, str):
        raise BadField(_param(name), "not a string")
    return value


def binary(found: Mapping[str, Json], name: str) -> bytes:
    """The base64 member `name` (standard alphabet, padded), a string or a view of its ASCII.

    Raises BadField.
    """
    try:
        return from_base64(found.get(name), name)
    except BadField as error:
        raise BadField(_param(name), error.text) from error


def _node(value: Json) -> SubmissionNode:
    pair = items(value, "merkleNodes")
    if len(pair) != 2:
        raise BadField("merkleNodes", "not [depth, root]")
    depth = to_number(pair[0], "merkleNodes")
    if depth < 1:
        raise BadField("merkleNodes", "depth 0")
    return SubmissionNode(to_hash(pair[1], "merkleNodes"), depth - 1)


def _param(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
