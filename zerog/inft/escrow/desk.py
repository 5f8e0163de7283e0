"""What every step of an escrow needs: the exchange, its events, pieces of stored data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from zerog.chain.bindings import Event
from zerog.chain.bindings_escrow import Escrow, EscrowState, FairExchangeContract
from zerog.chain.errors import TxReverted
from zerog.chain.rpc import Receipt
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.crypto.container import SUITE_KECCAK_CTR, head_of
from zerog.crypto.keccak import keccak256
from zerog.crypto.keccakctr import sealed_size
from zerog.errors import ZerogError
from zerog.inft.escrow.errors import NothingDelivered, NotProtected, PieceMissing, UnknownEscrow
from zerog.inft.escrow.pieces import Segment
from zerog.inft.escrow.terms import Fault, Terms
from zerog.inft.proofs import AccessProof, OwnershipProof
from zerog.inft.stack import Stack
from zerog.storage.client.client import StorageClient
from zerog.storage.codec import (
    TreeBuilder,
    check_segment,
    padded_sectors,
    segment_count,
    segment_length,
)
from zerog.types import Buffer, DataRoot, PublicKey

ANSWERED: Final = 1
Pair = tuple[AccessProof, OwnershipProof]


def exchange_of(stack: Stack) -> FairExchangeContract:
    """The network's exchange with complaints."""
    return FairExchangeContract.of(stack.chain, stack.registry.contract("FairExchange"))


def escrow_of(stack: Stack, escrow_id: int) -> Escrow:
    """A sale; raises UnknownEscrow."""
    found = exchange_of(stack).escrow(escrow_id)
    if found.state is EscrowState.NONE:
        raise UnknownEscrow(escrow_id)
    return found


def terms_of(escrow: Escrow) -> Terms:
    """The terms that a sale was offered at."""
    return Terms(
        escrow.token_id,
        escrow.currency,
        escrow.price,
        escrow.bond,
        escrow.answer_fee,
        escrow.delivery_seconds,
        escrow.window_seconds,
        escrow.answer_seconds,
    )


def act(
    stack: Stack, signer: Signer, intent: str, function: str, args: Sequence[object], value: int = 0
) -> Receipt:
    """One mined transaction to the exchange; raises TxReverted, TxTimeout."""
    exchange = exchange_of(stack)
    call = Call(exchange.address, exchange.calldata(function, *args), value)
    return stack.sender(signer).run(intent, call)


def tried(stack: Stack, signer: Signer, intent: str, function: str, args: Sequence[object]) -> bool:
    """Whether the exchange took an act that somebody else may have been first with."""
    try:
        act(stack, signer, intent, function, args)
    except TxReverted:
        return False
    return True


def allow_token(stack: Stack, signer: Signer, intent: str, token_id: int) -> None:
    """Let the exchange lock and move a token; nothing is sent where it may already."""
    exchange, nft = exchange_of(stack).address, stack.nft
    if str(nft.read("getApproved", token_id)).lower() == exchange.lower():
        return
    if nft.read("isApprovedForAll", signer.address, exchange):
        return
    data = nft.calldata("approve", exchange, token_id)
    stack.sender(signer).run(intent, Call(nft.address, data))


# ------------------------------------------------------------------------------ what was said


def payment_of(stack: Stack, escrow_id: int) -> tuple[Event, PublicKey, AccessProof]:
    """The event of a payment, the key to seal to, the buyer's consent.

    Raises UnknownEscrow where nobody paid.
    """
    events = exchange_of(stack).events("Paid", escrowId=escrow_id)
    if not events:
        raise UnknownEscrow(escrow_id)
    key, consent = events[-1].args["targetKey"], events[-1].args["consent"]
    if not isinstance(key, bytes) or not isinstance(consent, tuple):
        raise UnknownEscrow(escrow_id)
    return events[-1], PublicKey(key), AccessProof(*consent)


def delivery_of(stack: Stack, escrow_id: int, seal_hash: bytes) -> Pair:
    """Both proofs that were delivered; raises NothingDelivered."""
    for event in reversed(exchange_of(stack).events("Delivered", escrowId=escrow_id)):
        pair = event.args["pair"]
        if isinstance(pair, tuple) and len(pair) == 2:
            access, ownership = AccessProof(*pair[0]), OwnershipProof(*pair[1])
            if keccak256(ownership.sealed_key) == seal_hash:
                return access, ownership
    raise NothingDelivered(escrow_id)


def fault_of(stack: Stack, escrow_id: int, escrow: Escrow) -> str | None:
    """Why a buyer got the money back, in lower case; None where that did not happen."""
    if escrow.state is not EscrowState.REFUNDED:
        return None
    events = exchange_of(stack).events("Refunded", escrowId=escrow_id)
    return Fault(events[-1].number("fault")).name.lower() if events else None


def open_challenges(stack: Stack, escrow_id: int) -> list[tuple[int, int]]:
    """(block, when the answer is due) of each challenge without an answer."""
    exchange = exchange_of(stack)
    if not exchange.escrow(escrow_id).challenges:
        return []  # what every look finds as a rule: it need not search the log
    asked = [event.number("index") for event in exchange.events("Challenged", escrowId=escrow_id)]
    due = [(index, exchange.challenge(escrow_id, index)) for index in dict.fromkeys(asked)]
    return [(index, time) for index, time in due if time > ANSWERED]


# --------------------------------------------------------------------------------- stored data


def plain_size_of(stack: Stack, token_id: int, data_root: DataRoot) -> int:
    """Bytes of the plaintext of a token whose data can be judged.

    Raises NotProtected for another suite, and what the storage client raises.
    """
    suite, plain_size = head_of(next(stack.storage.segments(data_root)))
    if suite != SUITE_KECCAK_CTR:
        raise NotProtected(token_id, suite)
    return plain_size


def filled(segments: Iterable[Buffer], size: int) -> Iterator[bytes]:
    """Segments of a file of `size` bytes as its data root commits to them.

    Where it was stored shorter, the tree has zeros, and so has every answer to a challenge: they
    can be complained about, a file that just ends cannot.
    """
    stored = iter(segments)
    for index in range(segment_count(size)):
        yield bytes(next(stored, b"")).ljust(segment_length(size, index), b"\0")


def segment_of(storage: StorageClient, data_root: bytes, plain_size: int, index: int) -> Segment:
    """A stored segment with its proof, from the first node that has a good one.

    Raises PieceMissing when none has, NodeUnreachable when none answers.
    """
    size = sealed_size(plain_size)
    for holder in storage.holders(data_root):
        if padded_sectors(holder.info.size) != padded_sectors(size):
            continue
        if index >= segment_count(holder.info.size):
            return _padding(storage, data_root, size, index)
        try:
            found = holder.remote.segment(holder.info.seq, index)
            if found is None:
                continue
            check_segment(data_root, index, found.data, found.proof, holder.info.size)
        except ZerogError:  # this node is of no use; the next one may be
            continue
        data = bytes(found.data).ljust(segment_length(size, index), b"\0")
        return Segment(size, index, data, found.proof)
    raise PieceMissing(data_root, index)


def _padding(storage: StorageClient, data_root: bytes, size: int, index: int) -> Segment:
    """A segment behind the end of a file that was stored too short; reads all of the file."""
    builder = TreeBuilder()
    for segment in filled(storage.segments(DataRoot(data_root)), size):
        builder.update(segment)
    tree = builder.finish()
    if tree.data_root != data_root:
        raise PieceMissing(data_root, index)
    return Segment(size, index, bytes(segment_length(size, index)), tree.proof(index))
