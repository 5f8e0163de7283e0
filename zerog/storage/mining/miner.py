"""A miner: its id, its sealed copy of the flow, the search in its windows, its answers.

Every step may be run again, at any time and in several processes; what has been done is found
in the home's rows and on the chain.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from zerog.chain.errors import Reverted, TxTimeout
from zerog.chain.rpc import Receipt
from zerog.chain.signer import Keys
from zerog.chain.tx import Call, Sender, TxStore
from zerog.config import Settings
from zerog.errors import ZerogError
from zerog.jobs import Jobs, SearchNonces
from zerog.locks import try_lock
from zerog.storage.flowproof import NodeDataDiffers, NotAFlowLength
from zerog.storage.mining.answer import (
    FlowRootDiffers,
    SealDamaged,
    UnitNotSealed,
    build_answer,
)
from zerog.storage.mining.chainlog import ChainLog
from zerog.storage.mining.config import MinerConfig
from zerog.storage.mining.fetch import Fetcher
from zerog.storage.mining.keeper import Keeper
from zerog.storage.mining.loads import Loads
from zerog.storage.mining.network import NEXT, Closed, Network
from zerog.storage.mining.pora import PoraAnswer
from zerog.storage.mining.sealed_store import SealedStore
from zerog.storage.mining.sealer import Sealer
from zerog.storage.mining.sealing import SealedLoad
from zerog.storage.mining.search import Found, Window, search

ANSWER_GAS: Final = 1_500_000
"""An answer costs about 400,000, and up to 310,000 more for an epoch that it opens by itself."""
EPOCHS_IN_ANSWER: Final = 3
"""Epochs that an answer may open by itself; more could use up its gas, paid in vain."""
ID_SEED: Final = 0
WAIT_SECONDS: Final = 15.0
SEAL_SECONDS: Final = 1.0
NONCES: Final = 4_000
"""Budget of one search: a few seconds."""
LOOK_SECONDS: Final = 0.25
"""How often a search looks whether its window is still open."""
log = logging.getLogger(__name__)


class NoMinerIdLogged(ZerogError):
    """A mined requestMinerId has no NewMinerId log."""

    def __init__(self, tx_hash: bytes) -> None:
        self.tx_hash = tx_hash
        super().__init__(
            f"the transaction 0x{tx_hash.hex()} gave no miner id", "check the registry's PoraMine"
        )


class State(StrEnum):
    """How a search ended; none of them needs anybody's attention but REFUSED."""

    ACCEPTED = "accepted"
    NOTHING = "nothing"
    CLOSED = "closed"
    BUSY = "busy"
    LOST = "lost"
    SENT = "sent"
    REFUSED = "refused"


HARMLESS: Final[Mapping[str, State]] = {
    "Earlier than expected subtask start block.": State.CLOSED,
    "Mine deadline exceed": State.CLOSED,
    "Inconsistent mining digest": State.CLOSED,
    "Empty digest can not mine": State.CLOSED,
    "Epoch has enough submissions": State.LOST,
    "Answer has been submitted": State.LOST,
    "Do not reach target quality": State.LOST,
}
"""What the contract says of an answer that others, or the clock, overtook."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended, and why, or the hash of its transaction."""

    state: State
    detail: str = ""


class Miner:
    """One account's mining in one home."""

    def __init__(
        self, network: Network, sender: Sender, fetcher: Fetcher, folder: Path, config: MinerConfig
    ) -> None:
        """folder: HOME/miner."""
        self.network, self.sender, self.config = network, sender, config
        self._fetcher, self._folder = fetcher, folder
        self.store = SealedStore(folder)
        self.log = ChainLog(network.flow, self.store.database)

    @classmethod
    def open(cls, settings: Settings, env: Mapping[str, str]) -> Self:
        """The miner of a home; raises NoRegistry, NoSuchContract, NoSuchKey, BadSetting."""
        config = MinerConfig.load(env)
        network = Network.open(settings.home, settings.rpc_url)
        signer = Keys(settings.home, settings.chain_id).signer(config.key)
        store = TxStore(settings.home / "tx.db")
        sender = Sender(network.chain, store, signer, settings.finality_depth)
        fetcher = Fetcher(settings.node_urls or (settings.node_url,), settings.indexer_url)
        return cls(network, sender, fetcher, settings.home / "miner", config)

    @cached_property
    def keeper(self) -> Keeper:
        """Opens epochs with the miner's account."""
        return Keeper(self.network.flow, self.sender, self._folder)

    def identity(self) -> bytes:
        """The miner id, requested once per home and key.

        A reorg of the request changes it, since it hangs on a block's hash: it is read from the
        receipt that the chain has now. Raises TxReverted, TxTimeout, ChainUnreachable,
        InsufficientFunds, NoMinerIdLogged.
        """
        mine, owner = self.network.mine, self.sender.address
        call = Call(mine.address, mine.calldata("requestMinerId", owner, ID_SEED))
        return self._id_in(self.sender.run(self._id_intent(), call, WAIT_SECONDS))

    def known_id(self) -> bytes | None:
        """The miner id if it was requested and the chain still says so; sends nothing."""
        row = self.sender.store.get(self._id_intent())
        receipt = self.network.chain.receipt(row.hash) if row and row.hash else None
        return self._id_in(receipt) if receipt and receipt.succeeded else None

    def _id_intent(self) -> str:
        return f"miner-id:{self.network.mine.address}:{self.sender.address}"

    def _id_in(self, receipt: Receipt) -> bytes:
        for event in self.network.mine.decode(receipt, "NewMinerId"):
            found = event.args["minerId"]
            if isinstance(found, bytes):
                return found
        raise NoMinerIdLogged(receipt.tx_hash)

    def seal(self, seconds: float = SEAL_SECONDS) -> int:
        """Seal what is new, for about so long; gives the number of units.

        0 also when another process of this home is sealing.
        """
        with try_lock(self._folder / "seal.lock") as ours:
            if not ours:
                return 0
            own_id = self.identity()
            sealer = Sealer(self.log, self.store, self._fetcher, own_id, self.config)
            return sealer.step(seconds)

    def window(self) -> Window | Closed:
        """The open window of this miner, unless it has its answers of the epoch.

        Closed as well while a keeper is behind by more epochs than an answer may open.
        """
        due = self.keeper.due()
        if due > EPOCHS_IN_ANSWER:
            return Closed(f"{due} epochs wait to be opened")
        own_id = self.identity()
        found = self.network.window(own_id, self.config.shard)
        if isinstance(found, Window):
            have = self.network.answers(own_id, found.context)
            if have >= self.config.answers:
                return Closed("this miner has its answers of the epoch")
        return found

    def round(self, jobs: Jobs) -> int:
        """Ask for a search in each free lane while a window is open; gives how many."""
        found = self.window()
        if isinstance(found, Closed):
            return 0
        asked = 0
        for lane in range(self.config.lanes):
            with try_lock(self._lane(lane)) as free:
                asked += free
        for _ in range(asked):
            jobs.submit(SearchNonces("0x" + found.context.digest.hex()))
        return asked

    def search(self, context: str, budget: int = NONCES) -> Outcome:
        """Search in the window of a context (its digest in 0x hex), and answer.

        Raises ChainUnreachable, InsufficientFunds, TxReverted for what is not harmless.
        """
        for lane in range(self.config.lanes):
            with try_lock(self._lane(lane)) as ours:
                if ours:
                    return self._search(context, budget)
        return Outcome(State.BUSY)

    def _search(self, context: str, budget: int) -> Outcome:
        window = self.window()
        if isinstance(window, Closed):
            return Outcome(State.CLOSED, window.reason)
        if "0x" + window.context.digest.hex() != context:
            return Outcome(State.CLOSED, "another epoch began")
        self.log.step()
        loads = Loads(self.log, self.store, window.miner_id)
        first = secrets.randbits(256)
        found = search(window, loads, first, budget, self.closing_of(window))
        if found is None:
            return Outcome(State.NOTHING)
        return self._answer(window, loads.rows(found.load), found)

    def _answer(self, window: Window, load: SealedLoad, found: Found) -> Outcome:
        try:
            tree = self.log.tree(window.context.flow_length)
            answer = build_answer(window, tree, load, found)
        except SealDamaged as error:
            self.store.drop(error.load)
            log.error("%s", error)
            return Outcome(State.REFUSED, str(error))
        except (FlowRootDiffers, NodeDataDiffers, NotAFlowLength, UnitNotSealed) as error:
            log.warning("%s", error)
            return Outcome(State.REFUSED, str(error))
        return self.submit(answer)

    def submit(self, answer: PoraAnswer) -> Outcome:
        """Send an answer, at most once per context, miner and nonce.

        It is tried on the pending block first: one that is too late costs nothing.
        """
        mine, parts = self.network.mine, (answer.context_digest, answer.miner_id, answer.nonce)
        intent = "answer:" + ":".join(part.hex() for part in parts)
        call = Call(mine.address, mine.calldata("submit", answer.abi()))
        try:
            self.network.chain.call(call.to, call.data, NEXT, self.sender.address)
            receipt = self.sender.run(intent, call, WAIT_SECONDS, ANSWER_GAS)
        except TxTimeout:
            return Outcome(State.SENT, intent)
        except Reverted as error:
            reason = str(error.args[0]) if error.args else error.name
            state = HARMLESS.get(reason, State.REFUSED)
            if state is State.REFUSED:
                log.error("answer refused: %s", reason)
            return Outcome(state, reason)
        return Outcome(State.ACCEPTED, "0x" + receipt.tx_hash.hex())

    def closing_of(self, window: Window) -> Callable[[], bool]:
        """Whether the search should stop: asks the chain now and then."""
        asked = time.monotonic()

        def closing() -> bool:
            nonlocal asked
            now = time.monotonic()
            if now - asked < LOOK_SECONDS:
                return False
            asked = now
            return self.network.chain.head().number >= window.deadline

        return closing

    def _lane(self, number: int) -> Path:
        return self._folder / f"search-{number}.lock"
