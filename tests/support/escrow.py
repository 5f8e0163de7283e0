"""An exchange with complaints over the token of a House, and agents whose data can be judged."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import cast

from web3.types import TxReceipt

from tests.support.agents import CHAIN_ID, House, Person
from tests.support.contracts import Deployed, artifact
from tests.support.evm import AnvilProcess
from tests.support.reward_contracts import Clock
from zerog.crypto.keccak import keccak256
from zerog.crypto.keccakctr import (
    Header,
    chunk_block,
    leaf_sector,
    read_header,
    seal_stream,
)
from zerog.inft.envelope import SUITE_KECCAK_CTR, DataKey, SealContext, seal
from zerog.inft.escrow.pieces import SEGMENT_BLOCKS, Piece, Segment
from zerog.inft.escrow.reveal import Reveal, reveal, reveal_head
from zerog.inft.escrow.terms import NATIVE, Terms, consent_seconds, terms_hash
from zerog.inft.proofs import (
    ZKP,
    AccessProof,
    OwnershipProof,
    Statement,
    access_digest,
    access_proof,
)
from zerog.inft.sealproof import transfer_seal
from zerog.storage.codec import SEGMENT, SEGMENT_SECTORS, FileTree, TreeBuilder
from zerog.types import PublicKey

PRICE = 10**18
BOND = 3 * 10**17
FEE = 10**15
DAY = 24 * 3600
Pair = tuple[AccessProof, OwnershipProof]


@dataclass(frozen=True, slots=True)
class Goods:
    """Stored data and the key that it was made with; spoilt ones are made by `spoil`."""

    key: DataKey
    container: bytes

    @classmethod
    def of(cls, plain: bytes, key: DataKey | None = None) -> Goods:
        """A sound container over some plaintext."""
        made, out = key or DataKey.generate(), bytearray()
        salt = keccak256(plain[:64] + made.point)
        seal_stream(made.data_key(), salt, io.BytesIO(plain), len(plain), out.extend)
        return cls(made, bytes(out))

    def spoil(self, at: int) -> Goods:
        """The same with one bit of the file turned."""
        changed = bytearray(self.container)
        changed[at] ^= 1
        return replace(self, container=bytes(changed))

    @property
    def header(self) -> Header:
        """The head that the container has."""
        return read_header(self.container)

    @property
    def tree(self) -> FileTree:
        """The tree of the stored file."""
        builder = TreeBuilder()
        builder.update(self.container)
        return builder.finish()

    def segment(self, index: int) -> Segment:
        """A segment with the proof that a node would give."""
        tree = self.tree
        data = self.container[index * SEGMENT : (index + 1) * SEGMENT]
        return Segment(tree.size, index, data, tree.proof(index))

    def block(self, index: int) -> Piece:
        """A block with its path."""
        return self.segment(index // SEGMENT_BLOCKS).block(index)

    def sector(self, index: int) -> Piece:
        """A sector with its path."""
        return self.segment(index // SEGMENT_SECTORS).sector(index)

    def chunk(self, index: int) -> tuple[Piece, Piece]:
        """What a complaint about a chunk shows: its block, and the sector of its leaf."""
        return self.block(chunk_block(index)), self.sector(leaf_sector(index)[0])


@dataclass(slots=True)
class Bazaar:
    """The exchange, and what its people do. Alice sells, Bob buys."""

    house: House
    judge: Deployed
    exchange: Deployed
    treasury: Person
    seals: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def build(cls, anvil: AnvilProcess, fee_bps: int = 0) -> Bazaar:
        """Everything deployed on one chain."""
        house = House.build(anvil)
        judge = house.evm.deploy(artifact("ExchangeJudge"))
        logic = house.evm.deploy(artifact("FairExchange"), judge.address)
        treasury = Person.named("treasury of the exchange")
        call = logic.calldata(
            "initialize", house.token.address, fee_bps, treasury.address, house.authority.address
        )
        proxy = house.evm.deploy(artifact("Proxy"), logic.address, call)
        exchange = house.evm.at(proxy.address, artifact("FairExchange"))
        return cls(house, judge, exchange, treasury)

    # ------------------------------------------------------------------ the seller

    def mint(self, goods: Goods, sealed_key: DataKey | None = None) -> int:
        """A token of Alice's over the goods; sealed_key: what her seal holds, if not their key."""
        house, alice = self.house, self.house.alice
        token_id = cast(int, house.token.read("nextTokenId"))
        context = SealContext(CHAIN_ID, house.token.address, token_id)
        key = PublicKey(alice.public_key)
        made = seal(sealed_key or goods.key, key, context, SUITE_KECCAK_CTR)
        self.seals[token_id] = made
        data = [("goods", goods.tree.data_root)]
        house.token.send("mint", alice.address, data, [made], token_id, sender=alice.address)
        return token_id

    def register(self, goods: Goods) -> TxReceipt:
        """Show the head of the container."""
        return self.exchange.send("register", goods.tree.data_root, goods.sector(0))

    def terms(self, token_id: int, **changes: object) -> Terms:
        """Ordinary terms."""
        made = Terms(token_id, NATIVE, PRICE, BOND, FEE, DAY, DAY, 3600)
        return replace(made, **changes)  # type: ignore[arg-type]

    def offer(self, terms: Terms) -> int:
        """Alice's offer; the number of the escrow."""
        alice = self.house.alice.address
        self.house.token.send("approve", self.exchange.address, terms.token_id, sender=alice)
        value = terms.bond if terms.currency == NATIVE else 0
        self.exchange.send("offer", terms.abi(), sender=alice, value=value)
        return cast(int, self.exchange.read("escrowCount"))

    # ------------------------------------------------------------------- the buyer

    def statement(self, goods: Goods, token_id: int, buyer: Person | None = None) -> Statement:
        """The hand-over of the data as it is."""
        house, root = self.house, goods.tree.data_root
        return Statement(
            CHAIN_ID,
            house.token.address,
            house.verifier.address,
            1,
            token_id,
            house.alice.address,
            (buyer or house.bob).address,
            root,
            root,
        )

    def consent(
        self, goods: Goods, terms: Terms, deadline: int | None = None, nonce: int | None = None
    ) -> AccessProof:
        """Bob's consent, good for as long as the sale may last."""
        house = self.house
        until = house.now() + consent_seconds(terms) + 600 if deadline is None else deadline
        made = next(house.counter) if nonce is None else nonce
        statement = self.statement(goods, terms.token_id)
        signature = house.bob.sign(access_digest(statement, b"", made, until))
        root = goods.tree.data_root
        return access_proof(root, root, made, until, b"", signature)

    def terms_hash(self, goods: Goods, terms: Terms, escrow_id: int) -> bytes:
        """What Bob agrees to."""
        address, seller = self.exchange.address, self.house.alice.address
        return terms_hash(CHAIN_ID, address, escrow_id, seller, goods.tree.data_root, terms)

    def buy(
        self, goods: Goods, terms: Terms, escrow_id: int, consent: AccessProof | None = None
    ) -> AccessProof:
        """Bob pays; gives his consent."""
        made = consent or self.consent(goods, terms)
        bob = self.house.bob
        agreed = self.terms_hash(goods, terms, escrow_id)
        value = terms.price if terms.currency == NATIVE else 0
        call = (escrow_id, agreed, bob.public_key, [made])
        self.exchange.send("buy", *call, sender=bob.address, value=value)
        return made

    # ---------------------------------------------------------------- the hand-over

    def pair(self, goods: Goods, token_id: int, consent: AccessProof) -> Pair:
        """Alice's delivery."""
        house, root = self.house, goods.tree.data_root
        target = PublicKey(house.bob.public_key)
        statement = self.statement(goods, token_id)
        handed = transfer_seal(house.alice.secret, self.seals[token_id], target, statement)
        ownership = OwnershipProof(
            ZKP, root, root, handed.sealed_key, house.bob.public_key, b"", handed.proof
        )
        return consent, ownership

    def deliver(self, escrow_id: int, pair: Pair) -> TxReceipt:
        """Hand the key over."""
        alice = self.house.alice.address
        return self.exchange.send("deliver", escrow_id, [pair], sender=alice)

    def delivered(
        self, goods: Goods, sealed_key: DataKey | None = None, **changes: object
    ) -> tuple[int, Pair]:
        """A sale up to the delivery: mint, register, offer, buy, deliver."""
        token_id = self.mint(goods, sealed_key)
        self.register(goods)
        terms = self.terms(token_id, **changes)
        escrow_id = self.offer(terms)
        pair = self.pair(goods, token_id, self.buy(goods, terms, escrow_id))
        self.deliver(escrow_id, pair)
        return escrow_id, pair

    def reveal(self, goods: Goods, escrow_id: int, sealed_key: bytes) -> Reveal:
        """Bob opens the delivered seal in public."""
        root, address = goods.tree.data_root, self.exchange.address
        head = reveal_head(CHAIN_ID, address, escrow_id, root, keccak256(sealed_key))
        return reveal(head, sealed_key, self.house.bob.secret)

    def complain(self, goods: Goods, escrow_id: int, pair: Pair, chunk: int) -> TxReceipt:
        """Bob's complaint about a chunk."""
        sealed_key = pair[1].sealed_key
        opening = self.reveal(goods, escrow_id, sealed_key)
        call = (escrow_id, sealed_key, opening, chunk, *goods.chunk(chunk))
        return self.exchange.send("complainChunk", *call, sender=self.house.bob.address)

    # --------------------------------------------------------------------- reading

    def credit(self, person: Person) -> int:
        """What somebody can take out, wei."""
        return cast(int, self.exchange.read("credits", NATIVE, person.address))

    def escrow(self, escrow_id: int) -> tuple[object, ...]:
        """The record of an escrow, in the order of the struct."""
        return cast("tuple[object, ...]", self.exchange.read("escrowOf", escrow_id))

    def state(self, escrow_id: int) -> int:
        """How far it is."""
        return cast(int, self.escrow(escrow_id)[0])

    def locker(self, token_id: int) -> str:
        """Who holds the lock of a token, lower case."""
        return str(self.house.token.read("lockerOf", token_id)).lower()


@dataclass(slots=True)
class Place:
    """One exchange on a chain whose clock the tests move."""

    clock: Clock
    bazaar: Bazaar

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.clock.reach(self.clock.now() + seconds)


class Purse:
    """What two people have been credited since it was opened."""

    def __init__(self, bazaar: Bazaar) -> None:
        self.bazaar, house = bazaar, bazaar.house
        self.people = (house.alice, house.bob)
        self.before = [bazaar.credit(each) for each in self.people]

    def grown(self) -> tuple[int, int]:
        """Alice's and Bob's credit since."""
        now = [self.bazaar.credit(each) for each in self.people]
        return now[0] - self.before[0], now[1] - self.before[1]


def send_as(bazaar: Bazaar, who: Person, function: str, *args: object, value: int = 0) -> None:
    bazaar.exchange.send(function, *args, sender=who.address, value=value)
