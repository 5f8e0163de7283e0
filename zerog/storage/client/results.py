"""What the SDK gives back; `to_json` is what the command line prints with --json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from zerog.chain.hexes import to_hex
from zerog.storage.client.endowment import Lease, Part
from zerog.storage.client.storing import Stored
from zerog.types import Json

Document: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Cost:
    """What storing `size` bytes costs, gas apart.

    sectors: of 256 bytes, padding included. submissions: fragments.
    """

    size: int
    sectors: int
    submissions: int
    price_per_sector_wei: int
    fee_wei: int

    def to_json(self) -> Document:
        """All members; wei as text, which no reader rounds."""
        return {
            "size": self.size,
            "sectors": self.sectors,
            "submissions": self.submissions,
            "price_per_sector_wei": str(self.price_per_sector_wei),
            "fee_wei": str(self.fee_wei),
        }


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A stored file or folder.

    root: what to ask for; of a file in fragments the first of `roots`, which in order name it.
    size: bytes given, stored_size: bytes stored. fee_wei: paid by this call. files: of a folder.
    """

    roots: tuple[bytes, ...]
    size: int
    stored_size: int
    parts: tuple[Stored, ...]
    files: int = 0

    @property
    def root(self) -> bytes:
        """The first root."""
        return self.roots[0]

    @property
    def fee_wei(self) -> int:
        """What this call paid, gas apart; submissions of earlier calls cost nothing again."""
        return sum(part.fee_wei or 0 for part in self.parts if not part.earlier)

    def to_json(self) -> Document:
        """All members."""
        hashes = dict.fromkeys(to_hex(one.tx_hash) for one in self.parts if one.tx_hash)
        return {
            "root": to_hex(self.root),
            "roots": [to_hex(root) for root in self.roots],
            "tx_seqs": [part.tx_seq for part in self.parts],
            "tx_hashes": list(hashes),
            "size": self.size,
            "stored_size": self.stored_size,
            "fee_wei": str(self.fee_wei),
            "paid_now": any(not part.earlier for part in self.parts),
            "nodes": sorted({url for part in self.parts for url in part.nodes}),
            "files": self.files,
        }


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file or folder that was written; files: how many, 1 for a file."""

    path: str
    size: int
    files: int = 1

    def to_json(self) -> Document:
        """All members."""
        return {"path": self.path, "size": self.size, "files": self.files}


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submission of this home.

    state: planned, paid, stored, or unknown when no node could be asked; replicas: how often
    the nodes hold all of it.
    """

    name: str
    root: bytes
    size: int
    tx_seq: int | None
    tx_hash: bytes | None
    fee_wei: int | None
    payer: str
    state: str
    replicas: int

    def to_json(self) -> Document:
        """All members."""
        return {
            "name": self.name,
            "root": to_hex(self.root),
            "size": self.size,
            "tx_seq": self.tx_seq,
            "tx_hash": None if self.tx_hash is None else to_hex(self.tx_hash),
            "fee_wei": None if self.fee_wei is None else str(self.fee_wei),
            "payer": self.payer,
            "state": self.state,
            "replicas": self.replicas,
        }


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One line of a stored folder."""

    path: str
    kind: str
    size: int
    roots: tuple[bytes, ...]
    link: str

    def to_json(self) -> Document:
        """All members."""
        return {
            "path": self.path,
            "type": self.kind,
            "size": self.size,
            "roots": [to_hex(root) for root in self.roots],
            "link": self.link,
        }


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What one node could prove of a root.

    state: whole (every segment of its share), incomplete (it says so itself), damaged.
    """

    url: str
    shard: str
    state: str
    proved: int
    wanted: int
    error: str = ""

    def to_json(self) -> Document:
        """All members."""
        return {
            "url": self.url,
            "shard": self.shard,
            "state": self.state,
            "proved": self.proved,
            "wanted": self.wanted,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Verified:
    """A root as every node that claims it could prove it.

    replicas: how often nodes that proved all of their share hold everything. file_matches: of
    the local file, None when none was given.
    """

    root: bytes
    size: int
    replicas: int
    nodes: Sequence[NodeReport]
    file_matches: bool | None = None

    @property
    def ok(self) -> bool:
        """Whether the file can be had whole, no node lied, and the local file is the same."""
        damaged = any(node.state == "damaged" for node in self.nodes)
        return self.replicas > 0 and not damaged and self.file_matches is not False

    def to_json(self) -> Document:
        """All members."""
        nodes: list[Mapping[str, Json]] = [node.to_json() for node in self.nodes]
        return {
            "root": to_hex(self.root),
            "size": self.size,
            "ok": self.ok,
            "replicas": self.replicas,
            "nodes": nodes,
            "file_matches": self.file_matches,
        }


@dataclass(frozen=True, slots=True)
class Leased:
    """A submission and the pricing chunks that it lies in, which it may share with others.

    start, sectors: its place in the flow.
    """

    root: bytes
    tx_seq: int
    start: int
    sectors: int
    chunks: tuple[Lease, ...]

    @property
    def deadline(self) -> int:
        """Unix seconds until which all of it is paid for; 0 while no chunk's time has begun."""
        return min((one.deadline for one in self.chunks if one.deadline), default=0)

    def to_json(self) -> Document:
        """All members; wei as text."""
        return {
            "root": to_hex(self.root),
            "tx_seq": self.tx_seq,
            "start_sector": self.start,
            "sectors": self.sectors,
            "deadline": self.deadline,
            "chunks": [
                {
                    "chunk": one.chunk,
                    "deadline": one.deadline,
                    "fees_wei": str(one.fees_wei),
                    "locked_wei": str(one.locked_wei),
                    "released_wei": str(one.released_wei),
                }
                for one in self.chunks
            ],
        }


@dataclass(frozen=True, slots=True)
class Extended:
    """An extension that is paid; parts: of its pricing chunks. lease: as it is now."""

    parts: tuple[Part, ...]
    tx_hashes: tuple[bytes, ...]
    lease: Leased

    @property
    def amount_wei(self) -> int:
        """Of all parts, gas apart."""
        return sum(part.amount_wei for part in self.parts)

    def to_json(self) -> Document:
        """All members; wei as text."""
        return {
            "amount_wei": str(self.amount_wei),
            "tx_hashes": [to_hex(one) for one in self.tx_hashes],
            "lease": self.lease.to_json(),
        }
