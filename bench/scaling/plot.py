"""Outcomes as text: a bar of throughput for each number of cores, latencies and walls beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.scaling.network import WALLS, Outcome

BAR = 30
FULL_USE = 0.9
"""From here on something is a wall: what queues before it grows."""


def walls(outcome: Outcome) -> list[str]:
    """What is used up, the most used first; where much is left undone, at least what is busiest."""
    full = [name for name, use in outcome.use.items() if use >= FULL_USE]
    if not full and outcome.throughput < FULL_USE * outcome.offered:
        full = [outcome.wall]
    return sorted(full, key=lambda name: -outcome.use[name])


def first_wall(sweep: Mapping[int, Outcome]) -> tuple[int, str] | None:
    """The first number of cores at which something else than they is used up, and what."""
    for cores, outcome in sweep.items():
        if others := [name for name in walls(outcome) if name != WALLS[0]]:
            return cores, others[0]
    return None


def drawing(title: str, sweep: Mapping[int, Outcome]) -> str:
    """One sweep over cores."""
    most = max(outcome.throughput for outcome in sweep.values()) or 1
    head = f"{'cores':>6} {'MB/s':>7} {'Gbit/s':>7}  {'':{BAR}} {'p50 s':>6} {'p99 s':>6}  used up"
    lines = [title, head]
    for cores, outcome in sweep.items():
        bar = "#" * round(BAR * outcome.throughput / most)
        lines.append(
            f"{cores:>6} {outcome.throughput / 1e6:>7.0f} {outcome.throughput * 8 / 1e9:>7.2f}  "
            f"{bar:<{BAR}} {outcome.p50_s:>6.1f} {outcome.p99_s:>6.1f}  "
            f"{', '.join(walls(outcome)) or '-'}"
        )
    found = first_wall(sweep)
    told = f"{found[1]}, from {found[0]} cores on" if found else "none but the cores themselves"
    return "\n".join([*lines, f"first wall: {told}"])


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Names and values."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)
