"""Several calls of the token in one transaction, by their names."""

from __future__ import annotations

from typing import Final, TypeAlias

from zerog.chain.bindings import Contract
from zerog.chain.errors import NoSuchFunction
from zerog.errors import UsageError
from zerog.inft.stack import Stack

Step: TypeAlias = tuple[str, list[object]]
"""A function of the token, and its arguments."""

FACETS: Final = ("AgentNFT", "RentalFacet", "LineageFacet", "AgenticFacet", "PermitFacet")
"""Whose functions can be named, in the order in which they are looked for."""


class NotInABatch(UsageError):
    """The token has no such function."""

    def __init__(self, function: str) -> None:
        self.function = function
        super().__init__(f"the token has no function {function}", f"look at {', '.join(FACETS)}")


def calldata_of(stack: Stack, step: Step) -> bytes:
    """Selector and arguments of one step; raises NotInABatch, BadArguments."""
    function, args = step
    for name in FACETS:
        try:
            return Contract(stack.chain, stack.nft.address, name).calldata(function, *args)
        except NoSuchFunction:
            continue
    raise NotInABatch(function)
