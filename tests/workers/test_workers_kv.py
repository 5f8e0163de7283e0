"""Renewal as the stack runs it: a real Celery worker, broker, KV node and chain."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.kv_daemon import ALICE, STREAM, kv_stack
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import wait_for
from workers.schedule import schedule
from zerog.chain.signer import Keys

pytestmark = pytest.mark.workers

DAY = 86_400


def test_beat_asks_for_renewal_only_where_a_key_is_named() -> None:
    asked = {str(entry["task"]) for entry in schedule({"ZEROG_KV_RENEW_KEY": "alice"}).values()}
    assert "zerog.kv.renew" in asked
    assert "zerog.kv.renew" not in {str(entry["task"]) for entry in schedule({}).values()}


def test_worker_writes_an_ageing_key_again(tmp_path: Path, free_port: int) -> None:
    with kv_stack(tmp_path) as stack:
        broker = BrokerProcess.start(tmp_path, free_port)
        Keys(tmp_path).add("alice", ALICE.secret)
        old = stack.put(b"k", b"v")
        stack.anvil.rpc("evm_increaseTime", 40 * DAY)
        stack.anvil.rpc("evm_mine")
        environment = {
            **os.environ,
            "ZEROG_HOME": str(tmp_path),
            "ZEROG_BROKER_URL": broker.url,
            "ZEROG_KV_URL": stack.node.url,
            "ZEROG_KV_RENEW_KEY": "alice",
        }
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", "default"]
        with (tmp_path / "worker.log").open("wb") as out:
            worker = subprocess.Popen(
                [*command, "-P", "solo", "-l", "INFO"], env=environment, stdout=out, stderr=out
            )
        try:
            Celery(broker=broker.url).send_task("zerog.kv.renew", queue="default")
            wait_for(lambda: stack.kv.version_of(STREAM, b"k") > old, "the key is young")
            found = stack.kv.get(STREAM, b"k")
            assert found is not None
            assert found.value == b"v"
        finally:
            worker.terminate()
            worker.wait(timeout=PATIENCE_SECONDS)
            broker.stop()
