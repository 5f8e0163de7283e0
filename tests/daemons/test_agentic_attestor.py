"""An attestor over real HTTP, chain and storage: deploys, clones, containers, proofs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from websockets.sync.client import connect

from tests.support.agentic_client import ITEMS, Client, World
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import running_storage, wait_for
from zerog.chain.bindings import Contract
from zerog.chain.bindings_agentic import ReputationRegistry8004
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call
from zerog.crypto import ecies
from zerog.crypto.curve import compress, public_key
from zerog.inft.agentic.keys import AttestorKeys, image_hash
from zerog.inft.agentic.sealkeys import decrypt
from zerog.inft.agentic.serveproof import ServeProof, task_hash

pytestmark = pytest.mark.daemons

post = partial(httpx.post, timeout=PATIENCE_SECONDS)
ALICE, BOB, CAROL = (devnet_signer(index) for index in (3, 4, 5))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_storage(tmp_path_factory.mktemp("agentic")) as storage:
        made = World.make(storage)
        try:
            yield made
        finally:
            made.attestor.stop()


@pytest.fixture(scope="module")
def alice(world: World) -> Client:
    client = world.client(ALICE)
    client.prepare()
    return client


@pytest.fixture(scope="module")
def bob(world: World) -> Client:
    client = world.client(BOB)
    client.prepare()
    return client


@pytest.fixture(scope="module")
def running(alice: Client) -> tuple[str, int, str]:
    """A running agent of alice's: seal id, agent id, URL."""
    order = alice.order("running", sandbox_envelope=alice.envelope("create"))
    answer = alice.post("/deploy", order)
    assert answer.status_code == 200, answer.text
    seal_id = answer.json()["seal_id"]
    agent_id = alice.wait_for_mint(seal_id)
    row = alice.wait_for_phase(seal_id, "running")
    card = row["agent_card"]
    assert isinstance(card, dict)
    return seal_id, agent_id, str(card["url"]).removesuffix("/hello")


def test_deploy_without_a_sandbox_is_minted_and_offline(alice: Client, world: World) -> None:
    answer = alice.post("/deploy", alice.order("mint only")).json()
    agent_id = alice.wait_for_mint(answer["seal_id"])
    row = alice.wait_for_phase(answer["seal_id"], "offline")
    agents = world.contracts.agents
    assert agent_id > 0
    assert row["agent_id"] == hex(agent_id)
    assert agents.owner_of(agent_id) == ALICE.address
    assert agents.seal_of(agent_id) == answer["agent_seal_addr"]


def test_data_is_in_storage_and_opens_with_the_agents_own_key_only(
    alice: Client, world: World
) -> None:
    answer = alice.post("/deploy", alice.order("data")).json()
    agent_id = alice.wait_for_mint(answer["seal_id"])
    agents = world.contracts.agents
    keys = AttestorKeys.open(world.storage.home)
    seal = keys.seal(31337, agents.address, bytes.fromhex(answer["seal_id"][2:]))
    opened = []
    pairs = zip(agents.data_of(agent_id), agents.sealed_keys_of(agent_id), strict=True)
    for item, sealed in pairs:
        described = json.loads(item.description)
        pointer = described["storage_ptr"]
        assert pointer["root_hash"] == "0x" + item.data_hash.hex()
        stored = b"".join(world.storage.client().segments(item.data_hash, pointer["size"]))
        plain = decrypt(ecies.open(seal.secret, sealed), stored[: pointer["size"]])
        opened.append(
            {"role": described["role"], "plaintext": json.loads(plain), "extra": described["extra"]}
        )
        with pytest.raises(ecies.WrongKey):
            ecies.open(keys.master, sealed)
    assert opened == list(ITEMS)


def test_same_request_again_is_the_same_agent_and_another_one_is_refused(alice: Client) -> None:
    first, second = (alice.post("/deploy", alice.order("twice")).json() for _ in range(2))
    assert first == second
    assert alice.post("/deploy", alice.order("twice", signed={"name": "Eve"})).status_code == 409


def test_same_key_of_another_owner_is_another_agent(alice: Client, bob: Client) -> None:
    mine = alice.post("/deploy", alice.order("shared")).json()
    theirs = bob.post("/deploy", bob.order("shared")).json()
    assert mine["seal_id"] != theirs["seal_id"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"name": "Eve"}, 401),
        ({"owner": BOB.address}, 401),
        ({"i_data": [dict(ITEMS[0])]}, 401),
        ({"i_data": [dict(ITEMS[1])]}, 400),
        ({"i_data": [dict(ITEMS[0]), dict(ITEMS[0])]}, 400),
        ({"i_data": []}, 400),
        ({"idempotency_key": ""}, 400),
        ({"owner_signature": "0x" + "00" * 65}, 400),
        ({"owner_signature": "0x00"}, 400),
        ({"owner_signed_message_b64": "%"}, 400),
        ({"owner": "0x00"}, 400),
        ({"sandbox_envelope": []}, 400),
    ],
)
def test_deploy_that_its_owner_did_not_sign_is_refused(
    alice: Client, changes: dict[str, object], status: int
) -> None:
    assert alice.post("/deploy", alice.order("bad") | changes).status_code == status


def test_running_agent_answers_with_a_proof_that_the_chain_accepts(
    world: World, bob: Client, running: tuple[str, int, str]
) -> None:
    _, agent_id, url = running
    answer, proof = bob.ask(url, "/api/echo?x=1", {"q": "hello"})
    assert answer.json() == {"echo": {"q": "hello"}}
    assert proof is not None
    agents = world.contracts.agents
    assert proof.signer(31337, agents.address) == agents.seal_of(agent_id)
    assert proof.framework_hash == image_hash()
    assert set(proof.data_hashes) == {item.data_hash for item in agents.data_of(agent_id)}
    request = answer.request.content
    assert proof.task_hash == task_hash("POST", "/api/echo?x=1", request, answer.content, 200)
    chain, contract = world.storage.chain, world.registry.contract
    reputation = ReputationRegistry8004.of(chain, contract("ReputationRegistry8004"))
    marks = contract("VerifiedFeedback").address
    feedback = Contract(chain, marks, "VerifiedFeedbackRegistry")
    rating = (agent_id, 5, 0, "quality", "", f"{url}/api/echo", "", bytes(32))
    world.run(BOB, Call(reputation.address, reputation.calldata("giveFeedback", *rating)))
    attest = feedback.calldata("attestFeedback", agent_id, 1, proof.abi())
    world.run(BOB, Call(feedback.address, attest))
    assert feedback.read("isVerified", agent_id, BOB.address, 1) is True


def test_hello_tells_who_it_is_and_an_anonymous_proof_is_nobodys(
    world: World, running: tuple[str, int, str]
) -> None:
    _, agent_id, url = running
    answer = httpx.get(f"{url}/hello", timeout=PATIENCE_SECONDS)
    hello = answer.json()
    assert hello["owner"] == ALICE.address
    assert hello["agent"] == world.contracts.agents.seal_of(agent_id)
    assert {"path", "method"} <= set(hello["services"][0])
    assert any(route["kind"] == "chat" for route in hello["routes"])
    assert int(ServeProof.from_header(answer.headers["X-Agent-Proof"]).submitter, 16) == 0


def test_owner_gets_a_token_and_chats_and_reads_the_log(
    alice: Client, running: tuple[str, int, str]
) -> None:
    seal_id, _, url = running
    given = post(f"{url}/_seal/auth", headers=alice.for_agent("0GSealAuth", seal_id, url))
    assert given.status_code == 200, given.text
    bearer = {"Authorization": f"Bearer {given.json()['token']}"}
    asked = {"messages": [{"role": "user", "content": "hi"}]}
    said = post(f"{url}/v1/chat/completions", json=asked, headers=bearer)
    assert said.json()["choices"][0]["message"]["content"] == "You said: hi"
    assert "X-Agent-Proof" not in said.headers
    read = alice.for_agent("0GSealLog", seal_id, url)
    assert httpx.get(f"{url}/log/agent", headers=read, timeout=PATIENCE_SECONDS).status_code == 200
    assert post(f"{url}/v1/chat/completions", json=asked).status_code == 401


@pytest.mark.parametrize(
    ("who", "tag", "origin", "age", "status"),
    [
        ("bob", "0GSealAuth", "", 0, 401),
        ("alice", "0GSealAuth", "http://elsewhere", 0, 400),
        ("alice", "0GSealAuth", "", 301, 401),
        ("alice", "0GSealLog", "", 0, 400),
    ],
)
def test_message_that_is_not_the_owners_for_this_agent_now_gets_no_token(
    world: World,
    running: tuple[str, int, str],
    who: str,
    tag: str,
    origin: str,
    age: int,
    status: int,
) -> None:
    seal_id, _, url = running
    client = world.client({"alice": ALICE, "bob": BOB}[who])
    headers = client.for_agent(tag, seal_id, origin or url, age)
    assert post(f"{url}/_seal/auth", headers=headers).status_code == status


def test_stop_and_start_keep_the_identity(alice: Client, running: tuple[str, int, str]) -> None:
    seal_id, agent_id, _ = running
    (mine,) = [row for row in alice.mine() if row["seal_id"] == seal_id]
    sandbox = str(mine["sandbox_id"])
    stop = {"seal_id": seal_id, "owner": ALICE.address}
    asked = alice.post("/stop", {**stop, "sandbox_envelope": alice.envelope("stop", sandbox)})
    assert asked.status_code == 202, asked.text
    alice.wait_for_phase(seal_id, "stopped")
    asked = alice.post("/start", {**stop, "sandbox_envelope": alice.envelope("start", sandbox)})
    assert asked.status_code == 202, asked.text
    assert alice.wait_for_phase(seal_id, "running")["agent_id"] == hex(agent_id)


def test_lifecycle_is_the_owners_and_each_envelope_counts_once(
    alice: Client, bob: Client, running: tuple[str, int, str]
) -> None:
    seal_id, _, _ = running
    body = {"seal_id": seal_id, "owner": ALICE.address}
    assert bob.post("/stop", {**body, "sandbox_envelope": bob.envelope("stop")}).status_code == 401
    wrong = {**body, "sandbox_envelope": alice.envelope("start")}
    assert [alice.post("/stop", one).status_code for one in (wrong, body)] == [400, 400]
    late = {**body, "sandbox_envelope": alice.envelope("stop", expires_at=1)}
    assert alice.post("/stop", late).status_code == 401
    unknown = {**body, "seal_id": "0x" + "11" * 32, "sandbox_envelope": alice.envelope("stop")}
    assert alice.post("/stop", unknown).status_code == 404
    once = {**body, "sandbox_envelope": alice.envelope("stop", "sb-of-somebody")}
    assert [alice.post("/stop", once).status_code for _ in range(2)] == [400, 401]


@pytest.mark.parametrize(
    ("case", "status"), [("node", 401), ("image", 403), ("time", 401), ("point", 400)]
)
def test_provision_without_a_nodes_fresh_word_for_a_known_image_gets_no_key(
    world: World, alice: Client, running: tuple[str, int, str], case: str, status: int
) -> None:
    node = AttestorKeys.open(world.storage.home).node
    order = alice.provision_order(
        running[0],
        ALICE if case == "node" else node,
        compress(public_key(bytes([7] * 32))) if case != "point" else bytes(33),
        bytes(32) if case == "image" else image_hash(),
        int(time.time()) - (400 if case == "time" else 0),
    )
    assert alice.post("/provision", order).status_code == status


def test_owner_clones_for_another_and_the_clone_opens_the_same_data(
    world: World, alice: Client, running: tuple[str, int, str]
) -> None:
    _, source, _ = running
    answer = alice.post("/clone", alice.clone_order("clone", source, CAROL.address)).json()
    clone = alice.wait_for_mint(answer["seal_id"])
    agents = world.contracts.agents
    keys = AttestorKeys.open(world.storage.home)
    old = keys.seal(31337, agents.address, agents.seal_id_of(source))
    new = keys.seal(31337, agents.address, agents.seal_id_of(clone))
    assert agents.owner_of(clone) == CAROL.address
    assert agents.seal_of(clone) == new.address != old.address
    before = [ecies.open(old.secret, one) for one in agents.sealed_keys_of(source)]
    assert [ecies.open(new.secret, one) for one in agents.sealed_keys_of(clone)] == before


def test_clone_by_anybody_else_than_the_owner_is_refused(
    bob: Client, running: tuple[str, int, str]
) -> None:
    _, source, _ = running
    assert bob.post("/clone", bob.clone_order("steal", source, BOB.address)).status_code == 401
    assert bob.post("/clone", bob.clone_order("no", 10_000, BOB.address)).status_code == 404


def test_public_list_withholds_what_the_owners_list_tells(
    alice: Client, bob: Client, running: tuple[str, int, str]
) -> None:
    seal_id, _, _ = running
    public = {row["seal_id"]: row for row in bob.get("/deployments?slim=1").json()}
    assert "sandbox_id" not in public[seal_id]
    assert "image" not in public[seal_id]["agent_card"]
    mine = {row["seal_id"]: row for row in alice.mine()}
    assert mine[seal_id]["sandbox_id"]
    assert seal_id not in {row["seal_id"] for row in bob.mine()}
    assert bob.get(f"/deployments?owner={ALICE.address}").status_code == 400


def test_config_names_every_contract(alice: Client, world: World) -> None:
    config = alice.get("/config").json()
    named = {name: value for name, value in config.items() if name.endswith("_addr")}
    for name in set(named) - {"sandbox_provider_addr", "sandbox_proxy_addr"}:
        assert world.storage.chain.code(named[name]), name
    assert config["chain_id"] == 31337
    assert config["attestation"] == "simulated"


def test_socket_tells_where_a_deployment_is_and_what_follows(alice: Client, world: World) -> None:
    answer = alice.post("/deploy", alice.order("socket")).json()
    url = f"ws://127.0.0.1:{world.attestor.port}/ws/subscribe?seal_id={answer['seal_id']}"
    told: list[dict[str, object]] = []
    with connect(url, open_timeout=PATIENCE_SECONDS) as socket:
        while "offline" not in [one.get("phase") for one in told]:
            told.append(json.loads(socket.recv(PATIENCE_SECONDS)))
    assert told[0]["event"] == "phase_changed"
    assert all(one["seal_id"] == answer["seal_id"] for one in told)


def test_pictures_and_liveness_answer(alice: Client) -> None:
    assert alice.get("/").text == "ok"
    assert alice.get("/avatar/default.svg").text.startswith("<svg")
    assert alice.get("/avatar/ada").text == alice.get("/avatar/ada").text
    assert alice.get("/health").json()["attestation"] == "simulated"


def test_deploy_goes_on_after_the_attestor_was_killed(alice: Client, world: World) -> None:
    seals = [alice.post("/deploy", alice.order(f"kill {i}")).json()["seal_id"] for i in range(3)]
    world.attestor.kill()
    world.attestor.start()
    ids = [alice.wait_for_mint(seal_id) for seal_id in seals]
    assert len(set(ids)) == 3
    for seal_id in seals:
        alice.wait_for_phase(seal_id, "offline")
    made = world.contracts.agents.events("AgentSealSet")
    assert len({event.args["sealId"] for event in made}) == len(made)


def test_container_of_an_agent_that_was_sold_ends(
    world: World, alice: Client, running: tuple[str, int, str]
) -> None:
    seal_id, agent_id, _ = running
    alice.wait_for_phase(seal_id, "running")
    agents = world.contracts.agents
    move = agents.calldata("transferFrom", ALICE.address, CAROL.address, agent_id)
    world.run(ALICE, Call(agents.address, move))
    wait_for(lambda: alice.phase(seal_id) == "stopped", "the old owner's container to end")
    again = {"seal_id": seal_id, "sandbox_envelope": alice.envelope("create")}
    assert alice.post("/start", again).status_code == 401
