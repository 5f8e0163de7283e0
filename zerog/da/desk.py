"""A signer: which rows are its own, whether they are right, keeping them, and only then signing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from zerog.crypto.bn254 import G1, SecretKey
from zerog.da.checking import Inspection
from zerog.da.headerbook import HeaderBook
from zerog.da.messages import availability
from zerog.da.params import FULL, Profile
from zerog.da.rowstore import Kept, RowStore
from zerog.da.wire import RowsAsked, RowsGiven, SignOrder


class ChainView(Protocol):
    """What a signer knows of the chain, from final blocks."""

    def assigned(self, epoch: int, quorum_id: int) -> Sequence[int]:
        """The signer's rows in a quorum, ascending; raises Refused where it has none."""
        ...

    def require_upload(self, data_root: bytes, epoch: int, quorum_id: int) -> None:
        """That the blob was paid for and put there; raises Refused."""
        ...


class Desk:
    """The SignerDesk of one key."""

    def __init__(
        self,
        key: SecretKey,
        chain: ChainView,
        store: RowStore,
        headers: HeaderBook,
        chain_id: int,
        entrance: bytes,
        profile: Profile = FULL,
    ) -> None:
        """entrance: the 20 bytes of DAEntrance."""
        self._key, self._chain, self._store, self._headers = key, chain, store, headers
        self._chain_id, self._entrance, self._profile = chain_id, entrance, profile

    def sign(self, orders: Sequence[SignOrder]) -> list[G1]:
        """Check every order, then keep every blob's rows and header, then sign: all or none.

        The same order again gives the same signature. Raises WrongDataRoot, what ChainView
        raises, and what `Inspection` does.
        """
        for order in orders:
            self._check(order)
        for order in orders:
            kept = Kept(order.epoch, order.quorum_id, order.data_root)
            self._store.keep(kept, order.commitment, order.rows)
        self._headers.keep(orders)
        return [self._key.sign(_digest(order)) for order in orders]

    def rows(self, asked: RowsAsked) -> RowsGiven:
        """Rows that are kept; raises RowsNotHere."""
        return self._store.rows(asked)

    def _check(self, order: SignOrder) -> None:
        order.commitment.require(order.data_root, self._chain_id, self._entrance)
        own = self._chain.assigned(order.epoch, order.quorum_id)
        self._chain.require_upload(order.data_root, order.epoch, order.quorum_id)
        Inspection(order.commitment, order.values, self._profile).check(order.rows, own)


def _digest(order: SignOrder) -> bytes:
    roots = order.commitment.row_root, order.commitment.rlc_root
    return availability(order.data_root, order.epoch, order.quorum_id, *roots)
