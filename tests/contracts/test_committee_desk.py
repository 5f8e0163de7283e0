"""CommitteeDesk: wishes, branch by branch (committee.tree)."""

from __future__ import annotations

import pytest

from tests.support.committee import no_base
from tests.support.committee_chain import Hall
from tests.support.contracts import Deployed, Reverted, artifact
from tests.support.market import Bazaar
from zerog.chain.bindings_committee import WishState
from zerog.inft.envelope import Envelope
from zerog.inft.proofs import ZKP, AccessProof, OwnershipProof

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20
HOUR = 3600


@pytest.fixture
def desk(hall: Hall) -> Deployed:
    return hall.house.evm.deploy(artifact("CommitteeDesk"), hall.vault.address)


@pytest.fixture
def token_id(hall: Hall) -> int:
    """Alice's, with its key deposited."""
    found = hall.mint(hall.house.alice)
    hall.deposit(found, hall.house.alice)
    return found


def consents(hall: Hall, token_id: int) -> list[AccessProof]:
    """Bob's."""
    people = Bazaar(hall.house, hall.vault, hall.vault, hall.house.carol)
    act = people.statement(token_id, hall.house.alice, hall.house.bob)
    return people.consents(act, hall.house.bob)


def wish(
    hall: Hall,
    desk: Deployed,
    token_id: int,
    *,
    window: int = HOUR,
    key: bytes | None = None,
    sender: str | None = None,
    to: str | None = None,
    given: list[AccessProof] | None = None,
) -> int:
    alice, bob, token = hall.house.alice, hall.house.bob, hall.house.token
    token.send("approve", desk.address, token_id, sender=alice.address)
    receipt = desk.send(
        "wish",
        token.address,
        token_id,
        to or bob.address,
        window,
        bob.public_key if key is None else key,
        consents(hall, token_id) if given is None else given,
        sender=sender or alice.address,
    )
    number = desk.events("WishMade", receipt)[0]["wishId"]
    assert isinstance(number, int)
    return number


def proofs(hall: Hall, token_id: int, given: list[AccessProof]) -> list[object]:
    """What members make of a wish."""
    house = hall.house
    logs = hall.vault.contract.events.Deposited.get_logs(from_block=0)
    deposit = Envelope.parse(bytes(logs[-1]["args"]["seal"]))
    parties = (house.alice.address, house.bob.address)
    case = hall.case(token_id, deposit, parties, house.bob.public_key)
    sealed, proof = hall.released(case, deposit, (1, 2, 4))
    hashes = (case.data_hash, case.data_hash)
    return [(given[0], OwnershipProof(ZKP, *hashes, sealed, house.bob.public_key, b"", proof))]


def state(desk: Deployed, number: int) -> WishState:
    found = desk.read("wishOf", number)
    assert isinstance(found, tuple)
    return WishState(found[0])


def test_wish_locks_the_token_and_its_fulfilment_moves_it(
    hall: Hall, desk: Deployed, token_id: int
) -> None:
    given = consents(hall, token_id)
    number = wish(hall, desk, token_id, given=given)
    assert hall.house.token.read("lockerOf", token_id) == desk.address.lower()
    desk.send("fulfil", number, proofs(hall, token_id, given), sender=hall.house.carol.address)
    assert state(desk, number) is WishState.DONE
    assert hall.house.owner_of(token_id) == hall.house.bob.address.lower()
    with pytest.raises(Reverted, match="WrongState"):
        desk.send("fulfil", number, proofs(hall, token_id, given))
    with pytest.raises(Reverted, match="WrongState"):
        desk.send("end", number)


def test_wish_by_another_or_to_oneself_reverts(hall: Hall, desk: Deployed, token_id: int) -> None:
    house = hall.house
    for sender, to in ((house.bob.address, None), (None, house.alice.address)):
        with pytest.raises(Reverted, match="NotTheOwner"):
            wish(hall, desk, token_id, sender=sender, to=to)


@pytest.mark.parametrize("window", [59, 7 * 86_400 + 1])
def test_wish_with_too_little_or_too_much_time_reverts(
    hall: Hall, desk: Deployed, token_id: int, window: int
) -> None:
    with pytest.raises(Reverted, match="WindowOutOfRange"):
        wish(hall, desk, token_id, window=window)


@pytest.mark.parametrize(
    "key", [b"", bytes(64), b"".join(n.to_bytes(32, "big") for n in no_base())]
)
def test_wish_for_a_key_that_nothing_can_be_sealed_to_reverts(
    hall: Hall, desk: Deployed, token_id: int, key: bytes
) -> None:
    with pytest.raises(Reverted, match="NotAPublicKey"):
        wish(hall, desk, token_id, key=key)


def test_wish_without_the_receivers_consent_reverts(
    hall: Hall, desk: Deployed, token_id: int
) -> None:
    with pytest.raises(Reverted, match="ConsentCountMismatch"):
        wish(hall, desk, token_id, given=[])
    carol = hall.house.carol
    (consent,) = consents(hall, token_id)
    of_bob = [consent._replace(encrypted_pub_key=carol.public_key)]
    with pytest.raises(Reverted, match="ConsentNotSigned"):
        wish(hall, desk, token_id, to=carol.address, key=carol.public_key, given=of_bob)
    with pytest.raises(Reverted, match="ConsentToOtherKey"):
        wish(hall, desk, token_id, key=hall.house.carol.public_key)


def test_wish_without_a_deposit_reverts(hall: Hall, desk: Deployed) -> None:
    token_id = hall.mint(hall.house.alice)
    with pytest.raises(Reverted, match="NotDeposited"):
        wish(hall, desk, token_id)


def test_wish_stands_until_its_deadline_and_can_be_ended_then(
    hall: Hall, desk: Deployed, token_id: int
) -> None:
    given = consents(hall, token_id)
    number = wish(hall, desk, token_id, given=given)
    made = proofs(hall, token_id, given)
    with pytest.raises(Reverted, match="TooEarly"):
        desk.send("end", number, sender=hall.house.alice.address)
    hall.skip(HOUR + 1)
    with pytest.raises(Reverted, match="TooLate"):
        desk.send("fulfil", number, made)
    desk.send("end", number)
    assert state(desk, number) is WishState.ENDED
    assert hall.house.token.read("lockerOf", token_id) == NOBODY


def test_wish_that_never_was_reverts(desk: Deployed) -> None:
    assert state(desk, 1) is WishState.NONE
    with pytest.raises(Reverted, match="WrongState"):
        desk.send("fulfil", 1, [])


def test_fulfilment_with_another_receivers_proofs_reverts(
    hall: Hall, desk: Deployed, token_id: int
) -> None:
    given = consents(hall, token_id)
    number = wish(hall, desk, token_id, given=given)
    (pair,) = proofs(hall, token_id, given)
    assert isinstance(pair, tuple)
    forged = (given[0]._replace(nonce=given[0].nonce[::-1]), pair[1])
    with pytest.raises(Reverted):
        desk.send("fulfil", number, [forged])
    assert state(desk, number) is WishState.OPEN


def test_desk_without_a_vault_reverts(hall: Hall) -> None:
    with pytest.raises(Reverted, match="ZeroAddress"):
        hall.house.evm.deploy(artifact("CommitteeDesk"), NOBODY)
