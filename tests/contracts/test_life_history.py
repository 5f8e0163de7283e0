"""The history on chain: the same root as its Python twin, and proofs that hold or do not."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.agents import Person
from tests.support.contracts import Deployed, Evm, Reverted, check_gas, compiled
from tests.support.evm import AnvilProcess
from zerog.crypto.keccak import keccak256
from zerog.inft.life.versions import NO_VERSIONS, Version, prove, root

pytestmark = pytest.mark.contracts
TOKEN = 7
AUTHOR = Person.named("author").address
COUNT = 17


def data(number: int) -> bytes:
    """A commitment to data."""
    return keccak256(f"data {number}".encode())


def record(harness: Deployed, number: int) -> tuple[Version, int]:
    """Record version `number` of the token; gives it as the event has it, and the gas."""
    receipt = harness.send("record", TOKEN, data(number), data(number + 1), AUTHOR)
    (event,) = harness.events("VersionRecorded", receipt)
    return (
        Version(
            cast(int, event["tokenId"]),
            cast(int, event["index"]),
            cast(bytes, event["before"]),
            cast(bytes, event["next"]),
            AUTHOR,
            cast(int, event["time"]),
        ),
        receipt["gasUsed"],
    )


@pytest.fixture(scope="module")
def harness(anvil: AnvilProcess) -> Deployed:
    """The library behind open functions."""
    return Evm(anvil.url).deploy(compiled("HistoryHarness"))


@pytest.fixture(scope="module")
def history(harness: Deployed) -> list[Version]:
    """COUNT versions of the token; while they grow, the roots are compared."""
    versions: list[Version] = []
    for number in range(COUNT):
        versions.append(record(harness, number)[0])
        known = root([version.leaf() for version in versions])
        assert harness.read("versionRootOf", TOKEN) == known
    return versions


def ask(harness: Deployed, version: Version, proof: list[bytes]) -> object:
    """verifyVersion of the token."""
    fields = (version.before, version.next, version.author, version.time)
    return harness.read("verifyVersion", TOKEN, version.index, fields, proof)


def test_history_slot_is_the_derived_one(harness: Deployed) -> None:
    inner = int.from_bytes(keccak256(b"zerog.storage.VersionHistory"), "big") - 1
    outer = int.from_bytes(keccak256(inner.to_bytes(32, "big")), "big") & ~0xFF
    assert harness.read("slot") == outer.to_bytes(32, "big")


def test_history_of_untouched_token_is_empty(harness: Deployed) -> None:
    assert harness.read("versionCountOf", TOKEN + 1) == 0
    assert harness.read("versionRootOf", TOKEN + 1) == NO_VERSIONS


def test_history_counts_each_token_alone(harness: Deployed, history: list[Version]) -> None:
    assert harness.read("versionCountOf", TOKEN) == len(history)


def test_every_version_is_provable(harness: Deployed, history: list[Version]) -> None:
    leaves = [version.leaf() for version in history]
    for version in history:
        assert ask(harness, version, prove(leaves, version.index).hashes()) is True


def test_version_with_another_author_is_not_provable(
    harness: Deployed, history: list[Version]
) -> None:
    leaves = [version.leaf() for version in history]
    true = history[5]
    stranger = Person.named("stranger").address
    false = Version(TOKEN, 5, true.before, true.next, stranger, true.time)
    assert ask(harness, false, prove(leaves, 5).hashes()) is False


def test_proof_of_wrong_length_reverts(harness: Deployed, history: list[Version]) -> None:
    with pytest.raises(Reverted) as refused:
        ask(harness, history[0], [bytes(32)])
    assert (refused.value.name, refused.value.values) == ("BadVersionProofLength", (5, 1))


def test_version_that_is_not_there_reverts(harness: Deployed, history: list[Version]) -> None:
    later = Version(TOKEN, COUNT, data(1), data(2), AUTHOR, 1)
    with pytest.raises(Reverted) as refused:
        ask(harness, later, [])
    assert (refused.value.name, refused.value.values) == ("NoSuchVersion", (COUNT, COUNT))


def test_history_gas_of_an_append(fresh_anvil: AnvilProcess) -> None:
    own = Evm(fresh_anvil.url).deploy(compiled("HistoryHarness"))
    costs = [record(own, number)[1] for number in range(4)]
    for number, used in enumerate(costs):
        check_gas(f"life.history.append.{number}", used)
