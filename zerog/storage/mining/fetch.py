"""Gets verified segments of the flow's files from whatever storage node has them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from zerog.errors import Refused, Tampered, Unreachable
from zerog.storage.codec import check_segment, padded_segment_sectors, segment_root
from zerog.storage.mining.sealing import Filed, Piece
from zerog.storage.remote import Remote, make_pool

TIMEOUT_SECONDS = 10.0
log = logging.getLogger(__name__)


class Fetcher:
    """Several storage nodes, and the indexer that may know more of them."""

    def __init__(self, node_urls: Sequence[str], indexer_url: str = "") -> None:
        """node_urls: asked first to last; the indexer's nodes are asked after them."""
        self._pool = make_pool(4, TIMEOUT_SECONDS)
        self._known = list(dict.fromkeys(node_urls))
        self._urls = list(self._known)
        self._indexer_url = indexer_url

    def refresh(self) -> None:
        """Ask the indexer which nodes live; without an answer the known ones must do."""
        self._urls = list(self._known)
        if not self._indexer_url:
            return
        try:
            found = Remote(self._indexer_url, self._pool, attempts=1).nodes() or []
        except (Refused, Tampered, Unreachable) as error:
            log.debug("indexer: %s", error)
            return
        self._urls = list(dict.fromkeys([*self._known, *(node.url for node in found)]))

    def piece(self, file: Filed, index: int) -> Piece | None:
        """A segment that proves to the file's root; None when no node has it now.

        A node that does not answer is not asked again before the next `refresh`.
        """
        for url in tuple(self._urls):
            try:
                found = Remote(url, self._pool, attempts=1).segment(file.seq, index)
                if found is None:
                    continue
                check_segment(file.root, index, found.data, found.proof, file.size)
            except Unreachable as error:
                log.info("%s", error)
                self._urls.remove(url)
                continue
            except (Refused, Tampered) as error:
                log.info("segment %d of %d from %s: %s", index, file.seq, url, error)
                continue
            root = segment_root(found.data, padded_segment_sectors(file.size, index))
            return Piece(index, bytes(found.data), root, found.proof)
        return None
