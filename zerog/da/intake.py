"""How a disperser takes a blob: its bytes are durable first, then its row; then it is promised."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from zerog.da.blobs import BlobStore, RequestTaken
from zerog.da.disperser.bytestore import BLOB, ByteStore
from zerog.da.disperser.storewatch import StoreWatch
from zerog.da.params import FULL, HASH, Profile
from zerog.da.status import Blob
from zerog.da.wire import request_id
from zerog.errors import Refused, UsageError

PENDING_BYTES: Final = 2048 * 1024 * 1024
"""Of blobs on their way, as 0G's disperser bounds them (memory-db-size-limit)."""


class BlobTooLarge(UsageError):
    """A blob above the maximum; the text is 0G's."""

    def __init__(self, length: int, maximum: int) -> None:
        self.length, self.maximum = length, maximum
        super().__init__("blob size cannot exceed 31744 KiB", f"{length} bytes of {maximum}")


class BlobEmpty(UsageError):
    """A blob without bytes; the text is 0G's."""

    def __init__(self) -> None:
        super().__init__("blob size must be greater than 0")


class BadPolicy(UsageError):
    """What cannot be the id of a quorum policy."""

    def __init__(self, policy: bytes) -> None:
        self.policy = policy
        super().__init__(f"a policy's id has {HASH} bytes, not {len(policy)}")


class IntakeFull(Refused):
    """Too much is on its way; try again later."""

    def __init__(self, pending: int, limit: int) -> None:
        self.pending, self.limit = pending, limit
        super().__init__(f"{pending} bytes of blobs are on their way, {limit} may be")


class Intake:
    """Takes blobs; `wake` hears the request of each one and must not raise."""

    def __init__(
        self,
        store: BlobStore,
        files: ByteStore,
        wake: Callable[[str], object],
        profile: Profile = FULL,
        limit: int = PENDING_BYTES,
        *,
        watched: bool = False,
    ) -> None:
        """limit: bytes of blobs that may be on their way at once. watched: somebody else calls
        `ready` all the time, so that no client waits for a store that is away.
        """
        self._store, self._files, self._wake = store, files, wake
        self.watch: Final = StoreWatch(store, files)
        self._profile, self._limit, self._watched = profile, limit, watched

    def ready(self) -> None:
        """Raises StoreAway while there is nowhere to keep bytes; that may take a minute."""
        self.watch.require()

    def take(self, data: bytes, policy: bytes = b"") -> Blob:
        """Keep a blob and promise to disperse it.

        policy: the id of a quorum policy; empty, or 0, for none. The same bytes again are another
        request. Raises BlobEmpty, BlobTooLarge, BadPolicy, IntakeFull, StoreAway, and
        StoreUnreachable.
        """
        if not data:
            raise BlobEmpty
        if len(data) > self._profile.max_length:
            raise BlobTooLarge(len(data), self._profile.max_length)
        if policy and len(policy) != HASH:
            raise BadPolicy(policy)
        if (pending := self._store.pending_bytes()) + len(data) > self._limit:
            raise IntakeFull(pending, self._limit)
        if self._watched and self.watch.looked:
            self.watch.require_known()
        else:
            self.ready()
        digest = sha256(data).digest()
        blob = self._accept(digest, data, policy if any(policy) else b"")
        self._wake(blob.request_id)
        return blob

    def _accept(self, digest: bytes, data: bytes, policy: bytes) -> Blob:
        while True:
            now = time.time_ns()
            name = request_id(digest, now)
            blob = Blob(name, digest, len(data), now / 1e9, now / 1e9, policy=policy)
            self._files.put(f"{BLOB}/{name}", data)
            self.watch.require_now()  # below a mount that went meanwhile it would not be kept
            try:
                self._store.accept(blob)
            except RequestTaken:
                continue  # the same bytes in the same nanosecond: the file is that request's too
            return blob
