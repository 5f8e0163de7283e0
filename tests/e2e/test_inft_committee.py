"""The committee of a whole stack: hand-overs and sales while owners and members are away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import ROOT, RunningStack, wait_for
from zerog.config import Settings
from zerog.inft.committee.errors import MemberKeyMissing
from zerog.inft.committee.handing import WINDOW_SECONDS, Handing, plan_handing, run_handing
from zerog.inft.committee.network import Network
from zerog.inft.committee.sdk import Committee
from zerog.inft.envelope import open_seal
from zerog.inft.jobstore import JobBusy
from zerog.inft.stack import Stack
from zerog.inft.steps import EXPIRED, FINAL

pytestmark = pytest.mark.e2e

AGENT = str(ROOT / "zerog" / "demo" / "agent")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    running = RunningStack.start(tmp_path_factory.mktemp("committee") / "home", "--committee", "5")
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def silenced(stack: RunningStack, *numbers: int) -> Iterator[None]:
    """These members stand still."""
    parts = stack.parts()
    found = [psutil.Process(parts[f"committee-{number}"]["pid"]) for number in numbers]
    for process in found:
        process.suspend()
    try:
        yield
    finally:
        for process in found:
            process.resume()


def mint(stack: RunningStack, owner: str) -> str:
    return str(stack.json("inft", "mint", AGENT, "--as", owner)["token_id"])


def test_transfer_by_committee_with_two_silent_members_opens_identical(
    stack: RunningStack,
) -> None:
    """What the seller can still open: the data that they knew, as after a transfer by proof."""
    token_id = mint(stack, "alice")
    words = ("inft", "transfer", token_id, "--as", "alice", "--to", "bob", "--mode", "committee")
    with silenced(stack, 1, 4):
        moved = stack.json(*words)
    assert (moved["state"], moved["mode"], moved["opened_identical"]) == (
        "final",
        "committee",
        True,
    )
    assert moved["old_data_root"] == moved["new_data_root"]
    home = Stack.open(Settings.load(stack.home, {}))
    first, last = (home.nft.published_keys(int(token_id))[at] for at in (0, -1))
    alice, bob = home.keys.signer("alice"), home.keys.signer("bob")
    assert open_seal(first, alice.secret) == open_seal(last, bob.secret)


def test_listing_sells_by_itself_and_the_buyer_opens_it(
    stack: RunningStack, tmp_path: Path
) -> None:
    token_id = mint(stack, "bob")
    stack.json("inft", "committee", "deposit", token_id, "--as", "bob")
    sale = stack.json(
        *("inft", "sell", token_id, "--as", "bob", "--price", "0.5", "--mode", "committee")
    )
    with silenced(stack, 2):
        stack.json("inft", "buy", str(sale["listing_id"]), "--as", "carol")
    stack.json("inft", "open", token_id, "--as", "carol", "--out", str(tmp_path / "bought"))
    assert (tmp_path / "bought").is_dir()


def test_member_joins_announces_to_leave_and_is_given_no_share(stack: RunningStack) -> None:
    committee = Committee.connect(stack.home)
    before = committee.status()
    assert (before.threshold, before.slots, before.round_state) == (3, (1, 2, 3, 4, 5), "FINAL")
    joined = committee.join(6, "dave")
    assert joined.slot == 6
    assert committee.join(6, "dave").what == "joined before"
    assert committee.leave(6).what == "announceLeaving"
    assert [one.state for one in committee.members()][5] == "LEAVING"
    with pytest.raises(MemberKeyMissing):
        committee.leave(7)


def test_members_reshare_the_key_by_themselves_and_go_on_selling(stack: RunningStack) -> None:
    token_id = mint(stack, "alice")
    stack.json("inft", "committee", "deposit", token_id, "--as", "alice")
    committee = Committee.connect(stack.home)
    before = committee.status()
    slots = [word for slot in (1, 3, 5) for word in ("--slot", str(slot))]
    stack.json("inft", "committee", "reshare", "--threshold", "2", *slots)
    wait_for(lambda: committee.status().slots == (1, 3, 5) or None, "the resharing")
    after = committee.status()
    assert (after.key_id, after.public_key) == (before.key_id, before.public_key)
    words = ("inft", "transfer", token_id, "--as", "alice", "--to", "dave", "--mode", "committee")
    assert stack.json(*words)["opened_identical"]


def test_wish_whose_steps_are_run_twice_is_made_once(stack: RunningStack) -> None:
    """A kill between a step and its row is a step that is run again."""
    token_id = int(mint(stack, "carol"))
    home = Stack.open(Settings.load(stack.home, {}))
    desk = Network.open(home.settings, {}).desk
    before = desk.read("wishes")
    row = plan_handing(home, token_id, "carol", "bob")
    steps = Handing(home, home.keys.signer("carol"), PATIENCE_SECONDS).workflow().steps
    while row.state != FINAL:
        row, again = steps[row.state](row), steps[row.state](row)
        assert again.state == row.state
        if row.state in {"wished", FINAL}:
            assert again == row
    assert isinstance(before, int)
    assert desk.read("wishes") == before + 1
    assert home.nft.owner_of(token_id) == home.keys.signer("bob").address


def test_wish_that_nobody_grants_ends_and_the_token_is_free(stack: RunningStack) -> None:
    """Two of the three members that share the key stand still; one cannot open a seal."""
    token_id = int(mint(stack, "dave"))
    home = Stack.open(Settings.load(stack.home, {}))
    with silenced(stack, 1, 3):
        row = plan_handing(home, token_id, "dave", "bob")
        assert driven_to(home, row.job_id, "wished")
        home.chain.rpc("evm_increaseTime", [WINDOW_SECONDS + 1])
        home.chain.rpc("evm_mine", [])
        assert driven_to(home, row.job_id, EXPIRED)
    assert home.nft.owner_of(token_id) == home.keys.signer("dave").address
    assert home.nft.read("lockerOf", token_id) == "0x" + "00" * 20


def driven_to(home: Stack, job_id: str, state: str) -> bool:
    """Drive a row, beside the stack's own workers, until it is in a state."""

    def look() -> bool | None:
        try:
            found = run_handing(home, job_id, 0.0).state
        except JobBusy:
            return None
        return found == state or None

    return wait_for(look, f"a wish {state}")
