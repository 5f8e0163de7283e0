"""KeyDirectory: which key to seal to for an owner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from zerog.chain.abi import BadArguments
from zerog.chain.bindings import Contract
from zerog.chain.rpc import Block
from zerog.crypto.curve import check_point
from zerog.types import Address, PublicKey


class KeySource(IntEnum):
    """How an owner makes the secret (contracts/interfaces/IKeyDirectory.sol, same order)."""

    NONE = 0
    DERIVED = 1
    STORED = 2


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """An owner's entry; index: what a derived secret is derived with."""

    public_key: PublicKey
    source: KeySource
    index: int


class KeyDirectory(Contract):
    """The directory of viewing keys."""

    artifact = "KeyDirectory"

    def key_of(self, owner: Address, block: Block = "latest") -> RegisteredKey | None:
        """The key that `owner` registered; None: seal to the key of the address."""
        key, source, index = self.read_all("keyOf", owner, block=block)
        if not isinstance(key, bytes) or not isinstance(source, int) or not isinstance(index, int):
            raise BadArguments("keyOf", "gives no (key, source, index)")
        if source == KeySource.NONE:
            return None
        return RegisteredKey(check_point(key), KeySource(source), index)
