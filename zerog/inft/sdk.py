"""Agents as tokens, in one typed call each: mint, transfer, accept, open, show.

from zerog.inft.sdk import Agents
agents = Agents.connect()
minted = agents.mint("./my-agent", owner="alice")
"""

from __future__ import annotations

from functools import cached_property
from os import PathLike
from pathlib import Path

from zerog.chain.hexes import to_address
from zerog.inft.committee.handing import plan_handing
from zerog.inft.committee.sdk import Committee
from zerog.inft.consent import accept
from zerog.inft.driving import driven
from zerog.inft.envelope import SUITE_AES_256_GCM, NotAnEnvelope, UnknownSuite, suite_of
from zerog.inft.errors import NotTheOwner, UnknownMode, UnknownToken
from zerog.inft.escrow.sdk import Escrow
from zerog.inft.folder import manifest_hash
from zerog.inft.handover import consent_to, plan_handover
from zerog.inft.identity import plaintext_digest
from zerog.inft.jobstore import Row
from zerog.inft.life.sdk import Life
from zerog.inft.market.sdk import Market
from zerog.inft.metadata import BadDescription, parse
from zerog.inft.mint import plan_mint
from zerog.inft.opening import open_token, read_token
from zerog.inft.papers import Paper
from zerog.inft.protection import UNPROTECTED, protection_of
from zerog.inft.rekey import plan_rekey
from zerog.inft.results import (
    COMMITTEE,
    ORACLE,
    PROOF,
    Accepted,
    JobView,
    Minted,
    Opened,
    Rekeyed,
    TokenView,
    Transferred,
    minted,
    rekeyed,
    token_of,
    transferred,
)
from zerog.inft.stack import Stack
from zerog.inft.steps import FINAL
from zerog.inft.transfer import plan_transfer
from zerog.inft.unpacking import require_free
from zerog.inft.verifying import Verified, verify_token
from zerog.inft.viewing_keys import ViewingKeys
from zerog.types import Progress, no_progress

ROLE_CHARACTERS = 60


class Agents:
    """The agents of one home: its keys act, its rows remember."""

    def __init__(self, stack: Stack) -> None:
        """stack: the collaborators; `Agents.connect` builds them."""
        self._stack = stack

    @classmethod
    def connect(
        cls, home: str | PathLike[str] | None = None, progress: Progress = no_progress
    ) -> Agents:
        """Connect to the network that the home's registry names.

        home: default $ZEROG_HOME, else ~/.zerog. Raises ChainUnreachable, WrongChain,
        NoRegistry.
        """
        return cls(Stack.connect(home, progress))

    @cached_property
    def life(self) -> Life:
        """After the mint: usage, rental, versions, lineage, royalties."""
        return Life(self._stack)

    @cached_property
    def market(self) -> Market:
        """Listings, offers and what they pay."""
        return Market(self._stack)

    @cached_property
    def escrow(self) -> Escrow:
        """Sales with the complaint game."""
        return Escrow(self._stack)

    @cached_property
    def committee(self) -> Committee:
        """Who hands keys over for owners that are away."""
        return Committee(self._stack)

    @cached_property
    def viewing(self) -> ViewingKeys:
        """The keys that agents are sealed to for wallets that cannot decrypt."""
        return ViewingKeys(self._stack)

    def mint(
        self, folder: str | PathLike[str], owner: str, *, suite: int = SUITE_AES_256_GCM
    ) -> Minted:
        """Pack, encrypt, store and mint a folder for `owner`, a name of this home.

        suite: SUITE_KECCAK_CTR makes an agent that can be sold with the complaint game. Raises
        the UsageErrors of folder.scan, UnknownName, and what the services raise; the row stays
        and goes on by itself when the stack is up.
        """
        row = plan_mint(self._stack, Path(folder), owner, suite)
        return minted(driven(self._stack, row.job_id))

    def transfer(
        self,
        token_id: int,
        owner: str,
        to: str,
        to_key: bytes | None = None,
        *,
        mode: str = ORACLE,
        consent: Paper | None = None,
    ) -> Transferred:
        """Hand a token over to `to`, a name of this home or an address.

        mode `oracle`: re-encrypted under a key that the owner never had; to_key: 64 bytes X
        then Y, for an address whose key is elsewhere: then the transfer rests at
        `awaiting_consent` until `accept` there. mode `proof`: the same ciphertext, and the chain
        checks that the same key is sealed to the receiver; mode `committee`: so do its members,
        from a deposit that the owner makes now. consent, in both: the receiver's paper, where
        their key is elsewhere. Where it is here, the receiver opens the token in the end and
        `opened_identical` says what they found.
        """
        before = self._digest(token_id, owner)
        if mode == ORACLE:
            row = plan_transfer(self._stack, token_id, owner, to, to_key)
        elif mode == PROOF:
            row = plan_handover(self._stack, token_id, owner, to, consent)
        elif mode == COMMITTEE:
            row = plan_handing(self._stack, token_id, owner, to, consent)
        else:
            raise UnknownMode(mode)
        return self._seen(driven(self._stack, row.job_id), before)

    def _digest(self, token_id: int, reader: str) -> bytes:
        token, signer = read_token(self._stack, token_id), self._stack.keys.signer(reader)
        if token.owner != signer.address:
            raise NotTheOwner(token_id, token.owner, signer.address)
        return plaintext_digest(self._stack, signer, token)

    def _seen(self, row: Row, before: bytes) -> Transferred:
        """The result, with what the receiver finds where their key is here."""
        receiver = self._stack.holder(to_address(row.text("to")))
        if row.state != FINAL or receiver is None:
            return transferred(row)
        token = read_token(self._stack, row.number("token_id"))
        return transferred(row, plaintext_digest(self._stack, receiver, token) == before)

    def consent(self, token_id: int, receiver: str) -> Paper:
        """Look at a token's stored data and consent to receive it as it is, by proof.

        receiver: a name of this home. The paper goes to the token's owner, who gives it to
        `transfer`. Raises UnknownToken, SameOwner, FileUnknown, BadSegment.
        """
        return consent_to(self._stack, token_id, self._stack.keys.signer(receiver))

    def accept(self, token_id: int, receiver: str) -> Accepted:
        """Check the new ciphertext as its receiver and consent.

        The seller's home sends the transfer then; it is driven to its end here when it is this
        one. Raises NothingToAccept, Tampered errors.
        """
        found = accept(self._stack, token_id, self._stack.keys.signer(receiver))
        state = "consented"
        for row in self._stack.jobs.in_state("awaiting_consent", "consented", "sent"):
            if row.data.get("transfer_id") == found.transfer_id:
                state = driven(self._stack, row.job_id).state
        root = "0x" + found.result.new_data_hash.hex() if found.result else ""
        return Accepted(token_id, found.receiver, found.transfer_id, root, state)

    def verify(self, token_id: int, reader: str | None = None) -> Verified:
        """Fetch and check everything of a token that can be checked; its owner opens it too.

        Raises UnknownToken, Tampered errors; with a reader NotTheOwner.
        """
        signer = None if reader is None else self._stack.keys.signer(reader)
        return verify_token(self._stack, token_id, signer)

    def rekey(self, token_id: int, owner: str) -> Rekeyed:
        """Seal a token's data key to the owner's registered viewing key, else to their account.

        Raises UnknownToken, NotTheOwner, NoSealToProve.
        """
        row = driven(self._stack, plan_rekey(self._stack, token_id, owner).job_id)
        return rekeyed(row)

    def open(self, token_id: int, reader: str, out: str | PathLike[str]) -> Opened:
        """Decrypt a token's agent into the new folder `out`, as its owner `reader`.

        Raises UnknownToken, NotTheOwner, OutputExists, and Tampered errors.
        """
        require_free(Path(out))
        token = open_token(self._stack, token_id, self._stack.keys.signer(reader), Path(out))
        return Opened(
            token_id, str(out), "0x" + token.data_root.hex(), manifest_hash(Path(out)).hex()
        )

    def show(self, token_id: int) -> TokenView:
        """What the chain says of one token; raises UnknownToken."""
        token = read_token(self._stack, token_id)
        try:
            said = parse(token.description)
        except BadDescription:
            said = None
        return TokenView(
            token_id=token_id,
            owner=token.owner,
            role=token.description[:ROLE_CHARACTERS] if said is None else said.role,
            data_root="0x" + token.data_root.hex(),
            size_bytes=None if said is None else said.size,
            encryption=None if said is None else said.encryption,
            protection=_protection(token.sealed_key),
            sealed_key_bytes=len(token.sealed_key),
        )

    def tokens(self) -> list[TokenView]:
        """Every token of the collection."""
        views = []
        for token_id in range(1, self._stack.nft.next_token_id()):
            try:
                views.append(self.show(token_id))
            except UnknownToken:
                continue
        return views

    def jobs(self) -> list[JobView]:
        """Every mint and transfer of this home, oldest first."""
        return [
            JobView(row.job_id, row.kind, row.state, token_of(row), row.error)
            for row in self._stack.jobs.rows()
        ]

    def resume(self, job_id: str) -> JobView:
        """Go on with a row; waits while another process works on it."""
        row = driven(self._stack, job_id)
        return JobView(row.job_id, row.kind, row.state, token_of(row), row.error)


def _protection(sealed_key: bytes) -> str:
    """The best protection of data by its sealed key, which another client may have made."""
    try:
        return protection_of(suite_of(sealed_key))
    except (NotAnEnvelope, UnknownSuite):
        return UNPROTECTED
