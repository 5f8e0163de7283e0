"""Driving a row: forward, parked, failed for good, or patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from zerog.chain.errors import InsufficientFunds, TxReverted
from zerog.chain.signer import PasswordMissing
from zerog.errors import Refused, Unreachable, UsageError, ZerogError
from zerog.inft.jobstore import JobStore, Row
from zerog.inft.steps import Step, Workflow, drive
from zerog.storage.errors import NodeRefused

pytestmark = pytest.mark.unit


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    made = JobStore(tmp_path / "jobs.db")
    made.add("a", "mint", "one", {})
    return made


def flow(steps: Mapping[str, Step], heal: Callable[[], None] = lambda: None) -> Workflow:
    """A workflow that forgets the value `secret` of a row that ends badly."""
    return Workflow(steps, heal, lambda row: row.to(row.state, secret=None))


def test_row_passes_every_step_to_its_end(store: JobStore) -> None:
    steps = {"one": lambda row: row.to("two", x=1), "two": lambda row: row.to("final", y=2)}
    reached = drive(store, "a", flow(steps))
    assert reached.state == store.get("a").state == "final"
    assert store.get("a").data == {"x": 1, "y": 2}


def test_row_that_a_step_gives_back_unmoved_is_parked(store: JobStore) -> None:
    assert drive(store, "a", flow({"one": lambda row: row})).state == "one"


def test_row_that_a_rule_refuses_fails_for_good(store: JobStore) -> None:
    def refuse(row: Row) -> Row:
        raise Refused("no", "never")

    with pytest.raises(Refused):
        drive(store, "a", flow({"one": refuse}))
    assert store.get("a").state == "failed"
    assert store.get("a").error == "no; never"


def test_row_whose_folder_is_gone_fails_for_good(store: JobStore) -> None:
    def gone(row: Row) -> Row:
        raise UsageError("there is no folder")

    with pytest.raises(UsageError):
        drive(store, "a", flow({"one": gone}))
    assert store.get("a").state == "failed"


def test_row_whose_step_breaks_otherwise_stays_where_it_is(store: JobStore) -> None:
    def broken(row: Row) -> Row:
        raise ZerogError("disk full")

    with pytest.raises(ZerogError):
        drive(store, "a", flow({"one": broken}))
    assert store.get("a").state == "one"


def test_service_that_is_away_for_a_moment_is_asked_again(store: JobStore) -> None:
    asked: list[int] = []

    def away_twice(row: Row) -> Row:
        asked.append(1)
        if len(asked) < 3:
            raise Unreachable("not yet")
        return row.to("final")

    assert drive(store, "a", flow({"one": away_twice})).state == "final"
    assert len(asked) == 3


def test_row_that_fails_keeps_nothing_that_it_must_forget(store: JobStore) -> None:
    def refuse(row: Row) -> Row:
        raise Refused("no")

    with pytest.raises(Refused):
        drive(store, "a", flow({"one": lambda row: row.to("two", secret="s"), "two": refuse}))
    assert store.get("a").data["secret"] is None


def test_refusal_that_a_healed_chain_takes_back_does_not_count(store: JobStore) -> None:
    healed: list[int] = []

    def refuse_until_healed(row: Row) -> Row:
        if not healed:
            raise Refused("there is no token")
        return row.to("final")

    steps = {"one": refuse_until_healed}
    assert drive(store, "a", flow(steps, lambda: healed.append(1))).state == "final"


@pytest.mark.parametrize(
    "error",
    [
        NodeRefused("http://node", "zgs_uploadSegmentsByTxSeq", -32603, "disk full"),
        InsufficientFunds("0x00", "no money"),
        TxReverted("mint", "EnforcedPause", (), mined=False),
        PasswordMissing(),
    ],
)
def test_refusal_that_somebody_can_mend_leaves_the_row_where_it_is(
    store: JobStore, error: ZerogError
) -> None:
    def refuse(row: Row) -> Row:
        raise error

    with pytest.raises(type(error)):
        drive(store, "a", flow({"one": refuse}))
    assert store.get("a").state == "one"
    assert store.get("a").error is None
