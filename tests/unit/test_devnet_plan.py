"""The plan of a stack is data: commands, endpoints, what is left to others."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from zerog.config import VARIABLES
from zerog.devnet.plan import Binaries, Part, Probe, StackPlan, host_port, make_plan, stop_order
from zerog.devnet.shape import PART_NAMES, Shape, default_ports

pytestmark = pytest.mark.unit

BINARIES = Binaries(python="/py", anvil="/anvil", broker="/valkey")
LARGE = Shape(nodes=3, mine=True)
FULL = Shape(committee=3, agentic=True, gallery=True, relay=True, signers=4, alt_da=True)
DA_PARTS = {"signers", "disperser", "da-worker"}


def plan(shape: Shape | None = None, **external: str) -> StackPlan:
    ports = {**default_ports(shape or Shape()), "chain": 1, "broker": 2, "node": 3}
    return make_plan(Path("/home/x"), ports, BINARIES, external, shape)


def queues(part: Part) -> list[str]:
    return dict(itertools.pairwise(part.command))["-Q"].split(",")


def test_plan_names_every_process_in_order_of_starting() -> None:
    assert [part.name for part in plan().parts] == list(PART_NAMES)
    found = [part.name for part in plan(LARGE).parts]
    assert found[2:6] == ["node", "node-2", "node-3", "indexer"]
    assert set(found) == {*PART_NAMES, "node-2", "node-3", "miner"}


def test_plan_shape_of_its_parts_is_the_shape_it_was_made_for() -> None:
    for shape in (Shape(), LARGE, FULL, Shape(2), Shape(1, mine=True)):
        made = plan(shape)
        assert Shape.of({*(part.name for part in made.parts), *made.ports}) == shape


def test_plan_stop_order_has_every_process_once_and_nodes_after_who_asks_them() -> None:
    names = [part.name for part in plan(LARGE).parts]
    stages = stop_order(names)
    assert sorted(name for stage in stages for name in stage) == sorted(names)
    assert stages[2] == ["node", "node-2", "node-3"]
    assert stages[3] == ["broker", "chain"]


def test_plan_rooms_are_stopped_with_those_of_their_kind() -> None:
    names = [part.name for part in plan(FULL).parts]
    stages = stop_order(names)
    assert sorted(name for stage in stages for name in stage) == sorted(names)
    assert {"relay", "committee-1", "committee-3"} <= set(stages[0])
    assert {"gallery", "attestor", "committee"} <= set(stages[1])
    assert {"da-worker", "alt-da"} <= set(stages[0]), "before the disperser that it asks"
    assert "disperser" in stages[1]
    assert "signers" in stages[2]


def test_plan_members_of_a_committee_have_a_queue_each_and_one_board() -> None:
    found = plan(FULL)
    commands = {part.name: part.command for part in found.parts}
    for name in ("committee-1", "committee-2", "committee-3"):
        assert dict(itertools.pairwise(commands[name]))["-Q"] == name
    assert found.environment["ZEROG_COMMITTEE"] == "3"
    assert found.environment["ZEROG_COMMITTEE_URL"] == "http://127.0.0.1:7867"
    assert found.environment["ZEROG_RELAY"] == "1"
    assert "ZEROG_COMMITTEE" not in plan().environment


def test_shape_but_keeps_what_nobody_asked_for() -> None:
    asked: dict[str, int | None] = {"nodes": 2, "committee": None, "relay": False}
    assert FULL.but(asked) == Shape(
        2, committee=3, agentic=True, gallery=True, signers=4, alt_da=True
    )
    assert Shape().but(FULL.to_json()) == FULL


def test_plan_signers_share_a_process_and_have_a_port_each() -> None:
    found = plan(FULL)
    parts = {part.name: part for part in found.parts}
    told = dict(itertools.pairwise(parts["signers"].command))
    assert told["--names"] == "signer-1,signer-2,signer-3,signer-4"
    assert told["--ports"] == "34000,34001,34002,34003"
    assert parts["signers"].endpoint == "127.0.0.1:34000"
    assert parts["disperser"].endpoint == "127.0.0.1:51001"
    assert queues(parts["da-worker"]) == ["da", "da-encode", "da-signer"]
    assert {"signer-4", "disperser"} <= found.local_ports().keys()


def test_plan_server_for_rollups_asks_the_disperser_wherever_it_is() -> None:
    here, far = plan(FULL), plan(Shape(alt_da=True), disperser="far:1")
    found = {part.name: part for part in here.parts}["alt-da"]
    assert found.command[1:] == ("-m", "zerog.da.altda", "--home", "/home/x", "--port", "3100")
    assert (found.probe, found.needs) == (Probe.HTTP, ("chain", "disperser"))
    assert here.environment["ZEROG_ALT_DA_URL"] == "http://127.0.0.1:3100"
    assert {part.name: part.needs for part in far.parts}["alt-da"] == ("chain",)
    assert "alt-da" not in {part.name for part in plan(Shape(signers=4)).parts}


def test_plan_signers_are_told_to_all_processes() -> None:
    environment = plan(FULL).environment
    assert environment["ZEROG_DA_SIGNERS"] == "4"
    assert environment["ZEROG_DA_DISPERSER"] == "1"
    assert environment["ZEROG_DA_SIGNER_PORTS"] == "34000,34001,34002,34003"
    assert environment["ZEROG_DA_URL"] == "127.0.0.1:51001"
    assert not any(name.startswith("ZEROG_DA") for name in plan().environment)
    assert not DA_PARTS & {part.name for part in plan().parts}


def test_plan_external_disperser_takes_its_jobs_along() -> None:
    found = plan(FULL, disperser="far:51001")
    parts = {part.name: part for part in found.parts}
    assert parts["disperser"].external
    assert queues(parts["da-worker"]) == ["da-signer"]
    assert "ZEROG_DA_URL" not in found.environment
    assert found.environment["ZEROG_DA_SIGNERS"] == "4"
    assert "ZEROG_DA_DISPERSER" not in found.environment, "nobody here reads its queues"


def test_plan_nodes_know_each_other_and_keep_to_their_own_folder() -> None:
    commands = {part.name: part.command for part in plan(LARGE).parts}
    second = dict(itertools.pairwise(commands["node-2"]))
    assert second["--peers"] == "http://127.0.0.1:3,http://127.0.0.1:5698"
    assert second["--data"] == "/home/x/node-2"
    assert (second["--port"], second["--admin-port"]) == ("5688", "5689")
    assert "--peers" not in {part.name: part.command for part in plan().parts}["node"]


def test_plan_environment_lists_all_nodes() -> None:
    environment = plan(LARGE).environment
    assert environment["ZEROG_NODE_URLS"].split(",")[1] == "http://127.0.0.1:5688"
    assert environment["ZEROG_NODE_ADMIN_URLS"].split(",")[2] == "http://127.0.0.1:5699"
    assert environment["ZEROG_MINE"] == "1"
    assert "ZEROG_MINE" not in plan().environment


def test_plan_external_node_leaves_no_node_here() -> None:
    found = plan(LARGE, node="http://far:1")
    assert [part.external for part in found.parts if part.name.startswith("node")] == [True]
    assert "ZEROG_NODE_URLS" not in found.environment


def test_plan_chain_of_a_miner_makes_blocks_by_itself() -> None:
    assert "--mixed-mining" in plan(LARGE).parts[0].command
    assert "--mixed-mining" not in plan().parts[0].command


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
    assert found.local_ports().keys() == {"node", "node-admin", "indexer", "kv", "oracle"}


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
