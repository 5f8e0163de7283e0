"""Calls, events and errors of a contract, encoded and decoded by its ABI (over eth-abi)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from eth_abi.abi import encode
from eth_abi.codec import ABIDecoder
from eth_abi.decoding import StringDecoder
from eth_abi.exceptions import DecodingError, EncodingError
from eth_abi.registry import BaseEquals, registry

from zerog.chain.artifacts import AbiEntry, Artifact, load, names
from zerog.chain.errors import NoSuchFunction, Reverted
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Log
from zerog.crypto.keccak import keccak256
from zerog.errors import ZerogError

ERROR_STRING: Final = keccak256(b"Error(string)")[:4]
PANIC: Final = keccak256(b"Panic(uint256)")[:4]


class BadArguments(ZerogError):
    """Arguments do not fit the ABI."""

    def __init__(self, function: str, reason: str) -> None:
        self.function, self.reason = function, reason
        super().__init__(f"{function}: {reason}")


class BadAnswer(ZerogError):
    """A contract's answer does not fit the ABI: another contract, or none, lives there."""

    def __init__(self, function: str, data: bytes) -> None:
        self.function, self.data = function, data
        super().__init__(
            f"{function} answered {len(data)} bytes that do not fit its ABI",
            "check the registry against the chain",
        )


class _AnyText(StringDecoder):
    """Whoever writes a string to a contract may write bytes that are none: they show as U+FFFD.

    A list that everybody reads must not break at one entry.
    """

    def __init__(self) -> None:
        super().__init__("replace")  # type: ignore[no-untyped-call]  # eth-abi has no types here


@cache
def _decoder() -> ABIDecoder:
    own = registry.copy()  # type: ignore[no-untyped-call]  # as above
    own.unregister_decoder("string")
    is_string = BaseEquals("string", with_sub=False)  # type: ignore[no-untyped-call]
    own.register_decoder(is_string, _AnyText, label="string")
    return ABIDecoder(own)


def decode(types: Sequence[str], data: bytes) -> tuple[object, ...]:
    """Values by type; raises DecodingError."""
    return tuple(_decoder().decode(types, data))


def abi_type(entry: Mapping[str, object]) -> str:
    """The canonical type of a parameter: tuples spelled out."""
    kind = str(entry["type"])
    if not kind.startswith("tuple"):
        return kind
    inside = ",".join(abi_type(part) for part in _parts(entry, "components"))
    return f"({inside}){kind.removeprefix('tuple')}"


def _parts(entry: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = entry.get(name)
    return list(found) if isinstance(found, list) else []


@dataclass(frozen=True)
class Signature:
    """One function, event or error."""

    entry: AbiEntry

    @property
    def name(self) -> str:
        """Its name alone."""
        return str(self.entry["name"])

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The input types, in order."""
        return tuple(abi_type(part) for part in _parts(self.entry, "inputs"))

    @cached_property
    def output_types(self) -> tuple[str, ...]:
        """The output types of a function."""
        return tuple(abi_type(part) for part in _parts(self.entry, "outputs"))

    @cached_property
    def hash(self) -> bytes:
        """keccak of `name(types)`: an event's topic 0; its first four bytes select a function."""
        return keccak256(f"{self.name}({','.join(self.types)})".encode())

    def encode_call(self, args: Sequence[object]) -> bytes:
        """Selector and arguments; raises BadArguments."""
        try:
            return self.hash[:4] + encode(self.types, args)
        except (EncodingError, ValueError, TypeError) as error:
            raise BadArguments(self.name, str(error)) from error

    def decode_output(self, data: bytes) -> tuple[object, ...]:
        """The values that a call gave back; addresses in EIP-55 text, lists as tuples.

        Raises BadAnswer: there is no contract, or it speaks another ABI.
        """
        try:
            found = decode(self.output_types, data)
        except DecodingError as error:
            raise BadAnswer(self.name, data) from error
        return _plain_all(_parts(self.entry, "outputs"), found)

    def decode_input(self, data: bytes) -> tuple[object, ...]:
        """The arguments behind a selector (of an error or a call)."""
        return _plain_all(_parts(self.entry, "inputs"), decode(self.types, data))

    def filter_topics(self, wanted: Mapping[str, object]) -> list[bytes | None]:
        """Topics 1.. of an event filter; None is any value.

        Raises BadArguments for a name that is not indexed, or whose topic is only a hash.
        """
        indexed = [part for part in _parts(self.entry, "inputs") if part.get("indexed")]
        names = [str(part["name"]) for part in indexed]
        if unknown := set(wanted) - set(names):
            raise BadArguments(self.name, f"{', '.join(sorted(unknown))} is not indexed")
        topics: list[bytes | None] = []
        for name, part in zip(names, indexed, strict=True):
            kind = abi_type(part)
            if name not in wanted:
                topics.append(None)
            elif _is_hashed(kind):
                raise BadArguments(self.name, f"{name} is indexed by its hash")
            else:
                topics.append(encode([kind], [wanted[name]]))
        return topics

    def decode_log(self, log: Log) -> dict[str, object]:
        """An event's arguments by name; dynamic indexed ones stay as their hashes."""
        inputs = _parts(self.entry, "inputs")
        plain = [part for part in inputs if not part["indexed"]]
        values = iter(_plain_all(plain, decode([abi_type(part) for part in plain], log.data)))
        topics = iter(log.topics[1:])
        found: dict[str, object] = {}
        for part in inputs:
            found[str(part["name"])] = (
                _topic(part, next(topics)) if part["indexed"] else next(values)
            )
        return found


def _topic(part: Mapping[str, object], topic: bytes) -> object:
    kind = abi_type(part)
    if _is_hashed(kind):
        return topic
    return _plain(kind, part, decode([kind], topic)[0])


def _is_hashed(kind: str) -> bool:
    """Whether an indexed argument of this type is kept as its hash only (Solidity ABI)."""
    return kind in {"string", "bytes"} or kind.endswith(("]", ")"))


def _plain_all(
    parts: Sequence[Mapping[str, object]], values: Sequence[object]
) -> tuple[object, ...]:
    pairs = zip(parts, values, strict=True)
    return tuple(_plain(str(part["type"]), part, value) for part, value in pairs)


def _plain(kind: str, part: Mapping[str, object], value: object) -> object:
    """eth-abi gives addresses in lower case: spell them as the rest of the library does."""
    if kind.endswith("]") and isinstance(value, tuple | list):
        inner = kind[: kind.rindex("[")]
        return tuple(_plain(inner, part, one) for one in value)
    if kind == "tuple" and isinstance(value, tuple | list):
        return _plain_all(_parts(part, "components"), value)
    return to_address(value) if kind == "address" and isinstance(value, str) else value


class Abi:
    """A contract's ABI by name."""

    def __init__(self, name: str, entries: Sequence[AbiEntry]) -> None:
        """name: of the contract; entries: as solc prints them."""
        self.name = name
        kinds: dict[str, list[Signature]] = {"function": [], "event": [], "error": []}
        self.constructor_types: tuple[str, ...] = ()
        for entry in entries:
            kind = str(entry["type"])
            if kind in kinds:
                kinds[kind].append(Signature(entry))
            elif kind == "constructor":
                inputs = _parts(entry, "inputs")
                self.constructor_types = tuple(abi_type(part) for part in inputs)
        self._functions = kinds["function"]
        self.selectors = tuple(one.hash[:4] for one in self._functions)
        self.events: dict[str, Signature] = {}
        for one in kinds["event"]:
            self.events.setdefault(one.name, one)
            self.events[f"{one.name}({','.join(one.types)})"] = one
        self.topics = {one.hash: one for one in kinds["event"]}
        self.errors = {one.hash[:4]: one for one in kinds["error"]}

    def function(self, name: str, count: int) -> Signature:
        """A function by name, or by full signature `name(types)` where it is overloaded.

        Raises NoSuchFunction, BadArguments when the name and count fit more than one.
        """
        for one in self._functions:
            if f"{one.name}({','.join(one.types)})" == name:
                return one
        fitting = [one for one in self._functions if one.name == name and len(one.types) == count]
        if not fitting:
            raise NoSuchFunction(self.name, name, count)
        if len(fitting) > 1:
            raise BadArguments(name, "is overloaded: name it with its types")
        return fitting[0]


@cache
def abi_of(name: str) -> Abi:
    """The ABI of a shipped contract (kept: package data does not change)."""
    return Abi(name, load(name).abi)


def added_selectors(facet: str, core: str) -> tuple[bytes, ...]:
    """Functions (4 bytes each) that a facet adds to the core: what it inherits, the core has."""
    known = abi_of(core).selectors
    return tuple(one for one in abi_of(facet).selectors if one not in known)


def creation(artifact: Artifact, args: Sequence[object]) -> bytes:
    """Creation code with its constructor's arguments; raises BadArguments."""
    types = abi_of(artifact.name).constructor_types
    try:
        return artifact.creation_code + encode(types, args)
    except (EncodingError, ValueError, TypeError) as error:
        raise BadArguments(f"{artifact.name} constructor", str(error)) from error


def decode_revert(data: bytes) -> Reverted:
    """The revert by its error's name, looked up in the ABIs of all shipped contracts."""
    selector, rest = data[:4], data[4:]
    if not data:
        return Reverted("", (), data)
    try:
        if selector == ERROR_STRING:
            return Reverted("Error", decode(["string"], rest), data)
        if selector == PANIC:
            return Reverted("Panic", decode(["uint256"], rest), data)
        for name in names():
            known = abi_of(name).errors.get(selector)
            if known is not None:
                return Reverted(known.name, known.decode_input(rest), data)
    except DecodingError:
        return Reverted("0x" + selector.hex(), (), data)
    return Reverted("0x" + selector.hex(), (), data)
