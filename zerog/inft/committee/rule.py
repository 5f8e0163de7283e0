"""The release rule: what every member checks, by itself and on the chain, before it shares.

A key goes out for three reasons: a sale that is paid, or an owner's wish, as deep in the chain as
finality wants and far enough from its deadline, to the key that the receiver consented to; or the
committee's own newer key, to which an older deposit moves. In all cases the deposit must be the
one that the chain holds for the token as it is now, with a proof of knowledge that binds it to
this chain, contract and token (or made by the committee itself, which the chain has checked).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from zerog.chain.bindings_committee import WishState
from zerog.chain.bindings_market import Sale, SaleMode, SaleState
from zerog.inft.committee.errors import MayNotRelease
from zerog.inft.committee.items import Item, Release, handed_over, release_item, told_by
from zerog.inft.committee.network import Network
from zerog.inft.committee.release import Released
from zerog.inft.proofs import ZKP, AccessProof, OwnershipProof
from zerog.types import Address

RESEAL: Final = 3
MARGIN_SECONDS: Final = 20
"""Nothing is shared so near the deadline that the buyer could have both key and refund."""


def sale_id(listing_id: int) -> str:
    """The release of a paid listing."""
    return f"sale:{listing_id}"


def wish_id(number: int) -> str:
    """The release that an owner wishes."""
    return f"wish:{number}"


def move_id(token_id: int, index: int) -> str:
    """The move of a deposit to the committee's newest key."""
    return f"move:{token_id}:{index}"


def read_release(network: Network, release_id: str) -> Release:
    """The release of that id, if the rule allows it now; raises MayNotRelease with the reason."""
    match release_id.split(":"):
        case ["sale", listing] if listing.isdecimal():
            return _sale_release(network, int(listing))
        case ["wish", number] if number.isdecimal():
            return _wish_release(network, int(number))
        case ["move", token_id, index] if token_id.isdecimal() and index.isdecimal():
            return _move_release(network, int(token_id), int(index))
        case _:
            raise MayNotRelease(release_id[:40], "there is no release of that kind")


def is_over(network: Network, release_id: str) -> bool:
    """Whether a release needs nobody any more."""
    match release_id.split(":"):
        case ["sale", listing]:
            return network.market.sale(int(listing)).state is not SaleState.PAID
        case ["wish", number]:
            return network.desk.wish(int(number)).state is not WishState.OPEN
        case ["move", token_id, index]:
            where = (network.token.address, int(token_id), int(index))
            newest = network.committee.active_key()
            is_live = network.vault.is_live(*where)
            return not is_live or network.vault.deposit(*where).key_id == newest
        case _:
            return True


# -------------------------------------------------------------------------- sales


def _sale_release(network: Network, listing_id: int) -> Release:
    name = sale_id(listing_id)
    sale = network.market.sale(listing_id)
    if sale.state is not SaleState.PAID or sale.mode is not SaleMode.COMMITTEE:
        raise MayNotRelease(name, f"it is {sale.state.name} in mode {sale.mode.name}")
    depth, head = network.settings.finality_depth, network.chain.head()
    before = network.market.sale(listing_id, block=max(head.number - depth, 0)) if depth else sale
    if not _same_payment(before, sale):
        raise MayNotRelease(name, f"its payment is not {depth} blocks deep")
    _check_terms(network, name, sale.token, sale.deadline)
    at = sale.paid_at_block
    found = network.market.events("SalePaid", at, at, listingId=listing_id)
    if not found:
        raise MayNotRelease(name, "the chain does not show its payment")
    told = told_by(name, found[-1].args, sale.target_key_hash)
    return handed_over(network, name, sale.token_id, (sale.seller, sale.buyer), told)


def _same_payment(before: Sale, sale: Sale) -> bool:
    return (before.state, before.paid_at_block, before.buyer, before.target_key_hash) == (
        sale.state,
        sale.paid_at_block,
        sale.buyer,
        sale.target_key_hash,
    )


def _check_terms(network: Network, name: str, token: Address, deadline: int) -> None:
    """That it is about this network's collection, and has time left."""
    if token != network.token.address:
        raise MayNotRelease(name, f"it is about a token of {token}")
    if max(network.chain.head().timestamp, time.time()) + MARGIN_SECONDS > deadline:
        raise MayNotRelease(name, "its deadline is too near")


# ------------------------------------------------------------------------- wishes


def _wish_release(network: Network, number: int) -> Release:
    name = wish_id(number)
    wish = network.desk.wish(number)
    if wish.state is not WishState.OPEN:
        raise MayNotRelease(name, f"it is {wish.state.name}")
    depth, head = network.settings.finality_depth, network.chain.head()
    before = network.desk.wish(number, block=max(head.number - depth, 0)) if depth else wish
    if before != wish:
        raise MayNotRelease(name, f"it is not {depth} blocks deep")
    _check_terms(network, name, wish.token, wish.deadline)
    at = wish.made_at_block
    found = network.desk.events("WishMade", at, at, wishId=number)
    if not found:
        raise MayNotRelease(name, "the chain does not show it")
    told = told_by(name, found[-1].args, wish.target_key_hash)
    return handed_over(network, name, wish.token_id, (wish.owner, wish.receiver), told)


# -------------------------------------------------------------------------- moves


def _move_release(network: Network, token_id: int, index: int) -> Release:
    name = move_id(token_id, index)
    owner = network.token.owner_of(token_id)
    if owner is None:
        raise MayNotRelease(name, "there is no such token")
    newest = network.committee.key(network.committee.active_key())
    parties = (owner, network.vault.address)
    item = release_item(network, name, (RESEAL, token_id, index), parties, newest.point)
    if item.case.key_id == newest.key_id:
        raise MayNotRelease(name, "it is sealed to the newest key already")
    return Release(name, (item,))


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
    "is_over",
    "move_id",
    "read_release",
    "sale_id",
    "transfer_proofs",
    "wish_id",
]
