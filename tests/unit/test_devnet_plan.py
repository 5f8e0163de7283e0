"""The plan of a stack is data: commands, endpoints, what is left to others."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from zerog.config import VARIABLES
from zerog.devnet.plan import (
    STOP_ORDER,
    Binaries,
    Ports,
    StackPlan,
    host_port,
    make_plan,
)

pytestmark = pytest.mark.unit

BINARIES = Binaries(python="/py", anvil="/anvil", broker="/valkey")
ALL = ["chain", "broker", "node", "indexer", "oracle", "worker", "oracle-worker", "beat"]


def plan(**external: str) -> StackPlan:
    return make_plan(Path("/home/x"), Ports(chain=1, broker=2, node=3), BINARIES, external)


def test_plan_names_every_process_in_order_of_starting() -> None:
    assert [part.name for part in plan().parts] == ALL


def test_plan_stop_order_has_every_process_once() -> None:
    assert sorted(name for stage in STOP_ORDER for name in stage) == sorted(ALL)


def test_plan_needs_only_earlier_parts() -> None:
    seen: set[str] = set()
    for part in plan().parts:
        assert set(part.needs) <= seen
        seen.add(part.name)


def test_plan_chain_line_is_the_devnet_of_the_design() -> None:
    command = plan().parts[0].command
    pairs = dict(itertools.pairwise(command))
    assert pairs["--chain-id"] == "31337"
    assert pairs["--hardfork"] == "prague"
    assert pairs["--prune-history"] == "50"
    assert pairs["--host"] == "127.0.0.1"
    assert "--no-request-size-limit" in command


def test_plan_external_url_is_used_and_not_started() -> None:
    found = plan(chain="https://rpc.example", broker="redis://:pw@far:7/1")
    parts = {part.name: part for part in found.parts}
    assert parts["chain"].external
    assert parts["chain"].endpoint == "https://rpc.example"
    assert found.local_ports().keys() == {"node", "indexer", "oracle"}


def test_plan_external_url_is_not_repeated_in_the_environment_of_children() -> None:
    environment = plan(broker="redis://:secret@far:7/1").environment
    assert VARIABLES["broker"] not in environment
    assert environment[VARIABLES["chain"]] == "http://127.0.0.1:1"
    assert not any("secret" in value for value in environment.values())


def test_plan_external_oracle_takes_its_worker_along() -> None:
    assert "oracle-worker" not in [part.name for part in plan(oracle="http://far:1").parts]


def test_plan_children_are_told_their_home() -> None:
    assert plan().environment["ZEROG_HOME"] == "/home/x"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8545", ("127.0.0.1", 8545)),
        ("redis://:pw@far/0", ("far", 6379)),
        ("https://rpc.example/path", ("rpc.example", 443)),
        ("http://[::1]:9/x", ("::1", 9)),
    ],
)
def test_host_port_of_url_has_the_default_of_its_scheme(
    url: str, expected: tuple[str, int]
) -> None:
    assert host_port(url) == expected
