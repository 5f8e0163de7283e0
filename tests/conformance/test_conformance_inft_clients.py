"""The clients of every ERC-7857 generation, replayed with plain ethers and viem."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from tests.conformance.inft_clients import REPLAYS, ground, replay
from tests.conformance.inft_judges import fault_of
from tests.conformance.inft_run import Row, published, run_inft, section

pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return run_inft(tmp_path_factory.mktemp("inft"), lambda _line: None)


@pytest.mark.parametrize("line", [line.title for one in REPLAYS for line in one.lines])
def test_line_of_a_client_is_seen(rows: list[Row], line: str) -> None:
    (found,) = [one for one in rows if one.title == line]
    assert found.fault == ""


def test_code_and_recorded_digests_are_those_of_the_generations(rows: list[Row]) -> None:
    assert [one.fault for one in rows[:2]] == ["", ""]


def test_section_in_the_docs_is_what_was_run(rows: list[Row]) -> None:
    assert section(rows) == published(), "write it again: make conformance"


def test_client_without_leave_for_legacy_digests_is_refused(tmp_path: Path) -> None:
    """The judge sees a refusal: nothing is allowed that a deployment does not allow."""
    final = REPLAYS[0]
    with ground(tmp_path) as place:
        token = place.address("AgentNFT")
        place.send("DataVerifier", "DataVerifier", "setLegacy", token, False)
        seen = replay(place, replace(final, lines=final.lines[:1]))
        told = fault_of(place, final.lines[0], seen["final"])
        assert keccak(text="LegacyRefused(address)")[:4].hex() in told
