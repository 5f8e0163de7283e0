"""An owner's viewing key in the network's directory: set, replaced, taken back.

A key is derived from the wallet's signature (nothing to store), or stored in this home, for a
wallet that cannot sign the same text twice. Replacing it does not touch what is sealed to the
older one: those agents still open with it, and `zerog inft rekey` seals them to the new one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Final

from zerog.chain.bindings_viewing import KeySource
from zerog.chain.rpc import Receipt
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.errors import UsageError
from zerog.inft.readers import directory_of, viewing_secret
from zerog.inft.stack import Stack
from zerog.inft.viewing import viewing_key
from zerog.types import Address, PublicKey

STORED_SUFFIX: Final = "-viewing"
"""Of the name under which a stored key lies in the home: `alice-viewing`, `alice-viewing-2`."""


class NoViewingKey(UsageError):
    """The owner has no entry in the directory."""

    def __init__(self, owner: Address) -> None:
        self.owner = owner
        super().__init__(f"{owner} has no viewing key", "zerog keys viewing register")


@dataclass(frozen=True, slots=True)
class ViewingKeyView:
    """An entry of the directory; source: `derived` or `stored`; tx: what set it, where it did."""

    owner: str
    public_key: str
    source: str
    index: int
    tx: str | None = None

    def to_json(self) -> dict[str, str | int | None]:
        """As the CLI prints it with --json."""
        return asdict(self)


class ViewingKeys:
    """The viewing keys of the people of one home."""

    def __init__(self, stack: Stack) -> None:
        """stack: the collaborators."""
        self._stack = stack
        self._directory = directory_of(stack)

    def register(self, person: str, *, stored: bool = False) -> ViewingKeyView:
        """Set the viewing key of `person`, a name of this home; replaces the one there is.

        The next derived key has the next index. Raises SignaturesDiffer, NotTheWallet.
        """
        signer = self._stack.keys.signer(person)
        entry = self._directory.key_of(signer.address)
        if stored:
            return self._set(signer, self._new_key(person), KeySource.STORED, 0)
        derived = entry is not None and entry.source is KeySource.DERIVED
        index = entry.index + 1 if entry is not None and derived else 0
        key = viewing_key(viewing_secret(self._stack, signer, index))
        return self._set(signer, key, KeySource.DERIVED, index)

    def _new_key(self, person: str) -> PublicKey:
        known, name, number = set(self._stack.keys.names()), person + STORED_SUFFIX, 1
        while name in known:
            number += 1
            name = f"{person}{STORED_SUFFIX}-{number}"
        return self._stack.keys.create(name).public_key

    def _set(self, signer: Signer, key: PublicKey, source: KeySource, index: int) -> ViewingKeyView:
        data = self._directory.calldata("register", key, int(source), index)
        receipt = self._run(signer, data)
        return ViewingKeyView(
            signer.address, key.hex(), source.name.lower(), index, "0x" + receipt.tx_hash.hex()
        )

    def _run(self, signer: Signer, data: bytes) -> Receipt:
        # The same key may be set, dropped and set again: the account's nonce tells them apart.
        nonce = self._stack.chain.nonce(signer.address)
        intent = f"viewing-key:{signer.address}:{nonce}"
        return self._stack.sender(signer).run(intent, Call(self._directory.address, data))

    def show(self, name_or_address: str) -> ViewingKeyView:
        """The entry of an owner; raises NoViewingKey."""
        owner = self._stack.keys.resolve(name_or_address)
        entry = self._directory.key_of(owner)
        if entry is None:
            raise NoViewingKey(owner)
        return ViewingKeyView(owner, entry.public_key.hex(), entry.source.name.lower(), entry.index)

    def drop(self, person: str) -> ViewingKeyView:
        """Take the entry back: agents are sealed to the account's own key again."""
        signer, before = self._stack.keys.signer(person), self.show(person)
        receipt = self._run(signer, self._directory.calldata("unregister"))
        return replace(before, tx="0x" + receipt.tx_hash.hex())
