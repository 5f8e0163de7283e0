"""Six signers over real sockets, two rows of twelve each, over a chain that believes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL
from tests.support.patience import PATIENCE_SECONDS
from zerog.crypto.bn254 import SecretKey
from zerog.da.codec import Commitment, Encoded, ProvenRow
from zerog.da.collector import Collector, Holder
from zerog.da.desk import Desk
from zerog.da.grpcserver import Server
from zerog.da.headerbook import HeaderBook
from zerog.da.rowstore import Kept, RowStore
from zerog.da.rpcs import MIB
from zerog.da.signer_api import SignerApi
from zerog.da.wire import SignOrder
from zerog.errors import NotFound, Refused

SIGNERS = 6
EPOCH, QUORUM = 5, 1


class NotPaid(Refused):
    """The contract does not know the blob."""

    def __init__(self) -> None:
        super().__init__("not uploaded")


class View:
    """The chain as one signer sees it: two rows of twelve, and what was uploaded."""

    def __init__(self, own: Sequence[int]) -> None:
        self.own, self.uploaded = own, set[bytes]()

    def assigned(self, _epoch: int, _quorum_id: int) -> Sequence[int]:
        """As ChainView."""
        return self.own

    def require_upload(self, data_root: bytes, _epoch: int, _quorum_id: int) -> None:
        """As ChainView."""
        if data_root not in self.uploaded:
            raise NotPaid


class Person:
    """One signer: its key, its store and its server."""

    def __init__(self, number: int, folder: Path) -> None:
        self.rows = (number, number + SIGNERS)
        self.key, self.view = SecretKey(1000 + number), View(self.rows)
        self.store = RowStore(folder / str(number), SMALL)
        headers = HeaderBook(folder / str(number) / "headers.db")
        self.desk = Desk(self.key, self.view, self.store, headers, CHAIN_ID, ENTRANCE, SMALL)
        self.server = Server([SignerApi(self.desk, ENTRANCE, SMALL).service()], MIB)
        self.holder = Holder(f"http://127.0.0.1:{self.server.start('127.0.0.1', 0)}", self.rows)

    def order(self, encoded: Encoded) -> SignOrder:
        """What it is asked to sign."""
        root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
        rows = [encoded.row_proof(index) for index in self.rows]
        return SignOrder(EPOCH, QUORUM, root, encoded.commitment, encoded.values, rows)


class Town:
    """All signers, and the quorum as a reader sees it."""

    def __init__(self, folder: Path) -> None:
        self.people = [Person(number, folder) for number in range(SIGNERS)]
        self.gone: set[int] = set()
        self.dead = "127.0.0.1:1"

    def holders(self, epoch: int, quorum_id: int) -> list[Holder]:
        """As Quorums; the gone are replaced by a socket where nobody listens."""
        if (epoch, quorum_id) != (EPOCH, QUORUM):
            raise NotFound("no such quorum")
        return [
            replace(person.holder, socket=self.dead) if number in self.gone else person.holder
            for number, person in enumerate(self.people)
        ]

    def collect(self, root: bytes) -> bytes:
        """A blob, as a reader gets it."""
        reader = Collector(
            self, CHAIN_ID, ENTRANCE, SMALL, timeout_s=PATIENCE_SECONDS, patience_s=0.2
        )
        return bytes(reader.collect(root, EPOCH, QUORUM))

    def keep(
        self, commitment: Commitment, rows: Sequence[ProvenRow], root: bytes | None = None
    ) -> bytes:
        """Put rows of any truth where the signers keep them."""
        root = root or commitment.data_root(CHAIN_ID, ENTRANCE)
        for person in self.people:
            own = [row for row in rows if row.index in person.rows]
            person.store.keep(Kept(EPOCH, QUORUM, root), commitment, own)
        return root

    def close(self) -> None:
        """Stop them all."""
        for person in self.people:
            person.server.stop(0)


def proofs(encoded: Encoded) -> list[ProvenRow]:
    """All rows."""
    return [encoded.row_proof(index) for index in range(SMALL.rows)]
