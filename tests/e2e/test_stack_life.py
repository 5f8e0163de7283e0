"""The life of a whole stack: up, attach, status, deaths, down, up again."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import ZEROG, RunningStack, wait_for
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import DEVNET_PEOPLE, devnet_signer
from zerog.devnet.shape import PART_NAMES
from zerog.devnet.state import RunState

pytestmark = pytest.mark.e2e

AVAILABILITY = ["signers", "disperser", "da-worker"]
NAMES = [*PART_NAMES, *AVAILABILITY, "alt-da"]
SERVERS = [*NAMES[:6], "disperser", "alt-da"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One stack for the tests that leave it healthy."""
    home = tmp_path_factory.mktemp("life") / "home"
    running = RunningStack.start(home, "--signers", "4", "--alt-da")
    try:
        yield running
    finally:
        running.run("down")


def family(home: Path) -> list[psutil.Process]:
    """The supervisor of a home and every process below it."""
    state = RunState.load(home)
    assert state is not None
    supervisor = psutil.Process(state.supervisor.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run (psutil compares the time of birth, too)."""
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_status_of_a_healthy_stack_lists_every_process(stack: RunningStack) -> None:
    parts = stack.parts()
    assert list(parts) == NAMES
    assert all(part["healthy"] and psutil.pid_exists(part["pid"]) for part in parts.values())
    assert all(part["endpoint"] for name, part in parts.items() if name in SERVERS)


def test_registry_and_env_file_name_what_runs(stack: RunningStack) -> None:
    registry = Registry.load(stack.home)
    parts = stack.parts()
    for name in SERVERS:
        assert registry.endpoints[name] == parts[name]["endpoint"]
    assert {"Authority", "Market", "Flow", "DataVerifier", "AgentNFT"} <= set(registry.contracts)
    sourced = subprocess.run(
        ["sh", "-c", f". {stack.home}/zerog.env; echo $ZEROG_RPC_URL $ZEROG_FLOW_ADDRESS"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert sourced.stdout.split() == [
        registry.endpoints["chain"],
        registry.contracts["Flow"].address,
    ]


def test_batch_of_a_rollup_goes_through_the_stack(stack: RunningStack) -> None:
    server, batch = stack.parts()["alt-da"]["endpoint"], b"a batch of a rollup" * 100
    with urlopen(f"{server}/put", batch, timeout=PATIENCE_SECONDS) as answer:
        commitment = answer.read()
    assert (len(commitment), commitment[:2]) == (50, b"\x01\x47")
    with urlopen(f"{server}/get/0x{commitment.hex()}", timeout=PATIENCE_SECONDS) as answer:
        assert answer.read() == batch


def test_account_zero_has_sent_nothing(stack: RunningStack) -> None:
    chain = Chain(stack.parts()["chain"]["endpoint"])
    assert chain.chain_id() == 31337
    assert chain.nonce(devnet_signer(0).address, pending=True) == 0


def test_keys_of_people_and_oracle_are_private_files(stack: RunningStack) -> None:
    found = json.loads(stack.run("keys", "list", "--json").stdout)
    assert {one["name"]: one["address"] for one in found} == {
        name: devnet_signer(index).address for name, index in DEVNET_PEOPLE.items()
    }
    for path in (stack.home / "keys" / "alice.key", stack.home / "oracle" / "oracle.key"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_second_up_attaches_to_the_same_endpoints(stack: RunningStack) -> None:
    before = {name: part["pid"] for name, part in stack.parts().items()}
    for extra in ((), ("--detach",)):
        found = stack.json("up", *extra)
        assert found["already_running"] is True
        endpoints = found["endpoints"]
        assert isinstance(endpoints, dict)
        assert endpoints["chain"] == stack.parts()["chain"]["endpoint"]
    assert {name: part["pid"] for name, part in stack.parts().items()} == before


def test_killed_processes_come_back_and_are_reported(stack: RunningStack, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"before the deaths")
    placed = stack.json("da", "put", str(kept))
    before = stack.parts()
    victims = {name: psutil.Process(part["pid"]) for name, part in before.items()}
    below = [child for victim in victims.values() for child in victim.children(recursive=True)]
    assert below, "the worker has a pool"
    for name in NAMES:
        stack.kill(name)
    wait_for(
        lambda: all(part["pid"] not in (None, before[name]["pid"])
                    for name, part in stack.parts().items()) or None,
        "new processes",
    )  # fmt: skip
    stack.wait_healthy()
    assert alive(below) == []
    status = json.loads(stack.run("status", "--json").stdout)
    assert all(part["restarts"] >= 1 for part in status)
    told = json.loads(stack.run("logs", "supervisor", "--json", "-n", "2000").stdout)["lines"]
    for name, victim in victims.items():
        assert any(f"{name} (pid {victim.pid}) died" in line for line in told), name
    again = tmp_path / "again"
    assert stack.run("da", "get", str(placed["data_root"]), "-o", str(again)).returncode == 0
    assert again.read_bytes() == kept.read_bytes()
    kept.write_bytes(b"after them")
    assert stack.json("da", "put", str(kept))["signed_rows"] == 3072


def test_logs_follow_shows_what_is_written_from_now_on(stack: RunningStack) -> None:
    follower = stack.spawn("logs", "supervisor", "-f", "-n", "1")
    try:
        assert follower.stdout is not None
        follower.stdout.readline()  # it has begun to follow
        death = f"beat (pid {stack.kill('beat')}) died"
        assert any(death in line for line in follower.stdout), "it ended before it told"
    finally:
        follower.send_signal(signal.SIGINT)
        _out, err = follower.communicate(timeout=PATIENCE_SECONDS)
    assert follower.returncode == 130
    assert err.strip() == ""


def test_port_taken_is_named_before_anything_starts(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ZEROG_")}
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody else's server there is as good
            holder.bind(("127.0.0.1", 7857))
            holder.listen()
        for extra in ([], ["--detach"]):
            done = subprocess.run(
                [str(ZEROG), "up", "--home", str(tmp_path / "home"), *extra],
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
            assert done.returncode == 2
            assert "port 7857 (oracle) is taken" in done.stderr.splitlines()[-1]
            assert "Traceback" not in done.stderr
    assert RunState.load(tmp_path / "home") is None
    assert not (tmp_path / "home" / "registry.json").exists()


def test_missing_anvil_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(ZEROG), "up", "--detach", "--ports", "auto", "--home", str(tmp_path / "home")],
        env={**os.environ, "ZEROG_ANVIL": "/nowhere/anvil"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: no anvil at /nowhere/anvil; run: make setup, or set ZEROG_ANVIL\n"
    )


def test_down_and_up_continue_with_the_same_chain_and_ports(tmp_path: Path) -> None:
    running = RunningStack.start(tmp_path / "home")
    before = Registry.load(running.home)
    head = Chain(before.endpoints["chain"]).head()
    processes = family(running.home)
    running.stop()
    assert alive(processes) == []
    assert running.parts() == {}
    again = RunningStack.start(running.home)
    try:
        assert Registry.load(again.home) == before
        chain = Chain(before.endpoints["chain"])
        found = chain.block(head.number)
        assert found is not None
        assert found.hash == head.hash
    finally:
        again.stop()
    assert again.run("down").returncode == 0


def test_supervisor_killed_leaves_no_process_and_up_starts_anew(tmp_path: Path) -> None:
    running = RunningStack.start(tmp_path / "home")
    processes = family(running.home)
    processes[0].kill()
    wait_for(lambda: not alive(processes) or None, "the end of every process")
    again = RunningStack.start(running.home)
    again.stop()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_foreground_up_interrupted_leaves_no_process(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    running = RunningStack(tmp_path / "home")
    foreground = running.spawn("up", "--ports", "auto", "--signers", "0", "--json")
    assert foreground.stdout is not None
    try:
        lines = itertools.takewhile(lambda line: line != "}\n", foreground.stdout)
        told = json.loads("".join(lines) + "}")  # when it is healthy
        processes = family(running.home)
        assert processes[0].pid == foreground.pid
        foreground.send_signal(number)
        out, err = foreground.communicate(timeout=PATIENCE_SECONDS)
    finally:
        foreground.kill()
    assert foreground.returncode == code
    assert alive(processes) == []
    assert (told["healthy"], out) == (True, "")
    assert "Traceback" not in err
