"""Stubs of the published messages, in two gRPC stacks, against disperser, retriever and signers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.da_clients import CLIENTS
from tests.conformance.da_run import published, run_da, section, start_stack
from tests.conformance.inft_run import Row

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Row]]:
    """Every line of both clients, seen against one stack."""
    folder: Path = tmp_path_factory.mktemp("da")
    stack = start_stack(folder / "home")
    try:
        yield run_da(stack, folder / "run", lambda _line: None)
    finally:
        stack.stop()


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
