"""From data roots to a file: fragments in order, decrypted, each segment verified."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zerog.storage.client.client import StorageClient
from zerog.storage.client.placement import Meter
from zerog.storage.client.reading import Reading
from zerog.storage.client.resume import Lane, PartFile
from zerog.storage.codec import SECTOR, segment_count
from zerog.storage.encryption import LONGEST_HEADER, Decryption, Header, open_secret, read_header
from zerog.types import Progress, no_progress


class Fetching:
    """The fragments of one stored file, located on the nodes."""

    def __init__(
        self,
        client: StorageClient,
        roots: Sequence[bytes],
        decryption: Decryption | None = None,
        sizes: Sequence[int | None] = (),
    ) -> None:
        """sizes: lengths that the caller knows; else what the nodes say.

        Raises FileUnknown, FileNotFinalized, LengthMismatch, NodeUnreachable; NotEncrypted and
        WrongScheme with a `decryption` that does not fit.
        """
        known = [*sizes, *[None] * (len(roots) - len(sizes))]
        self._readings = [
            client.reading(root, size) for root, size in zip(roots, known, strict=True)
        ]
        self.lanes = self._plain(roots) if decryption is None else self._sealed(roots, decryption)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return sum(lane.payload for lane in self.lanes)

    def to_file(self, out: Path, progress: Progress = no_progress) -> None:
        """Write the new file `out`, going on with what an earlier attempt left.

        Raises OutputExists, CannotWriteOutput, PartDamaged, BadSegment, NodeUnreachable.
        """
        part = PartFile(out, self.lanes)
        meter = Meter("download", sum(lane.size for lane in self.lanes), progress)
        with part.open():
            for number, (lane, reading) in enumerate(zip(self.lanes, self._readings, strict=True)):
                missing = part.missing(number)
                if there := segment_count(lane.size) - len(missing):
                    meter.add(there * lane.size // segment_count(lane.size))
                for index, data in reading.run(missing):
                    part.write(number, index, data)
                    meter.add(len(data))
            part.seal()
        meter.finish()

    def to_bytes(self) -> bytes:
        """The file in memory, for what is known to be small."""
        pieces: list[bytes] = []
        for lane, reading in zip(self.lanes, self._readings, strict=True):
            stored = b"".join(data for _, data in reading.run())[lane.skip :]
            pieces.append(stored if lane.secret is None else lane.secret.apply(stored, lane.cipher))
        return b"".join(pieces)

    def starts_with(self, wanted: bytes) -> bool:
        """Whether the file begins so; fetches its first segment."""
        lane, (_, data) = self.lanes[0], next(self._readings[0].run([0]))
        start = data[lane.skip : lane.skip + len(wanted)]
        return wanted == (start if lane.secret is None else lane.secret.apply(start, lane.cipher))

    def _plain(self, roots: Sequence[bytes]) -> list[Lane]:
        lanes: list[Lane] = []
        for root, reading in zip(roots, self._readings, strict=True):
            lanes.append(Lane(root, reading.size, sum(lane.payload for lane in lanes)))
        return lanes

    def _sealed(self, roots: Sequence[bytes], decryption: Decryption) -> list[Lane]:
        """One header and a keystream that runs on, or a header per fragment."""
        header = _header(self._readings[0])
        alone = self._one_header_each(header)
        secret = open_secret(header, decryption)
        lanes: list[Lane] = []
        for number, (root, reading) in enumerate(zip(roots, self._readings, strict=True)):
            done = sum(lane.payload for lane in lanes)
            if number and alone:
                secret = open_secret(_header(reading), decryption)
            skip = secret.header.size if alone or not number else 0
            lanes.append(Lane(root, reading.size, done, skip, 0 if alone else done, secret))
        return lanes

    def _one_header_each(self, header: Header) -> bool:
        """Whether the fragments were encrypted one by one, as the TypeScript SDK 1.2.8 does.

        It cuts the plaintext at a power of two and puts a header before each piece; the Go
        client cuts the ciphertext. So a stored fragment of a power of two is Go's, one that is a
        header longer is TypeScript's: no length is both.
        """
        first = self._readings[0].size - header.size
        return len(self._readings) > 1 and first >= SECTOR and not first & (first - 1)


def _header(reading: Reading) -> Header:
    """From the first segment; raises NotEncrypted."""
    _, data = next(reading.run([0]))
    return read_header(data[:LONGEST_HEADER])
