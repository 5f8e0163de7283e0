"""The JSON-RPC rules that official clients depend on, without a socket."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.errors import ZerogError
from zerog.rpcserver import Method, RpcApp, RpcError, invalid_params
from zerog.types import Json

pytestmark = pytest.mark.unit


class Full(ZerogError):
    """A domain error of the test."""


def add(left: Json, right: Json = 1) -> Json:
    """Adds."""
    assert isinstance(left, int)
    assert isinstance(right, int)
    return left + right


def nothing() -> Json:
    """Answers null."""
    return None


def refuse(_why: Json = None) -> Json:
    """Refuses."""
    raise invalid_params("root", "already uploaded and finalized")


def overflow() -> Json:
    """Fails with a domain error."""
    raise Full("data is empty")


def unreadable() -> Json:
    """Fails as a full disk does."""
    raise OSError(28, "No space left on device")


METHODS: dict[str, Method] = {
    "add": add,
    "nothing": nothing,
    "refuse": refuse,
    "overflow": overflow,
    "unreadable": unreadable,
}


@pytest.fixture(scope="module")
def app() -> RpcApp:
    return RpcApp(METHODS)


def ask(app: RpcApp, method: str, *params: Json) -> dict[str, object]:
    body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    found: dict[str, object] = json.loads(app.answer(json.dumps(body).encode()))
    return found


def test_answer_success_has_result_and_no_error_member(app: RpcApp) -> None:
    assert ask(app, "add", 2, 3) == {"jsonrpc": "2.0", "result": 5, "id": 7}


def test_answer_null_result_is_present(app: RpcApp) -> None:
    assert ask(app, "nothing") == {"jsonrpc": "2.0", "result": None, "id": 7}


def test_answer_unknown_method_is_named_error(app: RpcApp) -> None:
    found = ask(app, "zgs_none")
    assert found["error"] == {"code": -32601, "message": "Method not found"}
    assert "result" not in found


def test_answer_invalid_params_serves_all_three_matchers(app: RpcApp) -> None:
    assert ask(app, "refuse")["error"] == {
        "code": -32602,
        "message": "Invalid params: root; data: already uploaded and finalized",
        "data": "already uploaded and finalized",
    }


def test_answer_domain_error_is_server_error_with_its_text(app: RpcApp) -> None:
    assert ask(app, "overflow")["error"] == {"code": -32000, "message": "data is empty"}


def test_answer_operating_system_error_is_internal(app: RpcApp) -> None:
    assert ask(app, "unreadable")["error"] == {
        "code": -32603,
        "message": "Internal error",
        "data": "No space left on device",
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"nothing"}',
        b'{"jsonrpc":"2.0","id":1,"method":"nothing","params":null}',
        b'{"jsonrpc":"2.0","id":1,"method":"nothing","params":[]}',
    ],
)
def test_answer_missing_params_mean_none(app: RpcApp, body: bytes) -> None:
    assert app.answer(body) == b'{"jsonrpc":"2.0","result":null,"id":1}'


def test_answer_too_few_params_is_invalid_params(app: RpcApp) -> None:
    error = ask(app, "add")["error"]
    assert isinstance(error, dict)
    assert error["code"] == -32602
    assert "expected 1 parameters, got 0" in error["message"]


def test_answer_optional_and_further_params_are_accepted(app: RpcApp) -> None:
    assert ask(app, "add", 2)["result"] == 3
    assert ask(app, "add", 2, 3, None)["result"] == 5


def test_answer_params_by_name_are_refused(app: RpcApp) -> None:
    found = json.loads(app.answer(b'{"id":1,"method":"add","params":{"left":1}}'))
    assert found["error"]["code"] == -32602


@pytest.mark.parametrize(
    "raw",
    [
        "18014398509481984",
        "18446744073709551615",
        "340282366920938463463374607431768211456",
        "1.50",
        "1e3",
        "-7",
        '"a-1"',
        "null",
    ],
)
def test_answer_id_comes_back_byte_for_byte(app: RpcApp, raw: str) -> None:
    body = f'{{"jsonrpc":"2.0","method":"nothing","id":{raw}}}'
    assert app.answer(body.encode()).endswith(f'"id":{raw}}}'.encode())
    batch = f'[{{"method":"nothing","id":1}},{body}]'
    assert app.answer(batch.encode()).endswith(f'"id":{raw}}}]'.encode())


@given(st.integers(min_value=-(2**63), max_value=2**64 - 1))
def test_answer_any_integer_id_survives(number: int) -> None:
    answer = RpcApp(METHODS, threads=1).answer(b'{"method":"nothing","id":%d}' % number)
    assert answer.endswith(b'"id":%d}' % number)


def test_answer_batch_answers_each_and_skips_notifications(app: RpcApp) -> None:
    add_one = b'"method":"add","params":[1]}'
    body = b'[{"id":1,' + add_one + b",{" + add_one + b',{"id":2,"method":"x"},5]'
    found = json.loads(app.answer(body))
    assert [one["id"] for one in found] == [1, 2, None]
    assert found[0]["result"] == 2
    assert found[1]["error"]["code"] == -32601
    assert found[2]["error"]["code"] == -32600


@pytest.mark.parametrize("body", [b"[]", b"5", b'"x"', b'{"id":1}', b'{"id":1,"method":3}'])
def test_answer_not_a_request_is_invalid_request(app: RpcApp, body: bytes) -> None:
    assert json.loads(app.answer(body))["error"]["code"] == -32600


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"id":1,}'])
def test_answer_not_json_is_parse_error(app: RpcApp, body: bytes) -> None:
    found = json.loads(app.answer(body))
    assert found == {
        "jsonrpc": "2.0",
        "error": {"code": -32700, "message": "Parse error"},
        "id": None,
    }


def test_answer_notification_alone_is_empty(app: RpcApp) -> None:
    assert app.answer(b'{"method":"nothing"}') == b""
    assert app.answer(b'[{"method":"nothing"},{"method":"refuse"}]') == b""


def test_rpc_error_without_data_has_no_data_member() -> None:
    assert RpcError(-32000, "x").to_json() == {"code": -32000, "message": "x"}
