"""Marks on canonical entries, and the delegate that gives entry and mark at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.datastructures import SignedTransaction

from tests.support.agentic import CHAIN_ID, PROOF, AgenticHouse, Values, low, refused
from tests.support.agents import Person
from tests.support.contracts import Deployed, artifact
from zerog.chain.steps_agentic import MAX_PROOF_AGE_SECONDS
from zerog.crypto.keccak import keccak256
from zerog.inft.agentic.serveproof import ServeProof, task_hash

pytestmark = pytest.mark.contracts

TASK = "(string,string,bytes32,bytes32,uint16)"
ATTEST = f"attestFeedback(uint256,uint64,{PROOF})"
WITH_TASK = f"attestFeedbackWithTask(uint256,uint64,{PROOF},{TASK})"
ONE = 10**18
URI = "/api/echo?x=1"
QUESTION, ANSWER = b"question", b"answer"
REVEAL = ("POST", URI, keccak256(QUESTION), keccak256(ANSWER), 200)
NO_TASK = ("", "", bytes(32), bytes(32), 0)


def opinion(agent: int, value: int = 5, decimals: int = 0, tag: str = "") -> Values:
    """Arguments of an entry."""
    return (agent, value, decimals, tag, "", "", "", bytes(32))


@pytest.fixture
def marks(agentic: AgenticHouse) -> Deployed:
    """The registry of marks."""
    return agentic.at("VerifiedFeedback")


@pytest.fixture
def agent(agentic: AgenticHouse) -> tuple[int, Person]:
    """An agent of alice's and its key."""
    return agentic.sealed_agent(agentic.alice)


def enter(house: AgenticHouse, agent: int, client: Person, *rating: object) -> None:
    """An entry in the canonical registry."""
    house.reputation.send("giveFeedback", *opinion(agent, *rating), sender=client.address)  # type: ignore[arg-type]


def mark(house: AgenticHouse, agent: tuple[int, Person], client: Person, index: int) -> None:
    """A mark on an entry, with its path shown."""
    task = task_hash("POST", URI, QUESTION, ANSWER, 200)
    # Two answers to one question in one second would have one proof.
    deadline = house.evm.w3.eth.get_block("latest")["timestamp"] + 600 + index
    proof = house.proof(*agent, client, task_hash=task, deadline=deadline)
    values = (agent[0], index, proof.abi(), REVEAL)
    house.at("VerifiedFeedback").send(WITH_TASK, *values, sender=client.address)


def test_mark_keeps_what_the_agent_ran_on(
    agentic: AgenticHouse, marks: Deployed, agent: tuple[int, Person]
) -> None:
    bob = agentic.bob
    enter(agentic, agent[0], bob)
    proof = agentic.proof(*agent, bob)
    made = marks.send(ATTEST, agent[0], 1, proof.abi(), sender=bob.address)
    (event,) = marks.events("FeedbackVerified", made)
    assert (event["feedbackIndex"], event["taskHash"], event["uri"]) == (1, proof.task_hash, "")
    assert marks.read("isVerified", agent[0], bob.address, 1) is True
    assert marks.read("isVerified", agent[0], bob.address, 2) is False
    served = marks.read("getServeData", agent[0], bob.address, 1)
    assert served == (proof.data_hashes, proof.framework_hash)
    assert marks.read("getVerifiedEndpoint", agent[0], bob.address, 1) == ""
    assert marks.read("getVerifiedClients", agent[0]) == (low(bob),)
    assert marks.read("getVerifiedIndexes", agent[0], bob.address) == (1,)
    assert marks.read("getCanonicalReputation") == agentic.reputation.address.lower()


def test_sums_count_marked_entries_as_they_are_now(
    agentic: AgenticHouse, marks: Deployed, agent: tuple[int, Person]
) -> None:
    """A9: proofs are free to have, so that a sum over everybody means nothing."""
    bob, carol, number = agentic.bob, agentic.carol, agent[0]
    for client, value, tag in ((bob, 5, "a"), (bob, 7, "b"), (carol, 1, "a"), (carol, 100, "a")):
        enter(agentic, number, client, value, 0, tag)
    for client, index in ((bob, 1), (bob, 2), (carol, 1)):
        mark(agentic, agent, client, index)
    both = [bob.address, carol.address]
    assert marks.read("getVerifiedSummary", number, both, "", "") == (3, 13 * ONE, 18)
    assert marks.read("getVerifiedSummary", number, both, "a", "") == (2, 6 * ONE, 18)
    assert marks.read("getVerifiedSummary", number, both, "", "x") == (0, 0, 18)
    of_path = "getVerifiedSummaryForEndpoint"
    assert marks.read(of_path, number, both, URI) == (3, 13 * ONE, 18)
    assert marks.read(of_path, number, both, "/other") == (0, 0, 18)
    assert marks.read(of_path, number, both, "") == (0, 0, 18)
    agentic.reputation.send("revokeFeedback", number, 1, sender=bob.address)
    assert marks.read("getVerifiedSummary", number, both, "a", "") == (1, ONE, 18)
    for function, values in (("getVerifiedSummary", ("", "")), (of_path, (URI,))):
        told = refused(lambda f=function, v=values: marks.read(f, number, [], *v))  # type: ignore[misc]
        assert told == ("VerifiedFeedbackClientsRequired", ())


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("agent", "VerifiedFeedbackProofAgentMismatch"),
        ("submitter", "VerifiedFeedbackProofSubmitterMismatch"),
        ("no seal", "VerifiedFeedbackNoAgentSeal"),
        ("key", "VerifiedFeedbackInvalidProofSignature"),
        ("owner", "VerifiedFeedbackSelfFeedback"),
        ("late", "NonceExpired"),
        ("far", "NonceDeadlineTooFar"),
        ("index 0", "VerifiedFeedbackNoSuchEntry"),
        ("index 9", "VerifiedFeedbackNoSuchEntry"),
    ],
)
def test_mark_without_a_proof_of_the_callers_reverts(
    agentic: AgenticHouse,
    marks: Deployed,
    agent: tuple[int, Person],
    case: str,
    name: str,
) -> None:
    number = agentic.plain_agent(agentic.alice) if case == "no seal" else agent[0]
    caller = agentic.alice if case == "owner" else agentic.bob
    enter(agentic, number, agentic.bob)
    ages = {"late": -1, "far": MAX_PROOF_AGE_SECONDS + 60}
    proof = agentic.proof(
        number,
        Person.named("thief") if case == "key" else agent[1],
        agentic.carol if case == "submitter" else caller,
        deadline=agentic.clock.now() + ages.get(case, 600),
    )
    index = {"index 0": 0, "index 9": 9}.get(case, 1)
    values = (number + (case == "agent"), index, proof.abi())
    told = refused(lambda: marks.read(ATTEST, *values, sender=caller.address))
    assert told[0] == name


def test_entry_and_proof_are_good_for_one_mark(
    agentic: AgenticHouse, marks: Deployed, agent: tuple[int, Person]
) -> None:
    bob, number = agentic.bob, agent[0]
    for _ in range(2):
        enter(agentic, number, bob)
    proof = agentic.proof(*agent, bob)
    marks.send(ATTEST, number, 1, proof.abi(), sender=bob.address)
    told = refused(lambda: marks.read(ATTEST, number, 2, proof.abi(), sender=bob.address))
    assert told == ("NonceAlreadyUsed", (proof.nonce_key(),))
    fresh = agentic.proof(*agent, bob).abi()
    told = refused(lambda: marks.read(ATTEST, number, 1, fresh, sender=bob.address))
    assert told == ("VerifiedFeedbackAlreadyVerified", (number, low(bob), 1))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({0: "post"}, "VerifiedFeedbackInvalidTaskReveal"),
        ({0: ""}, "VerifiedFeedbackInvalidTaskReveal"),
        # Without separators "GET" + "/a" and "GE" + "T/a" would be one text.
        ({0: "POST/", 1: URI[1:]}, "VerifiedFeedbackInvalidTaskReveal"),
        ({1: ""}, "VerifiedFeedbackInvalidTaskReveal"),
        ({1: "/other"}, "VerifiedFeedbackTaskMismatch"),
        ({0: "GET"}, "VerifiedFeedbackTaskMismatch"),
        ({2: bytes(32)}, "VerifiedFeedbackTaskMismatch"),
        ({4: 404}, "VerifiedFeedbackTaskMismatch"),
    ],
)
def test_task_that_is_not_the_proofs_reverts(
    agentic: AgenticHouse,
    marks: Deployed,
    agent: tuple[int, Person],
    change: dict[int, object],
    name: str,
) -> None:
    bob = agentic.bob
    task = task_hash("POST", URI, QUESTION, ANSWER, 200)
    proof = agentic.proof(*agent, bob, task_hash=task)
    shown = tuple(change.get(i, value) for i, value in enumerate(REVEAL))
    values = (agent[0], 1, proof.abi(), shown)
    assert refused(lambda: marks.read(WITH_TASK, *values, sender=bob.address))[0] == name


def test_reads_of_an_entry_without_a_mark_revert(
    agentic: AgenticHouse, marks: Deployed, agent: tuple[int, Person]
) -> None:
    for function in ("getServeData", "getVerifiedEndpoint"):
        values = (agent[0], agentic.bob.address, 1)
        told = refused(lambda f=function, v=values: marks.read(f, *v))  # type: ignore[misc]
        assert told == ("VerifiedFeedbackNotVerified", (agent[0], low(agentic.bob), 1))


@pytest.mark.parametrize("missing", [0, 1])
def test_registry_of_marks_needs_both_registries(agentic: AgenticHouse, missing: int) -> None:
    nobody = Person.named("no contract").address
    registries = [agentic.agents.address, agentic.reputation.address]
    registries[missing] = nobody
    values = (*registries, 60, agentic.registry.contract("Authority").address)
    made = artifact("VerifiedFeedbackRegistry")
    told = refused(lambda: agentic.evm.deploy_proxy(made, "initialize", *values))
    assert told == ("NotARegistry", (nobody.lower(),))


# ------------------------------------------------------------- the EIP-7702 delegate


def delegated(
    house: AgenticHouse, client: Person, batcher: Deployed, data: str
) -> SignedTransaction:
    """A transaction of a client's to itself, with an authorisation to run the batcher's code."""
    w3 = house.evm.w3
    nonce = w3.eth.get_transaction_count(w3.to_checksum_address(client.address))
    account = Account.from_key(client.secret)
    grant = account.sign_authorization(
        {"chainId": CHAIN_ID, "address": batcher.address, "nonce": nonce + 1}
    )
    signed: SignedTransaction = account.sign_transaction(
        {
            "chainId": CHAIN_ID,
            "nonce": nonce,
            "to": client.address,
            "value": 0,
            "gas": 1_000_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 0,
            "data": data,
            "authorizationList": [grant],
        }
    )
    return signed


@pytest.mark.parametrize("shown", [True, False])
def test_delegated_account_rates_and_marks_in_one_transaction(
    agentic: AgenticHouse, marks: Deployed, agent: tuple[int, Person], shown: bool
) -> None:
    """The chain runs prague: an account runs the batcher's code as its own."""
    batcher, client = agentic.at("FeedbackBatcher"), Person.named(f"client {shown}")
    account = agentic.evm.account(None)
    agentic.evm.transact({"from": account, "to": client.address, "value": 10**18})  # type: ignore[typeddict-item]
    task = task_hash("POST", URI, QUESTION, ANSWER, 200)
    proof = agentic.proof(*agent, client, task_hash=task)
    reveal = REVEAL if shown else NO_TASK
    data = batcher.calldata("giveFeedbackAndAttest", *opinion(agent[0]), proof.abi(), reveal)
    signed = delegated(agentic, client, batcher, data)
    w3 = agentic.evm.w3
    receipt = w3.eth.wait_for_transaction_receipt(
        w3.eth.send_raw_transaction(signed.raw_transaction)
    )
    assert receipt["status"] == 1
    assert marks.read("isVerified", agent[0], client.address, 1) is True
    endpoint = URI if shown else ""
    assert marks.read("getVerifiedEndpoint", agent[0], client.address, 1) == endpoint


def test_batcher_runs_for_the_account_itself_only(
    agentic: AgenticHouse, agent: tuple[int, Person]
) -> None:
    batcher, bob = agentic.at("FeedbackBatcher"), agentic.bob
    proof: ServeProof = replace(agentic.proof(*agent, bob), signature=bytes(65))
    values = (*opinion(agent[0]), proof.abi(), NO_TASK)
    told = refused(lambda: batcher.read("giveFeedbackAndAttest", *values, sender=bob.address))
    assert told == ("BatcherNotSelf", ())


@pytest.mark.parametrize("missing", [0, 1])
def test_batcher_needs_both_registries(agentic: AgenticHouse, missing: int) -> None:
    nobody = Person.named("no contract").address
    registries: list[str] = [agentic.reputation.address, agentic.at("VerifiedFeedback").address]
    registries[missing] = nobody
    told = refused(lambda: agentic.evm.deploy(artifact("FeedbackBatcher"), *registries))
    assert told == ("NotARegistry", (nobody.lower(),))
