"""Signing by a home's keys: permits, consents of parents, receipts of usage; and carrying them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from zerog.chain.bindings_life import PermitContract
from zerog.inft.errors import NotTheOwner, UnknownToken
from zerog.inft.life.desk import act, facet
from zerog.inft.life.lineage import Claim, derive_digest
from zerog.inft.life.permits import Permit, encode_call
from zerog.inft.life.rental import Receipt, usage_digest
from zerog.inft.life.results import Done
from zerog.inft.life.versions import commitment
from zerog.inft.market.counter import chain_time
from zerog.inft.stack import Stack

DEFAULT_SECONDS = 3_600
NONCE_BITS = 128


def sign_permit(
    stack: Stack,
    signer: str,
    function: str,
    args: Sequence[object],
    lasting_s: int = DEFAULT_SECONDS,
) -> Permit:
    """Sign a call that somebody else will send.

    args: of the function, in order; addresses as text. The nonce is drawn, so that permits can
    be carried out in any order. Raises NoPermitFor, MalformedPermit, UnknownName.
    """
    key = stack.keys.signer(signer)
    bare = Permit(
        chain_id=stack.registry.chain_id,
        token=stack.nft.address,
        signer=key.address,
        call=encode_call(function, args),
        nonce=secrets.randbits(NONCE_BITS),
        deadline=chain_time(stack) + lasting_s,
    )
    return replace(bare, signature=key.sign_digest(bare.digest()))


def carry(stack: Stack, permit: Permit, payer: str) -> Done:
    """Send a permit with a key of this home; raises TxReverted."""
    fields = (permit.signer, permit.call, permit.nonce, permit.deadline, permit.signature)
    contract = facet(stack, PermitContract)
    receipt = act(stack, stack.keys.signer(payer), contract, "executePermit", fields)
    return Done.of(permit.function, receipt)


def burn_nonce(stack: Stack, signer: str, nonce: int) -> Done:
    """Make what was signed with a nonce void; raises TxReverted where it was used."""
    contract = facet(stack, PermitContract)
    receipt = act(stack, stack.keys.signer(signer), contract, "burnPermitNonce", [nonce])
    return Done.of("burnPermitNonce", receipt)


def consent_to_child(
    stack: Stack,
    parent_id: int,
    child_id: int,
    weight_bps: int,
    owner: str,
    lasting_s: int = DEFAULT_SECONDS,
) -> Claim:
    """The parent's owner lets an agent be derived from theirs, for a weight in basis points.

    Raises UnknownToken, NotTheOwner.
    """
    key, found = stack.keys.signer(owner), stack.nft.owner_of(parent_id)
    if found is None:
        raise UnknownToken(parent_id)
    if found != key.address:
        raise NotTheOwner(parent_id, found, key.address)
    known = commitment([item.data_hash for item in stack.nft.data_of(parent_id)])
    nonce, until = secrets.randbits(NONCE_BITS), chain_time(stack) + lasting_s
    bare = Claim(parent_id, weight_bps, nonce, until)
    digest = derive_digest(stack.registry.chain_id, stack.nft.address, child_id, bare, known)
    return replace(bare, signature=key.sign_digest(digest))


def usage_receipt(stack: Stack, lease_id: int, calls: int, tenant: str) -> Receipt:
    """The tenant's word that so many calls were made since the lease began."""
    digest = usage_digest(stack.registry.chain_id, stack.nft.address, lease_id, calls)
    return Receipt(lease_id, calls, stack.keys.signer(tenant).sign_digest(digest))
