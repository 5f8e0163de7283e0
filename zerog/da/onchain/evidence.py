"""What a challenge has to show of a blob: who signed, and its header; both from the chain alone.

An event beside that of the certificate has the bitmap. Nothing on the chain has the header:
signers, the disperser and whoever dispersed know it. Should all of them keep it to themselves, it
is found by trying: of a network, headers differ in the length only, and the data root says which
is right. When none is, whoever signed for the data root is asked for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from zerog.chain.bindings_da import HeldCertificate
from zerog.crypto.keccak import keccak256
from zerog.da.commitment import DOMAIN, Commitment
from zerog.da.onchain.errors import NoEvidence, NoHeader
from zerog.da.onchain.network import DaNetwork
from zerog.da.params import CHUNK, Header, Profile, row_size

PAGE_BLOCKS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Certified:
    """A certified blob, with the roots that were signed beside its data root."""

    data_root: bytes
    epoch: int
    quorum_id: int
    row_root: bytes
    rlc_root: bytes

    def commitment(self, header: Header) -> Commitment:
        """What the data root has to be the hash of."""
        return Commitment(header, self.row_root, self.rlc_root)

    def fits(self, header: Header, chain_id: int, entrance: bytes) -> bool:
        """Whether a header, with the roots that were signed, hashes to the data root."""
        return self.commitment(header).data_root(chain_id, entrance) == self.data_root


@dataclass(frozen=True, slots=True)
class Evidence(Certified):
    """A certified blob and who signed for it: bit i % 8 of byte i // 8 is row i."""

    bitmap: bytes

    def signed(self) -> Iterator[int]:
        """The rows that somebody answers for."""
        for row in range(8 * len(self.bitmap)):
            if self.bitmap[row // 8] >> (row % 8) & 1:
                yield row


def certified(network: DaNetwork, data_root: bytes, epoch: int, quorum_id: int) -> Certified:
    """What the entrance keeps of a blob; raises NoEvidence when there is no certificate."""
    held = _held(network, data_root, epoch, quorum_id)
    return Certified(data_root, epoch, quorum_id, held.row_root, held.rlc_root)


def gather(
    network: DaNetwork, data_root: bytes, epoch: int, quorum_id: int, bitmap: bytes = b""
) -> Evidence:
    """The evidence of a certified blob, whoever submitted it, and through whatever contract.

    bitmap: of a certificate from before there was an event that has it. Raises NoEvidence when
    there is no certificate, its event is nowhere, or the bitmap is another one's.
    """
    held = _held(network, data_root, epoch, quorum_id)
    place = (data_root, epoch, quorum_id)
    for found in (bitmap,) if bitmap else _bitmaps(network, *place):
        if keccak256(found) == held.bitmap_hash:
            return Evidence(*place, held.row_root, held.rlc_root, found)
    reason = "it was not certified with that bitmap" if bitmap else "no event has its bitmap"
    raise NoEvidence(data_root, reason)


def _held(network: DaNetwork, data_root: bytes, epoch: int, quorum_id: int) -> HeldCertificate:
    held = network.entrance.certificate(data_root, epoch, quorum_id)
    if held is None:
        raise NoEvidence(data_root, "there is no certificate")
    return held


def _bitmaps(network: DaNetwork, data_root: bytes, epoch: int, quorum_id: int) -> Iterator[bytes]:
    """Of events of the certificate: certificates come in the blob's epoch or the next."""
    start, last = network.signers.epoch_block(epoch), network.chain.head().number
    end = network.signers.epoch_block(epoch + 2) or last
    for first in range(start, end + 1, PAGE_BLOCKS):
        page = min(first + PAGE_BLOCKS - 1, end)
        for event in network.entrance.events("RowsSigned", first, page, dataRoot=data_root):
            place = (event.number("epoch"), event.number("quorumId"))
            bitmap = event.args["quorumBitmap"]
            if place == (epoch, quorum_id) and isinstance(bitmap, bytes):
                yield bitmap


def find_header(blob: Certified, profile: Profile, chain_id: int, entrance: bytes) -> Header:
    """The blob's header by trying every length; raises NoHeader.

    A minute or so for blobs of 31 MiB, on one core. entrance: 20 bytes.
    """
    tries = headers_tried(blob, profile, chain_id, entrance)
    found = next((header for header in tries if header is not None), None)
    if found is None:
        raise NoHeader(blob.data_root)
    return found


def headers_tried(
    blob: Certified, profile: Profile, chain_id: int, entrance: bytes
) -> Iterator[Header | None]:
    """None after each size of a row that does not fit, a part of a second each; then the header.

    It ends without one when no length fits.
    """
    roots = blob.row_root + blob.rlc_root
    start = DOMAIN + chain_id.to_bytes(32) + entrance
    largest = row_size(profile.max_length, profile.k)
    for size in range(CHUNK, largest + CHUNK, CHUNK):
        lengths = range(
            (size - CHUNK) * profile.k + 1, min(size * profile.k, profile.max_length) + 1
        )
        # all but the length is the same for a row size
        shared = sha256(start + Header(profile.k, profile.n, size, 0).encode()[:-4])
        for length in lengths:
            tried = shared.copy()
            tried.update(length.to_bytes(4, "little") + roots)
            if tried.digest() == blob.data_root:
                yield Header(profile.k, profile.n, size, length)
                return
        yield None
