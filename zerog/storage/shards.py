"""Shares of the flow (pure): which nodes to choose; the rule itself is in `selection`."""

from __future__ import annotations

from zerog.storage.selection import coverage, select

__all__ = ["coverage", "select"]
