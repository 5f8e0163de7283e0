"""What a token is in plain data, and hand-overs of it with real seals and real proofs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from eth_utils.crypto import keccak

from tests.support.agents import CHAIN_ID, House, Person, root
from tests.support.doors import Door
from tests.support.handovers import AGENTIC_ID, FINAL, Shape
from zerog.inft.envelope import DataKey, SealContext, check_seal, open_seal, seal
from zerog.inft.proofs import RESEAL, ZKP, OwnershipProof, Statement
from zerog.inft.sealproof import Handed, transfer_seal
from zerog.types import Address


@dataclass(slots=True)
class Item:
    """One item of data: its hash, its key, the seal as published, and whose secret opens it.

    context: the token id that the seal is bound to, which for a clone is the original's.
    """

    data_hash: bytes
    key: DataKey
    sealed: bytes
    reader: Person
    context: int

    def check_readable(self, token: Address) -> None:
        """The seal holds the key, for its reader, and says so for this token contract."""
        context = SealContext(CHAIN_ID, token, self.context)
        check_seal(self.sealed, self.reader.public_key, context)
        assert open_seal(self.sealed, self.reader.secret) == self.key


@dataclass(slots=True)
class Token:
    """What the model knows of one token. astray: it moved plainly, without its key."""

    owner: str
    creator: str | None
    items: list[Item] = field(default_factory=list)
    parent: int = 0
    locker: str | None = None
    approved: str | None = None
    astray: bool = False

    @property
    def mover(self) -> str:
        """Who may certainly move it."""
        return self.locker or self.owner


def new_item(house: House, token_id: int, reader: Person, label: object) -> Item:
    """Data of a fresh key, sealed to a reader for a token."""
    key = DataKey.generate()
    context = SealContext(CHAIN_ID, house.token.address, token_id)
    sealed = seal(key, reader.public_key, context)
    return Item(root(label), key, sealed, reader, token_id)


@dataclass(frozen=True, slots=True)
class Handover:
    """Proofs of every item through one door, and the items as the receiver gets them."""

    act: Statement
    shapes: tuple[Shape, ...]
    items: list[Item]


def by_oracle(
    door: Door, act: Statement, items: list[Item], to: Person, reader: Person
) -> Handover:
    """An oracle's word: through the Final functions a new ciphertext under a new key."""
    house, made, shapes = door.house, [], []
    for item in items:
        label = f"renewed {next(house.counter)}"
        one = new_item(house, act.token_id, reader, label)
        if door.generation is not FINAL:
            context = SealContext(CHAIN_ID, house.token.address, act.token_id)
            sealed = seal(item.key, reader.public_key, context)
            one = replace(one, data_hash=item.data_hash, key=item.key, sealed=sealed)
        made.append(one)
        said = replace(act, old_data_hash=item.data_hash, new_data_hash=one.data_hash)
        shapes.append(door.shape(said, to, sealed_key=one.sealed, **wanted(to, reader)))
    return Handover(act, tuple(shapes), made)


def by_chain(door: Door, act: Statement, items: list[Item], to: Person, reader: Person) -> Handover:
    """The proof that the chain checks, by the secret of the current seal."""
    made, shapes = [], []
    for index, item in enumerate(items):
        said = replace(act, old_data_hash=item.data_hash, new_data_hash=item.data_hash)
        handed = transfer_seal(item.reader.secret, item.sealed, reader.public_key, said, index)
        shape = door.shape(said, to, **wanted(to, reader))
        nonce = bytes(32) if door.generation is AGENTIC_ID else b""
        hashes = (item.data_hash, item.data_hash)
        word = OwnershipProof(
            ZKP, *hashes, handed.sealed_key, reader.public_key, nonce, handed.proof
        )
        shapes.append(replace(shape, pair=(shape.pair[0], word)))
        made.append(replace(item, sealed=handed.sealed_key, reader=reader, context=act.token_id))
    return Handover(act, tuple(shapes), made)


def wanted(to: Person, reader: Person) -> dict[str, object]:
    """What a receiver writes into the consent to be given a key other than their wallet's."""
    return {} if reader == to else {"wanted_key": reader.public_key}


def renewed_seal(
    house: House, token_id: int, index: int, item: Item, owner: Person, to: Person
) -> Handed:
    """The same key under another one of the owner's, for `reseal`."""
    act = Statement(
        CHAIN_ID,
        house.token.address,
        house.token.address,
        RESEAL,
        token_id,
        owner.address,
        owner.address,
        item.data_hash,
        item.data_hash,
    )
    return transfer_seal(item.reader.secret, item.sealed, to.public_key, act, index)


def key_hashes(token: Token) -> list[bytes]:
    """What the chain keeps of the seals."""
    return [keccak(item.sealed) for item in token.items]
