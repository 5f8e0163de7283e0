"""Loopback ports: which are free, and finding some that are."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import ExitStack

from zerog.devnet.errors import PortTaken
from zerog.devnet.shape import HOST, Shape, default_ports


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


def pick_free(wanted: Mapping[str, int], shape: Shape) -> dict[str, int]:
    """Free ports for all parts; those of `wanted` (the last run's) that are still free stay.

    They stay because descriptions of minted tokens name the indexer's URL.
    """
    chosen: dict[str, int] = {}
    with ExitStack() as held:
        for name in default_ports(shape):
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, wanted.get(name, 0)))
            except OSError:
                probe.bind((HOST, 0))
            chosen[name] = int(probe.getsockname()[1])
    return chosen
