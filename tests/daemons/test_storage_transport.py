"""The node's transport: any path, any id, batches, browsers, large bodies."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import Storage, post

pytestmark = pytest.mark.daemons


def test_post_to_any_path_with_huge_id_and_no_params(storage: Storage) -> None:
    body = b'{"jsonrpc":"2.0","id":18014398509481985,"method":"zgs_getShardConfig"}'
    for path in ("/", "/rpc/v1"):
        found = post(storage, body, path)
        assert found["id"] == 18014398509481985
        assert "error" not in found


def test_batch_answers_in_order(storage: Storage) -> None:
    calls = [{"id": n, "method": "zgs_getShardConfig"} for n in range(5)]
    found = post(storage, json.dumps(calls).encode())
    assert isinstance(found, list)
    assert [one["id"] for one in found] == list(range(5))


def test_browser_gets_cors_star(storage: Storage) -> None:
    connection = http.client.HTTPConnection(
        "127.0.0.1", storage.node.port, timeout=PATIENCE_SECONDS
    )
    headers = {"Origin": "http://dapp.example", "Access-Control-Request-Method": "POST"}
    asked = {**headers, "Access-Control-Request-Headers": "content-type"}
    connection.request("OPTIONS", "/", headers=asked)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    body = b'{"id":1,"method":"zgs_getShardConfig"}'
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.headers["access-control-allow-origin"] == "*"
    connection.close()


def test_body_above_the_limit_is_413_and_one_below_is_read(storage: Storage) -> None:
    connection = http.client.HTTPConnection(
        "127.0.0.1", storage.node.port, timeout=PATIENCE_SECONDS
    )
    connection.putrequest("POST", "/")
    connection.putheader("content-length", str(100 * 1024 * 1024 + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    padding = " " * (60 * 1024 * 1024)
    body = '{"id":1,"method":"zgs_getShardConfig"' + padding + "}"
    assert "result" in post(storage, body.encode())
