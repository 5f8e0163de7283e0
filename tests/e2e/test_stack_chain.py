"""The embedded chain survives kill -9: nothing that was sent is lost, nothing happens twice."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.small_stack import SmallStack
from tests.support.stack import ZEROG, wait_for
from zerog.chain.errors import ChainUnreachable
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.devnet.anvil import SavedStates
from zerog.devnet.state import RunState
from zerog.types import Address

pytestmark = pytest.mark.e2e

SINK = Address("0x00000000000000000000000000000000000000AA")  # type: ignore[arg-type]
KILLS = 4
TRANSFERS = 60


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallStack]:
    """A chain under supervision, in a home of its own."""
    stack = SmallStack.start(tmp_path / "home", "chain")
    try:
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.stop()


def url_of(stack: SmallStack) -> str:
    found = stack.part("chain").endpoint
    assert found is not None
    return found


def send_until_done(sender: Sender, intent: str, call: Call) -> None:
    """Repeat one intent until it is mined, as a resumed job does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            sender.run(intent, call)
        except ChainUnreachable:
            if time.monotonic() > end:
                raise
        else:
            return


def test_chain_killed_at_random_moments_has_every_transaction_once(small: SmallStack) -> None:
    chain, store = Chain(url_of(small)), TxStore(small.home / "tx.db")
    sender = Sender(chain, store, devnet_signer(3))
    moments = random.Random(7)
    kill_after = sorted(moments.sample(range(5, TRANSFERS - 5), KILLS))
    for index in range(TRANSFERS):
        send_until_done(sender, f"transfer:{index}", Call(SINK, b"", 1 + index))
        if index in kill_after:
            small.kill("chain")
    small.wait_healthy()
    assert chain.balance(SINK) == sum(range(1, TRANSFERS + 1))
    assert chain.nonce(devnet_signer(3).address) == TRANSFERS
    for row in store.rows():
        receipt = chain.receipt(row.tx_hash)
        assert receipt is not None, row.intent
        assert receipt.succeeded
    assert small.part("chain").restarts == KILLS


def test_account_zero_stays_at_nonce_zero_and_contracts_keep_their_code(
    small: SmallStack,
) -> None:
    registry = Registry.load(small.home)
    small.kill("chain")
    small.wait_healthy()
    chain = Chain(url_of(small))
    assert chain.nonce(devnet_signer(0).address) == 0
    assert Registry.load(small.home).contracts.keys() == registry.contracts.keys()
    for name, deployed in registry.contracts.items():
        assert chain.code(deployed.address), name


def test_torn_newest_state_falls_back_to_the_older_one(small: SmallStack) -> None:
    states = SavedStates(small.home / "chain")
    chain = Chain(url_of(small))
    sender = Sender(chain, TxStore(small.home / "tx.db"), devnet_signer(3))
    for index in range(3):
        sender.run(f"before:{index}", Call(SINK, b"", 1))
        saved = states.newest.stat().st_mtime_ns if states.newest.exists() else 0
        wait_for(
            lambda saved=saved: (
                states.newest.exists()  # type: ignore[misc]
                and states.newest.stat().st_mtime_ns > saved
            ),
            "a new dump",
        )
    assert small.stop() == 0
    whole = states.newest.read_bytes()
    states.newest.write_bytes(whole[: len(whole) // 2])
    again = SmallStack.start(small.home, "chain")
    try:
        chain = Chain(url_of(again))
        assert chain.balance(SINK) == 3
        assert chain.nonce(devnet_signer(3).address) == 3
    finally:
        assert again.stop() == 0


def test_supervisor_killed_takes_its_children_along(tmp_path: Path) -> None:
    stack = SmallStack.start(tmp_path / "home", "chain", "broker")
    pids = [part.pid for part in stack.state().parts]
    stack.process.kill()
    stack.process.wait()
    wait_for(
        lambda: not any(pid and psutil.pid_exists(pid) for pid in pids) or None,
        "the end of the orphans",
    )
    again = SmallStack.start(stack.home, "chain", "broker")
    found = RunState.load(stack.home)
    assert found is not None
    assert found.phase == "healthy"
    assert again.stop() == 0


def test_chain_elsewhere_is_used_deployed_to_and_left_running(
    tmp_path: Path, fresh_anvil: AnvilProcess
) -> None:
    variables = {"ZEROG_RPC_URL": fresh_anvil.url}
    stack = SmallStack.start(tmp_path / "home", "chain", "broker", variables=variables)
    part = stack.part("chain")
    assert (part.external, part.pid, part.endpoint) == (True, None, fresh_anvil.url)
    registry = Registry.load(stack.home)
    assert registry.endpoints["chain"] == fresh_anvil.url
    assert stack.stop() == 0
    assert Chain(fresh_anvil.url).code(registry.contracts["Flow"].address)


def test_public_chain_without_a_registry_is_refused(tmp_path: Path) -> None:
    public = AnvilProcess.start(tmp_path)
    public.rpc("anvil_setChainId", 16602)
    try:
        done = subprocess.run(
            [str(ZEROG), "up", "--ports", "auto", "--home", str(tmp_path / "home")],
            env={**os.environ, "ZEROG_RPC_URL": public.url},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    finally:
        public.stop()
    assert done.returncode != 0
    assert "chain 16602 is no devnet" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "home" / "keys" / "alice.key").exists()
    assert not (tmp_path / "home" / "oracle" / "oracle.key").exists()
