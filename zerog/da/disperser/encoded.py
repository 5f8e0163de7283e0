"""What the encoding of a blob leaves in the store, so that asking its signers encodes nothing.

    parity rows, joined || combinations || levels of the tree of rows, from below || commitment(80)

All sizes follow from the blob's length and the network's profile. The object is made in place and
is not flushed to the disk: after a power cut it may be damaged, no signer then signs, and the
blob is encoded again from its own bytes. The data rows are views of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from zerog.da.commitment import Commitment
from zerog.da.disperser.bytestore import BLOB, DAMAGED, ENCODED, BytesGone, ByteStore
from zerog.da.encoding import Encoded, data_rows, encode
from zerog.da.params import HASH, Header, Profile
from zerog.da.wire import COMMITMENT_BYTES, decode_commitment, encode_commitment
from zerog.errors import NotFound

_NO_LEAVES: Final = b""


class BytesDamaged(BytesGone):
    """The bytes of a blob are not those that its request is named after: as good as gone."""

    def __init__(self, request_id: str, found: str) -> None:
        """found: the SHA-256 of what was there, in hex."""
        self.name, self.wanted, self.found = f"{BLOB}/{request_id}", _digest_of(request_id), found
        cause = f"its bytes are damaged: their SHA-256 is {found}, not {self.wanted}"
        NotFound.__init__(self, cause)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in the object of one blob."""

    header: Header
    profile: Profile

    @classmethod
    def of(cls, length: int, profile: Profile) -> Layout:
        """Of a blob of `length` bytes; raises BadBlobSize."""
        return cls(Header.of(length, profile), profile)

    @property
    def values_at(self) -> int:
        """The combinations, behind the parity rows."""
        return self.header.n * self.header.row_size

    @property
    def levels_at(self) -> int:
        """The levels, behind the combinations."""
        return self.values_at + self.header.k * self.profile.value_bytes

    @property
    def commitment_at(self) -> int:
        """The commitment, behind the levels."""
        return self.levels_at + sum(self.level_sizes)

    @property
    def level_sizes(self) -> list[int]:
        """Bytes of each level; the last one is the root."""
        depth = self.header.row_depth
        return [HASH << up for up in range(depth, -1, -1)]

    @property
    def size(self) -> int:
        """Bytes of the object."""
        return self.commitment_at + COMMITMENT_BYTES


def make_encoded(store: ByteStore, request_id: str, profile: Profile) -> bool:
    """Encode a blob of the store, unless it is encoded; whether there was something to do.

    Damaged bytes are dropped: what signers would certify is not what the client gave. Touches
    nothing but the store. Raises BytesGone, BytesDamaged, BadBlobSize, StoreUnreachable.
    """
    data = _blob(store, request_id)
    if find_commitment(store, request_id, len(data), profile) is not None:
        return False
    _require_whole(store, request_id, data)
    layout = Layout.of(len(data), profile)
    with store.make(f"{ENCODED}/{request_id}", layout.size) as room:
        made = encode(data, profile, room)
        room[layout.values_at : layout.levels_at] = made.values
        room[layout.levels_at : layout.commitment_at] = b"".join(made.levels)
        room[layout.commitment_at :] = encode_commitment(made.commitment)
    return True


def find_commitment(
    store: ByteStore, request_id: str, length: int, profile: Profile
) -> Commitment | None:
    """What an encoded blob is committed to; None when it is not encoded."""
    layout = Layout.of(length, profile)
    try:
        found = store.get(f"{ENCODED}/{request_id}", layout.commitment_at, layout.size)
    except BytesGone:
        return None
    raw = bytes(memoryview(found))
    if len(raw) != COMMITMENT_BYTES:
        return None
    commitment = decode_commitment(raw)
    return commitment if commitment.header == layout.header else None


def open_encoded(store: ByteStore, request_id: str, profile: Profile) -> Encoded:
    """The rows of a blob with their proofs; encoded again when they are gone.

    Proofs of pieces are not kept. Raises BytesGone, BytesDamaged, StoreUnreachable.
    """
    data = _blob(store, request_id)
    layout = Layout.of(len(data), profile)
    try:
        found = memoryview(store.get(f"{ENCODED}/{request_id}"))
    except BytesGone:
        found = memoryview(b"")
    if len(found) != layout.size:
        store.drop(f"{ENCODED}/{request_id}")
        make_encoded(store, request_id, profile)
        found = memoryview(store.get(f"{ENCODED}/{request_id}"))
    return _encoded(data, found, layout)


def _blob(store: ByteStore, request_id: str) -> memoryview:
    """What a client gave; raises BytesGone, BytesDamaged when it is empty, StoreUnreachable when
    the store is not there yet.
    """
    try:
        data = memoryview(store.get(f"{BLOB}/{request_id}")).toreadonly()
    except BytesGone:
        store.require_begun()
        raise
    if not data:
        _require_whole(store, request_id, data)
    return data


def _digest_of(request_id: str) -> str:
    return request_id.partition("-")[0]


def _require_whole(store: ByteStore, request_id: str, data: memoryview) -> None:
    """Damaged bytes go, and what they were stays to be told: who finds them has no rows."""
    found = sha256(data).hexdigest()
    if found != _digest_of(request_id):
        store.put(f"{DAMAGED}/{request_id}", found.encode())
        store.drop(f"{BLOB}/{request_id}")
        raise BytesDamaged(request_id, found)


def why_gone(store: ByteStore, request_id: str) -> str:
    """What became of the bytes of a blob that are not in the store; raises StoreUnreachable."""
    try:
        found = bytes(memoryview(store.get(f"{DAMAGED}/{request_id}")))
    except BytesGone:
        return "its bytes are not in the store"
    return BytesDamaged(request_id, found.decode("ascii", "replace")).cause


def _encoded(data: memoryview, found: memoryview, layout: Layout) -> Encoded:
    size = layout.header.row_size
    rows = data_rows(data, layout.header)
    rows += [found[at : at + size] for at in range(0, layout.values_at, size)]
    levels, at = [], layout.levels_at
    for length in layout.level_sizes:
        levels.append(bytes(found[at : at + length]))
        at += length
    values = bytes(found[layout.values_at : layout.levels_at])
    commitment = decode_commitment(bytes(found[layout.commitment_at :]))
    return Encoded(commitment, rows, values, _NO_LEAVES, levels)
