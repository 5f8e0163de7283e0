"""Loopback ports: which are free, and finding some that are."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from typing import Final

from zerog.devnet.errors import NoFreePort, PortTaken
from zerog.devnet.shape import HOST, Shape, default_ports

BAND: Final = range(10_000, 20_000)
"""Below the ports that a system lends to clients: a part that restarts finds its own one free."""


def is_free(port: int) -> bool:
    """Whether a server could listen on a loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free(ports: Mapping[str, int]) -> None:
    """Raise PortTaken for the first port, by part name, that somebody holds."""
    for name, port in ports.items():
        if not is_free(port):
            raise PortTaken(port, name)


def pick_free(wanted: Mapping[str, int], shape: Shape, band: range = BAND) -> dict[str, int]:
    """Free ports for all parts; those of `wanted` (the last run's) that are still free stay.

    They stay because descriptions of minted tokens name the indexer's URL. Raises NoFreePort.
    """
    chosen: dict[str, int] = {}
    others = _shuffled(band)
    with ExitStack() as held:
        for name in default_ports(shape):
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            first = [wanted[name]] if name in wanted else []
            port = next((one for one in chain(first, others) if _bound(probe, one)), None)
            if port is None:
                raise NoFreePort(name, band)
            chosen[name] = port
    return chosen


def _shuffled(band: range) -> Iterator[int]:
    """Each port once, from a random one on: two stacks that start together seldom meet."""
    start = secrets.randbelow(len(band))
    return (band[(start + step) % len(band)] for step in range(len(band)))


def _bound(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind((HOST, port))
    except OSError:
        return False
    return True
