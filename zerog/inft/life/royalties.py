"""Who gets how much of a royalty: shared out along the line of an agent.

Pure; twin of contracts/inft/RoyaltySplitter.sol. Amounts are base units of any currency.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zerog.errors import Refused
from zerog.types import Address

MAX_DEPTH: Final = 3
"""Generations that a payment goes up."""

WHOLE_BPS: Final = 10_000


class NobodyToPay(Refused):
    """A token has no creator and no owner."""

    def __init__(self, token_id: int) -> None:
        self.token_id = token_id
        super().__init__(f"nobody can be paid for token {token_id}")


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One token of a family.

    parents: (token id, basis points); cloned_from: the token that it is a copy of.
    """

    creator: Address | None
    owner: Address | None
    parents: tuple[tuple[int, int], ...] = ()
    cloned_from: int | None = None


Family = Mapping[int, Ancestor]
"""Every token of a line by its id."""


def origin(family: Family, token_id: int) -> int:
    """The original of a clone, over all clones of clones; raises KeyError outside the family."""
    while (following := family[token_id].cloned_from) is not None:
        token_id = following
    return token_id


def split(family: Family, token_id: int, amount: int) -> dict[Address, int]:
    """What each account is credited when `amount` comes in for a token; the sum is `amount`.

    Raises NobodyToPay, KeyError for a token outside the family.
    """
    credits: Counter[Address] = Counter()
    if _share(family, token_id, amount, 0, credits) != amount:
        raise NobodyToPay(token_id)
    return {account: sum_ for account, sum_ in credits.items() if sum_}


def _share(
    family: Family, token_id: int, amount: int, depth: int, credits: Counter[Address]
) -> int:
    """Credit a line; gives what was credited, the rest is the child's."""
    original = family[origin(family, token_id)]
    kept = amount
    if depth < MAX_DEPTH:
        for parent, weight in original.parents:
            kept -= _share(family, parent, amount * weight // WHOLE_BPS, depth + 1, credits)
    payee = original.creator or family[token_id].owner
    if payee is None:
        return amount - kept
    credits[payee] += kept
    return amount
