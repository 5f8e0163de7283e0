"""Write tests/vectors/da/codec.json: commitments of blobs that anyone can make again.

python scripts/make_da_vectors.py
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from zerog.da.codec import MAX_BLOB_BYTES, encode

ROOT = Path(__file__).resolve().parent.parent
CHAIN_ID = 31337
ENTRANCE = bytes(range(20))
LENGTHS = (65_536 - 7, 1024 * 1024, 1024 * 1088 - 63, MAX_BLOB_BYTES)


def vector(length: int) -> dict[str, object]:
    """One blob: SHAKE-128 of its length's decimal digits, and everything that follows."""
    encoded = encode(hashlib.shake_128(str(length).encode()).digest(length))
    commitment = encoded.commitment
    rows = hashlib.sha256()
    for row in encoded.rows:
        rows.update(row)
    last = commitment.header.pieces - 1
    return {
        "length": length,
        "rowSize": commitment.header.row_size,
        "rowsDigest": rows.hexdigest(),
        "valuesDigest": hashlib.sha256(encoded.values).hexdigest(),
        "rowRoot": commitment.row_root.hex(),
        "rlcRoot": commitment.rlc_root.hex(),
        "dataRoot": commitment.data_root(CHAIN_ID, ENTRANCE).hex(),
        "lastPiecePathDigest": hashlib.sha256(encoded.piece_proof(3071, last).path).hexdigest(),
    }


def main() -> None:
    """Write the file."""
    told = {"chainId": CHAIN_ID, "entrance": ENTRANCE.hex(), "blobs": [vector(n) for n in LENGTHS]}
    target = ROOT / "tests/vectors/da/codec.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
