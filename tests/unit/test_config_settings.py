"""Where settings come from, and that no secret shows."""

from __future__ import annotations

import io
import json
import logging
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.patience import PATIENCE_SECONDS
from zerog.config import BadSetting, Settings, default_home, redact_url, variable
from zerog.logs import JsonFormatter, LineFormatter, redact, set_up
from zerog.service import Cycle

pytestmark = pytest.mark.unit


def registry(home: Path, **fields: object) -> None:
    (home / "registry.json").write_text(json.dumps(fields))


def test_settings_without_anything_are_those_of_a_local_devnet(tmp_path: Path) -> None:
    found = Settings.load(tmp_path, {})
    assert found.rpc_url == "http://127.0.0.1:8545"
    assert (found.chain_id, found.finality_depth, found.home) == (31337, 0, tmp_path)


def test_environment_wins_over_registry_over_default(tmp_path: Path) -> None:
    registry(tmp_path, chainId=16602, endpoints={"node": "http://n:1", "indexer": "http://i:1"})
    found = Settings.load(tmp_path, {"ZEROG_INDEXER_URL": "http://other:2"})
    assert found.node_url == "http://n:1"
    assert found.indexer_url == "http://other:2"
    assert found.oracle_url == "http://127.0.0.1:7857"
    assert found.chain_id == 16602
    assert found.finality_depth > 0, "a public chain can reorganise"
    assert Settings.load(tmp_path, {"ZEROG_FINALITY_DEPTH": "9"}).finality_depth == 9


def test_home_comes_from_the_environment(tmp_path: Path) -> None:
    assert Settings.load(None, {"ZEROG_HOME": str(tmp_path)}).home == tmp_path
    assert default_home({}).name == ".zerog"


def test_variable_may_lie_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "broker"
    secret.write_text("redis://:pw@host/0\n")
    env = {"ZEROG_BROKER_URL_FILE": str(secret)}
    assert Settings.load(tmp_path, env).broker_url == "redis://:pw@host/0"
    assert variable("ZEROG_BROKER_URL", env) == "redis://:pw@host/0"


def test_variable_given_twice_is_refused(tmp_path: Path) -> None:
    env = {"ZEROG_RPC_URL": "http://a", "ZEROG_RPC_URL_FILE": str(tmp_path / "f")}
    with pytest.raises(BadSetting) as caught:
        Settings.load(tmp_path, env)
    assert caught.value.name == "ZEROG_RPC_URL"


@pytest.mark.parametrize(
    "env",
    [
        {"ZEROG_CHAIN_ID": "many"},
        {"ZEROG_FINALITY_DEPTH": "-1"},
        {"ZEROG_RPC_URL_FILE": "/no/such/file"},
        {"ZEROG_DA_RETENTION_SECONDS": "30 days"},
        {"ZEROG_DA_RETENTION_SECONDS": "3599"},
        {"ZEROG_DA_RETENTION_SECONDS": "315360001"},
    ],
)
def test_unusable_values_are_named(tmp_path: Path, env: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=next(iter(env))):
        Settings.load(tmp_path, env)


def test_retention_of_ended_blobs_is_30_days_or_what_is_said(tmp_path: Path) -> None:
    assert Settings.load(tmp_path, {}).da_retention_s == 30 * 86400
    for seconds in (3600, 86400, 315_360_000):
        env = {"ZEROG_DA_RETENTION_SECONDS": str(seconds)}
        assert Settings.load(tmp_path, env).da_retention_s == seconds


def test_broken_registry_is_named(tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text("{")
    with pytest.raises(BadSetting, match=r"registry\.json"):
        Settings.load(tmp_path, {})


@given(st.text(alphabet="abcdefgh0123456789:_-", min_size=4))
def test_password_of_a_url_never_shows(password: str) -> None:
    secret = f"pw{password}wp"
    url = f"redis://user:{secret}@host:6379/0"
    assert secret not in redact_url(url)
    assert secret not in redact(f"cannot reach {url}, giving up")
    found = Settings.load(Path("/nowhere"), {"ZEROG_BROKER_URL": url})
    assert secret not in repr(found)
    assert secret not in str(found)


def test_query_of_a_url_never_shows() -> None:
    assert redact_url("https://rpc.example/v1?apikey=123") == "https://rpc.example/v1?***"
    said = "no answer from s3://b/k?sig=one\nand https://u:two@h/k?sig=three in time"
    assert redact_url(said) == "no answer from s3://b/k?***\nand https://***@h/k?*** in time"


@pytest.mark.parametrize(
    "text",
    ["password=hunter2", 'secret: "hunter2"', "Authorization: Bearer hunter2", "mnemonic=hunter2"],
)
def test_values_of_secret_names_are_masked(text: str) -> None:
    assert "hunter2" not in redact(text)


def test_json_line_has_the_extras_and_masks_secrets() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        set_up(as_json=True, stream=stream)
        logging.getLogger("x").info("hello %s", "you", extra={"block": 7, "secret": "hunter2"})
        set_up(stream=stream)
        logging.getLogger("x").info("plain", extra={"data_key": "hunter2", "raw": b"\x01"})
    finally:
        root.handlers[:], root.level = before
    first, second = stream.getvalue().splitlines()
    document = json.loads(first)
    assert (document["msg"], document["block"], document["level"]) == ("hello you", 7, "info")
    assert "raw=0x01" in second
    assert "hunter2" not in stream.getvalue()


def test_exceptions_in_log_lines_are_masked() -> None:
    try:
        raise ValueError("redis://:hunter2@host")
    except ValueError as error:
        record = logging.LogRecord("x", 40, "f", 1, "m", (), (ValueError, error, None))
    for formatter in (JsonFormatter(), LineFormatter()):
        shown = formatter.format(record)
        assert "hunter2" not in shown
        assert "redis://***@host" in shown


def test_cycle_goes_on_after_a_failing_step_and_counts_it() -> None:
    reached, calls = threading.Event(), [0]

    def step() -> None:
        calls[0] += 1
        if calls[0] == 1:
            raise ValueError("once")
        reached.set()

    cycle = Cycle("test", step, interval_s=0.001, deadline_s=5).start()
    assert reached.wait(PATIENCE_SECONDS)
    assert cycle.stop()
    health = cycle.health()
    assert health["failures"] == 1
    assert health["last_error"] == "ValueError: once"
    assert not health["ok"], "a stopped cycle is not well"


def test_cycle_over_its_deadline_is_late() -> None:
    entered, leave = threading.Event(), threading.Event()

    def step() -> None:
        entered.set()
        leave.wait()

    cycle = Cycle("slow", step, interval_s=1, deadline_s=0)
    assert cycle.health()["ok"] is False, "not started"
    cycle.start()
    assert entered.wait(PATIENCE_SECONDS)
    assert cycle.health()["late"] is True
    assert cycle.stop(timeout_s=0.01) is False
    leave.set()
    assert cycle.stop()


def test_wake_ends_the_pause() -> None:
    count = threading.Semaphore(0)
    cycle = Cycle("lazy", count.release, interval_s=3600, deadline_s=5).start()
    assert count.acquire(timeout=PATIENCE_SECONDS)
    cycle.wake()
    assert count.acquire(timeout=PATIENCE_SECONDS)
    assert cycle.stop()


def test_several_nodes_come_from_the_registry_in_their_order(tmp_path: Path) -> None:
    names = ("node-10", "node-2", "node", "node-2-admin", "node-10-admin", "node-admin")
    registry(tmp_path, endpoints={name: f"http://{name}" for name in names})
    found = Settings.load(tmp_path, {})
    assert found.node_urls == ("http://node", "http://node-2", "http://node-10")
    assert found.node_admin_urls == (
        "http://node-admin",
        "http://node-2-admin",
        "http://node-10-admin",
    )


def test_nodes_that_the_environment_names_are_all_there_is(tmp_path: Path) -> None:
    registry(tmp_path, endpoints={"node-2": "http://two", "node-admin": "http://admin"})
    one = Settings.load(tmp_path, {"ZEROG_NODE_URL": "http://far"})
    assert (one.node_urls, one.node_admin_urls) == (("http://far",), ())
    two = Settings.load(tmp_path, {"ZEROG_NODE_URLS": "http://a, http://b,"})
    assert two.node_urls == ("http://a", "http://b")


def test_disperser_is_where_the_environment_says_else_the_registry_else_the_default(
    tmp_path: Path,
) -> None:
    assert Settings.load(tmp_path, {}).da_url == "127.0.0.1:51001"
    registry(tmp_path, endpoints={"disperser": "10.0.0.1:7"})
    assert Settings.load(tmp_path, {}).da_url == "10.0.0.1:7"
    assert Settings.load(tmp_path, {"ZEROG_DA_URL": "far:9"}).da_url == "far:9"
