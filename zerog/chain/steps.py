"""The words of a deploy plan: make a contract, call one, name what an earlier step made. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from zerog.types import Address


@dataclass(frozen=True, slots=True)
class Ref:
    """The address of the contract that an earlier step of this name made."""

    step: str


@dataclass(frozen=True, slots=True)
class Payer:
    """The address of the account that executes the plan."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Calldata (bytes): a call of `function` under the ABI of `artifact`."""

    artifact: str
    function: str
    args: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Selectors:
    """The functions (4 bytes each) that the ABI of `facet` has and that of `core` has not."""

    facet: str
    core: str


Value: TypeAlias = (
    "int | str | bool | bytes | tuple[Value, ...] | tuple[int, ...]"
    " | Ref | Payer | Encoded | Selectors"
)


@dataclass(frozen=True, slots=True)
class Deploy:
    """Create a contract from an artifact; its address is known as `name` from here on."""

    name: str
    artifact: str
    args: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A transaction to the contract of step `target`, encoded by the ABI of `artifact`."""

    name: str
    target: str
    artifact: str
    function: str
    args: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A contract that everybody expects at one address.

    On a public chain it must be there. A devnet is given a proxy at that address; `logic` makes
    what is behind it, and `setup` are the calls that follow there.
    """

    name: str
    address: Address
    logic: Deploy
    setup: tuple[Call, ...]


Step: TypeAlias = Deploy | Call | Place


def proxied(
    name: str, artifact: str, args: tuple[Value, ...], immutables: tuple[Value, ...] = ()
) -> tuple[Step, ...]:
    """Logic, and the proxy that initialises itself in its own creation: nothing to front-run."""
    logic = f"{name}Logic"
    data = Encoded(artifact, "initialize", args)
    return (Deploy(logic, artifact, immutables), Deploy(name, "Proxy", (Ref(logic), data)))
