"""The oracle's job: open the old ciphertext, encrypt under a fresh key, seal that to the buyer.

    accepted -> keyed -> encrypted -> submitted -> uploaded -> signed -> final | expired | failed

Runs where the oracle's key is, and nowhere else. The fresh key is saved, sealed to the buyer
and to the oracle, before its ciphertext leaves; the oracle's copies are erased when the
transfer is final or has expired.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from zerog.chain.bindings import AgentNft, FlowContract
from zerog.chain.hexes import to_address
from zerog.chain.recovery import heal
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer, read_key_file
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.crypto.container import head_of
from zerog.errors import Refused
from zerog.inft.envelope import DataKey, SealContext, check_seal, open_seal, seal
from zerog.inft.jobstore import JobStore, Row
from zerog.inft.opening import plaintext
from zerog.inft.proofs import CLONE, TRANSFER, ownership_digest
from zerog.inft.publish import Publisher
from zerog.inft.spool import Pieces
from zerog.inft.stack import HEAL_SECONDS
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import EXPIRED, FINAL, Step, Workflow, drive
from zerog.storage.client.client import StorageClient
from zerog.types import DataRoot, PublicKey, no_progress

KIND: Final = "reseal"
PROOF_SECONDS: Final = 7 * 24 * 3600
SIGNED: Final = "signed"


class OwnerChanged(Refused):
    """The token moved, or its data changed, while the oracle worked."""

    def __init__(self, token_id: int) -> None:
        self.token_id = token_id
        super().__init__(f"token {token_id} has changed hands or data", "start the transfer again")


@dataclass(frozen=True, slots=True)
class OracleHouse:
    """What the oracle's job works with; `signer` is the oracle's own key."""

    registry: Registry
    signer: Signer
    sender: Sender
    nft: AgentNft
    flow: FlowContract
    storage: StorageClient
    jobs: JobStore
    spool: Path

    @classmethod
    def open(cls, settings: Settings) -> OracleHouse:
        """Load the oracle's key and rows from the home; raises ChainUnreachable, WrongChain."""
        registry = Registry.load(settings.home)
        chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
        chain.chain_id()
        signer = read_key_file(settings.home / "oracle" / "oracle.key")
        transactions = TxStore(settings.home / "tx.db")
        return cls(
            registry=registry,
            signer=signer,
            sender=Sender(chain, transactions, signer, settings.finality_depth),
            nft=AgentNft.of(chain, registry.contract("AgentNFT")),
            flow=FlowContract.of(chain, registry.contract("Flow")),
            storage=StorageClient(settings.indexer_url),
            jobs=JobStore(settings.home / "oracle" / "oracle.db"),
            spool=settings.home / "oracle" / "spool",
        )

    def heal(self) -> None:
        """Give a chain that lost its last blocks our transactions back."""
        heal(self.sender.chain, self.sender.store, HEAL_SECONDS)

    def context(self, row: Row) -> SealContext:
        """What the seals of this row are bound to."""
        return SealContext(self.registry.chain_id, self.nft.address, row.number("token_id"))


class Resealing:
    """The steps of one oracle."""

    def __init__(self, house: OracleHouse) -> None:
        """house: where the oracle's key is."""
        self._house = house
        self._publisher = Publisher(
            house.sender, house.flow, house.storage, house.spool, no_progress
        )

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it; `signed` waits for the chain."""
        work = {
            "accepted": self.draw_key,
            "keyed": self.encrypt,
            "encrypted": self._publisher.submit,
            "submitted": self._publisher.upload,
            "uploaded": self.sign,
        }
        timely = {state: self._in_time(step) for state, step in work.items()}
        return Workflow({**timely, SIGNED: self.settle}, self._house.heal, self.forget)

    def _in_time(self, step: Step) -> Step:
        """The step, or the end of a row whose order is past its deadline."""

        def run(row: Row) -> Row:
            if time.time() > row.number("order_deadline"):
                return replace(self.forget(row).to(EXPIRED), error="the order expired")
            return step(row)

        return run

    def forget(self, row: Row) -> Row:
        """The row without the keys that the oracle could open, and without its container."""
        self._publisher.forget(row)
        return row.to(row.state, grant=None, own_copy=None)

    def draw_key(self, row: Row) -> Row:
        """accepted -> keyed: the grant opens, the fresh key is sealed to buyer and oracle.

        The data keeps the suite that it has.
        """
        house, context = self._house, self._house.context(row)
        check_seal(row.blob("grant"), house.signer.public_key, context)
        open_seal(row.blob("grant"), house.signer.secret)
        self._require_unmoved(row)
        fresh = DataKey.generate()
        suite, plain_size = head_of(next(house.storage.segments(_old_root(row))))
        return row.to(
            "keyed",
            sealed_key=seal(fresh, PublicKey(row.blob("target_key")), context, suite).hex(),
            own_copy=seal(fresh, house.signer.public_key, context, suite).hex(),
            suite=suite,
            plain_size=plain_size,
        )

    def encrypt(self, row: Row) -> Row:
        """keyed -> encrypted: streamed from storage into the spool, chunk by chunk."""
        house = self._house
        old = open_seal(row.blob("grant"), house.signer.secret).data_key()
        fresh = open_seal(row.blob("own_copy"), house.signer.secret).data_key()
        plain = Pieces(plaintext(house.storage, _old_root(row), old))
        return self._publisher.pack(
            row, fresh, plain, row.number("plain_size"), row.number("suite")
        )

    def sign(self, row: Row) -> Row:
        """uploaded -> signed: the ownership proof over old and new hash."""
        house = self._house
        self._require_unmoved(row)
        nonce = (int.from_bytes(house.jobs.instance(), "big") + (row.seq >> 8) << 8) % 2**256
        nonce |= row.seq & 0xFF
        deadline = min(int(time.time()) + PROOF_SECONDS, row.number("order_deadline"))
        statement = transfer_statement(
            house.registry,
            row.number("token_id"),
            (to_address(row.text("from")), to_address(row.text("to"))),
            (row.blob("old_data_root"), row.blob("data_root")),
            operation_of(row),
        )
        digest = ownership_digest(
            statement, row.blob("sealed_key"), row.blob("target_key"), nonce, deadline
        )
        signature = house.signer.sign_digest(digest)
        return row.to(SIGNED, nonce=hex(nonce), deadline=deadline, signature=signature.hex())

    def settle(self, row: Row) -> Row:
        """signed -> final or expired, then the oracle forgets the keys.

        Final is what lies as deep as the network wants: the token, or a clone of it, with our
        key published, and our submission of its data. A token whose data became something else
        was handed over another way.
        """
        house, token_id = self._house, row.number("token_id")
        if not self._publisher.is_settled(row):
            return row
        block = house.sender.chain.head().number - house.sender.finality_depth
        if self._is_published(row, block):
            return self.forget(row).to(FINAL)
        now = house.nft.data_of(token_id, block)[0].data_hash
        if now == row.blob("old_data_root") and time.time() <= row.number("deadline"):
            return row
        return replace(self.forget(row).to(EXPIRED), error="the token was not handed over")

    def _is_published(self, row: Row, block: int) -> bool:
        nft, targets = self._house.nft, [row.number("token_id")]
        if operation_of(row) == CLONE:
            clones = nft.events("Cloned", last=block, _tokenId=targets[0])
            targets = [one.number("_newTokenId") for one in clones]
        return any(row.blob("sealed_key") in nft.published_keys(one, block) for one in targets)

    def _require_unmoved(self, row: Row) -> None:
        nft, token_id = self._house.nft, row.number("token_id")
        if nft.owner_of(token_id) != row.text("from"):
            raise OwnerChanged(token_id)
        if nft.data_of(token_id)[0].data_hash != row.blob("old_data_root"):
            raise OwnerChanged(token_id)


def operation_of(row: Row) -> int:
    """TRANSFER or CLONE; rows of older homes are transfers."""
    return row.number("operation") if "operation" in row.data else TRANSFER


def _old_root(row: Row) -> DataRoot:
    return DataRoot(row.blob("old_data_root"))


def run_reseal(house: OracleHouse, transfer_id: str) -> Row:
    """Go on with a re-encryption from wherever it is."""
    return drive(house.jobs, transfer_id, Resealing(house).workflow())
