"""Which policies a signer fits, and from when to when a policy has quorums. Pure.

Twin of contracts/da/LabelBook.sol.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from zerog.errors import NotFound, Refused

MAX_POLICIES: Final = 16
"""Live ones: a registration has a bit for each."""
NO_LABEL: Final = bytes(32)
"""What a signer says that says nothing."""


class TooManyPolicies(Refused):
    """As many policies are live as may be."""

    def __init__(self) -> None:
        super().__init__(f"{MAX_POLICIES} policies are live", "retire one")


class EmptyPolicy(Refused):
    """A policy that takes everybody, or names a label of zeros."""

    def __init__(self) -> None:
        super().__init__("the policy names nobody", "name regions or operators")


class NoSuchPolicy(NotFound):
    """No policy has this number."""

    def __init__(self, policy: int) -> None:
        self.policy = policy
        super().__init__(f"there is no policy {policy}", "see: zerog da policy list")


class PolicyEnded(Refused):
    """A policy has no quorums any more, or will have none from an epoch on."""

    def __init__(self, policy: int, end: int) -> None:
        self.policy, self.end = policy, end
        super().__init__(f"policy {policy} is retired: it ends with epoch {end - 1}")


@dataclass(frozen=True, slots=True)
class Said:
    """Labels of a signer, 32 bytes each, and whether the authority vouches for them."""

    region: bytes = NO_LABEL
    operator: bytes = NO_LABEL
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Who fits; empty sets take anybody. confirmed: only labels that are vouched for count."""

    regions: frozenset[bytes]
    operators: frozenset[bytes]
    confirmed: bool = False

    def takes(self, said: Said) -> bool:
        """Whether a signer with these labels may be drawn."""
        if self.confirmed and not said.confirmed:
            return False
        return (not self.regions or said.region in self.regions) and (
            not self.operators or said.operator in self.operators
        )


@dataclass(frozen=True, slots=True)
class Term:
    """Epochs `first` to `end`, exclusive, have quorums of a policy; end 0: it is live.

    slot: 1 to 16; bit slot - 1 of what a registration fits stands for it in these epochs.
    """

    first: int
    end: int
    slot: int

    def covers(self, epoch: int) -> bool:
        """Whether the epoch may have quorums of the policy."""
        return self.first <= epoch and (not self.end or epoch < self.end)


class Policies:
    """Every policy that there ever was, numbered from 1; numbers are never used again."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.terms: list[Term] = []

    def register(self, rule: Rule, epoch: int) -> int:
        """A policy that is made in an epoch; its number. Raises EmptyPolicy, TooManyPolicies."""
        if not rule.regions | rule.operators or NO_LABEL in rule.regions | rule.operators:
            raise EmptyPolicy
        number = len(self.rules) + 1
        slot = number if number <= MAX_POLICIES else self._free_slot()
        self.rules.append(rule)
        self.terms.append(Term(epoch + 2, 0, slot))
        return number

    def _free_slot(self) -> int:
        live = {term.slot for term in self.terms if not term.end}
        free = [slot for slot in range(1, MAX_POLICIES + 1) if slot not in live]
        if not free:
            raise TooManyPolicies
        return free[0]

    def retire(self, policy: int, epoch: int, *, drawing: bool) -> int:
        """The first epoch without it. drawing: the next epoch has its beacon already.

        Raises NoSuchPolicy, PolicyEnded.
        """
        if not 1 <= policy <= len(self.terms):
            raise NoSuchPolicy(policy)
        term = self.terms[policy - 1]
        if term.end:
            raise PolicyEnded(policy, term.end)
        self.terms[policy - 1] = replace(term, end=epoch + (2 if drawing else 1))
        return self.terms[policy - 1].end

    def of(self, epoch: int) -> list[int]:
        """The policies that may have quorums in an epoch; no two of them have one slot."""
        return [number for number, term in enumerate(self.terms, 1) if term.covers(epoch)]

    def fits(self, said: Said, epoch: int) -> int:
        """What a signer with these labels fits in an epoch, as bits of slots."""
        return sum(
            1 << (self.terms[number - 1].slot - 1)
            for number in self.of(epoch)
            if self.rules[number - 1].takes(said)
        )
