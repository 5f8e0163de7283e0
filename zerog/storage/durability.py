"""Durability as a number (pure): how many copies outlive the loss of how many nodes."""

from __future__ import annotations

from math import comb
from typing import Final

LOST_PERCENT: Final = 30
"""What the house promises to survive: any 30 % of the nodes, lost or lying."""


def lost_nodes(nodes: int, percent: int = LOST_PERCENT) -> int:
    """How many nodes that share of them is, rounded down."""
    return nodes * percent // 100


def copies_to_survive(nodes: int, percent: int = LOST_PERCENT) -> int:
    """Copies on different nodes of which one is left whichever `percent` of the nodes are lost."""
    return lost_nodes(nodes, percent) + 1


def loss_probability(nodes: int, copies: int, lost: int) -> float:
    """That all `copies` of a file are among `lost` nodes chosen at random.

    C(nodes - copies, lost - copies) / C(nodes, lost): of all choices, those that contain every
    holder.
    """
    if copies > lost or copies > nodes:
        return 0.0
    return comb(nodes - copies, lost - copies) / comb(nodes, lost)


def any_loss_probability(nodes: int, copies: int, lost: int, files: int) -> float:
    """That at least one of `files` files is lost, each placed on nodes of its own choice."""
    return 1.0 - (1.0 - loss_probability(nodes, copies, lost)) ** files
