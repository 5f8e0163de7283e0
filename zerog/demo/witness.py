"""A process with one person's key and nothing else tries to open a token's current data.

It asks nobody who owns the token: every sealed key that was ever published for it is tried
with the person's secret against the data that the chain names now. The same code is run for
the new owner and for the old one; it prints one JSON document:

    {"opened": bool, "identical": bool, "refusals": [...]}
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from zerog.config import Settings
from zerog.crypto.aead import WrongKeyOrTampered
from zerog.crypto.ecies import WrongKey
from zerog.errors import ZerogError
from zerog.inft.folder import manifest_hash
from zerog.inft.opening import open_data
from zerog.inft.stack import Stack
from zerog.types import DataRoot


@dataclass(frozen=True, slots=True)
class Testimony:
    """What one person could do with the token's data."""

    opened: bool
    identical: bool
    refusals: tuple[str, ...]


def testify(home: Path, person: str, token_id: int, manifest: bytes) -> Testimony:
    """Try every published key; `manifest` is the hash of the folder before it was minted.

    Only a key or tag that does not fit counts as a refusal; any other error is raised.
    """
    stack = Stack.open(Settings.load(home))
    secret = stack.keys.signer(person).secret
    data_root = DataRoot(stack.nft.data_of(token_id)[0].data_hash)
    refusals = []
    for sealed_key in stack.nft.published_keys(token_id):
        with tempfile.TemporaryDirectory(dir=home) as scratch:
            out = Path(scratch) / "agent"
            try:
                open_data(stack.storage, sealed_key, secret, data_root, out)
            except (WrongKey, WrongKeyOrTampered) as error:
                refusals.append(f"{type(error).__name__}: {error}")
                continue
            return Testimony(True, manifest_hash(out) == manifest, tuple(refusals))
    return Testimony(False, False, tuple(refusals))


def main() -> None:
    """`python -m zerog.demo.witness --home HOME --as NAME --token ID --manifest HEX`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--as", dest="person", required=True)
    parser.add_argument("--token", type=int, required=True)
    parser.add_argument("--manifest", required=True, help="hex, taken before the mint")
    chosen = parser.parse_args()
    try:
        found = testify(chosen.home, chosen.person, chosen.token, bytes.fromhex(chosen.manifest))
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    json.dump(asdict(found), sys.stdout)


if __name__ == "__main__":
    main()
