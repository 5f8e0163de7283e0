"""Members against a real chain, market and board: sales, faults, resharing, stolen seals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.committee_house import Congress
from tests.support.contracts import Reverted
from tests.support.evm import AnvilProcess
from tests.support.market import COMMITTEE
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from zerog.chain.steps_committee import PENALTY_WEI
from zerog.crypto.curve import add, generate
from zerog.errors import Tampered
from zerog.inft.committee.board import BoardRefused
from zerog.inft.committee.errors import MayNotRelease
from zerog.inft.committee.member import Member
from zerog.inft.committee.release import SignedShare, make_share
from zerog.inft.committee.rule import Release, move_id, read_release, sale_id, wish_id
from zerog.inft.envelope import Envelope, open_seal

pytestmark = pytest.mark.daemons


def founded(folder: Path, size: int, threshold: int) -> Iterator[Congress]:
    """A committee on an EVM of its own, because tests let its clock run."""
    anvil = AnvilProcess.start(folder)
    try:
        made = Congress.build(anvil, folder / "home", free_port())
        try:
            made.found(size, threshold)
            yield made
        finally:
            made.stop()
    finally:
        anvil.stop()


@pytest.fixture(scope="module")
def congress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Congress]:
    yield from founded(tmp_path_factory.mktemp("congress"), 5, 3)


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Congress]:
    """A smaller one, whose key and members change."""
    yield from founded(tmp_path_factory.mktemp("moving"), 3, 2)


def cuts(congress: Congress, before: list[int]) -> list[int]:
    """What each bond lost since."""
    return [was - now for was, now in zip(before, bonds(congress), strict=True)]


def bonds(congress: Congress) -> list[int]:
    return [congress.bond(slot) for slot in congress.members]


def lie(member: Member, release: Release) -> list[SignedShare]:
    """What a liar lays down: a share for another key, signed as if it were right."""
    made = []
    for item in release.items:
        case = item.case.of(member.slot)
        other = replace(case, target=generate(99))
        share = make_share(other, member.rounds.share_of(case.sharing_id))
        signature = member.signer.sign_digest(case.digest(share))
        made.append(SignedShare(member.slot, share, signature))
    return made


def test_listing_sells_while_its_owner_is_away(congress: Congress) -> None:
    alice, bob = congress.bazaar.house.alice, congress.bazaar.house.bob
    before = bonds(congress)
    listing = congress.sold(alice, bob)
    congress.tick()
    assert congress.is_settled(listing)
    token_id = congress.token_of(listing)
    assert congress.bazaar.house.owner_of(token_id) == bob.address.lower()
    assert congress.buyer_opens(token_id, bob)
    assert cuts(congress, before) == [0, 0, 0, 0, 0]


def test_token_with_two_items_is_handed_over_whole(congress: Congress) -> None:
    bazaar = congress.bazaar
    alice, bob = bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice, "first of two", "second of two")
    before = [open_seal(one, alice.secret) for one in bazaar.seals[token_id]]
    congress.deposit(token_id, alice)
    listing = bazaar.put_up(token_id, alice, mode=COMMITTEE)
    bazaar.buy(listing, bob)
    congress.tick()
    assert congress.is_settled(listing)
    published = congress.members[1].network.token.published_keys(token_id)
    assert [open_seal(one, bob.secret) for one in published[-2:]] == before


def test_wish_is_granted_while_its_owner_is_away(congress: Congress) -> None:
    alice, bob = congress.bazaar.house.alice, congress.bazaar.house.bob
    token_id = congress.mint(alice)
    congress.deposit(token_id, alice)
    number = congress.wish(token_id, alice, bob)
    congress.tick(1, 3)
    assert congress.bazaar.house.owner_of(token_id) == alice.address.lower()
    congress.tick(5)
    assert congress.bazaar.house.owner_of(token_id) == bob.address.lower()
    assert congress.buyer_opens(token_id, bob)
    with pytest.raises(MayNotRelease, match="DONE"):
        read_release(congress.members[1].network, wish_id(number))
    assert congress.members[1].release(wish_id(number)) == "over"


def test_two_silent_members_do_not_stop_a_sale(congress: Congress) -> None:
    listing = congress.sold(congress.bazaar.house.alice, congress.bazaar.house.bob)
    congress.tick(2, 5)
    assert not congress.is_settled(listing)
    congress.tick(4)
    assert congress.is_settled(listing)


def test_two_liars_do_not_stop_a_sale_and_pay_for_it(congress: Congress) -> None:
    before = bonds(congress)
    listing = congress.sold(congress.bazaar.house.alice, congress.bazaar.house.bob)
    for number in (1, 2):
        member = congress.members[number]
        release = read_release(member.network, sale_id(listing))
        member.board.post(release, lie(member, release))
    congress.tick(3, 4, 5)
    assert congress.is_settled(listing)
    assert congress.buyer_opens(congress.token_of(listing), congress.bazaar.house.bob)
    assert cuts(congress, before) == [PENALTY_WEI, PENALTY_WEI, 0, 0, 0]


def test_three_liars_release_nothing_and_bonds_say_whose(congress: Congress) -> None:
    before = bonds(congress)
    listing = congress.sold(congress.bazaar.house.alice, congress.bazaar.house.bob)
    for number in (2, 3, 4):
        member = congress.members[number]
        release = read_release(member.network, sale_id(listing))
        member.board.post(release, lie(member, release))
    congress.tick(1, 5)
    congress.tick(1, 5)
    assert not congress.is_settled(listing)
    assert congress.bazaar.house.owner_of(congress.token_of(listing)) != (
        congress.bazaar.house.bob.address.lower()
    )
    assert cuts(congress, before) == [0, PENALTY_WEI, PENALTY_WEI, PENALTY_WEI, 0]


def test_board_shows_shares_to_nobody_but_members(congress: Congress) -> None:
    listing = congress.sold(congress.bazaar.house.alice, congress.bazaar.house.bob)
    first, second = congress.members[1], congress.members[2]
    release = read_release(first.network, sale_id(listing))
    laid = first._own(release)
    forged = [one._replace(slot=2) for one in laid]
    with pytest.raises(BoardRefused, match="not signed by that member"):
        first.board.post(release, forged)
    assert second.board.post(release, second._own(release)) == [second._own(release)]


def test_board_refuses_what_is_no_share_without_falling(congress: Congress) -> None:
    bodies: list[object] = [
        b"{",
        b"[]",
        b"\xff" * 200_000,
        {"tag": 1},
        {"tag": "", "slot": 1, "shares": []},
        {"tag": "", "slot": 2**16, "shares": [{}]},
        {"tag": "", "slot": 1, "shares": [{"share": "zz" * 576, "signature": "00" * 65}]},
        {"tag": "", "slot": 1, "shares": [{"share": "00" * 576, "signature": "00" * 65}]},
    ]
    for name in ("sale:999", "sale:x", "move:1:1", "wish:" + "9" * 90, "nothing"):
        for body in bodies:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            answer = httpx.post(
                f"{congress.board_url}/v1/releases/{name}/shares",
                content=raw,
                timeout=PATIENCE_SECONDS,
            )
            assert answer.status_code == 400, (name, body, answer.text)
            assert "error" in answer.json()


def test_killed_member_goes_on_with_the_share_it_made(congress: Congress) -> None:
    listing = congress.sold(congress.bazaar.house.alice, congress.bazaar.house.bob)
    congress.tick(1, 2)
    release = read_release(congress.members[1].network, sale_id(listing))
    before = congress.members[1]._own(release)
    congress.members[1] = Member.open(congress.settings(), 1, {})
    assert congress.members[1]._own(release) == before
    congress.members[1].release(sale_id(listing))
    congress.tick(3)
    assert congress.is_settled(listing)
    congress.members[3].release(sale_id(listing))


def test_reshared_committee_sells_what_was_deposited_before(moving: Congress) -> None:
    bob = moving.bazaar.house.bob
    listing = moving.put_up(moving.bazaar.house.alice)
    moving.join(4)
    moving.new_round(2, (2, 4), key_id=1)
    moving.bazaar.buy(listing, bob)
    moving.tick(1, 3)
    assert not moving.is_settled(listing)
    moving.tick(2, 4)
    assert moving.is_settled(listing)
    assert moving.buyer_opens(moving.token_of(listing), bob)


def test_deposits_move_to_a_new_key(moving: Congress) -> None:
    bob, newest = moving.bazaar.house.bob, moving.members[1].network.committee.active_key() + 1
    listing = moving.put_up(moving.bazaar.house.alice)
    token_id = moving.token_of(listing)
    moving.new_round(2, (1, 3))
    moving.tick()
    held = moving.members[1].network.vault.deposit(moving.bazaar.house.token.address, token_id, 0)
    assert (held.key_id, held.by_committee) == (newest, True)
    with pytest.raises(MayNotRelease):
        read_release(moving.members[1].network, move_id(token_id, 0))
    moving.bazaar.buy(listing, bob)
    moving.tick()
    assert moving.is_settled(listing)
    assert moving.buyer_opens(token_id, bob)


def test_stolen_and_shifted_seals_cannot_be_deposited(congress: Congress) -> None:
    """Bob mints alice's seal again, or a shifted one, and tries to have it handed to himself."""
    house = congress.bazaar.house
    victim = congress.mint(house.alice)
    congress.deposit(victim, house.alice)
    seal = congress.bazaar.seals[victim][0]
    parts = Envelope.parse(seal)
    shifted = replace(parts, e1=add(parts.e1, generate(5)))
    deposit = congress.members[1].network.vault.seals(house.token.address, victim, 0, None)[0]
    for stolen in (seal, shifted.encode(), deposit):
        token_id = congress.mint(house.bob, stolen)
        with pytest.raises(Tampered):
            congress.handed(token_id, house.bob)
        token = house.token.address
        made = congress.handed(victim, house.alice)
        with pytest.raises(Reverted):
            congress.vault.send("deposit", token, token_id, 0, made.sealed_key, made.proof)
        with pytest.raises(Reverted, match="NotDeposited"):
            congress.bazaar.put_up(token_id, house.bob, mode=COMMITTEE)


def test_nothing_is_shared_before_payment_or_near_the_deadline(congress: Congress) -> None:
    network = congress.members[1].network
    listing = congress.put_up(congress.bazaar.house.alice)
    with pytest.raises(MayNotRelease, match="LISTED"):
        read_release(network, sale_id(listing))
    congress.bazaar.buy(listing, congress.bazaar.house.bob)
    assert read_release(network, sale_id(listing))
    deep = replace(network, settings=replace(network.settings, finality_depth=2))
    with pytest.raises(MayNotRelease, match="deep"):
        read_release(deep, sale_id(listing))
    congress.anvil.rpc("evm_increaseTime", 3590)
    congress.anvil.rpc("evm_mine")
    with pytest.raises(MayNotRelease, match="deadline"):
        read_release(network, sale_id(listing))


def test_wish_is_refused_near_its_deadline_and_can_be_ended_then(congress: Congress) -> None:
    alice, bob = congress.bazaar.house.alice, congress.bazaar.house.bob
    token_id = congress.mint(alice)
    congress.deposit(token_id, alice)
    number = congress.wish(token_id, alice, bob, window=3600)
    network = congress.members[1].network
    assert read_release(network, wish_id(number)).consents
    with pytest.raises(Reverted, match="TooEarly"):
        congress.desk.send("end", number)
    congress.bazaar.wait(3590)
    with pytest.raises(MayNotRelease, match="deadline"):
        read_release(network, wish_id(number))
    congress.bazaar.wait(60)
    congress.desk.send("end", number)
    assert congress.bazaar.house.token.read("lockerOf", token_id) == "0x" + "00" * 20
