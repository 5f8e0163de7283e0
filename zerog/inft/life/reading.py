"""What the chain says of an agent's life: its history, checked, and its line."""

from __future__ import annotations

from typing import Final

from zerog.chain.bindings import Event
from zerog.chain.bindings_life import HistoryContract, LineageContract
from zerog.chain.hexes import to_address
from zerog.inft.errors import UnknownToken
from zerog.inft.life.desk import facet, splitter_of
from zerog.inft.life.errors import HistoryIncomplete
from zerog.inft.life.rental import NO_CURRENCY
from zerog.inft.life.results import History, Lineage, ParentView, VersionView
from zerog.inft.life.royalties import MAX_DEPTH, Ancestor, split
from zerog.inft.life.versions import Version, prove, root
from zerog.inft.stack import Stack
from zerog.types import Address

FINE: Final = 10_000 * 10_000
"""A royalty of so much shows shares without noise from divisions."""


def read_history(stack: Stack, token_id: int) -> History:
    """Every version of a token; raises UnknownToken, HistoryIncomplete.

    A token that was burnt still has its history, one that never was has none.
    """
    contract = facet(stack, HistoryContract)
    block = stack.chain.head().number
    known = contract.root(token_id, block=block)
    if not contract.count(token_id, block=block) and stack.nft.owner_of(token_id) is None:
        raise UnknownToken(token_id)
    events = contract.events("VersionRecorded", last=block, tokenId=token_id)
    versions = [_version(event) for event in events]
    leaves = [version.leaf() for version in versions]
    if root(leaves) != known:
        raise HistoryIncomplete(token_id, known, root(leaves))
    views = tuple(
        VersionView(
            index=version.index,
            before="0x" + version.before.hex(),
            next="0x" + version.next.hex(),
            author=version.author,
            time=version.time,
            leaf="0x" + leaves[version.index].hex(),
            proof=tuple("0x" + one.hex() for one in prove(leaves, version.index).hashes()),
        )
        for version in versions
    )
    return History(token_id, block, "0x" + known.hex(), views)


def _version(event: Event) -> Version:
    before, following = event.args["before"], event.args["next"]
    if not isinstance(before, bytes) or not isinstance(following, bytes):
        raise TypeError(f"VersionRecorded is {event.args!r}")
    return Version(
        token_id=event.number("tokenId"),
        index=event.number("index"),
        before=before,
        next=following,
        author=to_address(str(event.args["author"])),
        time=event.number("time"),
    )


def read_lineage(stack: Stack, token_id: int) -> Lineage:
    """Where a token comes from, and who shares its royalties; raises UnknownToken."""
    family: dict[int, Ancestor] = {}
    _gather(stack, token_id, 0, family)
    if family[token_id].creator is None and family[token_id].owner is None:
        raise UnknownToken(token_id)
    contract = facet(stack, LineageContract)
    shares = split(family, token_id, FINE)
    return Lineage(
        token_id=token_id,
        origin=contract.origin(token_id),
        creator=family[token_id].creator,
        parents=tuple(
            ParentView(one.token_id, one.weight_bps, "0x" + one.data_commitment.hex())
            for one in contract.parents(token_id)
        ),
        royalty_bps=contract.royalty_bps(token_id),
        till=splitter_of(stack).till(token_id),
        shares={account: f"{part * 100 / FINE:g} %" for account, part in shares.items()},
    )


def _gather(stack: Stack, token_id: int, depth: int, family: dict[int, Ancestor]) -> None:
    """Read a token, and its line as far up as a payment goes."""
    contract, nft = facet(stack, LineageContract), stack.nft
    origin = contract.origin(token_id)
    creator = _somebody(to_address(str(nft.read("creatorOf", origin))))
    parents = contract.parents(origin) if depth < MAX_DEPTH else []
    weights = tuple((one.token_id, one.weight_bps) for one in parents)
    if parents or origin not in family:  # at the end of a line nobody's parents are read
        family[origin] = Ancestor(creator, nft.owner_of(origin), weights)
    if origin != token_id:
        family[token_id] = Ancestor(creator, nft.owner_of(token_id), cloned_from=origin)
    for parent in parents:
        _gather(stack, parent.token_id, depth + 1, family)


def _somebody(address: Address) -> Address | None:
    return None if address == NO_CURRENCY else address
