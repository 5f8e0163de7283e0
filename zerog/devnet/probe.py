"""Is a part of the stack alive and willing? One cheap question each, and a plain answer."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from zerog.config import ELSEWHERE, redact_url
from zerog.devnet.errors import ChainSilent, PartElsewhereSilent
from zerog.devnet.grpcprobe import grpc_serves
from zerog.devnet.plan import Part, Probe, host_port

PROBE_SECONDS = 2.0
ELSEWHERE_SECONDS = 5.0
RETRY_SECONDS = 0.1
SERVICES: Mapping[str, str] = {"disperser": "disperser.Disperser"}
"""By part: what of a gRPC server may be unable to work while the server answers."""


def answers(part: Part, timeout_s: float = PROBE_SECONDS) -> bool:
    """Whether a part that has an endpoint answers there as it should."""
    if part.endpoint is None:
        return False
    if part.probe is Probe.CHAIN:
        return chain_answers(part.endpoint, timeout_s)
    if part.probe is Probe.BROKER:
        return broker_answers(part.endpoint, timeout_s)
    if part.probe is Probe.GRPC:
        return grpc_serves(part.endpoint, timeout_s)
    return http_healthy(part.endpoint, timeout_s)


def works(part: Part) -> bool:
    """Whether a part that answers can also do its work: a disperser has somewhere to keep bytes."""
    service = SERVICES.get(part.name)
    if part.endpoint is None or part.probe is not Probe.GRPC or service is None:
        return True
    return grpc_serves(part.endpoint, PROBE_SECONDS, service)


def require_elsewhere(parts: Sequence[Part], patience_s: float = ELSEWHERE_SECONDS) -> None:
    """Raise PartElsewhereSilent unless every external part answers soon."""
    end = time.monotonic() + patience_s
    for part in parts:
        if not part.external or part.endpoint is None:
            continue
        while not answers(part):
            if time.monotonic() > end:
                url = redact_url(part.endpoint)
                raise PartElsewhereSilent(part.name, url, ELSEWHERE[part.name])
            time.sleep(RETRY_SECONDS)


def http_healthy(url: str, timeout_s: float = PROBE_SECONDS) -> bool:
    """GET /health says ok. A storage node of another make has no such page: any answer counts."""
    host, port = host_port(url)
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    if answer.status in (404, 405):
        return True
    try:
        return answer.status == 200 and json.loads(body).get("ok") is True
    except (ValueError, AttributeError):
        return False


def broker_answers(url: str, timeout_s: float = PROBE_SECONDS) -> bool:
    """PING to a Redis-protocol server; for another kind of broker, that its port is open."""
    try:
        with socket.create_connection(host_port(url), timeout_s) as connection:
            if not url.startswith("redis:"):
                return True
            connection.sendall(b"PING\r\n")
            reply = connection.recv(64)
    except OSError:
        return False
    # A server that wants a password, or loads its file, answers an error: only the first is up.
    return reply.startswith((b"+PONG", b"-NOAUTH"))


def chain_answers(url: str, timeout_s: float = PROBE_SECONDS) -> bool:
    """Whether eth_blockNumber has an answer."""
    try:
        return isinstance(rpc(url, "eth_blockNumber", timeout_s=timeout_s), str)
    except ChainSilent:
        return False


def rpc(url: str, method: str, *params: object, timeout_s: float = PROBE_SECONDS) -> object:
    """One JSON-RPC call over plain http.client, so that the supervisor stays small.

    Raises ChainSilent for no answer and for an error answer.
    """
    host, port = host_port(url)
    kind = http.client.HTTPSConnection if url.startswith("https:") else http.client.HTTPConnection
    connection = kind(host, port, timeout=timeout_s)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    path = "/" + url.split("://", 1)[-1].partition("/")[2]
    try:
        connection.request("POST", path, body, {"content-type": "application/json"})
        document = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ChainSilent(url, str(error) or type(error).__name__) from error
    finally:
        connection.close()
    if not isinstance(document, dict) or "result" not in document:
        raise ChainSilent(url, f"{method} answered {str(document)[:200]}")
    return document["result"]


def log_says(path: Path, offset: int, line: str) -> bool:
    """Whether `line` occurs in a log at or after a byte offset."""
    try:
        with path.open("rb") as log:
            log.seek(offset)
            return line.encode() in log.read()
    except OSError:
        return False
