"""What the chain says of the present round: the miner's window in it, answers so far.

All reads are at the pending block: they tell what a transaction sent now would meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from zerog.chain.bindings import FlowContract, PoraMineContract, RewardContract
from zerog.chain.hexes import to_address
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.errors import Tampered
from zerog.storage.mining.pora import MineContext, subtask_start
from zerog.storage.mining.ranges import LOAD_SECTORS, range_of
from zerog.storage.mining.search import Window
from zerog.storage.wire import ShardConfig

CALLER: Final = to_address((10).to_bytes(20, "big"))
"""Who may call computeWorkerContext: nobody has its key, so nobody pays for it."""
NEXT: Final = "pending"


class BadWorkerContext(Tampered):
    """computeWorkerContext answered something else than a context."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        super().__init__(f"computeWorkerContext gives {answer!r}", "check the registry")


@dataclass(frozen=True, slots=True)
class Closed:
    """There is nothing to search for now; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Network:
    """The contracts that a miner deals with."""

    chain: Chain
    flow: FlowContract
    mine: PoraMineContract
    reward: RewardContract

    @classmethod
    def open(cls, home: Path, chain_url: str) -> Self:
        """From a home's registry; raises NoRegistry, NoSuchContract."""
        registry = Registry.load(home)
        chain = Chain(chain_url, expected_chain_id=registry.chain_id)
        return cls(
            chain,
            FlowContract.of(chain, registry.contract("Flow")),
            PoraMineContract.of(chain, registry.contract("PoraMine")),
            RewardContract.of(chain, registry.contract("ChunkReward")),
        )

    def window(self, miner_id: bytes, shard: ShardConfig) -> Window | Closed:
        """The window that is open for this miner in the next block.

        Raises Reverted (a paused flow), ChainUnreachable, BadWorkerContext.
        """
        function = self.mine.abi.function("computeWorkerContext", 1)
        data = self.chain.call(self.mine.address, function.encode_call([miner_id]), NEXT, CALLER)
        context, target, subtask, max_shards = _worker(function.decode_output(data))
        if not context.minable:
            return Closed("the epoch has no digest")
        if not any(subtask):
            return Closed("outside of the window")
        if not target:
            return Closed("the epoch has enough answers")
        if context.flow_length < LOAD_SECTORS:
            return Closed("the flow has less than one load of 256 KiB")
        if shard.num_shard > max_shards:
            return Closed(f"only {max_shards} shards are allowed")
        asked = range_of(context.flow_length, 0, shard.shard_id, shard.num_shard)
        start = self._start(context, miner_id)
        blocks = self._number("targetMineBlocks")
        return Window(context, miner_id, subtask, target, asked, start, start + blocks)

    def answers(self, miner_id: bytes, context: MineContext) -> int:
        """Answers of this miner that the epoch has taken."""
        first = max(context.mine_start, self.mine.first_block)
        found = self.mine.events(
            "NewSubmission", first=first, epoch=context.epoch, minerId=miner_id
        )
        return len(found)

    def _start(self, context: MineContext, miner_id: bytes) -> int:
        subtasks, interval = self._number("nSubtasks"), self._number("subtaskInterval")
        return subtask_start(context, miner_id, max(subtasks, 1), interval)

    def _number(self, view: str) -> int:
        found = self.mine.read(view, block=NEXT)
        if not isinstance(found, int):
            raise BadWorkerContext(found)
        return found


def _worker(answer: tuple[object, ...]) -> tuple[MineContext, int, bytes, int]:
    match answer:
        case (
            (
                (int(epoch), int(start), bytes(root), int(length), bytes(hashed), bytes(digest)),
                int(target),
                bytes(subtask),
                int(shards),
            ),
        ):
            context = MineContext(epoch, start, root, length, hashed, digest)
            return context, target, subtask, shards
        case other:
            raise BadWorkerContext(other)
