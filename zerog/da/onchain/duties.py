"""What the signers of a home owe the network besides signing; each is a job of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from zerog.chain.errors import InsufficientFunds
from zerog.config import Settings
from zerog.da.headerbook import HeaderBook
from zerog.da.onchain.answering import Answerer
from zerog.da.onchain.challengelog import ChallengeLog
from zerog.da.onchain.keeper import Keeper
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.pruning import Pruner
from zerog.da.onchain.sampler import Sampler
from zerog.da.onchain.seats import open_seats, seat_names
from zerog.da.onchain.views import UploadLog

log = logging.getLogger(__name__)
KEEP_SECONDS: Final = 10.0
"""A job of keeping goes on for about so long while there is something to do."""


@dataclass(frozen=True, slots=True)
class Duties:
    """The duties of every signer whose keys are in a home; each may be run again at any time.

    names: whose they are. substitutes: keep when the account that `keeper` pays from is empty.
    """

    names: tuple[str, ...]
    keeper: Keeper
    sampler: Sampler
    answerer: Answerer
    pruner: Pruner
    substitutes: tuple[Keeper, ...] = ()

    @classmethod
    def open(cls, settings: Settings) -> Duties | None:
        """None where there is no signer; raises NoDaHere and what opening keys raises."""
        network = DaNetwork.open(settings)
        seats = open_seats(settings.home, network.chain.chain_id())
        if not seats:
            return None
        folder, profile = settings.home / "da", network.profile()
        challenges, headers = ChallengeLog(network), HeaderBook.of(settings.home)
        first, *others = (
            Keeper(network, seats, network.sender(seat.account), folder) for seat in seats
        )
        return cls(
            tuple(seat.name for seat in seats),
            first,
            Sampler(network, seats, folder, profile),
            Answerer(network, seats, challenges, headers, folder, profile),
            Pruner(network, seats, UploadLog(network), challenges, headers, profile),
            tuple(others),
        )

    def are_of(self, settings: Settings) -> bool:
        """Whether the home's signers are still these."""
        return self.names == tuple(seat_names(settings.home, settings.chain_id))

    def keep(self) -> str:
        """Do what the next epoch needs; what that was.

        The first signer that can pays. Raises InsufficientFunds when none can, ChainUnreachable.
        """
        for keeper in (self.keeper, *self.substitutes):
            try:
                return ", ".join(keeper.run(KEEP_SECONDS))
            except InsufficientFunds as error:
                log.warning("%s", error)
                empty = error
        raise empty

    def sample(self) -> str:
        """Search the open round; how many hits were taken."""
        return str(self.sampler.step())

    def answer(self) -> str:
        """Answer challenges; how many answers were taken."""
        return str(self.answerer.step())

    def prune(self) -> str:
        """Drop what nobody can ask for; how many epochs and blobs."""
        return str(self.pruner.step())
