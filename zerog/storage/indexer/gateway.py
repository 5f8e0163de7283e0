"""The REST gateway: files over plain HTTP for browsers, on the indexer's port.

Routes as in 0gfoundation/0g-storage-client: indexer/gateway/server.go. A file is streamed from the
nodes, each segment verified against its root first; nothing is kept on disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from zerog.errors import ZerogError
from zerog.storage import dircodec
from zerog.storage.codec import segment_count
from zerog.storage.dircodec import BadFolder, FsNode, Kind
from zerog.storage.errors import BadField
from zerog.storage.indexer.envelope import Code, GatewayError, answer
from zerog.storage.indexer.files import Cid, Files, Found
from zerog.storage.indexer.intake import MAX_BODY, SegmentUpload, push
from zerog.storage.indexer.streaming import Body, Part, serve_body
from zerog.storage.wire import hex_of, members
from zerog.types import Json

DEFAULT_CAP: Final = 100 * 1024 * 1024
"""Bytes of a file that the gateway serves; the reference's default."""
FOLDER_CAP: Final = 8 * 1024 * 1024
"""Bytes of a folder's metadata that it reads into memory."""
MAX_PARTS: Final = 64
"""Stored files that one file of a folder may be made of."""
MAX_CIDS: Final = 100
BODY_SECONDS: Final = 30.0
THREADS: Final = 16

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


class Gateway:
    """The routes over one set of nodes."""

    def __init__(self, files: Files, cap: int = DEFAULT_CAP) -> None:
        """cap: bytes; larger files are answered with code 105."""
        self._files, self._cap = files, cap
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="gateway")

    def routes(self) -> list[BaseRoute]:
        """In the order in which they are tried."""
        return [
            Route("/file", _enveloped(self.file), methods=["GET"]),
            Route("/file/segment", _enveloped(self.upload), methods=["POST"]),
            Route("/file/info/{cid}", _enveloped(self.info), methods=["GET"]),
            Route("/files/info", _enveloped(self.infos), methods=["GET"]),
            Route("/file/{cid}", _enveloped(self.in_folder), methods=["GET"]),
            Route("/file/{cid}/{path:path}", _enveloped(self.in_folder), methods=["GET"]),
            Route("/node/status", _enveloped(self.status), methods=["GET"]),
        ]

    async def file(self, request: Request) -> Response:
        """`GET /file?root=|txSeq=&name=`: the whole file, or the range that is asked for."""
        root, seq = request.query_params.get("root"), request.query_params.get("txSeq")
        if not root and not seq:
            raise GatewayError(Code.INVALID, "Either 'root' or 'txSeq' must be provided")
        cid = _cid(seq or root or "")
        if seq and cid.tx_seq is None:
            raise GatewayError(Code.INVALID, "txSeq is not a number")
        found = await self._run(self._ready, cid)
        return await self._serve(request, [found], request.query_params.get("name"))

    async def in_folder(self, request: Request) -> Response:
        """`GET /file/{cid}/{path}`: a file below a stored folder, or the list of one there."""
        cid = _cid(request.path_params["cid"])
        node = await self._run(self._entry, cid, request.path_params.get("path", ""))
        if node.kind is Kind.DIRECTORY:
            return answer([_listed(one) for one in node.entries])
        if node.kind is Kind.SYMBOLIC:
            return answer({"name": node.name, "type": node.kind.value, "link": node.link})
        if node.size > self._cap:
            raise GatewayError(Code.TOO_LARGE, {"actual": node.size, "max": self._cap})
        if len(node.roots) > MAX_PARTS:
            raise GatewayError(Code.TOO_LARGE, f"a file of {len(node.roots)} parts")
        parts = [await self._run(self._ready, Cid(root)) for root in node.roots]
        return await self._serve(request, parts, node.name)

    async def info(self, request: Request) -> Response:
        """`GET /file/info/{cid}`: FileInfo."""
        found = await self._run(self._files.find, _cid(request.path_params["cid"]))
        if found is None:
            raise GatewayError(Code.NOT_FOUND)
        return answer(found.info.to_json())

    async def infos(self, request: Request) -> Response:
        """`GET /files/info?cid=..&cid=..`: FileInfo or null for each."""
        texts = request.query_params.getlist("cid")
        if not texts:
            raise GatewayError(Code.INVALID, "No cid specified")
        if len(texts) > MAX_CIDS:
            raise GatewayError(Code.INVALID, f"Too many cid specified, exceeded {MAX_CIDS}")
        cids = [_cid(text) for text in texts]
        found = await asyncio.gather(*(self._run(self._files.find, cid) for cid in cids))
        return answer([None if one is None else one.info.to_json() for one in found])

    async def status(self, _request: Request) -> Response:
        """`GET /node/status`: what all trusted nodes have reached."""
        return answer(await self._run(self._status))

    async def upload(self, request: Request) -> Response:
        """`POST /file/segment`: one segment with its proof, handed to the nodes that keep it."""
        segment = SegmentUpload.of(await _body(request))
        await self._run(push, self._files, segment)
        return answer("Succeeded to upload segment")

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))

    def _ready(self, cid: Cid) -> Found:
        """A file that can be served now."""
        found = self._files.find(cid)
        if found is None:
            raise GatewayError(Code.NOT_FOUND)
        if found.info.pruned:
            raise GatewayError(Code.PRUNED)
        if not found.info.finalized:
            raise GatewayError(Code.NOT_FINALIZED)
        return found

    def _part(self, found: Found) -> Part:
        return Part(found.info.size, partial(self._files.segment, found))

    async def _serve(self, request: Request, files: Sequence[Found], name: str | None) -> Response:
        size = sum(one.info.size for one in files)
        if size > self._cap:
            raise GatewayError(Code.TOO_LARGE, {"actual": size, "max": self._cap})
        root = hex_of(files[0].info.data_root) if files else "empty"
        tag = root if len(files) == 1 else f"{root}-{len(files)}"
        body = Body([self._part(one) for one in files], name or root, f'"{tag}"')
        return serve_body(request, body, self._threads)

    def _entry(self, cid: Cid, path: str) -> FsNode:
        """What lies at a path below a stored folder."""
        found = self._ready(cid)
        if not dircodec.is_folder(self._files.segment(found, 0)):
            raise GatewayError(Code.WRONG_TYPE, "not a folder")
        if found.info.size > FOLDER_CAP:
            raise GatewayError(Code.TOO_LARGE, {"actual": found.info.size, "max": FOLDER_CAP})
        count = segment_count(found.info.size)
        try:
            tree = dircodec.decode(b"".join(self._files.segment(found, at) for at in range(count)))
        except BadFolder as error:
            raise GatewayError(Code.WRONG_TYPE, str(error)) from error
        node = tree.find(path)
        if node is None:
            raise GatewayError(Code.PATH_NOT_FOUND, path[:200])
        return node

    def _status(self) -> Json:
        """The least that every trusted node has seen of the log."""
        told = self._files.nodes.ask(
            lambda remote: members(remote.call("zgs_getStatus"), "status"), bool, trusted_only=True
        )
        statuses = [dict(status) for _, status in told]
        lowest = min(statuses, key=lambda one: _count(one, "logSyncHeight"))
        lowest["nextTxSeq"] = min(_count(one, "nextTxSeq") for one in statuses)
        lowest["connectedPeers"] = max(_count(one, "connectedPeers") for one in statuses)
        return lowest


def _count(status: Mapping[str, Json], name: str) -> int:
    value = status.get(name)
    return value if isinstance(value, int) else 0


def _cid(text: str) -> Cid:
    try:
        return Cid.of(text.strip())
    except BadField as error:
        raise GatewayError(Code.INVALID, str(error)) from error


def _listed(node: FsNode) -> Json:
    found: dict[str, Json] = {"name": node.name, "type": node.kind.value}
    return {**found, "size": node.size} if node.size else found


async def _body(request: Request) -> bytes:
    """The request's body; raises GatewayError for one that is too long or too slow."""
    held = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                held += piece
                if len(held) > MAX_BODY:
                    raise GatewayError(Code.INVALID, f"a body above {MAX_BODY} bytes")
    except TimeoutError as error:
        raise GatewayError(Code.INVALID, "the body comes too slowly") from error
    return bytes(held)


def _enveloped(handler: Handler) -> Handler:
    """The same with errors in the envelope."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except GatewayError as error:
            return answer(error.data, error.code)
        except ClientDisconnect:
            return Response(status_code=400)
        except ZerogError as error:
            log.warning("%s: %s", request.url.path, error)
            return answer(str(error), Code.INTERNAL)

    return answered
