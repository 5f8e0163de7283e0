"""Finds hits of the open round among the rows that this home's signers keep, and shows them.

Two stages as in 0G's node (0glabs/0g-da-node: server/src/sampler): the row's part of the quality
needs no disk and drops nearly every row; only what is left is read. A search goes on over several
steps, and is dropped when another round opens. A hit that earns less than its gas is not shown.
"""

from __future__ import annotations

import logging
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.bindings_da import SampleTask
from zerog.chain.errors import TxReverted
from zerog.chain.hexes import to_int
from zerog.chain.tx import Call
from zerog.da.encoding import ProvenPiece
from zerog.da.onchain.errors import NoSuchQuorum
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.pieces import header_values, piece_data, piece_of, piece_values
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.onchain.seats import Seat
from zerog.da.onchain.sending import SYNC_GAS, is_over, run
from zerog.da.params import PIECE, Header, Profile
from zerog.da.quorums import POLICY_SHIFT
from zerog.da.rowstore import BrokenRows, Kept, RowsNotHere, RowStore
from zerog.da.sampling import Sampled, quality
from zerog.da.wire import RowsAsked
from zerog.locks import try_lock
from zerog.types import Address

_Place = tuple[Address, int, int]
log = logging.getLogger(__name__)
SHOW_GAS: Final = 250_000
"""About what it costs to show a hit."""
SEARCH_SECONDS: Final = 5.0
"""A step ends after about so long, and the next one goes on."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A kept piece whose quality reaches the round's target."""

    seat: Seat
    kept: Kept
    header: Header
    quality: int
    piece: ProvenPiece

    def response(self, seed: bytes) -> tuple[object, ...]:
        """The struct SampleResponse."""
        kept = self.kept
        place = (kept.data_root, kept.epoch, kept.quorum_id)
        header = header_values(self.header)
        return (seed, *place, header, self.quality, piece_values(self.piece))


class Sampler:
    """One home's part in sampling."""

    def __init__(
        self, network: DaNetwork, seats: Sequence[Seat], folder: Path, profile: Profile
    ) -> None:
        """folder: of the lock that keeps this home from searching twice at once."""
        self._network, self._seats, self._profile = network, seats, profile
        self._quorums = QuorumBook(network)
        self._rows: dict[_Place, array[int]] = {}
        self._lock = folder / "sampler.lock"
        self._seed, self._least = b"", 0
        self._search: Iterator[Hit | None] = iter(())

    def step(self, seconds: float = SEARCH_SECONDS) -> int:
        """Search for a while in the round that is open now; how many hits were taken.

        A hit that was shown before, by whoever, is not shown again. Raises ChainUnreachable,
        TxTimeout, InsufficientFunds.
        """
        with try_lock(self._lock) as ours:
            return self._step(seconds) if ours and self._seats else 0

    def _step(self, seconds: float) -> int:
        # a transaction is mined in the next block, which may open the next round
        task = self._network.entrance.sample_task("pending")
        if not any(task.seed) or not task.room:
            return 0
        if task.seed != self._seed:
            first, last = self._network.entrance.sample_range("pending")
            self._seed, self._search = task.seed, self._hits(task, first, last)
            self._least = self._least_bytes()
            self._rows = {at: rows for at, rows in self._rows.items() if at[1] >= first}
        end, taken = time.monotonic() + seconds, 0
        for hit in self._search:
            taken += hit is not None and self._show(hit)
            if time.monotonic() > end or taken >= task.room:
                break
        return taken

    def _least_bytes(self) -> int:
        """Of a piece that earns its gas; more than a piece has when none does."""
        chain, reward = self._network.chain, self._network.entrance.hit_reward_wei()
        cost = SHOW_GAS * to_int(chain.rpc("eth_gasPrice"))
        return -(-cost * PIECE // reward) if reward else PIECE + 1

    def _show(self, hit: Hit) -> bool:
        kept, entrance = hit.kept, self._network.entrance
        if not entrance.is_certified(kept.data_root, kept.epoch, kept.quorum_id):
            return False
        sampled = Sampled(self._seed, kept.data_root, kept.epoch, kept.quorum_id)
        identifier = sampled.identifier(hit.piece.row, hit.piece.piece)
        data = entrance.calldata("submitSamplingResponse", hit.response(self._seed))
        sender = self._network.sender(hit.seat.account)
        intent = f"da-sample:{entrance.address}:{identifier.hex()}"
        if is_over(sender.store.get(intent)):
            return False
        try:
            run(sender, intent, Call(entrance.address, data), SYNC_GAS)
        except TxReverted as error:
            log.info("a hit came too late: %s", error)
            return False
        return True

    # ------------------------------------------------------------------ search

    def _hits(self, task: SampleTask, first: int, last: int) -> Iterator[Hit | None]:
        """Every hit of a round; None between two blobs, so that a step can end."""
        for seat in self._seats if self._least <= PIECE else ():
            rows = seat.rows(self._profile)
            for kept in rows.kept():
                if is_sampled(kept, first, last):
                    yield from self._of_blob(task, seat, rows, kept)
                    yield None

    def _of_blob(self, task: SampleTask, seat: Seat, rows: RowStore, kept: Kept) -> Iterator[Hit]:
        sampled = Sampled(task.seed, kept.data_root, kept.epoch, kept.quorum_id)
        for at in sampled.reaching(self._own(seat, kept), task.target):
            yield from self._of_row(task, seat, rows, kept, at)

    def _own(self, seat: Seat, kept: Kept) -> array[int]:
        """Rows of a signer in a quorum; small, for as many quorums as are sampled."""
        at = (seat.address, kept.epoch, kept.quorum_id)
        if at not in self._rows:
            try:
                self._rows[at] = array("H", self._quorums.rows_of(*at))
            except NoSuchQuorum:
                return array("H")
        return self._rows[at]

    def _of_row(
        self, task: SampleTask, seat: Seat, rows: RowStore, kept: Kept, at: tuple[int, int]
    ) -> Iterator[Hit]:
        line, index = at
        asked = RowsAsked(kept.epoch, kept.quorum_id, kept.data_root, (index,))
        try:
            given = rows.rows(asked)
        except (RowsNotHere, BrokenRows) as error:
            log.warning("%s lost row %d: %s", seat.name, index, error)
            return
        header, row = given.commitment.header, given.rows[0]
        for piece in range(header.pieces):
            if header.piece_length(piece) < self._least:
                continue
            found = quality(line, piece, piece_data(row, piece))
            if found is not None and found <= task.target:
                yield Hit(seat, kept, header, found, piece_of(header, row, piece))


def is_sampled(kept: Kept, first: int, last: int) -> bool:
    """Whether a blob can earn: blobs of policies' quorums do not (DASampling, NotSampledQuorum)."""
    return first <= kept.epoch <= last and not kept.quorum_id >> POLICY_SHIFT
