"""Drops rows that nobody can ask for any more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from zerog.da.headerbook import HeaderBook
from zerog.da.onchain.challengelog import ChallengeLog
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.seats import Seat
from zerog.da.onchain.views import UploadLog
from zerog.da.params import Profile
from zerog.da.rowstore import RowStore
from zerog.files import replace_file

log = logging.getLogger(__name__)


class Pruner:
    """One home's rows, as long as they are sampled or challenged."""

    def __init__(
        self,
        network: DaNetwork,
        seats: Sequence[Seat],
        uploads: UploadLog,
        challenges: ChallengeLog,
        headers: HeaderBook,
        profile: Profile,
    ) -> None:
        self._network, self._seats, self._profile = network, seats, profile
        self._uploads, self._challenges, self._headers = uploads, challenges, headers

    def first_kept(self) -> int:
        """The first epoch whose rows may be asked for; one more is kept for a late answer."""
        block = self._network.final_block()
        current = self._network.signers.epoch(block)
        sampled, _ = self._network.entrance.sample_range(block)
        return min(sampled, current - self._network.challenge.terms(block).liability) - 1

    def step(self) -> int:
        """Drop old epochs, and blobs that can never be certified; how many of both.

        Raises ChainUnreachable.
        """
        first = self.first_kept()
        dropped = 0
        for seat in self._seats:
            try:
                rows = seat.rows(self._profile)
                dropped += rows.prune(first) + self._uncertified(seat, rows)
            except OSError as error:  # of this signer's folder: the others' rows go all the same
                log.warning("rows of %s cannot be dropped: %s", seat.name, error)
        self._uploads.prune(first)
        self._challenges.prune()
        self._headers.prune(first)
        return dropped

    def _uncertified(self, seat: Seat, rows: RowStore) -> int:
        """Nobody answers for a blob without certificate, and two epochs on there will be none.

        Each epoch is looked through once, which a file beside the rows remembers.
        """
        block, mark = self._network.final_block(), seat.folder / "looked-through"
        before, closed = _marked(mark), self._network.signers.epoch(block) - 2
        if before >= closed:
            return 0
        dropped = 0
        for kept in rows.kept():
            place = (kept.data_root, kept.epoch, kept.quorum_id)
            late = before < kept.epoch <= closed
            if late and not self._network.entrance.holds_certificate(*place, block=block):
                rows.drop(kept)
                dropped += 1
        replace_file(mark, str(closed).encode())
        return dropped


def _marked(path: Path) -> int:
    """The last epoch that was looked through; 0 before any, or when the file says nothing."""
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return 0
