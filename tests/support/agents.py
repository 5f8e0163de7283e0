"""People with keys, and AgentNFT with its verifier deployed, for contract tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from web3.types import TxReceipt

from tests.support.contracts import Deployed, Evm, artifact, joined
from tests.support.evm import AnvilProcess
from zerog.chain.abi import added_selectors
from zerog.chain.steps_token import CORE, FACETS, INTERFACES, POLICY
from zerog.inft.proofs import (
    TRANSFER,
    AccessProof,
    OwnershipProof,
    Statement,
    access_digest,
    access_proof,
    ownership_digest,
    ownership_proof,
)
from zerog.types import Address, PublicKey

DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk"
CHAIN_ID = 31337
SIMULATED = 1
LIFETIME_SECONDS = 100 * 365 * 86_400
Pair = tuple[AccessProof, OwnershipProof]


@dataclass(frozen=True, slots=True)
class Person:
    """A secp256k1 key that signs."""

    secret: bytes = field(repr=False)

    @classmethod
    def development(cls, index: int) -> Person:
        """The person behind anvil's unlocked account of this index."""
        seed = seed_from_mnemonic(DEVELOPMENT_MNEMONIC, "")
        return cls(key_from_seed(seed, f"m/44'/60'/0'/0/{index}"))

    @classmethod
    def named(cls, name: str) -> Person:
        """Somebody without money."""
        return cls(keccak(text=name))

    @property
    def address(self) -> Address:
        """EIP-55 text."""
        return PrivateKey(self.secret).public_key.to_checksum_address()

    @property
    def public_key(self) -> PublicKey:
        """64 bytes X then Y."""
        return PublicKey(PrivateKey(self.secret).public_key.to_bytes())

    def sign(self, digest: bytes) -> bytes:
        """65 bytes r, s, v with v 27 or 28."""
        signature = PrivateKey(self.secret).sign_msg_hash(digest).to_bytes()
        return signature[:64] + bytes([signature[64] + 27])


def root(label: object) -> bytes:
    """A data hash that stands for a ciphertext."""
    return keccak(text=f"ciphertext {label}")


def sealed(label: object) -> bytes:
    """Bytes that stand for a sealed key: what the contracts see of one is its bytes."""
    return (keccak(text=f"sealed {label}") * 5)[:129]


@dataclass(slots=True)
class House:
    """Authority, verifier with a registry of one oracle, token behind its proxy, and the people."""

    evm: Evm
    authority: Deployed
    verifier: Deployed
    token: Deployed
    oracle: Person
    alice: Person
    bob: Person
    carol: Person
    counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    facets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, anvil: AnvilProcess) -> House:
        """Deploy everything; account 1 administers."""
        evm = Evm(anvil.url)
        authority = evm.deploy(artifact("Authority"), evm.accounts[1])
        verifier = evm.deploy(artifact("DataVerifier"), authority.address)
        oracle, alice, bob, carol = (Person.development(index) for index in (2, 3, 4, 5))
        registry = evm.deploy(artifact("AttestationRegistry"), 0, authority.address)
        registry.send("propose", oracle.address, SIMULATED, bytes(32), b"", LIFETIME_SECONDS)
        verifier.send("setRegistry", registry.address)
        house = cls(evm, authority, verifier, verifier, oracle, alice, bob, carol)
        house.token = house.new_token()
        return house

    def new_token(self) -> Deployed:
        """One more collection under the same verifier, with the facets and policy of a deployment.

        Functions of every generation also emit the events of the Final one.
        """
        names = ("Agents", "AGENT", self.verifier.address, self.authority.address)
        core = self.evm.deploy_proxy(artifact(CORE), "initialize", *names)
        core.send(
            "setFacets", [(self._facet(name), added_selectors(name, CORE)) for name in FACETS]
        )
        core.send("setInterfaces", [bytes.fromhex(one) for one in INTERFACES], True)
        token = self.evm.at(core.address, joined(CORE, *FACETS), core.receipt)
        token.send("setPolicy", POLICY)
        return token

    def _facet(self, name: str) -> str:
        """Address of a facet: one contract serves every collection of the house."""
        if name not in self.facets:
            self.facets[name] = self.evm.deploy(artifact(name)).address
        return self.facets[name]

    # ------------------------------------------------------------------- reading

    def now(self) -> int:
        """Time of the head, seconds."""
        return self.evm.w3.eth.get_block("latest")["timestamp"]

    def owner_of(self, token_id: int) -> str:
        """Lower-case address of the owner."""
        return str(self.token.read("ownerOf", token_id)).lower()

    def items_of(self, token_id: int) -> list[tuple[str, bytes]]:
        """(description, data hash) of each item of a token, in order."""
        return list(
            cast("tuple[tuple[str, bytes], ...]", self.token.read("intelligentDataOf", token_id))
        )

    def hashes_of(self, token_id: int) -> list[bytes]:
        """Data hashes of a token, in order."""
        return [data_hash for _, data_hash in self.items_of(token_id)]

    def key_hashes_of(self, token_id: int) -> list[bytes]:
        """Hashes of the sealed keys of a token, in order."""
        return list(cast("tuple[bytes, ...]", self.token.read("sealedKeyHashesOf", token_id)))

    def users_of(self, token_id: int) -> set[str]:
        """Lower-case addresses of the authorised users of a token."""
        return set(cast("tuple[str, ...]", self.token.read("authorizedUsersOf", token_id)))

    # -------------------------------------------------------------------- acting

    def mint(self, to: Person, *labels: object) -> int:
        """A token with one item of data per label (one of its own without any)."""
        names = labels or (f"mint {next(self.counter)}",)
        token_id = cast(int, self.token.read("nextTokenId"))
        data = [(f'{{"item":"{name}"}}', root(name)) for name in names]
        keys = [sealed(name) for name in names]
        self.token.send("mint", to.address, data, keys, token_id, sender=to.address)
        return token_id

    def statement(
        self, token_id: int, sender: Person, receiver: Person, operation: int = TRANSFER
    ) -> Statement:
        """The act of moving the token's one item to new data."""
        return Statement(
            chain_id=CHAIN_ID,
            token=self.token.address,
            verifier=self.verifier.address,
            operation=operation,
            token_id=token_id,
            sender=sender.address,
            receiver=receiver.address,
            old_data_hash=self.hashes_of(token_id)[0],
            new_data_hash=root(f"fresh {next(self.counter)}"),
        )

    def pair(self, act: Statement, receiver: Person, **changes: object) -> Pair:
        """Both proofs of one act, signed by the receiver and the oracle.

        changes: wanted_key, target_key, sealed_key, nonce, deadline, consenter, oracle.
        """
        nonce = cast(int, changes.get("nonce", next(self.counter)))
        deadline = cast(int, changes.get("deadline", self.now() + 3600))
        wanted = cast(bytes, changes.get("wanted_key", b""))
        target = cast(bytes, changes.get("target_key", wanted or receiver.public_key))
        key = cast(bytes, changes.get("sealed_key", sealed(nonce)))
        consenter = cast(Person, changes.get("consenter", receiver))
        oracle = cast(Person, changes.get("oracle", self.oracle))
        consent = consenter.sign(access_digest(act, wanted, nonce, deadline))
        statement = oracle.sign(ownership_digest(act, key, target, nonce, deadline))
        old, new = act.old_data_hash, act.new_data_hash
        return (
            access_proof(old, new, nonce, deadline, wanted, consent),
            ownership_proof(old, new, key, target, nonce, deadline, statement),
        )

    def pairs(self, act: Statement, receiver: Person) -> list[Pair]:
        """Proofs for every item of the token of `act`."""
        return [
            self.pair(
                replace(act, old_data_hash=old, new_data_hash=root(f"f{next(self.counter)}")),
                receiver,
            )
            for old in self.hashes_of(act.token_id)
        ]

    def transfer(
        self, token_id: int, sender: Person, receiver: Person, pairs: Sequence[Pair] | None = None
    ) -> TxReceipt:
        """iTransfer by the sender; proofs are made when none are given."""
        if pairs is None:
            pairs = self.pairs(self.statement(token_id, sender, receiver), receiver)
        return self.token.send(
            "iTransfer", receiver.address, token_id, list(pairs), sender=sender.address
        )

    def clone(
        self, token_id: int, sender: Person, receiver: Person, pairs: Sequence[Pair]
    ) -> TxReceipt:
        """iClone by the sender."""
        return self.token.send(
            "iClone", receiver.address, token_id, list(pairs), sender=sender.address
        )
