"""A token's data roots, published through data availability, and what a contract says of that.

The blob is one small document, the same bytes for the same token: whoever has its data root and a
certificate knows that everybody can read which data a token stood for, and when.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.bindings import IntelligentData
from zerog.chain.registry import Registry
from zerog.config import Settings
from zerog.da.client.sdk import Da
from zerog.inft.stack import Stack
from zerog.types import Address, Json

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Published:
    """A document in data availability. read_back: the signers gave it back as it was.

    certificate: what DAEntrance.verifyCertificate answers, as it would to another contract.
    """

    data_root: str
    epoch: int
    quorum_id: int
    certificate: bool
    read_back: bool
    signed_rows: int
    total_rows: int
    confirmation_tx: str

    def to_json(self) -> dict[str, Json]:
        """The object `da` of `zerog demo --json`."""
        return {
            "data_root": self.data_root,
            "epoch": self.epoch,
            "quorum_id": self.quorum_id,
            "certificate": self.certificate,
        }


def document(chain_id: int, token: Address, token_id: int, data: list[IntelligentData]) -> bytes:
    """What is published: keys sorted, no spaces, UTF-8."""
    said = {
        "version": VERSION,
        "chain_id": chain_id,
        "token": token,
        "token_id": token_id,
        "data": [
            {"description": one.description, "data_root": "0x" + one.data_hash.hex()}
            for one in data
        ],
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def has_availability(home: Path) -> bool:
    """Whether the stack of a home has a disperser."""
    return "disperser" in Registry.load(home).endpoints


def publish(home: Path, token_id: int) -> Published:
    """Disperse a token's document, wait for its certificate, and read it back from the signers.

    Raises what `Da.put` and `Da.get` do.
    """
    stack = Stack.open(Settings.load(home))
    nft = stack.nft
    content = document(stack.registry.chain_id, nft.address, token_id, nft.data_of(token_id))
    da = Da.connect(home)
    placed = da.put(content)
    return Published(
        data_root="0x" + placed.data_root.hex(),
        epoch=placed.epoch,
        quorum_id=placed.quorum_id,
        certificate=da.verify(placed.data_root, placed.epoch, placed.quorum_id),
        read_back=bytes(da.get(placed.data_root, placed.epoch, placed.quorum_id)) == content,
        signed_rows=placed.signed_rows,
        total_rows=placed.total_rows,
        confirmation_tx="0x" + placed.confirmation_tx.hex(),
    )
