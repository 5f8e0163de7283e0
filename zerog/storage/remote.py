"""One storage node or indexer as a client sees it: JSON-RPC over a kept-alive connection."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

import orjson
import urllib3

from zerog.errors import UsageError
from zerog.rpcbody import parse
from zerog.storage.codec import SEGMENT_SECTORS
from zerog.storage.errors import BadAnswer, BadField, NodeRefused, NodeUnreachable
from zerog.storage.wire import (
    FileInfo,
    Segment,
    ShardConfig,
    ShardedNode,
    from_base64,
    items,
    members,
)
from zerog.types import Json

PROVED: Final = "zgs_downloadSegmentWithProofByTxSeq"
PLAIN: Final = "zgs_downloadSegmentByTxSeq"
METHOD_NOT_FOUND: Final = -32601
ATTEMPTS: Final = 4
FIRST_PAUSE_SECONDS: Final = 0.1
TIMEOUT_SECONDS: Final = 60.0
RETRIED_STATUSES: Final = frozenset({429, 500, 502, 503, 504})

Reader = Callable[[bytes], Json]
"""Parses an answer: orjson, or `parse`, which leaves long strings where they are."""


class BadUrl(UsageError):
    """Not an http(s) URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"{url!r} is no http or https URL", "correct the endpoint")


def make_pool(connections: int = 8, timeout_s: float = TIMEOUT_SECONDS) -> urllib3.PoolManager:
    """Connections that several remotes may share; each waits at most timeout_s for an answer."""
    timeout = urllib3.Timeout(connect=min(5.0, timeout_s), read=timeout_s)
    return urllib3.PoolManager(maxsize=connections, timeout=timeout, retries=False)


class Remote:
    """Calls to one URL. Only transport failures are repeated: every method is idempotent."""

    def __init__(self, url: str, pool: urllib3.PoolManager, attempts: int = ATTEMPTS) -> None:
        """Raises BadUrl."""
        if not url.startswith(("http://", "https://")):
            raise BadUrl(url)
        self.url, self._pool, self._attempts = url, pool, attempts
        self._ids = itertools.count(1)

    def call(self, method: str, *params: Json) -> Json:
        """One call; raises NodeUnreachable, NodeRefused, BadAnswer."""
        body = orjson.dumps(self._request(method, params))
        return self._result(method, self._post(method, body))

    def batch(self, method: str, calls: Sequence[Sequence[Json]]) -> list[Json]:
        """The results of many calls of one method in one request, in order."""
        return self.together([(method, params) for params in calls])

    def together(
        self, calls: Sequence[tuple[str, Sequence[Json]]], read: Reader = orjson.loads
    ) -> list[Json]:
        """The results of several (method, params) in one request, in order."""
        requests = [self._request(method, params) for method, params in calls]
        found = self._post(calls[0][0], orjson.dumps(requests), read)
        objects = [one for one in map(_object, _list(found)) if isinstance(one.get("id"), int)]
        answers = {one["id"]: one for one in objects}
        return [self._result(str(one["method"]), answers.get(one["id"])) for one in requests]

    def info(self, root: bytes) -> FileInfo | None:
        """zgs_getFileInfo: what the node has under a root, complete submissions first."""
        return self._info("zgs_getFileInfo", "0x" + root.hex(), True)

    def info_of(self, tx_seq: int) -> FileInfo | None:
        """zgs_getFileInfoByTxSeq."""
        return self._info("zgs_getFileInfoByTxSeq", tx_seq)

    def segment(self, tx_seq: int, index: int) -> Segment | None:
        """zgs_downloadSegmentWithProofByTxSeq; not verified here."""
        return self._segment(self.call(PROVED, tx_seq, index))

    def segments(self, tx_seq: int, indexes: Sequence[int]) -> list[Segment | None]:
        """`segment` for several indexes in one request, in their order; not verified here."""
        found = self.together([(PROVED, (tx_seq, index)) for index in indexes], parse)
        return [self._segment(one) for one in found]

    def run(self, tx_seq: int, first: int, count: int) -> tuple[Segment | None, list[bytes]]:
        """Segment `first` and the data of those behind it, `count` in all, in one request.

        Not verified here; the list ends at one that is missing.
        """
        sectors = [index * SEGMENT_SECTORS for index in range(first + 1, first + count)]
        calls: list[tuple[str, Sequence[Json]]] = [(PROVED, (tx_seq, first))]
        calls += [(PLAIN, (tx_seq, at, at + SEGMENT_SECTORS)) for at in sectors]
        proved, *plain = self.together(calls, parse)
        try:
            data = [from_base64(one, "data") for one in takewhile(_present, plain)]
        except BadField as error:
            raise BadAnswer(self.url, PLAIN, str(error)) from error
        return self._segment(proved), data

    def _segment(self, found: Json) -> Segment | None:
        try:
            return None if found is None else Segment.from_json(found)
        except BadField as error:
            raise BadAnswer(self.url, PROVED, str(error)) from error

    def shard_config(self) -> ShardConfig:
        """zgs_getShardConfig."""
        try:
            return ShardConfig.from_json(self.call("zgs_getShardConfig"))
        except BadField as error:
            raise BadAnswer(self.url, "zgs_getShardConfig", str(error)) from error

    def nodes(self) -> list[ShardedNode] | None:
        """indexer_getShardedNodes, the trusted ones; None when this is no indexer."""
        try:
            found = members(self.call("indexer_getShardedNodes"), "nodes")
            return [ShardedNode.from_json(one) for one in items(found.get("trusted"), "trusted")]
        except NodeRefused as error:
            if error.code == METHOD_NOT_FOUND:
                return None
            raise
        except BadField as error:
            raise BadAnswer(self.url, "indexer_getShardedNodes", str(error)) from error

    def _info(self, method: str, *params: Json) -> FileInfo | None:
        found = self.call(method, *params)
        try:
            return None if found is None else FileInfo.from_json(found)
        except BadField as error:
            raise BadAnswer(self.url, method, str(error)) from error

    def _request(self, method: str, params: Sequence[Json]) -> dict[str, Json]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": [*params]}

    def _post(self, method: str, body: bytes, read: Reader = orjson.loads) -> Json:
        pause = FIRST_PAUSE_SECONDS
        for left in range(self._attempts - 1, -1, -1):
            try:
                answer = self._pool.request(
                    "POST", self.url, body=body, headers={"content-type": "application/json"}
                )
                reason = f"HTTP {answer.status}"
                if answer.status not in RETRIED_STATUSES:
                    return self._parsed(method, answer.status, answer.data, read)
            except urllib3.exceptions.HTTPError as error:
                reason = type(error).__name__
            if left:
                time.sleep(pause)
                pause *= 3
        raise NodeUnreachable(self.url, reason)

    def _parsed(self, method: str, status: int, data: bytes, read: Reader) -> Json:
        try:
            found = read(data)
        except orjson.JSONDecodeError as error:
            raise BadAnswer(self.url, method, f"HTTP {status}, not JSON") from error
        return found

    def _result(self, method: str, answer: Json) -> Json:
        found = _object(answer)
        error = found.get("error")
        if error is not None:
            fault = _object(error)
            code = fault.get("code")
            number = code if isinstance(code, int) else 0
            raise NodeRefused(self.url, method, number, str(fault.get("message", "")))
        if "result" not in found:
            raise BadAnswer(self.url, method, "neither result nor error")
        return found["result"]


def _present(value: Json) -> bool:
    return value is not None


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else []
