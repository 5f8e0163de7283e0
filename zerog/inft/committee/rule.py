"""The release rule: what every member checks, by itself and on the chain, before it shares.

A key goes out for two reasons: a sale that is paid, as deep in the chain as finality wants and
far enough from its deadline, to the key that the buyer consented to; or the committee's own
newer key, to which an older deposit moves. In both cases the deposit must be the one that the
chain holds for the token as it is now, with a proof of knowledge that binds it to this chain,
contract and token (or made by the committee itself, which the chain has checked).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode

from zerog.chain.bindings_committee import Deposit, Sharing
from zerog.chain.bindings_market import Sale, SaleMode, SaleState
from zerog.crypto.curve import BadSignature, check_point, recover
from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered
from zerog.inft.committee.errors import MayNotRelease
from zerog.inft.committee.network import Network
from zerog.inft.committee.release import Released, ShareCase
from zerog.inft.envelope import Envelope, SealContext, check_seal
from zerog.inft.proofs import (
    TRANSFER,
    ZKP,
    AccessProof,
    OwnershipProof,
    Statement,
    access_digest,
    split_nonce,
)
from zerog.types import Address, PublicKey

RESEAL: Final = 3
MARGIN_SECONDS: Final = 20
"""Nothing is shared so near the deadline that the buyer could have both key and refund."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of data to release. case: of slot 0, for each member to fill in its own."""

    case: ShareCase
    deposit: Envelope
    sharing: Sharing


@dataclass(frozen=True, slots=True)
class Release:
    """A release that the rule allows. listing_id 0: a move to the committee's newer key.

    consents: the buyer's access proofs, one per item of a sale.
    """

    release_id: str
    items: tuple[Item, ...]
    consents: tuple[AccessProof, ...] = ()
    listing_id: int = 0
    paid_at_block: int = 0

    @property
    def tag(self) -> str:
        """What the shares of this release are bound to, in short: another sharing has another."""
        return keccak256(b"".join(item.case.head for item in self.items)).hex()

    def threshold(self) -> int:
        """How many members must share."""
        return self.items[0].sharing.threshold


def sale_id(listing_id: int) -> str:
    """The release of a paid listing."""
    return f"sale:{listing_id}"


def move_id(token_id: int, index: int) -> str:
    """The move of a deposit to the committee's newest key."""
    return f"move:{token_id}:{index}"


def read_release(network: Network, release_id: str) -> Release:
    """The release of that id, if the rule allows it now; raises MayNotRelease with the reason."""
    match release_id.split(":"):
        case ["sale", listing] if listing.isdecimal():
            return _sale_release(network, int(listing))
        case ["move", token_id, index] if token_id.isdecimal() and index.isdecimal():
            return _move_release(network, int(token_id), int(index))
        case _:
            raise MayNotRelease(release_id[:40], "there is no release of that kind")


# -------------------------------------------------------------------------- sales


def _sale_release(network: Network, listing_id: int) -> Release:
    name = sale_id(listing_id)
    sale = _paid_sale(network, name, listing_id)
    target, consents = _payment(network, name, listing_id, sale)
    if network.token.owner_of(sale.token_id) != sale.seller:
        raise MayNotRelease(name, "the seller does not own the token")
    parties = (sale.seller, sale.buyer)
    data = network.token.data_of(sale.token_id)
    items = tuple(
        _item(network, name, (TRANSFER, sale.token_id, index), parties, target)
        for index in range(len(data))
    )
    if not items or len(consents) != len(items):
        raise MayNotRelease(name, f"{len(consents)} consents to {len(items)} items")
    for item, consent in zip(items, consents, strict=True):
        _check_consent(network, name, item.case, consent)
    return Release(name, items, consents, listing_id, sale.paid_at_block)


def _paid_sale(network: Network, name: str, listing_id: int) -> Sale:
    """The sale, paid now and at the last final block, with time left."""
    head = network.chain.head()
    sale = network.market.sale(listing_id)
    if sale.state is not SaleState.PAID or sale.mode is not SaleMode.COMMITTEE:
        raise MayNotRelease(name, f"it is {sale.state.name} in mode {sale.mode.name}")
    depth = network.settings.finality_depth
    if depth:
        before = network.market.sale(listing_id, block=max(head.number - depth, 0))
        if (before.state, before.paid_at_block) != (sale.state, sale.paid_at_block):
            raise MayNotRelease(name, f"its payment is not {depth} blocks deep")
    if sale.token != network.token.address:
        raise MayNotRelease(name, f"it sells a token of {sale.token}")
    if max(head.timestamp, time.time()) + MARGIN_SECONDS > sale.deadline:
        raise MayNotRelease(name, "its deadline is too near")
    return sale


def _payment(
    network: Network, name: str, listing_id: int, sale: Sale
) -> tuple[PublicKey, tuple[AccessProof, ...]]:
    """The key to seal to and the consents, as the payment's event tells them."""
    block = sale.paid_at_block
    found = network.market.events("SalePaid", block, block, listingId=listing_id)
    if not found:
        raise MayNotRelease(name, "the chain does not show its payment")
    told = found[-1].args
    target, consents = told["targetKey"], told["consents"]
    if not isinstance(target, bytes) or keccak256(target) != sale.target_key_hash:
        raise MayNotRelease(name, "its payment names another key")
    return check_point(target), tuple(_consent(name, one) for one in _listed(consents))


def _listed(found: object) -> tuple[object, ...]:
    return found if isinstance(found, tuple) else ()


def _consent(name: str, found: object) -> AccessProof:
    match found:
        case (bytes(old), bytes(new), bytes(nonce), bytes(wanted), bytes(proof)):
            return AccessProof(old, new, nonce, wanted, proof)
        case _:
            raise MayNotRelease(name, "a consent is malformed")


def _check_consent(network: Network, name: str, case: ShareCase, consent: AccessProof) -> None:
    """The buyer's own signature: what others may sign for them, they could take back meanwhile."""
    if (consent.old_data_hash, consent.new_data_hash) != (case.data_hash, case.data_hash):
        raise MayNotRelease(name, "a consent speaks of other data")
    statement = Statement(
        chain_id=case.chain_id,
        token=case.token,
        verifier=network.verifier,
        operation=TRANSFER,
        token_id=case.token_id,
        sender=case.sender,
        receiver=case.receiver,
        old_data_hash=case.data_hash,
        new_data_hash=case.data_hash,
    )
    nonce, deadline = split_nonce(consent.nonce)
    digest = access_digest(statement, consent.encrypted_pub_key, nonce, deadline)
    try:
        signer = recover(digest, consent.proof)
    except BadSignature:
        signer = None
    if signer != case.receiver:
        raise MayNotRelease(name, "a consent is not signed by the buyer's own key")


# -------------------------------------------------------------------------- moves


def _move_release(network: Network, token_id: int, index: int) -> Release:
    name = move_id(token_id, index)
    owner = network.token.owner_of(token_id)
    if owner is None:
        raise MayNotRelease(name, "there is no such token")
    newest = network.committee.key(network.committee.active_key())
    parties = (owner, network.vault.address)
    item = _item(network, name, (RESEAL, token_id, index), parties, newest.point)
    if item.case.key_id == newest.key_id:
        raise MayNotRelease(name, "it is sealed to the newest key already")
    return Release(name, (item,))


# ----------------------------------------------------------------------- deposits


def _item(
    network: Network,
    name: str,
    what: tuple[int, int, int],
    parties: tuple[Address, Address],
    target: PublicKey,
) -> Item:
    """The deposit of an item, checked; what: operation, token id, index."""
    operation, token_id, index = what
    data = network.token.data_of(token_id)
    seals = network.token.sealed_key_hashes(token_id)
    if index >= len(data) or index >= len(seals):
        raise MayNotRelease(name, f"the token has no item {index}")
    held = network.vault.deposit(network.token.address, token_id, index)
    bound = keccak256(encode(["bytes32", "bytes32"], [data[index].data_hash, seals[index]]))
    if not held.key_id or held.bound != bound:
        raise MayNotRelease(name, f"no key of item {index} is deposited for its data as it is")
    key = network.committee.key(held.key_id)
    if not key.sharing_id:
        raise MayNotRelease(name, f"key {held.key_id} of the committee is retired")
    envelope = _deposited(network, name, (token_id, index), held, key.point)
    case = ShareCase(
        chain_id=network.settings.chain_id,
        vault=network.vault.address,
        key_id=held.key_id,
        sharing_id=key.sharing_id,
        slot=0,
        token=network.token.address,
        operation=operation,
        token_id=token_id,
        sender=parties[0],
        receiver=parties[1],
        index=index,
        data_hash=data[index].data_hash,
        seal_hash=seals[index],
        target=target,
        e1=envelope.e1,
    )
    return Item(case, envelope, network.committee.sharing(key.sharing_id))


def _deposited(
    network: Network, name: str, what: tuple[int, int], held: Deposit, key: PublicKey
) -> Envelope:
    """The seal that the vault's hash stands for, with its proof of knowledge."""
    token, (token_id, index) = network.token.address, what
    for raw in reversed(network.vault.seals(token, token_id, index, None)):
        envelope = Envelope.parse(raw)
        if keccak256(envelope.e1 + envelope.e2) != held.points_hash:
            continue
        if envelope.owner != key:
            raise MayNotRelease(name, "its deposit is sealed to another key")
        if not held.by_committee:
            try:
                check_seal(raw, key, SealContext(network.settings.chain_id, token, token_id))
            except Tampered as error:
                raise MayNotRelease(name, f"its deposit proves nothing ({error})") from error
        return envelope
    raise MayNotRelease(name, "the chain does not show its deposit")


# ------------------------------------------------------------------------- proofs


def transfer_proofs(
    release: Release, made: Mapping[int, Released]
) -> list[tuple[AccessProof, OwnershipProof]]:
    """What `settle` takes: each consent, with the ownership proof of its item (by index)."""
    pairs = []
    for item, consent in zip(release.items, release.consents, strict=True):
        one = made[item.case.index]
        hashes = (item.case.data_hash, item.case.data_hash)
        ends = (one.sealed_key, bytes(item.case.target), b"", one.proof)
        pairs.append((consent, OwnershipProof(ZKP, *hashes, *ends)))
    return pairs


__all__ = [
    "Item",
    "Release",
    "move_id",
    "read_release",
    "sale_id",
    "transfer_proofs",
]
