"""Who keeps which rows, read from the chain and kept for a minute."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from typing import Final

from zerog.chain.errors import Reverted
from zerog.chain.rpc import Block
from zerog.da.collector import Holder
from zerog.da.onchain.errors import NoSuchQuorum
from zerog.da.onchain.network import DaNetwork
from zerog.da.ports import Member, Quorum
from zerog.types import Address

FRESH_SECONDS: Final = 60.0
"""Rows and keys of a quorum never change unless the chain reorganises; sockets may."""
MOST: Final = 64
"""Quorums that are kept; one of 3,072 rows takes about 300 kB."""

DETAILS_AT_ONCE: Final = 250
"""Signers asked for in one call, 25,000 gas each: nodes bound the gas of a call too."""


class QuorumBook:
    """The quorums of one network; the `Quorums` of a Collector. Any thread may use it."""

    def __init__(self, network: DaNetwork, *, final: bool = False) -> None:
        """final: only what final blocks say."""
        self._network, self._final = network, final
        self._kept: OrderedDict[tuple[int, int], tuple[float, Quorum]] = OrderedDict()
        self._lock = threading.Lock()

    def quorum(self, epoch: int, quorum_id: int) -> Quorum:
        """The signers of a quorum; raises NoSuchQuorum, ChainUnreachable."""
        with self._lock:  # all signers of a process ask at once: one of them reads
            found = self._kept.get((epoch, quorum_id))
            if found is not None and time.monotonic() - found[0] < FRESH_SECONDS:
                return found[1]
            made = self._read(epoch, quorum_id)
            self._kept[epoch, quorum_id] = (time.monotonic(), made)
            self._kept.move_to_end((epoch, quorum_id))
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made

    def holders(self, epoch: int, quorum_id: int) -> Sequence[Holder]:
        """Every signer of a quorum, as readers ask it; raises NoSuchQuorum."""
        members = self.quorum(epoch, quorum_id).members
        return [Holder(member.socket, member.rows) for member in members.values()]

    def rows_of(self, account: Address, epoch: int, quorum_id: int) -> tuple[int, ...]:
        """The rows of one signer, ascending; none when it has none. Raises NoSuchQuorum."""
        found = self.quorum(epoch, quorum_id).members.get(account)
        return () if found is None else found.rows

    def _read(self, epoch: int, quorum_id: int) -> Quorum:
        signers = self._network.signers
        block: Block = self._network.final_block() if self._final else "latest"
        try:
            rows = signers.quorum(epoch, quorum_id, block)
        except Reverted as error:
            raise NoSuchQuorum(epoch, quorum_id) from error
        own: dict[Address, list[int]] = defaultdict(list)
        for index, account in enumerate(rows):
            own[account].append(index)
        accounts = [*own]
        members = {
            one.account: Member(one.account, one.socket, one.key2, tuple(own[one.account]))
            for first in range(0, len(accounts), DETAILS_AT_ONCE)
            for one in signers.details(accounts[first : first + DETAILS_AT_ONCE], block)
        }
        return Quorum(epoch, quorum_id, rows, members)
