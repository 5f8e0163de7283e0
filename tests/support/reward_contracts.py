"""Reward contracts on a chain whose clock the test sets; accounts play market and mine."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.contracts import Deployed, Evm, artifact
from tests.support.evm import AnvilProcess

MARKET, MINE, ADMIN = 6, 7, 1
MINER_ID = b"\x4d" * 32
SIZE = 64
"""Sectors in a pricing chunk of these tests."""
DAY = 86_400
THREE_YEARS = 3 * 365 * DAY
MILLI_RATE = 40
LINEAR, DECAY = "ChunkLinearReward", "ChunkDecayReward"


@dataclass(frozen=True, slots=True)
class Clock:
    """Time of a chain of the test's own."""

    anvil: AnvilProcess
    evm: Evm

    def now(self) -> int:
        """Time of the head."""
        return int(self.evm.w3.eth.get_block("latest")["timestamp"])

    def at(self, time: int) -> int:
        """The next transaction is mined at this time, which must be later than the head's."""
        self.anvil.rpc("evm_setNextBlockTimestamp", time)
        return time

    def reach(self, time: int) -> int:
        """Make the head have this time."""
        self.at(time)
        self.anvil.rpc("evm_mine")
        return time


@dataclass(frozen=True, slots=True)
class Rewards:
    """A reward contract whose market and mine are accounts."""

    clock: Clock
    authority: Deployed
    reward: Deployed

    @classmethod
    def deploy(cls, clock: Clock, kind: str = LINEAR, size: int = SIZE) -> Rewards:
        """kind: ChunkLinearReward over three years, or ChunkDecayReward at 4 % a year."""
        evm = clock.evm
        authority = evm.deploy(artifact("Authority"), evm.accounts[ADMIN])
        number = THREE_YEARS if kind == LINEAR else MILLI_RATE
        logic = evm.deploy(artifact(kind), number, size)
        args = (evm.accounts[MARKET], evm.accounts[MINE], authority.address)
        call = logic.calldata("initialize", *args)
        proxy = evm.deploy(artifact("Proxy"), logic.address, call)
        return cls(clock, authority, evm.at(proxy.address, artifact(kind)))

    def fill(self, before: int, charged: int, amount: int, at: int | None = None) -> int:
        """The market pays for sectors; gives the time."""
        time = self.clock.at(at or self.clock.now() + 1)
        sender = self.clock.evm.accounts[MARKET]
        self.reward.send("fillReward", before, charged, sender=sender, value=amount)
        return time

    def claim(self, chunk: int, beneficiary: str, at: int | None = None) -> tuple[int, int]:
        """The mine claims; gives the reward and the time."""
        time = self.clock.at(at or self.clock.now() + 1)
        sender = self.clock.evm.accounts[MINE]
        receipt = self.reward.send("claimMineReward", chunk, beneficiary, MINER_ID, sender=sender)
        amounts = [event["amount"] for event in self.reward.events("DistributeReward", receipt)]
        found = sum(amount for amount in amounts if isinstance(amount, int))
        return found, time

    def extend(self, chunk: int, amount: int, at: int | None = None, who: int = 8) -> int:
        """Somebody pays for more; gives the time."""
        time = self.clock.at(at or self.clock.now() + 1)
        sender = self.clock.evm.accounts[who]
        self.reward.send("extend", chunk, sender=sender, value=amount)
        return time

    def number(self, view: str, *args: object) -> int:
        """An integer view at the head."""
        found = self.reward.read(view, *args)
        assert isinstance(found, int), f"{view} gives {found!r}"
        return found

    def balance(self) -> int:
        """All wei that the contract holds."""
        return self.clock.evm.balance(self.reward.address)
