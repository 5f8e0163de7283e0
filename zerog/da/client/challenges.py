"""A client that asks a signer for a piece or the header of what it signed, over the contract."""

from __future__ import annotations

from dataclasses import dataclass

from zerog.chain.tx import Sender
from zerog.da.collector import LIES, Quorums, SignerUnreachable, ask
from zerog.da.errors import NoSuchPiece, NoSuchRow
from zerog.da.onchain.challenging import Challenger, Outcome
from zerog.da.onchain.errors import NoHeader
from zerog.da.onchain.evidence import Evidence, find_header, gather
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.params import Header, Profile
from zerog.da.wire import RowsAsked
from zerog.types import Address, Json

HEADER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Challenged:
    """A challenge that is open. deadline: the last block of an answer.

    piece: None when the header is asked for.
    """

    challenge_id: int
    signer: Address
    row: int
    piece: int | None
    deadline: int
    bond_wei: int

    def to_json(self) -> dict[str, Json]:
        """For --json."""
        return {
            "challenge_id": self.challenge_id,
            "asks": "header" if self.piece is None else "piece",
            "signer": self.signer,
            "row": self.row,
            "piece": self.piece,
            "deadline_block": self.deadline,
            "bond_wei": self.bond_wei,
        }


@dataclass(frozen=True, slots=True)
class Blob:
    """What is challenged. length: 0 when it is not known here.

    bitmap: of who signed, where no event has it; empty to look for the event.
    """

    data_root: bytes
    epoch: int
    quorum_id: int
    length: int = 0
    bitmap: bytes = b""


def challenge(
    network: DaNetwork, sender: Sender, blob: Blob, row: int, piece: int | None
) -> Challenged:
    """Put down the bond and ask for a piece of a row; the same call again finds the same challenge.

    piece: None asks for the header, and so does a blob that no header leads to, of which no piece
    can be asked for. Raises NoEvidence (no certificate, or none with the bitmap), NoSuchRow,
    NoSuchPiece, TxReverted by the contract's rule (a row that nobody signed, a blob too old),
    InsufficientFunds.
    """
    profile = network.profile()
    evidence = gather(network, blob.data_root, blob.epoch, blob.quorum_id, blob.bitmap)
    if not 0 <= row < profile.rows:
        raise NoSuchRow(row, profile.rows)
    header = None if piece is None else _header(network, evidence, blob.length, profile)
    asking = Challenger(network, sender)
    if header is None or piece is None:
        piece, number = None, asking.ask_header(evidence, row)
    elif 0 <= piece < header.pieces:
        number = asking.ask(evidence, header, row, piece)
    else:
        raise NoSuchPiece(row, piece, header.pieces)
    found = network.challenge.challenge(number)
    if found is not None:
        return Challenged(number, found.signer, row, piece, found.deadline, found.bond_wei)
    owner = network.signers.quorum_row(blob.epoch, blob.quorum_id, row)
    return Challenged(number, owner, row, piece, 0, 0)


def settle(network: DaNetwork, sender: Sender, challenge_id: int) -> Outcome:
    """End a challenge when its time is over, and say what became of it; raises NoSuchChallenge."""
    return Challenger(network, sender).settle(challenge_id)


def _header(network: DaNetwork, evidence: Evidence, length: int, profile: Profile) -> Header | None:
    """The blob's header: by its length, else from a signer, else by trying; None: there is none."""
    where = (network.chain.chain_id(), network.entrance_bytes)
    if length and evidence.fits(header := Header.of(length, profile), *where):
        return header
    blob = Blob(evidence.data_root, evidence.epoch, evidence.quorum_id)
    said = header_of(QuorumBook(network), blob, *where, profile)
    if said is not None:
        # the data root is its hash with some roots: with others no header leads to it
        return said if evidence.fits(said, *where) else None
    try:
        return find_header(evidence, profile, *where)
    except NoHeader:
        return None


def header_of(
    quorums: Quorums, blob: Blob, chain_id: int, entrance: bytes, profile: Profile
) -> Header | None:
    """What signers say a blob's header is: the data root proves it. None when none answers."""
    for holder in quorums.holders(blob.epoch, blob.quorum_id):
        asked = RowsAsked(blob.epoch, blob.quorum_id, blob.data_root, holder.rows[:1])
        try:
            given = ask(holder, asked, chain_id, entrance, profile, HEADER_SECONDS)
        except (SignerUnreachable, *LIES):
            continue
        return given.commitment.header
    return None
