"""What can go wrong between us and a chain.

Unreachable  ChainUnreachable
UsageError   WrongChain · NoSuchArtifact · NoSuchFunction · NotThere · BadRegistry
NotFound     NoSuchContract
Refused      Reverted -> TxReverted · InsufficientFunds
ZerogError   RpcFailure · TxTimeout · CodeMismatch
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zerog.config import redact_url
from zerog.errors import NotFound, Refused, Unreachable, UsageError, ZerogError


class ChainUnreachable(Unreachable):
    """Nothing answers at the chain's URL, or not within the time-out."""

    def __init__(self, url: str, reason: str = "") -> None:
        self.url = redact_url(url)
        detail = f" ({reason})" if reason else ""
        super().__init__(f"no chain answers at {self.url}{detail}", "start it with: zerog up")


class WrongChain(UsageError):
    """The chain behind the URL is not the one that the registry was written for."""

    def __init__(self, expected: int, found: int) -> None:
        self.expected, self.found = expected, found
        super().__init__(
            f"the chain has id {found}, this home belongs to {expected}",
            "set ZEROG_RPC_URL or ZEROG_HOME to the right one",
        )


class RpcFailure(ZerogError):
    """The node answered a JSON-RPC error that is not a revert."""

    def __init__(self, method: str, code: int, message: str) -> None:
        self.method, self.code, self.message = method, code, message
        super().__init__(f"{method} failed with {code}: {message}")


class Reverted(Refused):
    """A contract refused; `name` and `args` are its custom error, decoded from our ABIs.

    name is "Error" for a string revert, "Panic" for a compiler check, "" when there is no data,
    and the 4-byte selector in hex for an error that no shipped ABI knows.
    """

    def __init__(self, name: str, args: Sequence[object], data: bytes) -> None:
        self.name, self.data = name, data
        super().__init__(f"the contract refused: {describe_revert(name, args)}")
        self.args = tuple(args)

    def __str__(self) -> str:
        return f"{self.cause}; {self.mend}" if self.mend else self.cause

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.name, self.args, self.data))


class TxReverted(Reverted):
    """A contract refused our transaction.

    mined True: it is on chain and failed, for good. mined False: it was refused before it was
    signed, so nothing happened and the same intent may be tried again.
    """

    def __init__(
        self,
        intent: str,
        name: str,
        args: Sequence[object],
        data: bytes = b"",
        *,
        mined: bool = True,
    ) -> None:
        self.intent, self.mined = intent, mined
        super().__init__(name, args, data)
        self.cause = f"transaction {intent} was refused: {describe_revert(name, args)}"

    def __reduce__(self) -> tuple[object, ...]:
        # BaseException restores attributes that the constructor's arguments do not carry.
        state = {"mined": self.mined}
        return (type(self), (self.intent, self.name, self.args, self.data), state)


class TxTimeout(ZerogError):
    """A transaction was sent and not mined in time; its row stays and can be waited for again."""

    def __init__(self, intent: str, seconds: float) -> None:
        self.intent, self.seconds = intent, seconds
        super().__init__(
            f"transaction {intent} is not mined after {seconds:g} s", "run the command again"
        )


class NoSuchIntent(NotFound):
    """No transaction row has this intent."""

    def __init__(self, intent: str) -> None:
        self.intent = intent
        super().__init__(f"no transaction {intent} in this home")


class InsufficientFunds(Refused):
    """The account cannot pay value and gas."""

    def __init__(self, address: str, message: str) -> None:
        self.address = address
        super().__init__(f"account {address} cannot pay: {message}", "send it native tokens")


class NoSuchArtifact(UsageError):
    """No compiled contract of that name ships with this version."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no contract artifact {name!r}", "build it with: make artifacts")


class NoSuchFunction(UsageError):
    """The ABI has no such function, event or error."""

    def __init__(self, contract: str, name: str, count: int | None = None) -> None:
        self.contract, self.name = contract, name
        shape = "" if count is None else f" with {count} arguments"
        super().__init__(f"{contract} has no {name}{shape}")


class NoSuchContract(NotFound):
    """The registry names no such contract, or the chain has no code at its address."""

    def __init__(self, name: str, address: str = "") -> None:
        self.name, self.address = name, address
        where = f" at {address}" if address else " in the registry"
        super().__init__(f"no contract {name}{where}", "deploy with: zerog up")


class CodeMismatch(ZerogError):
    """The code on chain is not the code that was deployed."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address
        super().__init__(
            f"{name} at {address} has other code than this version deploys",
            "use a new home: zerog up --home DIR",
        )


class NotThere(UsageError):
    """A public chain lacks a contract that everybody expects at one address."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address
        super().__init__(
            f"there is no {name} at {address}",
            "name its address in the deploy parameters, or deploy without it",
        )


class BadRegistry(UsageError):
    """registry.json cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} is no registry: {reason}", "deploy with: zerog up")


def describe_revert(name: str, args: Sequence[object]) -> str:
    """One line for people: Name(a, b); bytes as hex."""
    if not name:
        return "no reason given"
    shown = ("0x" + a.hex() if isinstance(a, bytes) else repr(a) for a in args)
    return f"{name}({', '.join(shown)})"
