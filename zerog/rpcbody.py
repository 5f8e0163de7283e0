"""Request bodies with megabytes of base64 in them: read into reused buffers, parsed without copies.

A JSON parser turns a long string into an object of its own before base64 can be undone; at ten
segments per call that costs more than proving them. Here long strings stay where they are.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from typing import Final

import orjson

from zerog.types import Json

LONG_STRING: Final = 16_384
"""Strings from this length on are given as views of the body."""
BUFFER_BYTES: Final = 4 * 1024 * 1024
"""Fits ten segments. Fresh pages of this size cost as much as copying into them."""
BUFFERS: Final = 8
SMALL_BYTES: Final = 65_536
"""Bodies up to this size get a buffer of their own."""

_MARK: Final = secrets.token_hex(16)
"""Begins what stands for a long string while the rest is parsed; no sender can know it."""
_DIGITS: Final = 8
_MARKED: Final = len(_MARK) + _DIGITS


class BodyPool:
    """Buffers of BUFFER_BYTES for bodies that fit; small and larger ones get one of their own."""

    def __init__(self) -> None:
        self._free: list[bytearray] = []
        self._lock = threading.Lock()

    def take(self, size: int) -> bytearray:
        """A buffer of at least `size` bytes, with whatever was in it."""
        if not SMALL_BYTES < size <= BUFFER_BYTES:
            return bytearray(size)
        with self._lock:
            return self._free.pop() if self._free else bytearray(BUFFER_BYTES)

    def give(self, buffer: bytearray) -> None:
        """Take a buffer back; nothing may refer to its bytes any more."""
        with self._lock:
            if len(buffer) == BUFFER_BYTES and len(self._free) < BUFFERS:
                self._free.append(buffer)


def parse(body: bytes | bytearray, length: int | None = None) -> Json:
    """The JSON value in the first `length` bytes; long strings come as memoryviews of `body`.

    A view holds the string's raw bytes: ASCII for base64, which is checked where it is decoded.
    Raises orjson.JSONDecodeError.
    """
    end = len(body) if length is None else length
    whole = memoryview(body)[:end]
    if end < LONG_STRING or body.find(b"\\", 0, end) >= 0:
        found: Json = orjson.loads(whole)
        return found
    rest, views = _lift(body, whole)
    found = orjson.loads(rest)
    holder = [found]
    _lower(holder, views)
    return holder[0]


def _lift(body: bytes | bytearray, whole: memoryview) -> tuple[bytes, list[memoryview]]:
    """The text with a mark for each long string, and those strings.

    Without a backslash in the text every quote begins or ends a string. A long string covers a
    multiple of LONG_STRING, so the quotes around those places are all that has to be found.
    """
    pieces: list[bytes | memoryview] = []
    views: list[memoryview] = []
    taken = probe = 0
    end = len(whole)
    while (probe := probe + LONG_STRING) < end:
        first = body.rfind(b'"', taken, probe)
        last = body.find(b'"', probe, end)
        if last < 0:
            break
        if first >= 0 and last - first > LONG_STRING and body.count(b'"', taken, first) % 2 == 0:
            pieces += [whole[taken : first + 1], f"{_MARK}{len(views):0{_DIGITS}}".encode()]
            views.append(whole[first + 1 : last])
            pieces.append(b'"')
            taken = last + 1
        probe = last // LONG_STRING * LONG_STRING
    pieces.append(whole[taken:])
    return b"".join(pieces), views


def _lower(holder: list[Json], views: list[memoryview]) -> None:
    """Put long strings into the places of their marks; any depth, as the parser has made it."""
    waiting: list[list[Json] | dict[str, Json]] = [holder] if views else []
    while waiting:
        inside = waiting.pop()
        if isinstance(inside, list):
            pairs: Iterable[tuple[int | str, Json]] = [] if _plain(inside) else enumerate(inside)
        else:
            pairs = inside.items()
        for place, value in pairs:
            if isinstance(value, str):
                if len(value) == _MARKED and value.startswith(_MARK):
                    inside[place] = views[int(value[len(_MARK) :])]  # type: ignore[index]
            elif isinstance(value, (list, dict)):
                waiting.append(value)


def _plain(values: list[Json]) -> bool:
    """Whether a list is all truth values, or all strings none of which can be a mark: proofs."""
    kinds = {*map(type, values)}
    if kinds == {str}:
        return _MARKED not in map(len, values)  # type: ignore[arg-type]
    return kinds == {bool}
