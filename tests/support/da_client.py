"""A client over signers that are served, a disperser that is told what to answer, and a notary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL, stream
from tests.support.da_grpc import House
from tests.support.da_people import EPOCH, QUORUM, Town, proofs
from zerog.da.client.chain import Site
from zerog.da.client.disperser import Disperser
from zerog.da.client.ledger import PlacedBlobs
from zerog.da.client.sdk import Da
from zerog.da.codec import encode
from zerog.da.disperser.bytestore import BLOB as BLOB_KIND
from zerog.da.status import Assignment, Blob, Stage

POLICY = 3
SITE = Site(CHAIN_ID, ENTRANCE, SMALL)
WHERE = Assignment(EPOCH, QUORUM, 90, b"\x01" * 32)


class Notary:
    """The certificates of a contract; `final` are those of final blocks too."""

    def __init__(self) -> None:
        self.known: set[tuple[bytes, int, int]] = set()
        self.final: set[tuple[bytes, int, int]] = set()

    def verify(
        self,
        data_root: bytes,
        epoch: int,
        quorum_id: int,
        policy: int | None = None,
        *,
        final: bool = False,
    ) -> bool:
        """As Certificates; POLICY is the only policy."""
        place = (data_root, epoch, quorum_id)
        return policy in {None, POLICY} and place in (self.final if final else self.known)


class Quarter:
    """House, town, notary and a client of them all."""

    def __init__(self, folder: Path) -> None:
        self.house, self.town = House(folder / "house"), Town(folder / "town")
        self.notary = Notary()
        self.placed_path = folder / "placed.db"
        self.placed = PlacedBlobs(self.placed_path, SITE.name)
        self.disperser = Disperser(f"127.0.0.1:{self.house.port}")
        self.epoch = EPOCH
        parts = self.disperser, self.notary, self.town, self.placed
        self.da = Da(SITE, *parts, final_epoch=lambda: self.epoch)

    def serve(self, data: bytes) -> bytes:
        """Let the signers keep a blob; its root."""
        encoded = encode(data, SMALL)
        return self.town.keep(encoded.commitment, proofs(encoded))

    def carry(self, blob: Blob, *steps: Stage) -> Blob:
        """What workers do to a row, told the truth."""
        encoded = encode(self.house.files.get(f"{BLOB_KIND}/{blob.request_id}"), SMALL)
        root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
        for step in steps:
            match step:
                case Stage.ENCODED:
                    after = blob.encoded(b"c" * 80, root, SMALL.rows)
                case Stage.UPLOADED:
                    after = blob.uploaded(WHERE)
                case Stage.SIGNED:
                    after = blob.signed(9)
                case Stage.CONFIRMED:
                    after = blob.confirmed(b"t" * 32, 95)
                    self.notary.known.add((root, WHERE.epoch, WHERE.quorum_id))
                case Stage.FINALIZED:
                    after = blob.finalized()
                    self.notary.final.add((root, WHERE.epoch, WHERE.quorum_id))
                case Stage.FAILED:
                    after = blob.failed("the fee was too low")
                case _:
                    after = blob.again("9 of 16 rows", 0, unsigned=True, signed_rows=5)
            blob = self.house.store.move(blob, after, 11.0)
        return blob

    def close(self) -> None:
        """Stop the servers."""
        self.house.channel.close()
        self.house.server.stop(0)
        self.town.close()


def quarter(folder: Path) -> Iterator[Quarter]:
    """For fixtures: served until the module ends."""
    made = Quarter(folder)
    yield made
    made.close()


def fresh(label: str, length: int = 3000) -> bytes:
    """A blob of its own."""
    return stream(label, length)
