"""What PoraMine carries from one mined epoch to the next: target, count, parameters.

An epoch counts as mined with its first accepted answer; nothing else moves anything.
(0gfoundation/0g-storage-contracts: contracts/miner/Mine.sol)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zerog.storage.mining import errors
from zerog.storage.mining.difficulty import ADJUST_RATIO, adjusted_target


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters as they are set; `fixed` is FIXED_DIFFICULTY of the build."""

    target_submissions: int
    subtasks: int
    subtask_interval: int
    adjust_ratio: int = ADJUST_RATIO
    min_difficulty: int = 0
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """One mined epoch; epoch 0 stands for none yet."""

    pora_target: int
    target_submissions: int
    subtasks: int
    subtask_interval: int
    epoch: int = 0
    submissions: int = 0

    @property
    def has_room(self) -> bool:
        """Whether another answer is taken: twice as many as aimed at are."""
        return self.submissions < 2 * self.target_submissions

    def under(self, terms: Terms) -> Round:
        """With the parameters of now: at each new epoch, and while nothing was mined."""
        return replace(
            self,
            target_submissions=terms.target_submissions,
            subtasks=terms.subtasks,
            subtask_interval=terms.subtask_interval,
        )

    def at(self, epoch: int, terms: Terms) -> Round:
        """As an answer in that epoch finds it; raises EpochDecrease for an earlier one."""
        if epoch < self.epoch:
            raise errors.EpochDecrease(epoch, self.epoch)
        if epoch == self.epoch:
            return self
        target = self.pora_target
        if self.epoch and not terms.fixed:
            aim, ratio = self.target_submissions, terms.adjust_ratio
            target = adjusted_target(target, self.submissions, aim, ratio, terms.min_difficulty)
        return replace(self, pora_target=target, epoch=epoch, submissions=0).under(terms)

    def counted(self) -> Round:
        """With one more answer."""
        return replace(self, submissions=self.submissions + 1)
