"""A committee of five on a chain of its own, put back after each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, cast

from tests.support.committee import Circle
from tests.support.committee_chain import Hall
from tests.support.evm import AnvilProcess
from zerog.inft.committee.release import ShareCase
from zerog.inft.envelope import Envelope

THRESHOLD = 3
MEMBERS = 5


class Given(NamedTuple):
    """A token of alice with a deposit, and the case of its release to bob."""

    token_id: int
    deposit: Envelope
    case: ShareCase

    @classmethod
    def of(cls, hall: Hall) -> Given:
        """Minted and deposited."""
        house = hall.house
        token_id = hall.mint(house.alice)
        deposit = hall.deposit(token_id, house.alice)
        parties = (house.alice.address, house.bob.address)
        return cls(token_id, deposit, hall.case(token_id, deposit, parties, house.bob.public_key))


@contextmanager
def built(folder: Path) -> Iterator[tuple[AnvilProcess, Hall]]:
    """The chain, and the hall on it."""
    anvil = AnvilProcess.start(folder)
    try:
        yield anvil, Hall.build(anvil, MEMBERS, THRESHOLD)
    finally:
        anvil.stop()


@contextmanager
def kept(anvil: AnvilProcess, hall: Hall) -> Iterator[Hall]:
    """The hall for one test: chain and memory are as before afterwards."""
    point = anvil.rpc("evm_snapshot")
    circle = Circle(hall.circle.threshold, dict(hall.circle.boxes), dict(hall.circle.signers))
    try:
        yield replace(
            hall,
            circle=circle,
            accounts=dict(hall.accounts),
            shares=dict(hall.shares),
            keys=dict(hall.keys),
            seals=dict(hall.seals),
        )
    finally:
        anvil.rpc("evm_revert", cast(str, point))
