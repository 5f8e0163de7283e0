"""A stream's changes as they commit, without end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from zerog.storage.kv.client import Change, KvClient, Place

POLL_SECONDS: Final = 0.1
LATEST_REWIND: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Rewound:
    """A reorg took back this version and all after it; what is mined again is told again."""

    version: int


def watch(
    kv: KvClient, stream: bytes, from_start: bool = False, poll_s: float = POLL_SECONDS
) -> Iterator[Change | Rewound]:
    """Each write and deletion of a stream, oldest first, then the next ones as they commit.

    from_start: begin with the first version, else with what comes now. Raises NodeUnreachable.
    """
    place = Place() if from_start else now(kv, stream)
    while True:
        page = kv.changes(stream, place)
        place = page.place
        if page.rewound_to is not None:
            yield Rewound(page.rewound_to)
        yield from page.found
        if not page.found and page.rewound_to is None:
            time.sleep(poll_s)


def now(kv: KvClient, stream: bytes) -> Place:
    """The place behind all that has committed."""
    rewind = kv.changes(stream, Place(rewind=LATEST_REWIND), 0).place.rewind
    return Place(kv.applied() + 1, b"", rewind)
