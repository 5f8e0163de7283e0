"""What 0g-agentic-id's SDK does from fromAttestor to a sale, by viem over HTTP and chain; judged.

The package is on no registry, so its call sequence is replayed: routes, signed texts, polling.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from tests.conformance.environments import install
from tests.support.agentic_client import World
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import running_storage
from zerog.chain.bindings import Contract
from zerog.chain.signer import devnet_signer
from zerog.types import Address

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(3600)]

PEOPLE = {"alice": 3, "bob": 4, "carol": 5}
Facts = Mapping[str, object]
Line = tuple[Facts, World]
Seen = tuple[dict[str, Facts], World]


def address(name: str) -> Address:
    """Of one of the people."""
    return devnet_signer(PEOPLE[name]).address


def replay(world: World, folder: Path) -> dict[str, Facts]:
    """Run the driver against a running attestor: what it saw, by step."""
    job, report = folder / "job.json", folder / "report.json"
    keys = {name: f"0x{devnet_signer(index).secret.hex()}" for name, index in PEOPLE.items()}
    told = {
        "attestor": world.attestor.url,
        "keys": keys,
        "seconds": PATIENCE_SECONDS,
        "report": str(report),
    }
    job.write_text(json.dumps(told))
    command = install("evm_clients").command("agentic_viem.mjs", job)
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=4 * PATIENCE_SECONDS, check=False
    )
    assert report.exists(), done.stderr[-2000:]
    return cast("dict[str, Facts]", json.loads(report.read_text()))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """The driver's report, and the network as it left it."""
    with running_storage(tmp_path_factory.mktemp("agentic-sdk")) as storage:
        world = World.make(storage)
        try:
            facts = replay(world, tmp_path_factory.mktemp("driver"))
            yield facts, world
        finally:
            world.attestor.stop()


def line(seen: Seen, name: str) -> Line:
    """One step, which went through."""
    facts = seen[0].get(name, {"error": "the driver did not come to it"})
    assert "error" not in facts, facts["error"]
    return facts, seen[1]


def test_preflight_is_satisfied(seen: Seen) -> None:
    facts, _ = line(seen, "prepare")
    assert facts["acknowledged"] == [True] * 3
    assert facts["balance"] == str(10**17)


def test_deploy_mints_an_agent_other_than_zero_and_runs_it(
    seen: Seen,
) -> None:
    facts, world = line(seen, "deploy")
    agent, agents = int(str(facts["id"])), world.contracts.agents
    assert agent > 0
    assert facts["rowId"] == facts["id"]
    assert facts["same"] is True, "the same request again is the same agent"
    assert facts["owner"] == address("alice")
    assert facts["sealAddress"] == facts["onChain"] == agents.seal_of(agent)


def test_answers_are_proven_and_rated_in_both_registries(
    seen: Seen,
) -> None:
    facts, world = line(seen, "rate")
    deployed = line(seen, "deploy")[0]
    assert facts["cardBase"] == deployed["base"]
    assert facts["helloId"] == deployed["id"]
    assert facts["submitter"] == address("bob")
    assert facts["chat"] is True
    assert "/api/echo" in cast("list[object]", facts["services"])
    assert facts["summary"] == ["1", str(5 * 10**18), "18"]
    assert facts["verified"] is True
    assert facts["endpoint"] == "/api/echo?q=1"
    marks = Contract(
        world.storage.chain,
        world.registry.contract("VerifiedFeedback").address,
        "VerifiedFeedbackRegistry",
    )
    assert marks.read("isVerified", int(str(deployed["id"])), address("bob"), 1) is True


def test_owner_talks_to_the_agent_and_stops_and_starts_it(
    seen: Seen,
) -> None:
    facts, _ = line(seen, "operate")
    assert facts["said"] == "You said: hi"
    assert facts["sandbox"] is True
    assert facts["mine"] == 1


def test_clone_and_sale_change_owners_by_plain_calls(seen: Seen) -> None:
    facts, world = line(seen, "sell")
    agents, source = world.contracts.agents, int(str(line(seen, "deploy")[0]["id"]))
    clone = int(str(facts["clone"]))
    assert facts["cloneOwner"] == agents.owner_of(clone) == address("carol")
    assert facts["owner"] == agents.owner_of(source) == address("bob")
    assert facts["cloneSeal"] != agents.seal_of(source)
    assert [one.data_hash for one in agents.data_of(clone)] == [
        one.data_hash for one in agents.data_of(source)
    ]
