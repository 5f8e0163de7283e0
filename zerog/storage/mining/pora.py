"""One mining round, value by value: identity, pad, recall, seal, output; twin of PoraMine.

(0gfoundation/0g-storage-contracts: contracts/miner/MineLib.sol, Mine.sol;
0glabs/0g-storage-node: node/miner, common/zgs_seal)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from zerog.crypto.keccak import HASH, chunk_hashes, keccak256, perfect_root
from zerog.crypto.merkle import node
from zerog.errors import UsageError
from zerog.storage.codec import SECTOR
from zerog.storage.mining.ranges import UNIT_SECTORS, RecallRange
from zerog.types import Buffer

SEAL_UNIT: Final = UNIT_SECTORS * SECTOR
"""Bytes that are sealed, recalled and proven as one."""
PAD_UNITS: Final = 4
PAD: Final = PAD_UNITS * SEAL_UNIT
"""Bytes of a scratch pad."""
EMPTY_DIGEST: Final = keccak256(b"")
"""Digest of an epoch that cannot be mined."""


class NotASealUnit(UsageError):
    """Sealing takes 4,096 bytes at a multiple of 16 sectors."""

    def __init__(self, size: int, position: int) -> None:
        self.size, self.position = size, position
        super().__init__(f"{size} bytes at sector {position} are no seal unit")


@dataclass(frozen=True, slots=True)
class MineContext:
    """What the flow fixes for an epoch; `digest` binds block hash, root and length.

    `mine_start` is a block number, `flow_length` counts sectors.
    """

    epoch: int
    mine_start: int
    flow_root: bytes
    flow_length: int
    block_digest: bytes
    digest: bytes

    @property
    def minable(self) -> bool:
        """Whether the epoch has a digest."""
        return self.digest != EMPTY_DIGEST

    def abi(self) -> tuple[int, int, bytes, int, bytes, bytes]:
        """The struct as the ABI takes it."""
        start, length = self.mine_start, self.flow_length
        return (self.epoch, start, self.flow_root, length, self.block_digest, self.digest)


@dataclass(frozen=True, slots=True)
class PoraAnswer:
    """A found unit. `sealed_data` is the unit of 4,096 bytes as this miner sealed it.

    `merkle_proof` holds the siblings from the unit's root (height 4) up to the flow's root.
    """

    context_digest: bytes
    nonce: bytes
    miner_id: bytes
    range: RecallRange
    recall_position: int
    seal_offset: int
    sealed_context_digest: bytes
    sealed_data: bytes
    merkle_proof: tuple[bytes, ...]

    def abi(self) -> tuple[object, ...]:
        """The struct as the ABI takes it."""
        words = [self.sealed_data[at : at + HASH] for at in range(0, len(self.sealed_data), HASH)]
        return (
            self.context_digest,
            self.nonce,
            self.miner_id,
            self.range.abi(),
            self.recall_position,
            self.seal_offset,
            self.sealed_context_digest,
            words,
            list(self.merkle_proof),
        )


def _word(number: int) -> bytes:
    return number.to_bytes(HASH, "big")


def _xor(left: Buffer, right: Buffer) -> bytes:
    """Bytewise exclusive or of two equally long inputs."""
    joined = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
    return joined.to_bytes(memoryview(left).nbytes, "big")


def _blake2b(data: bytes) -> bytes:
    """BLAKE2b-512 without key, salt or person: 64 bytes."""
    return blake2b(data).digest()


# ------------------------------------------------------------------ identity and window


def miner_id(block_hash: bytes, sender: bytes, seed: int) -> bytes:
    """Id that `requestMinerId` gives in the block after `block_hash`.

    sender: the caller's 20 bytes; seed: 64 bits.
    """
    return keccak256(block_hash + sender + seed.to_bytes(8, "big"))


def subtask_index(context_digest: bytes, own_id: bytes, subtasks: int) -> int:
    """Which of the epoch's windows is the miner's."""
    return int.from_bytes(keccak256(context_digest + own_id), "big") % subtasks


def subtask_start(context: MineContext, own_id: bytes, subtasks: int, interval: int) -> int:
    """Block whose hash the subtask takes; answers land behind it, up to targetMineBlocks later."""
    return context.mine_start + subtask_index(context.digest, own_id, subtasks) * interval


def subtask_digest(context_digest: bytes, start_block_hash: bytes) -> bytes:
    """What the pad's seed binds of epoch and window."""
    return keccak256(context_digest + start_block_hash)


# --------------------------------------------------------------------------------- pad


def pad_seed(own_id: bytes, nonce: bytes, subtask: bytes, asked: bytes) -> bytes:
    """64 bytes out of miner id, nonce, subtask digest and range digest (32 each)."""
    return _blake2b(own_id + nonce + subtask + asked)


def scratch_pad(seed: bytes) -> tuple[bytes, bytes]:
    """The pad of 16 KiB and the recall seed: 512 chained hashes and one more."""
    one, two = seed[:HASH], seed[HASH:]
    parts: list[bytes] = []
    for _ in range(PAD // (2 * HASH)):
        one = keccak256(one + two)
        two = keccak256(one + two)
        parts += (one, two)
    return b"".join(parts), keccak256(one + two)


# -------------------------------------------------------------------------------- seal


def _first_mask(own_id: bytes, digest: bytes, position: int) -> bytes:
    return keccak256(own_id + digest + _word(position))


def _check_unit(data: Buffer, position: int) -> None:
    size = memoryview(data).nbytes
    if size != SEAL_UNIT or position % UNIT_SECTORS or position < 0:
        raise NotASealUnit(size, position)


def seal_unit(data: Buffer, own_id: bytes, digest: bytes, position: int) -> bytes:
    """Seal 4,096 bytes for one miner: each word's mask is the hash of the sealed word before it.

    digest: that of the epoch whose range holds the unit's end; position: its first sector.
    Raises NotASealUnit.
    """
    _check_unit(data, position)
    plain, mask = bytes(data), _first_mask(own_id, digest, position)
    sealed = []
    for at in range(0, SEAL_UNIT, HASH):
        word = _xor(plain[at : at + HASH], mask)
        sealed.append(word)
        mask = keccak256(word)
    return b"".join(sealed)


def unseal_unit(sealed: Buffer, own_id: bytes, digest: bytes, position: int) -> bytes:
    """The way back; all words at once. `sealed` has 4,096 bytes, the position may be any."""
    masks = _first_mask(own_id, digest, position) + chunk_hashes(sealed, HASH)[:-HASH]
    return _xor(sealed, masks)


def seal_units(
    data: Buffer, own_id: bytes, digests: Sequence[bytes], positions: Sequence[int]
) -> bytes:
    """Seal many units side by side: word by word, so that the hashes of a step go in one batch.

    data: the units one behind the other; one digest and one position for each. The same bytes
    as `seal_unit`, faster from about four units on. Raises NotASealUnit.
    """
    plain, count = bytes(data), len(positions)
    if len(plain) != count * SEAL_UNIT or len(digests) != count:
        raise NotASealUnit(len(plain), positions[0] if positions else 0)
    for position in positions:
        _check_unit(plain[:SEAL_UNIT], position)
    masks = b"".join(map(_first_mask, [own_id] * count, digests, positions))
    columns = []
    for at in range(0, SEAL_UNIT, HASH):
        column = b"".join([plain[o : o + HASH] for o in range(at, len(plain), SEAL_UNIT)])
        columns.append(_xor(column, masks))
        masks = chunk_hashes(columns[-1], HASH)
    rows = range(0, count * HASH, HASH)
    return b"".join([column[at : at + HASH] for at in rows for column in columns])


# ------------------------------------------------------------------------------ output


def mix_unit(sealed: Buffer, pad: bytes, seal_offset: int) -> bytes:
    """The sealed unit with its quarter of the pad; 4,096 bytes."""
    at = seal_offset % PAD_UNITS * SEAL_UNIT
    return _xor(sealed, pad[at : at + SEAL_UNIT])


def mix_output(seal_offset: int, seed: bytes, mixed: bytes) -> bytes:
    """What is compared with the target: 32 bytes, as a number big endian."""
    return _blake2b(_word(seal_offset) + seed + bytes(HASH) + mixed)[:HASH]


def unit_root(data: Buffer) -> bytes:
    """Root over the 16 sectors of a unit of plain data."""
    return perfect_root(data)


def flow_root_of(root: bytes, position: int, siblings: Sequence[bytes]) -> bytes | None:
    """Flow root that a unit's root at a sector leads to; None when the proof is too short."""
    index = position // UNIT_SECTORS
    for sibling in siblings:
        root = node(sibling, root) if index & 1 else node(root, sibling)
        index >>= 1
    return None if index else root
