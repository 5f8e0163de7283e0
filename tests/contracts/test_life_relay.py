"""The relayer: each permit once, within its limits, and nothing for what the chain refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.agents import Person
from tests.support.evm import AnvilProcess
from tests.support.house import mint_token
from tests.support.life_home import PEOPLE, life_home
from zerog.chain.signer import devnet_signer
from zerog.config import Settings
from zerog.inft.jobstore import JobStore
from zerog.inft.life.permits import MalformedPermit, NoPermitFor, Permit
from zerog.inft.life.relay import (
    OtherNetwork,
    PermitLate,
    PermitUseless,
    RelayHouse,
    post,
    run_relay,
)
from zerog.inft.life.relaybook import (
    DAY_SECONDS,
    AllowanceSpent,
    CallTooCostly,
    RelayBook,
    RelayRules,
)
from zerog.inft.life.signing import burn_nonce, carry, sign_permit
from zerog.inft.steps import EXPIRED, FAILED, FINAL

pytestmark = pytest.mark.contracts
BOB = devnet_signer(PEOPLE["bob"]).address


@pytest.fixture(scope="module")
def home(anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the people's keys, on the shared chain."""
    folder = tmp_path_factory.mktemp("relay-home")
    life_home(anvil, folder)
    return folder


@pytest.fixture
def house(home: Path) -> RelayHouse:
    """The relayer of the home."""
    return RelayHouse.open(Settings.load(home))


@pytest.fixture
def permit(
    house: RelayHouse, anvil: AnvilProcess, home: Path, request: pytest.FixtureRequest
) -> Permit:
    """Alice lets bob use a token of hers."""
    alice = devnet_signer(PEOPLE["alice"])
    token = mint_token(anvil, home, alice, f"mint {request.node.name}")
    return sign_permit(house.stack, "alice", "authorizeUsage", [token, BOB])


def users(house: RelayHouse, permit: Permit) -> object:
    """Who may use the token of a permit."""
    return house.stack.nft.read("authorizedUsersOf", int.from_bytes(permit.call[4:36], "big"))


def driven(house: RelayHouse, job_id: str, anvil: AnvilProcess) -> str:
    """Carry it on until it is as deep as the network wants; gives its state."""
    for _ in range(8):
        state = run_relay(house, job_id).state
        if state in (FINAL, FAILED, EXPIRED):
            return state
        anvil.rpc("evm_mine")
    raise AssertionError("the permit does not end")


def test_posted_permit_is_carried_out_by_the_relayer(
    house: RelayHouse, permit: Permit, anvil: AnvilProcess
) -> None:
    row = post(house, permit)
    assert row.state == "posted"
    assert driven(house, row.job_id, anvil) == FINAL
    assert users(house, permit) == (BOB,)


def test_permit_posted_again_is_the_same_row_and_is_sent_once(
    house: RelayHouse, permit: Permit, anvil: AnvilProcess
) -> None:
    first = post(house, permit)
    assert post(house, permit).job_id == first.job_id
    before = house.stack.chain.nonce(house.signer.address)
    driven(house, first.job_id, anvil)
    assert post(house, permit).state == FINAL
    assert run_relay(house, first.job_id).state == FINAL
    assert house.stack.chain.nonce(house.signer.address) == before + 1


def test_relayer_that_died_after_signing_sends_no_second_one(
    house: RelayHouse, permit: Permit, anvil: AnvilProcess, home: Path
) -> None:
    row = post(house, permit)
    run_relay(house, row.job_id)
    # The row never learnt that it was sent.
    lost = replace(house, rows=JobStore(home / "relay" / f"{row.job_id}.db"))
    lost.rows.add(row.job_id, row.kind, "posted", dict(row.data))
    before = house.stack.chain.nonce(house.signer.address)
    assert driven(lost, row.job_id, anvil) == FINAL
    assert house.stack.chain.nonce(house.signer.address) == before


@pytest.mark.parametrize("change", ["chain", "token"])
def test_permit_of_another_network_is_refused(
    house: RelayHouse, permit: Permit, change: str
) -> None:
    other = (
        replace(permit, chain_id=1) if change == "chain" else replace(permit, token=permit.signer)
    )
    with pytest.raises(OtherNetwork):
        post(house, other)


def test_late_permit_is_refused(house: RelayHouse, permit: Permit) -> None:
    with pytest.raises(PermitLate):
        post(house, replace(permit, deadline=house.stack.chain.head().timestamp))


def forged(permit: Permit) -> Permit:
    """Signed by somebody else."""
    return replace(permit, signature=devnet_signer(PEOPLE["bob"]).sign_digest(permit.digest()))


def unsigned(permit: Permit) -> Permit:
    """Signed by nobody."""
    return replace(permit, signature=b"")


@pytest.mark.parametrize("spoil", [forged, unsigned])
def test_permit_that_is_not_the_signers_is_refused(
    house: RelayHouse, permit: Permit, spoil: Callable[[Permit], Permit]
) -> None:
    with pytest.raises(PermitUseless) as refused:
        post(house, spoil(permit))
    assert refused.value.name == "BadPermitSignature"


def test_permit_whose_call_would_fail_is_refused(house: RelayHouse) -> None:
    with pytest.raises(PermitUseless) as refused:
        post(house, sign_permit(house.stack, "bob", "cancelLease", [9_999]))
    assert refused.value.name == "NoSuchLease"


def test_permit_for_another_function_is_refused(house: RelayHouse, permit: Permit) -> None:
    with pytest.raises(NoPermitFor):
        post(house, replace(permit, call=b"\x12\x34\x56\x78" + bytes(32)))
    with pytest.raises(MalformedPermit):
        post(house, replace(permit, call=permit.call + bytes(20_000)))


def test_permit_that_was_burnt_meanwhile_ends_without_a_transaction(
    house: RelayHouse, permit: Permit
) -> None:
    row = post(house, permit)
    burn_nonce(house.stack, "alice", permit.nonce)
    before = house.stack.chain.nonce(house.signer.address)
    with pytest.raises(PermitUseless):
        run_relay(house, row.job_id)
    assert house.rows.get(row.job_id).state == FAILED
    assert house.stack.chain.nonce(house.signer.address) == before


def test_permit_that_another_carried_ends_without_a_transaction(
    house: RelayHouse, permit: Permit
) -> None:
    row = post(house, permit)
    carry(house.stack, permit, "carol")
    with pytest.raises(PermitUseless):
        run_relay(house, row.job_id)
    assert house.rows.get(row.job_id).state == FAILED


def test_permit_waits_while_gas_is_dear(house: RelayHouse, permit: Permit) -> None:
    row = post(house, permit)
    dear = replace(house, rules=replace(house.rules, max_fee_wei=1))
    assert run_relay(dear, row.job_id).state == "posted"
    assert run_relay(house, row.job_id).state in ("sent", FINAL)


def test_permit_that_waited_too_long_expires(home: Path, fresh_anvil: AnvilProcess) -> None:
    folder = home.parent / "late-home"
    life_home(fresh_anvil, folder)
    house = RelayHouse.open(Settings.load(folder))
    token = mint_token(fresh_anvil, folder, devnet_signer(PEOPLE["alice"]), "mint")
    permit = sign_permit(house.stack, "alice", "authorizeUsage", [token, BOB], lasting_s=600)
    row = post(house, permit)
    fresh_anvil.rpc("evm_setNextBlockTimestamp", permit.deadline + 1)
    fresh_anvil.rpc("evm_mine")
    assert run_relay(house, row.job_id).state == EXPIRED


def test_call_above_the_cap_is_refused(house: RelayHouse, permit: Permit) -> None:
    mean = replace(house, rules=replace(house.rules, gas_per_call=50_000))
    with pytest.raises(CallTooCostly):
        post(mean, permit)


def test_call_that_grew_dearer_than_reserved_is_refused(house: RelayHouse, permit: Permit) -> None:
    row = post(house, permit)
    small = {**row.data, "gas": 60_000}
    other = house.rows.add("relay-grown", row.kind, "posted", small)
    with pytest.raises(CallTooCostly):
        run_relay(house, other.job_id)


def test_signer_has_a_daily_allowance(house: RelayHouse, anvil: AnvilProcess, home: Path) -> None:
    rules = RelayRules(gas_per_signer=400_000, gas_per_day=450_000)
    mean = replace(house, rules=rules, book=RelayBook(home / "relay" / "mean.db"))
    alice = devnet_signer(PEOPLE["alice"])
    token = mint_token(anvil, home, alice, "mint allowance")
    bob = mean.stack.keys.signer("bob")
    post(mean, sign_permit(mean.stack, "alice", "authorizeUsage", [token, BOB]))
    post(mean, sign_permit(mean.stack, "alice", "approve", [BOB, token]))
    third = sign_permit(mean.stack, "alice", "setUser", [token, BOB, 2**40])
    with pytest.raises(AllowanceSpent) as refused:
        post(mean, third)
    assert refused.value.who == alice.address
    other = mint_token(anvil, home, bob, "mint allowance of bob")
    with pytest.raises(AllowanceSpent) as refused:
        post(mean, sign_permit(mean.stack, "bob", "authorizeUsage", [other, alice.address]))
    assert refused.value.who == "everybody together"


# ------------------------------------------------------------------------------- the book


def reserve(book: RelayBook, number: int, name: str, time: int, gas: int = 100) -> None:
    """Reserve under rules for a hundred gas twice per signer, thrice in all."""
    signer = Person.named(name).address
    rules = RelayRules(gas_per_call=100, gas_per_signer=200, gas_per_day=300)
    book.reserve(bytes([number]) * 32, signer, gas, time, rules)


def test_book_bounds_signers_days_and_calls(tmp_path: Path) -> None:
    book = RelayBook(tmp_path / "book.db")
    reserve(book, 1, "a", 10)
    reserve(book, 1, "a", 10)  # the same permit again
    reserve(book, 2, "a", 10)
    with pytest.raises(AllowanceSpent):
        reserve(book, 3, "a", 10)
    reserve(book, 4, "b", 10)
    with pytest.raises(AllowanceSpent):
        reserve(book, 5, "c", 10)
    reserve(book, 5, "c", 10 + DAY_SECONDS)
    with pytest.raises(CallTooCostly):
        reserve(book, 6, "d", 10 + DAY_SECONDS, gas=101)


def test_book_forgets_old_days(tmp_path: Path) -> None:
    book = RelayBook(tmp_path / "book.db")
    for day in range(5):
        reserve(book, day, "a", day * DAY_SECONDS)
    count = book.database.connection.execute("SELECT COUNT(*) FROM reserved").fetchone()[0]
    assert count == 2


def test_rules_say_what_a_day_costs_at_most() -> None:
    assert RelayRules(gas_per_day=7, max_fee_wei=3).wei_per_day == 21
