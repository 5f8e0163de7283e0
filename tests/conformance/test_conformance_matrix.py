"""The official clients, unmodified, against a fresh stack; `make conformance` runs it whole."""

from __future__ import annotations

import pytest

from tests.conformance.matrix import MATRIX
from tests.conformance.run import Verdict, published, run_matrix, table
from tests.support.stack import RunningStack

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(7200)]


@pytest.fixture(scope="module")
def verdicts(
    two_nodes: RunningStack, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Verdict]:
    found = run_matrix(two_nodes, tmp_path_factory.mktemp("run"), True, lambda _line: None)
    return {(one.client.id, one.line.id): one for one in found}


@pytest.mark.parametrize(
    ("client", "line"),
    [
        pytest.param(client.id, line.id, id=f"{client.id}-{line.id}")
        for client in MATRIX
        for line in client.lines
    ],
)
def test_line_of_the_matrix_is_seen(
    client: str, line: str, verdicts: dict[tuple[str, str], Verdict]
) -> None:
    assert verdicts[client, line].fault == ""


def test_table_in_the_docs_is_what_was_run(verdicts: dict[tuple[str, str], Verdict]) -> None:
    assert table(list(verdicts.values())) == published(), "write it again: make conformance"
