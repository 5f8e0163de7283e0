"""The life of an agent after its mint, in one typed call each.

from zerog.inft.life.sdk import Life
life = Life.connect()
offer = life.offer_rent(1, "alice", price=10**15, period_s=3600)
lease = life.rent(offer.offer_id, "bob", periods=24)
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Final

from zerog.chain.bindings_life import LineageContract
from zerog.chain.hexes import to_address
from zerog.inft.driving import driven
from zerog.inft.errors import NotTheOwner, UnknownMode
from zerog.inft.identity import plaintext_digest
from zerog.inft.jobstore import Row
from zerog.inft.life.clone import consent_to_clone, plan_clone_by_oracle, plan_clone_by_proof
from zerog.inft.life.desk import facet, splitter_of
from zerog.inft.life.lineage import Claim
from zerog.inft.life.reading import read_history, read_lineage
from zerog.inft.life.rental import NO_CURRENCY
from zerog.inft.life.renting import Renting
from zerog.inft.life.results import (
    Cloned,
    Done,
    Earnings,
    History,
    Lineage,
    Updated,
    cloned,
    updated,
)
from zerog.inft.life.signing import consent_to_child
from zerog.inft.life.update import plan_update
from zerog.inft.opening import read_token
from zerog.inft.papers import Paper
from zerog.inft.results import ORACLE, PROOF
from zerog.inft.stack import Stack
from zerog.types import Address, Progress, no_progress

WEEK: Final = 7 * 86_400


class Life(Renting):
    """The life of the agents of one home: its keys act, its rows remember."""

    @classmethod
    def connect(
        cls, home: str | PathLike[str] | None = None, progress: Progress = no_progress
    ) -> Life:
        """Connect to the network that the home's registry names.

        home: default $ZEROG_HOME, else ~/.zerog. Raises ChainUnreachable, WrongChain,
        NoRegistry.
        """
        return cls(Stack.connect(home, progress))

    # --------------------------------------------------------- versions, lineage

    def update(self, token_id: int, folder: str | PathLike[str], owner: str) -> Updated:
        """Make a folder the agent's new version, under a new key.

        Former owners cannot open it. Raises UnknownToken, NotTheOwner, VersionMoved and what the
        services raise; the row stays and goes on by itself when the stack is up.
        """
        row = plan_update(self._stack, token_id, Path(folder), owner)
        return updated(driven(self._stack, row.job_id))

    def clone(
        self,
        token_id: int,
        owner: str,
        to: str,
        to_key: bytes | None = None,
        *,
        mode: str = PROOF,
        consent: Paper | None = None,
    ) -> Cloned:
        """Give `to`, a name of this home or an address, a token of their own with the same agent.

        mode `proof`: the same ciphertext, so that either owner can open both; consent: the
        receiver's paper, where their key is elsewhere. mode `oracle`: encrypted anew; to_key: 64
        bytes X then Y, for an address whose key is elsewhere. The clone inherits the creator and
        pays the original's line. Raises UnknownToken, NotTheOwner, UnknownMode, and what the
        services raise.
        """
        if mode == PROOF:
            row = plan_clone_by_proof(self._stack, token_id, owner, to, consent)
        elif mode == ORACLE:
            row = plan_clone_by_oracle(self._stack, token_id, owner, to, to_key)
        else:
            raise UnknownMode(mode)
        return self._seen(driven(self._stack, row.job_id), owner)

    def consent_to_clone(self, token_id: int, receiver: str) -> Paper:
        """Look at a token's data and consent to get a clone of it by proof."""
        return consent_to_clone(self._stack, token_id, self._stack.keys.signer(receiver))

    def _seen(self, row: Row, owner: str) -> Cloned:
        """The result, with what the clone's owner finds where their key is here."""
        stack, clone_id = self._stack, row.data.get("clone_id")
        receiver = stack.holder(to_address(row.text("to")))
        if receiver is None or not isinstance(clone_id, int):
            return cloned(row)
        original = plaintext_digest(
            stack, stack.keys.signer(owner), read_token(stack, row.number("token_id"))
        )
        found = plaintext_digest(stack, receiver, read_token(stack, clone_id))
        return cloned(row, found == original)

    def history(self, token_id: int) -> History:
        """Every version, each with a proof, checked against the chain; raises HistoryIncomplete."""
        return read_history(self._stack, token_id)

    def lineage(self, token_id: int) -> Lineage:
        """Where an agent comes from, and who shares its royalties; raises UnknownToken."""
        return read_lineage(self._stack, token_id)

    def derive(self, token_id: int, owner: str, claims: list[Claim]) -> Done:
        """Name an agent's parents, once; claims: oldest first, with their owners' signatures."""
        lineage = facet(self._stack, LineageContract)
        args = [token_id, [claim.to_abi() for claim in claims]]
        return self._done(owner, lineage, "derive", *args)

    def consent_to_child(
        self, parent_id: int, child_id: int, weight_bps: int, owner: str, lasting_s: int = WEEK
    ) -> Claim:
        """Let an agent be derived from one's own, for a weight in basis points of its royalties.

        Raises UnknownToken, NotTheOwner.
        """
        return consent_to_child(self._stack, parent_id, child_id, weight_bps, owner, lasting_s)

    def lower_royalty(self, token_id: int, creator: str, bps: int) -> Done:
        """Ask for less of every sale, of an original and all its clones; never for more again."""
        lineage = facet(self._stack, LineageContract)
        return self._done(creator, lineage, "lowerRoyalty", token_id, bps)

    def burn(self, token_id: int, owner: str) -> Done:
        """End a token; raises UnknownToken, NotTheOwner, TxReverted."""
        found, signer = self._owner(token_id), self._stack.keys.signer(owner)
        if found != signer.address:
            raise NotTheOwner(token_id, found, signer.address)
        return self._done(owner, self._stack.nft, "burn", token_id)

    # --------------------------------------------------------------------- money

    def settle_royalties(self, token_id: int, payer: str, currency: Address = NO_CURRENCY) -> Done:
        """Share out what markets left for a token; anybody may pay the gas."""
        return self._done(payer, splitter_of(self._stack), "settle", token_id, currency)

    def earnings(self, person: str, currency: Address = NO_CURRENCY) -> Earnings:
        """What a name or an address can take out."""
        account = self._stack.keys.resolve(person)
        rent = self._rental.credit(currency, account)
        royalties = splitter_of(self._stack).credit(currency, account)
        return Earnings(account, currency, str(rent), str(royalties))

    def withdraw(
        self, person: str, *, currency: Address = NO_CURRENCY, to: str | None = None
    ) -> list[Done]:
        """Take out all rent and royalties, to oneself or to `to`; nothing is sent for nothing."""
        keys, found = self._stack.keys, self.earnings(person, currency)
        receiver = found.account if to is None else keys.resolve(to)
        owing = ((self._rental, found.rent), (splitter_of(self._stack), found.royalties))
        return [
            self._done(person, contract, "withdrawCredit", currency, receiver)
            for contract, amount in owing
            if int(amount)
        ]
