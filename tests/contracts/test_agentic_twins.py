"""Digests, task hashes and means of opinions: the contracts against Python, for any input."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.agentic import CHAIN_ID, AgenticHouse
from tests.support.agents import Person
from tests.support.contracts import Reverted
from zerog.inft.agentic.serveproof import ServeProof, task_hash
from zerog.types import Address

pytestmark = pytest.mark.contracts

FEW = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WORD = st.integers(0, 2**256 - 1)
HASH = st.binary(min_size=32, max_size=32)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
PATHS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)


@st.composite
def proofs(draw: st.DrawFn) -> ServeProof:
    """Any proof, whoever signed it."""
    return ServeProof(
        agent_id=draw(WORD),
        submitter=Person.named(draw(st.sampled_from("ab"))).address,
        timestamp=draw(WORD),
        deadline=draw(WORD),
        task_hash=draw(HASH),
        data_hashes=tuple(draw(st.lists(HASH, max_size=3))),
        framework_hash=draw(HASH),
        signature=draw(st.binary(max_size=70)),
    )


@FEW
@given(proof=proofs())
def test_digest_of_any_proof_is_pythons(agentic: AgenticHouse, proof: ServeProof) -> None:
    registry: Address = agentic.registry.contract("AgenticID").address
    for name in ("AgenticIDReputation", "VerifiedFeedback"):
        digest = agentic.at(name).read("serveProofHash", proof.abi())
        assert digest == proof.digest(CHAIN_ID, registry)


@FEW
@given(
    method=st.sampled_from(METHODS),
    path=PATHS,
    question=st.binary(max_size=20),
    answer=st.binary(max_size=20),
    status=st.integers(0, 65_535),
)
def test_hash_of_any_task_is_pythons(
    agentic: AgenticHouse, method: str, path: str, question: bytes, answer: bytes, status: int
) -> None:
    uri = f"/{path}"
    wanted = task_hash(method, uri, question, answer, status)
    bodies = [bytes(agentic.evm.w3.keccak(one)) for one in (question, answer)]
    proof = ServeProof(0, agentic.bob.address, 0, 0, bytes(32), (), bytes(32))
    values = (0, 1, proof.abi(), (method, uri, *bodies, status))
    with pytest.raises(Reverted) as error:
        agentic.at("VerifiedFeedback").read("attestFeedbackWithTask", *values)
    assert error.value.values == (bytes(32), wanted)


def mean(ratings: list[tuple[int, int]]) -> tuple[int, int, int]:
    """The canonical summary of (value, decimals): count, mean, the usual decimals."""
    if not ratings:
        return 0, 0, 0
    counted = Counter(decimals for _, decimals in ratings)
    usual = min(counted, key=lambda decimals: (-counted[decimals], decimals))
    total = sum(value * 10 ** (18 - decimals) for value, decimals in ratings)
    return (
        len(ratings),
        _towards_zero(_towards_zero(total, len(ratings)), 10 ** (18 - usual)),
        usual,
    )


def _towards_zero(value: int, by: int) -> int:
    """Division as the EVM does it."""
    return value // by if value >= 0 else -(-value // by)


MAX_INT128 = 2**127 - 1
RATING = st.tuples(st.integers(-(10**38), 10**38), st.integers(0, 18), st.booleans())


@settings(FEW, max_examples=10)
@given(ratings=st.lists(RATING, max_size=5))
@example(ratings=[(10**38, 0, False), (1, 18, False), (1, 18, False)])
@example(ratings=[(-(10**38), 0, False), (1, 18, False), (1, 18, False)])
def test_mean_of_any_ratings_is_the_models(
    agentic: AgenticHouse, ratings: list[tuple[int, int, bool]]
) -> None:
    agent = agentic.plain_agent(agentic.alice)
    canonical, bob = agentic.reputation, agentic.bob.address
    for index, (value, decimals, revoked) in enumerate(ratings, 1):
        values = (agent, value, decimals, "", "", "", "", bytes(32))
        canonical.send("giveFeedback", *values, sender=bob)
        if revoked:
            canonical.send("revokeFeedback", agent, index, sender=bob)
    kept = [(value, decimals) for value, decimals, revoked in ratings if not revoked]
    wanted = mean(kept)
    if abs(wanted[1]) <= MAX_INT128:
        assert canonical.read("getSummary", agent, [bob], "", "") == wanted
        return
    with pytest.raises(Reverted, match="summary out of range"):
        canonical.read("getSummary", agent, [bob], "", "")
