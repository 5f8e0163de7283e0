"""HOME/run and HOME/chain: whole files, one supervisor, two generations."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.devnet.anvil import SavedStates, find_anvil
from zerog.devnet.checks import examine
from zerog.devnet.child import Identity, sweep
from zerog.devnet.errors import AltDaAlone, AnvilMissing, HomeNotWritable, NoFreePort, PortTaken
from zerog.devnet.parts import last_line
from zerog.devnet.plan import Binaries, Probe, make_plan
from zerog.devnet.ports import is_free, pick_free, require_free
from zerog.devnet.shape import Shape, default_ports
from zerog.devnet.state import (
    LOG_BYTES,
    Failure,
    HomeLock,
    PartState,
    RunState,
    is_supervised,
    rotate_log,
    state_file,
    trim_log,
)
from zerog.devnet.up import choose_shape, plan_stack

pytestmark = pytest.mark.unit

PART = PartState("chain", Probe.CHAIN, "http://127.0.0.1:1", 7, 1.5, True, 2, False, -9)
STATE = RunState(Identity(1, 2.5), "healthy", {"chain": 99}, (PART,), Failure("cause", "mend", 2))


def test_run_state_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    STATE.save(tmp_path)
    assert RunState.load(tmp_path) == STATE
    assert state_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert STATE.endpoints() == {"chain": "http://127.0.0.1:1"}


def test_run_state_missing_or_torn_is_none(tmp_path: Path) -> None:
    assert RunState.load(tmp_path) is None
    (tmp_path / "run").mkdir()
    STATE.save(tmp_path)
    whole = state_file(tmp_path).read_bytes()
    state_file(tmp_path).write_bytes(whole[: len(whole) // 2])
    assert RunState.load(tmp_path) is None


def test_home_lock_is_held_by_one_and_freed_by_release(tmp_path: Path) -> None:
    assert not is_supervised(tmp_path)
    first = HomeLock.take(tmp_path)
    assert first is not None
    assert is_supervised(tmp_path)
    assert HomeLock.take(tmp_path) is None
    first.release()
    assert not is_supervised(tmp_path)


def test_home_below_a_file_is_refused_with_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeNotWritable) as caught:
        HomeLock.take(tmp_path / "file" / "home")
    assert caught.value.exit_code == 2


def test_identity_of_this_process_lives_and_another_birth_does_not() -> None:
    found = Identity.of(os.getpid())
    assert found is not None
    assert found.process() is not None
    assert replace(found, create_time=found.create_time - 1).process() is None


def test_sweep_spares_a_process_that_got_the_number_later() -> None:
    found = Identity.of(os.getpid())
    assert found is not None
    assert sweep([replace(found, create_time=found.create_time - 1)]) == []


def test_states_without_a_dump_restore_nothing(tmp_path: Path) -> None:
    assert SavedStates(tmp_path).restore() is None


@given(cut=st.integers(min_value=0, max_value=60))
def test_states_torn_newest_restores_the_older(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    states = SavedStates(tmp_path_factory.mktemp("chain"))
    states.save(gzip.compress(b'{"older": true}'))
    states.save(gzip.compress(b'{"newest": true}' * 3))
    whole = states.newest.read_bytes()
    states.newest.write_bytes(whole[: min(cut, len(whole) - 1)])
    restored = states.restore()
    assert restored is not None
    assert restored.read_bytes() == b'{"older": true}'


def test_states_both_whole_restores_the_newest(tmp_path: Path) -> None:
    states = SavedStates(tmp_path)
    for content in (b"1", b"2", b"3"):
        states.save(gzip.compress(content))
    restored = states.restore()
    assert restored is not None
    assert restored.read_bytes() == b"3"
    assert gzip.decompress(states.older.read_bytes()) == b"2"


def test_port_taken_names_port_and_part(free_port: int) -> None:
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", free_port))
        holder.listen()
        assert not is_free(free_port)
        with pytest.raises(PortTaken) as caught:
            require_free({"chain": free_port})
        assert str(free_port) in str(caught.value)
        assert (caught.value.name, caught.value.exit_code) == ("chain", 2)
        assert pick_free({"chain": free_port}, Shape())["chain"] != free_port


def test_pick_free_keeps_the_ports_of_the_last_run(free_port: int) -> None:
    chosen = pick_free({"indexer": free_port}, Shape(nodes=2))
    assert chosen["indexer"] == free_port
    assert {"node-2", "node-2-admin", "kv"} <= chosen.keys()
    assert len(set(chosen.values())) == len(chosen)


def test_pick_free_leaves_the_ports_that_a_system_lends_to_clients() -> None:
    """A part that restarts would find its port in a client's hands."""
    chosen = pick_free({}, Shape(nodes=2))
    assert all(10_000 <= port < 32_768 for port in chosen.values())


def test_pick_free_without_a_free_port_says_so(free_port: int) -> None:
    with pytest.raises(NoFreePort, match=f"no port of {free_port} to {free_port} is free for"):
        pick_free({}, Shape(), range(free_port, free_port + 1))


def test_anvil_named_by_environment_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEROG_ANVIL", "/nowhere/anvil")
    with pytest.raises(AnvilMissing, match="/nowhere/anvil"):
        find_anvil()


def test_rotate_log_keeps_the_log_before(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    rotate_log(log)
    log.write_text("old")
    rotate_log(log)
    assert not log.exists()
    assert (tmp_path / "x.log.1").read_text() == "old"


def test_trim_log_cuts_only_a_long_one_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"short")
        assert not trim_log(log)
        writer.write(b"x" * LOG_BYTES)
        assert trim_log(log)
        writer.write(b"after")
    assert log.read_bytes() == b"after"


def test_last_line_of_log_skips_empty_lines(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert last_line(log) == ""
    log.write_text("first\nerror: the cause; the mend\n\n  \n")
    assert last_line(log) == "error: the cause; the mend"


def test_shape_of_a_new_home_has_signers_and_of_an_old_one_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose_shape(tmp_path, {}) == Shape(signers=4)
    for variable in ("ZEROG_RPC_URL", "ZEROG_DA_URL"):
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv(variable, "http://far:1")
            assert choose_shape(tmp_path, {}) == Shape()
    assert choose_shape(tmp_path, {"signers": 0, "nodes": 2}) == Shape(nodes=2)
    (tmp_path / "run").mkdir()
    for shape in (Shape(), Shape(signers=6, relay=True)):
        plan = make_plan(tmp_path, default_ports(shape), Binaries("/p", "/a", "/b"), {}, shape)
        parts = tuple(replace(PART, name=part.name) for part in plan.parts)
        replace(STATE, ports=plan.ports, parts=parts).save(tmp_path)
        assert choose_shape(tmp_path, {}) == shape


def test_server_for_rollups_without_a_disperser_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = Shape(alt_da=True)
    with pytest.raises(AltDaAlone) as caught:
        plan_stack(tmp_path, default_ports(alone), alone)
    assert caught.value.signers == 0
    monkeypatch.setenv("ZEROG_DA_URL", "far:51001")
    monkeypatch.setenv("ZEROG_RPC_URL", "http://far:8545")
    monkeypatch.setenv("ZEROG_BROKER_URL", "redis://far:6399/0")
    assert "alt-da" in {
        part.name for part in plan_stack(tmp_path, default_ports(alone), alone).parts
    }


def test_examine_tells_a_missing_anvil_with_its_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZEROG_ANVIL", "/nowhere/anvil")
    findings = {one.name: one for one in examine(tmp_path / "home")}
    assert not findings["anvil"].ok
    assert "make setup" in findings["anvil"].mend
    assert findings["home"].ok
    assert not (tmp_path / "home").exists()
