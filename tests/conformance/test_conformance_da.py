"""Stubs of the published messages, in two gRPC stacks, against disperser, retriever and signers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.da_clients import CLIENTS, PYTHON
from tests.conformance.da_run import Run, published, section, start_stack
from tests.conformance.harness import Seen
from tests.conformance.inft_run import Row

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", name="run")
def seen_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Every line of both clients, seen against one stack."""
    folder: Path = tmp_path_factory.mktemp("da")
    stack = start_stack(folder / "home")
    try:
        yield Run.of(stack, folder / "run")
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def rows(run: Run) -> list[Row]:
    """Each line, judged."""
    return run.rows()


@pytest.mark.parametrize(
    ("client", "title"),
    [
        pytest.param(one.package, line.title, id=f"{one.id}-{line.id}")
        for one in CLIENTS
        for line in one.lines
    ],
)
def test_line_of_a_grpc_client_is_seen(rows: list[Row], client: str, title: str) -> None:
    (found,) = [row for row in rows if (row.client, row.title) == (client, title)]
    assert found.fault == ""


def test_table_of_grpc_clients_in_the_docs_is_what_was_run(rows: list[Row]) -> None:
    assert section(rows) == published(), "write it again: make conformance"


@pytest.mark.parametrize(
    ("line", "wrong", "told"),
    [
        ("blob-31", {"root": "00" * 32}, "another data root"),
        ("blob-31", {"epoch": 99}, "no certificate"),
        ("blob-31", {"seen": ["PROCESSING", "FINALIZED"]}, "statuses"),
        ("blob-31", {"retriever": __file__}, "retriever gave other bytes"),
        ("nitro", {"id": "none"}, "request id"),
        ("refusals", {"empty": {"code": "UNKNOWN", "text": ""}}, "empty: UNKNOWN"),
        ("default-limit", {"code": "OK"}, "OK"),
        ("signer", {"row": 3072}, "another row"),
        ("encoder", {"slices": 3071}, "3071 slices"),
    ],
)
def test_judge_sees_what_is_wrong(run: Run, line: str, wrong: dict[str, object], told: str) -> None:
    seen = run.seen[PYTHON.id][line]
    assert run.fault(PYTHON, line, seen) == ""
    assert told in run.fault(PYTHON, line, Seen({**seen.facts, **wrong}))
