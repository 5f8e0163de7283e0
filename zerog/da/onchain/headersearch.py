"""Searches for headers that nobody kept: one at a time, a part of a second at a time."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

from zerog.da.onchain.errors import NoHeader
from zerog.da.onchain.evidence import Certified, headers_tried
from zerog.da.params import Header, Profile


class HeaderSearch:
    """What one process looks for and what it found. A search takes a minute, so it is done in
    pieces: what else there is to answer is answered in between.
    """

    def __init__(self, profile: Profile, chain_id: int, entrance: bytes) -> None:
        """entrance: 20 bytes."""
        self._profile, self._where = profile, (chain_id, entrance)
        self._ended: dict[Certified, Header | None] = {}
        self._under_way: dict[Certified, Iterator[Header | None]] = {}

    def is_new(self, blob: Certified) -> bool:
        """Whether it was not looked for yet."""
        return blob not in self._ended and blob not in self._under_way

    def of(self, blob: Certified) -> Header | None:
        """The header; None while it is looked for. Raises NoHeader when there is none."""
        if blob in self._ended:
            found = self._ended[blob]
            if found is None:
                raise NoHeader(blob.data_root)
            return found
        if blob not in self._under_way:
            self._under_way[blob] = headers_tried(blob, self._profile, *self._where)
        return None

    def go_on(self, seconds: float) -> bool:
        """Look for so long, or a little longer, for what was asked for first; whether that ended
        the search.
        """
        end = time.monotonic() + seconds
        for blob, tries in self._under_way.items():
            for found in tries:
                if found is not None:
                    return self._end(blob, found)
                if time.monotonic() >= end:
                    return False
            return self._end(blob, None)
        return False

    def forget(self, wanted: Collection[bytes]) -> None:
        """Everything of blobs but those with these data roots."""
        self._ended = {one: at for one, at in self._ended.items() if one.data_root in wanted}
        going = self._under_way.items()
        self._under_way = {one: at for one, at in going if one.data_root in wanted}

    def _end(self, blob: Certified, found: Header | None) -> bool:
        del self._under_way[blob]
        self._ended[blob] = found
        return True
