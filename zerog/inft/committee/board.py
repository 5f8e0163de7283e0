"""The board where members lay down their shares and see those of the others.

    GET  /health        POST /v1/releases/ID/shares

Only who lays down a share, signed by a member's account for exactly this release, is shown the
others: to anybody else, the buyer above all, they would be the key before the payment. The board
holds no secret of its own and judges nothing; a board that lies can delay, no more.
"""

from __future__ import annotations

import argparse
import os
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zerog.config import Settings
from zerog.errors import Refused, Unreachable, ZerogError
from zerog.inft.committee.network import Network
from zerog.inft.committee.release import SignedShare, signer_of
from zerog.inft.committee.rule import Release, read_release
from zerog.inft.committee.store import Shares
from zerog.inft.committee.wire import MalformedShares, shares_json, shares_of
from zerog.service import health_route, serve

MAX_BODY: Final = 128 * 1024
KNOWN_RELEASES: Final = 512
TIMEOUT_SECONDS: Final = 15.0
BAD_REQUEST, UNAVAILABLE = 400, 503


class NotAMember(Refused):
    """A share is not signed by the member whose slot it names."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        super().__init__(f"the share of slot {slot} is not signed by that member for this release")


class BoardUnreachable(Unreachable):
    """The board does not answer; the release is tried again."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"the committee's board at {url} does not answer ({reason})")


class BoardRefused(Refused):
    """The board does not take this member's shares."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the committee's board refuses: {reason}")


@dataclass(slots=True)
class Board:
    """Shares of the releases that the rule allows."""

    network: Network
    shares: Shares
    _known: OrderedDict[tuple[str, str], Release] = field(default_factory=OrderedDict)

    def post(self, release_id: str, tag: str, laid: list[SignedShare]) -> list[list[SignedShare]]:
        """Keep a member's shares and give everybody's; raises NotAMember, MayNotRelease."""
        release = self._release(release_id, tag)
        if len(laid) != len(release.items):
            raise MalformedShares("shares")
        for item, one in zip(release.items, laid, strict=True):
            account = self.network.committee.member(one.slot).account
            in_sharing = item.sharing.publics.get(one.slot) is not None
            if not in_sharing or signer_of(item.case, one) != account:
                raise NotAMember(one.slot)
        self.shares.put(tag, laid)
        return self.shares.of(tag)

    def _release(self, release_id: str, tag: str) -> Release:
        """The release under the tag that members bind their shares to."""
        found = self._known.get((release_id, tag))
        if found is None:
            found = read_release(self.network, release_id)
            if found.tag != tag:
                raise MalformedShares("tag")
            self._known[release_id, tag] = found
            while len(self._known) > KNOWN_RELEASES:
                self._known.popitem(last=False)
        return found


def make_app(board: Board) -> Starlette:
    """The HTTP surface of a board."""

    async def post(request: Request) -> Response:
        raw = b""
        async for piece in request.stream():
            raw += piece
            if len(raw) > MAX_BODY:
                raise MalformedShares("body")
        try:
            document = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise MalformedShares("body") from None
        tag = document.get("tag") if isinstance(document, dict) else None
        if not isinstance(tag, str):
            raise MalformedShares("tag")
        release_id = request.path_params["id"]
        found = await run_in_threadpool(board.post, release_id, tag, shares_of(document))
        return _answer({"members": [shares_json(one[0].slot, one) for one in found]})

    async def refused(_: Request, error: Exception) -> Response:
        status = UNAVAILABLE if isinstance(error, Unreachable) else BAD_REQUEST
        return _answer({"error": str(error)}, status)

    return Starlette(
        routes=[
            health_route(lambda: {"ok": True}),
            Route("/v1/releases/{id}/shares", post, methods=["POST"]),
        ],
        exception_handlers={ZerogError: refused},
    )


def _answer(document: object, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")


class BoardClient:
    """The calls of one board; every one may be made again."""

    def __init__(self, url: str) -> None:
        """url: as in the registry's endpoint `committee`."""
        self._url = url.rstrip("/")
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS)

    def post(self, release: Release, laid: list[SignedShare]) -> list[list[SignedShare]]:
        """Lay down shares, one per item; gives those of all members in the order of coming."""
        path = f"{self._url}/v1/releases/{release.release_id}/shares"
        body = {"tag": release.tag, **shares_json(laid[0].slot, laid)}
        try:
            answer = self._http.post(path, json=body)
        except httpx.TransportError as error:
            raise BoardUnreachable(self._url, type(error).__name__) from error
        try:
            document = answer.json()
        except ValueError:
            raise BoardUnreachable(self._url, "no JSON") from None
        told = document if isinstance(document, dict) else {}
        if answer.status_code >= UNAVAILABLE:
            raise BoardUnreachable(self._url, str(told.get("error", answer.status_code)))
        if answer.status_code >= BAD_REQUEST:
            raise BoardRefused(str(told.get("error", answer.status_code)))
        members = told.get("members")
        return [shares_of(one) for one in members] if isinstance(members, list) else []


def main() -> None:
    """`python -m zerog.inft.committee.board --home HOME`."""
    parser = argparse.ArgumentParser(prog="zerog-committee-board", description="share board")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7867)
    chosen = parser.parse_args()
    try:
        network = Network.open(Settings.load(chosen.home), os.environ)
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    board = Board(network, Shares(chosen.home / "committee" / "board.db"))
    serve(make_app(board), chosen.host, chosen.port)


if __name__ == "__main__":
    main()
