"""A victim's seal, minted again in the thief's own token and sold to himself: it gives nothing.

F20 and A4: anybody may mint any bytes as a sealed key, and ElGamal can be shifted by anyone. So
each of the three modes of a hand-over asks for what only the owner of a key can show.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import pytest

from tests.support.agents import CHAIN_ID, Pair, Person
from tests.support.committee_house import Congress
from tests.support.contracts import Reverted
from tests.support.evm import AnvilProcess
from tests.support.market import COMMITTEE
from tests.support.ports import free_port
from zerog.chain.bindings import AgentNft, FlowContract
from zerog.chain.hexes import to_address
from zerog.chain.registry import OracleInfo, Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer
from zerog.chain.tx import Sender, TxStore
from zerog.crypto.curve import add, generate, multiply
from zerog.crypto.keccak import keccak256
from zerog.errors import ZerogError
from zerog.inft.envelope import DataKey, Envelope, SealContext, open_seal, seal
from zerog.inft.jobstore import JobStore
from zerog.inft.oracle_desk import Desk
from zerog.inft.oracle_wire import TransferRequest
from zerog.inft.proofs import TRANSFER, ZKP, OwnershipProof, Statement
from zerog.inft.reseal import KIND, OracleHouse, Resealing
from zerog.inft.sealproof import Handed, transfer_seal
from zerog.jobs import InlineJobs, ReEncrypt
from zerog.storage.client.client import StorageClient
from zerog.types import PublicKey

pytestmark = pytest.mark.daemons

SHIFT: Final = 1234567
FORMS: Final = ("the same", "shifted", "to the thief", "shifted, to the thief", "the deposit")


@dataclass(frozen=True, slots=True)
class Crime:
    """A victim's token, sealed for real and deposited; bob is the thief."""

    congress: Congress
    victim: int
    oracle: Person

    @property
    def alice(self) -> Person:
        """The victim."""
        return self.congress.bazaar.house.alice

    @property
    def bob(self) -> Person:
        """The thief."""
        return self.congress.bazaar.house.bob

    @property
    def secret(self) -> bytes:
        """The data key that the thief is after."""
        return self.congress.keys[self.victim].data_key()

    def loot(self, form: str) -> bytes:
        """What bob makes of what he saw on chain; he knows the shift."""
        congress, (seen,) = self.congress, self.congress.bazaar.seals[self.victim]
        if form == "the deposit":
            token = congress.bazaar.house.token.address
            return congress.members[1].network.vault.seals(token, self.victim, 0, None)[0]
        return altered(seen, form, PublicKey(self.bob.public_key))

    def mint(self, form: str) -> int:
        """Bob's own token with it."""
        return self.congress.mint(self.bob, self.loot(form))

    def act(self, token_id: int, owner: Person) -> Statement:
        """The sale of a token to bob himself."""
        house = self.congress.bazaar.house
        act = house.statement(token_id, owner, self.bob)
        return replace(act, new_data_hash=act.old_data_hash)

    def sell(self, act: Statement, handed: Handed) -> None:
        """By proof, on chain; raises Reverted."""
        house = self.congress.bazaar.house
        access, _ = house.pair(act, self.bob)
        ends = (handed.sealed_key, self.bob.public_key, b"", handed.proof)
        ownership = OwnershipProof(ZKP, act.old_data_hash, act.old_data_hash, *ends)
        pairs: list[Pair] = [(access, ownership)]
        house.transfer(act.token_id, self.bob, self.bob, pairs)


def altered(seen: bytes, form: str, thief: PublicKey) -> bytes:
    """A seal with its points shifted by a known scalar, with another owner's key in it, or both."""
    parts = Envelope.parse(seen)
    owner = parts.owner
    assert owner is not None
    if form.startswith("shifted"):
        moved = add(parts.e2, multiply(owner, SHIFT))
        parts = replace(parts, e1=add(parts.e1, generate(SHIFT)), e2=moved)
    if form.endswith("to the thief"):
        parts = replace(parts, owner=thief)
    return parts.encode()


@pytest.fixture(scope="module")
def crime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crime]:
    """A committee of two, a market, a token of alice's."""
    folder = tmp_path_factory.mktemp("crime")
    anvil = AnvilProcess.start(folder)
    try:
        congress = Congress.build(anvil, folder / "home", free_port())
        try:
            congress.found(2, 2)
            house = congress.bazaar.house
            victim = congress.mint(house.alice)
            congress.deposit(victim, house.alice)
            yield Crime(congress, victim, house.oracle)
        finally:
            congress.stop()
    finally:
        anvil.stop()


# --------------------------------------------------------------------------------- by proof


@pytest.mark.parametrize("form", FORMS)
def test_by_proof_the_thief_cannot_make_a_proof(crime: Crime, form: str) -> None:
    """A4: he lacks the secret of the key that it is sealed to, or the parts disagree."""
    token_id = crime.mint(form)
    act = crime.act(token_id, crime.bob)
    target = PublicKey(crime.bob.public_key)
    with pytest.raises(ZerogError):
        transfer_seal(crime.bob.secret, crime.loot(form), target, act)
    # Nor does the proof of an honest sale of the victim's token serve for his.
    honest = crime.act(crime.victim, crime.alice)
    seen = crime.congress.bazaar.seals[crime.victim][0]
    published = transfer_seal(crime.alice.secret, seen, target, honest)
    with pytest.raises(Reverted) as caught:
        crime.sell(act, published)
    expected = "WrongProof" if form == "the same" else "NotTheCurrentSeal"
    assert caught.value.name == expected


def test_by_proof_a_seal_with_his_own_key_in_it_gives_what_he_computed(crime: Crime) -> None:
    """A4: without its ECIES part he can sell the altered seal, and buys a key that he knew."""
    for form in ("to the thief", "shifted, to the thief"):
        bare = bytes(129) + crime.loot(form)[129:323] + bytes(64)
        token_id = crime.congress.mint(crime.bob, bare)
        before = open_seal(bare, crime.bob.secret)
        act = crime.act(token_id, crime.bob)
        handed = transfer_seal(crime.bob.secret, bare, PublicKey(crime.bob.public_key), act)
        crime.sell(act, handed)
        after = open_seal(handed.sealed_key, crime.bob.secret)
        assert after == before, "the sale told him nothing"
        assert after.data_key() != crime.secret


# ------------------------------------------------------------------------------ by the oracle


@pytest.fixture(scope="module")
def desk(crime: Crime) -> Desk:
    """The oracle's desk over the same chain; nothing works on its orders."""
    home = crime.congress.home
    registry = Registry.load(home)
    chain = Chain(registry.endpoints["chain"])
    oracle = OracleInfo(crime.oracle.address, PublicKey(crime.oracle.public_key))
    nft = AgentNft.of(chain, registry.contract("AgentNFT"))
    jobs = JobStore(home / "oracle.db")
    return Desk(registry, oracle, nft, jobs, InlineJobs({ReEncrypt: lambda _key: None}))


def order(crime: Crime, token_id: int, grant: bytes) -> TransferRequest:
    """Bob's order to have his token re-encrypted for himself."""
    house, thief = crime.congress.bazaar.house, Signer(crime.bob.secret)
    made = TransferRequest(
        chain_id=CHAIN_ID,
        token=house.token.address,
        token_id=token_id,
        sender=thief.address,
        receiver=thief.address,
        old_data_hash=house.hashes_of(token_id)[0],
        target_key=thief.public_key,
        grant=grant,
        deadline=int(time.time()) + 3600,
        signature=b"",
    )
    return replace(made, signature=thief.sign_digest(made.digest()))


def grants(crime: Crime) -> dict[str, bytes]:
    """What bob can offer as a grant: alice's seal, her grant of a real sale, each altered."""
    to_oracle = PublicKey(crime.oracle.public_key)
    context = SealContext(CHAIN_ID, crime.congress.bazaar.house.token.address, crime.victim)
    granted = seal(crime.congress.keys[crime.victim], to_oracle, context)
    seen = crime.congress.bazaar.seals[crime.victim][0]
    return {
        "her seal": seen,
        "her seal, to the oracle": altered(seen, "to the thief", to_oracle),
        "her grant": granted,
        "her grant, shifted": altered(granted, "shifted", to_oracle),
        "her grant without its proof": granted[:323] + bytes(64),
    }


def test_by_oracle_no_stolen_grant_is_taken(crime: Crime, desk: Desk) -> None:
    """A4: a grant carries a proof of its randomness for this chain, contract and token."""
    token_id = crime.mint("the same")
    for name, grant in grants(crime).items():
        with pytest.raises(ZerogError):
            desk.order(dict(order(crime, token_id, grant).to_json()))
        assert desk.jobs.rows() == [], name
    context = SealContext(CHAIN_ID, crime.congress.bazaar.house.token.address, token_id)
    own = seal(DataKey.generate(), PublicKey(crime.oracle.public_key), context)
    assert desk.order(dict(order(crime, token_id, own).to_json())).state == "accepted"


def test_by_oracle_the_worker_opens_no_stolen_grant_either(crime: Crime, desk: Desk) -> None:
    """A4: it checks by itself, before its key touches the grant."""
    token_id = crime.mint("shifted")
    registry, home = desk.registry, crime.congress.home
    chain, signer = Chain(registry.endpoints["chain"]), Signer(crime.oracle.secret)
    sender = Sender(chain, TxStore(home / "oracle-tx.db"), signer, 0)
    nobody = to_address(bytes(20))
    house = OracleHouse(
        registry, signer, sender, desk.nft, FlowContract(chain, nobody),
        StorageClient("http://127.0.0.1:9"), desk.jobs, home / "spool",
    )  # fmt: skip
    for name, grant in grants(crime).items():
        made = order(crime, token_id, grant)
        row = desk.jobs.add(
            keccak256(name.encode()).hex(),
            KIND,
            "accepted",
            {
                "token_id": token_id,
                "from": made.sender,
                "to": made.receiver,
                "old_data_root": "0x" + made.old_data_hash.hex(),
                "target_key": made.target_key.hex(),
                "grant": grant.hex(),
                "order_deadline": made.deadline,
                "operation": TRANSFER,
            },
        )
        with pytest.raises(ZerogError) as caught:
            Resealing(house).draw_key(row)
        assert type(caught.value).__name__ in {"SealProofInvalid", "Unproven"}, name


# --------------------------------------------------------------------------- by the committee


@pytest.mark.parametrize("form", FORMS)
def test_by_committee_no_stolen_seal_is_deposited_or_listed(crime: Crime, form: str) -> None:
    """A4: a deposit is proven by the secret of the token's seal, for this very token."""
    congress = crime.congress
    token_id = crime.mint(form)
    with pytest.raises(ZerogError):
        congress.handed(token_id, crime.bob)
    token = congress.bazaar.house.token.address
    published = congress.handed(crime.victim, crime.alice)
    with pytest.raises(Reverted) as caught:
        congress.vault.send(
            "deposit", token, token_id, 0, published.sealed_key, published.proof
        )  # fmt: skip
    assert caught.value.name == ("WrongProof" if form == "the same" else "NotTheCurrentSeal")
    with pytest.raises(Reverted, match="NotDeposited"):
        congress.bazaar.put_up(token_id, crime.bob, mode=COMMITTEE)
