"""What a challenge has to show of a blob: who signed, and its header; both from the chain alone.

The certificate's transaction has the bitmap. No transaction has the header: signers, the
disperser and whoever dispersed know it. Should all of them keep it to themselves, it is found by
trying: of a network, headers differ in the length only, and the data root says which is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from zerog.chain.abi import abi_of
from zerog.chain.bindings import Event
from zerog.chain.bindings_da import HeldCertificate
from zerog.chain.hexes import to_bytes, to_hex
from zerog.chain.rpc import Chain
from zerog.crypto.keccak import keccak256
from zerog.da.commitment import DOMAIN, Commitment
from zerog.da.onchain.errors import NoEvidence, NoHeader
from zerog.da.onchain.network import DaNetwork
from zerog.da.params import CHUNK, Header, Profile, row_size

PAGE_BLOCKS: Final = 1_000
SUBMIT: Final = "submitVerifiedCommitRoots"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A certified blob and who signed for it: bit i % 8 of byte i // 8 is row i."""

    data_root: bytes
    epoch: int
    quorum_id: int
    row_root: bytes
    rlc_root: bytes
    bitmap: bytes

    def signed(self) -> Iterator[int]:
        """The rows that somebody answers for."""
        for row in range(8 * len(self.bitmap)):
            if self.bitmap[row // 8] >> (row % 8) & 1:
                yield row

    def commitment(self, header: Header) -> Commitment:
        """What the data root is the hash of."""
        return Commitment(header, self.row_root, self.rlc_root)


def gather(
    network: DaNetwork, data_root: bytes, epoch: int, quorum_id: int, tx: bytes = b""
) -> Evidence:
    """The evidence of a certified blob.

    tx: of its certificate, where it is known; else its event is looked for. Raises NoEvidence
    when there is no certificate, or it was not submitted to the entrance directly.
    """
    held = network.entrance.certificate(data_root, epoch, quorum_id)
    if held is None:
        raise NoEvidence(data_root, "there is no certificate")
    found = tx or _certified_by(network, data_root, epoch, quorum_id)
    for submission in _submissions(network, data_root, found):
        match submission:
            case (bytes(root), int(e), int(q), _, bytes(bitmap), _, _):
                ours = (root, e, q) == (data_root, epoch, quorum_id)
                if ours and keccak256(bitmap) == held.bitmap_hash:
                    return _evidence(data_root, epoch, quorum_id, held, bitmap)
    raise NoEvidence(data_root, f"transaction {to_hex(found)} has no such bitmap")


def _evidence(
    data_root: bytes, epoch: int, quorum_id: int, held: HeldCertificate, bitmap: bytes
) -> Evidence:
    return Evidence(data_root, epoch, quorum_id, held.row_root, held.rlc_root, bitmap)


def _certified_by(network: DaNetwork, data_root: bytes, epoch: int, quorum_id: int) -> bytes:
    """The transaction of the certificate: certificates come in the blob's epoch or the next."""
    start, last = network.signers.epoch_block(epoch), network.chain.head().number
    end = network.signers.epoch_block(epoch + 2) or last
    for first in range(start, end + 1, PAGE_BLOCKS):
        page = min(first + PAGE_BLOCKS - 1, end)
        for event in network.entrance.events("ErasureCommitmentVerified", first, page):
            if _is_of(event, data_root, epoch, quorum_id):
                return event.log.tx_hash
    raise NoEvidence(data_root, "its event is nowhere")


def _is_of(event: Event, data_root: bytes, epoch: int, quorum_id: int) -> bool:
    place = (event.number("epoch"), event.number("quorumId"))
    return event.args["dataRoot"] == data_root and place == (epoch, quorum_id)


def _submissions(network: DaNetwork, data_root: bytes, tx: bytes) -> tuple[object, ...]:
    data = _input(network.chain, tx)
    call = abi_of(network.entrance.artifact).function(SUBMIT, 1)
    if data[:4] != call.hash[:4]:
        raise NoEvidence(data_root, f"transaction {to_hex(tx)} calls another contract")
    found = call.decode_input(data[4:])[0]
    return found if isinstance(found, tuple) else ()


def _input(chain: Chain, tx: bytes) -> bytes:
    found = chain.rpc("eth_getTransactionByHash", [to_hex(tx)])
    return to_bytes(found["input"]) if isinstance(found, dict) else b""


def find_header(evidence: Evidence, profile: Profile, chain_id: int, entrance: bytes) -> Header:
    """The blob's header by trying every length; raises NoHeader.

    A minute or so for blobs of 31 MiB, on one core. entrance: 20 bytes.
    """
    roots = evidence.row_root + evidence.rlc_root
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
            if tried.digest() == evidence.data_root:
                return Header(profile.k, profile.n, size, length)
    raise NoHeader(evidence.data_root)
