"""Talks to a re-encryption oracle."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Final

from zerog.inft.errors import OracleRefused, OracleSlow, OracleUnreachable
from zerog.inft.oracle_wire import Consent, OracleTransfer, TransferRequest
from zerog.types import Address, Progress, no_progress

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.1
BAD_REQUEST: Final = 400
SERVER_ERROR: Final = 500


class OracleClient:
    """The calls of one oracle; every one may be made again."""

    def __init__(self, url: str) -> None:
        """url: as in the registry's endpoint `oracle`."""
        self._url = url.rstrip("/")

    @cached_property
    def _http(self) -> httpx.Client:
        """Opened with the first call: it costs 13 MB, and most processes never make one."""
        import httpx  # noqa: PLC0415

        return httpx.Client(timeout=TIMEOUT_SECONDS)

    def request(self, order: TransferRequest) -> OracleTransfer:
        """Order a re-encryption; the same order twice is one transfer."""
        return _transfer(self._call("POST", "/v1/transfers", order.to_json()))

    def get(self, transfer_id: str) -> OracleTransfer:
        """The transfer as it is now."""
        return _transfer(self._call("GET", f"/v1/transfers/{transfer_id}"))

    def pending(self, token_id: int, receiver: Address) -> list[OracleTransfer]:
        """Signed transfers of that token that wait for that receiver, newest first."""
        found = self._call("GET", f"/v1/transfers?tokenId={token_id}&to={receiver}")
        if not isinstance(found, list):
            raise OracleRefused(f"unexpected answer {str(found)[:80]}")
        return [_transfer(one) for one in found]

    def consent(self, transfer_id: str, consent: Consent) -> OracleTransfer:
        """Leave the receiver's access proof for the seller; the first one stays."""
        path = f"/v1/transfers/{transfer_id}/consent"
        return _transfer(self._call("POST", path, consent.to_json()))

    def wait_signed(
        self, transfer_id: str, timeout_s: float, progress: Progress = no_progress
    ) -> OracleTransfer:
        """Poll until the ownership proof is there; raises OracleRefused, OracleSlow."""
        end = time.monotonic() + timeout_s
        while True:
            found = self.get(transfer_id)
            progress(f"oracle: {found.state}", 0, 0)
            if found.state in {"failed", "expired"}:
                raise OracleRefused(found.error or found.state)
            if found.result is not None:
                return found
            if time.monotonic() > end:
                raise OracleSlow(transfer_id, found.state)
            time.sleep(POLL_SECONDS)

    def _call(self, method: str, path: str, body: dict[str, str | int] | None = None) -> object:
        import httpx  # noqa: PLC0415

        try:
            answer = self._http.request(method, self._url + path, json=body)
        except httpx.TransportError as error:
            raise OracleUnreachable(self._url, type(error).__name__) from error
        document = _document(answer)
        if answer.status_code >= BAD_REQUEST:
            told = document.get("error") if isinstance(document, dict) else None
            reason = str(told or f"HTTP {answer.status_code}")
            if answer.status_code >= SERVER_ERROR:
                raise OracleUnreachable(self._url, reason)
            raise OracleRefused(reason)
        return document


def _document(answer: httpx.Response) -> object:
    try:
        found: object = answer.json()
    except ValueError:
        return None
    return found


def _transfer(document: object) -> OracleTransfer:
    if not isinstance(document, dict):
        raise OracleRefused(f"unexpected answer {str(document)[:80]}")
    return OracleTransfer.from_json(document)
