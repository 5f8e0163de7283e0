"""Which secret of a person opens a sealed key: the account's own, or a viewing key."""

from __future__ import annotations

from zerog.chain.bindings_viewing import KeyDirectory, KeySource
from zerog.chain.signer import Signer
from zerog.crypto.curve import address_of
from zerog.inft.envelope import Envelope
from zerog.inft.stack import Stack
from zerog.inft.viewing import derive, viewing_domain, viewing_key

TRIED_INDEXES = 16
"""A seal may be older than the newest rotation: this many indexes are tried, newest first."""


def directory_of(stack: Stack) -> KeyDirectory:
    """The network's directory of viewing keys."""
    return KeyDirectory.of(stack.chain, stack.registry.contract("KeyDirectory"))


def viewing_secret(stack: Stack, reader: Signer, index: int) -> bytes:
    """The viewing secret of an account whose key is here, 32 bytes."""
    directory = stack.registry.contract("KeyDirectory").address
    domain = viewing_domain(stack.registry.chain_id, directory)
    return derive(reader.sign_digest, domain, reader.address, index)


def secret_for(stack: Stack, reader: Signer, sealed: bytes) -> bytes:
    """The secret that `sealed` is for; the account's own where no viewing key fits.

    A stored viewing key is any key of this home. Whether it opens is for `open_seal` to say.
    Raises NotAnEnvelope.
    """
    owner = Envelope.parse(sealed).owner
    if owner is None or owner == reader.public_key:
        return reader.secret
    stored = stack.holder(address_of(owner))
    if stored is not None:
        return stored.secret
    entry = directory_of(stack).key_of(reader.address)
    newest = entry.index if entry is not None and entry.source is KeySource.DERIVED else 0
    for index in range(newest, max(-1, newest - TRIED_INDEXES), -1):
        secret = viewing_secret(stack, reader, index)
        if viewing_key(secret) == owner:
            return secret
    return reader.secret


def wanted_key_of(stack: Stack, receiver: Signer) -> bytes:
    """What a receiver's consent asks for: the registered viewing key, else empty (their own)."""
    entry = directory_of(stack).key_of(receiver.address)
    return b"" if entry is None else entry.public_key
