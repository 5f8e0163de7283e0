"""A whole token against a model in plain data: every generation's door, real seals and proofs.

What holds after every step: each token is where the model says, whoever owns it can open its
seals, whose hashes the chain has (unless the policy let it move plainly), and no money is lost.
"""

from __future__ import annotations

import os
from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from web3.types import TxReceipt

from tests.support.agents import House, Person
from tests.support.contracts import Reverted
from tests.support.doors import Door
from tests.support.evm import AnvilProcess
from tests.support.handovers import AGENT_NFT, FINAL, GENERATIONS, ZERO
from tests.support.token_model import (
    Handover,
    Token,
    by_chain,
    by_oracle,
    key_hashes,
    new_item,
    renewed_seal,
)
from zerog.chain.steps_token import POLICY
from zerog.inft.proofs import CLONE, TRANSFER

pytestmark = pytest.mark.stateful

DEEP = os.environ.get("ZEROG_HYPOTHESIS") == "deep"
EXAMPLES, STEPS = (100, 60) if DEEP else (5, 20)
FEE = 7
MINT = "mint(address,(string,bytes32)[],bytes[],uint256)"
MINT_PAID = "mint((string,bytes32)[],address,bytes[])"
UPDATE = "update(uint256,(string,bytes32)[],bytes[])"
NAMES = ("alice", "bob", "carol")
MOVER = "whoever may"
ACTS = (
    *("lock", "lock", "unlock", "unlock", "reseal", "reseal"),
    *("update", "approve", "approve", "plain_transfer", "burn"),
)

who = st.sampled_from(NAMES)
caller = st.sampled_from([MOVER, MOVER, MOVER, *NAMES])
doors = st.sampled_from([(one, old) for one in GENERATIONS for old in (False, True)])


class TokenMachine(RuleBasedStateMachine):
    """Mints, hand-overs, clones, locks, burns, reseals, updates and policies."""

    anvil: AnvilProcess
    tokens = Bundle("tokens")
    used = Bundle("used")

    @initialize(target=tokens)
    def deploy(self) -> object:
        """A house of this history's own, with two tokens."""
        self.house = House.build(self.anvil)
        self.house.verifier.send("setLegacy", self.house.token.address, True)
        self.house.token.send("setMintFee", FEE)
        self.model: dict[int, Token] = {}
        self.touched: set[int] = set()
        self.made, self.earned = 0, 0
        self.policy = POLICY
        return multiple(self.mint_for("alice", 2, paid=False), self.mint_for("bob", 1, paid=True))

    # ------------------------------------------------------------------- helpers

    def person(self, name: str) -> Person:
        """Wallet of a name in the model."""
        return cast(Person, getattr(self.house, name))

    def viewer(self, name: str, other: bool) -> Person:
        """The key that data is sealed to: the wallet's, or a viewing key of the same person."""
        return Person.named(f"{name} reads") if other else self.person(name)

    def named(self, drawn: str, token_id: int) -> str:
        """The caller that was drawn, for this token."""
        token = self.model.get(token_id)
        return drawn if drawn != MOVER else token.mover if token else "alice"

    def expect(self, error: str | None, name: str, by: str, *args: object) -> TxReceipt | None:
        """Send; the outcome must be what the model says."""
        sender = self.person(by).address
        if error is None:
            return self.house.token.send(name, *args, sender=sender)
        with pytest.raises(Reverted) as caught:
            self.house.token.send(name, *args, sender=sender)
        assert caught.value.name == error, f"{name} by {by}: {caught.value}"
        return None

    def may_move(self, token_id: int, by: str) -> str | None:
        """Why somebody may not move a token; None when they may."""
        token = self.model.get(token_id)
        if token is None:
            return "ERC721NonexistentToken"
        if token.locker is not None:
            return None if by == token.locker else "TokenLocked"
        return None if by in {token.owner, token.approved} else "ERC721InsufficientApproval"

    def may_edit(self, token_id: int, by: str) -> str | None:
        """Why somebody may not change a token's data or seals; None when they may."""
        token = self.model.get(token_id)
        if token is None:
            return "ERC721NonexistentToken"
        if token.locker is not None:
            return None if by == token.locker else "TokenLocked"
        return None if by == token.owner else "ERC721IncorrectOwner"

    # ---------------------------------------------------------------------- mint

    @rule(target=tokens, to=who, count=st.integers(1, 2), paid=st.booleans())
    def mint(self, to: str, count: int, paid: bool) -> int:
        """By anyone for anyone, for nothing or through the form of 0g-agent-nft, for its fee."""
        return self.mint_for(to, count, paid)

    def mint_for(self, to: str, count: int, paid: bool) -> int:
        """A token with `count` items; by carol."""
        self.made += 1
        reader = self.person(to)
        items = [new_item(self.house, self.made, reader, f"{self.made}.{n}") for n in range(count)]
        data, keys = [("", one.data_hash) for one in items], [one.sealed for one in items]
        sender = self.person("carol").address
        if paid:
            call = (MINT_PAID, data, reader.address, keys)
            self.house.token.send(*call, sender=sender, value=3 * FEE)
            self.earned += FEE
        else:
            self.house.token.send(MINT, reader.address, data, keys, self.made, sender=sender)
        self.model[self.made] = Token(to, None if paid else "carol", items)
        self.touched.add(self.made)
        return self.made

    # ----------------------------------------------------------------- hand-over

    @rule(
        target=used,
        token_id=tokens,
        to=who,
        by=caller,
        door=doors,
        chain=st.booleans(),
        other_key=st.booleans(),
    )
    def transfer(
        self, token_id: int, to: str, by: str, door: tuple[int, bool], chain: bool, other_key: bool
    ) -> object:
        """Hand a token over, by the word of the oracle or the proof that the chain checks."""
        return self.hand_over(TRANSFER, token_id, to, by, door, chain, other_key)

    @rule(target=used, token_id=tokens, to=who, door=doors, chain=st.booleans())
    def sell(self, token_id: int, to: str, door: tuple[int, bool], chain: bool) -> object:
        """By whoever may: most histories are to have some."""
        return self.hand_over(TRANSFER, token_id, to, MOVER, door, chain, True)

    @rule(target=used, token_id=tokens, to=who, by=caller, door=doors, chain=st.booleans())
    def clone(self, token_id: int, to: str, by: str, door: tuple[int, bool], chain: bool) -> object:
        """Make a second token of the same data, or of the data encrypted anew."""
        return self.hand_over(CLONE, token_id, to, by, door, chain, False)

    def hand_over(
        self,
        operation: int,
        token_id: int,
        to: str,
        drawn: str,
        door: tuple[int, bool],
        chain: bool,
        other_key: bool,
    ) -> object:
        """The call, what the model says to it, and what it does to the model."""
        token = self.model.get(token_id)
        if token is None:
            return multiple()
        by, entry = self.named(drawn, token_id), Door(self.house, GENERATIONS[door[0]], door[1])
        receiver = self.person(to)
        act = entry.act(token_id, self.person(token.owner), receiver, operation)
        make = by_chain if chain else by_oracle
        handed = make(entry, act, token.items, receiver, self.viewer(to, other_key))
        error = self.may_move(token_id, by)
        if error is None and not chain and entry.generation is not FINAL and not self.policy[1]:
            error = "NotReencrypted" if entry.generation is AGENT_NFT else "ERC7857InvalidProof"
        self.touched.add(token_id)
        if error is not None:
            with pytest.raises(Reverted) as caught:
                entry.send(act, *handed.shapes, caller=self.person(by))
            assert caught.value.name == error, f"{caught.value}"
            return multiple()
        entry.send(act, *handed.shapes, caller=self.person(by))
        self.move(operation, token_id, to, handed)
        return entry, handed, by

    def move(self, operation: int, token_id: int, to: str, handed: Handover) -> None:
        """What a hand-over that went through means."""
        token = self.model[token_id]
        if operation == CLONE:
            self.made += 1
            self.model[self.made] = Token(to, token.creator, handed.items, token_id)
            self.touched.add(self.made)
        else:
            self.model[token_id] = Token(to, token.creator, handed.items, token.parent)

    @rule(past=used)
    def replay(self, past: tuple[Door, Handover, str]) -> None:
        """A call that went through never goes through again."""
        entry, handed, by = past
        with pytest.raises(Reverted):
            entry.send(handed.act, *handed.shapes, caller=self.person(by))

    # -------------------------------------------------------------- owner's acts

    @rule(token_id=tokens, by=caller, other=who, act=st.sampled_from(ACTS))
    def act(self, token_id: int, by: str, other: str, act: str) -> None:
        """One of the acts that need no receiver's consent, by anybody."""
        getattr(self, act)(token_id, self.named(by, token_id), other)
        self.touched.add(token_id)

    def lock(self, token_id: int, by: str, _: str) -> None:
        """Whoever may move it closes it to all others."""
        error = self.may_move(token_id, by)
        if error is None and self.model[token_id].locker is not None:
            error = "TokenLocked"
        if self.expect(error, "lock", by, token_id):
            self.model[token_id].locker = by

    def unlock(self, token_id: int, by: str, _: str) -> None:
        """The locker opens it."""
        token = self.model.get(token_id)
        locked = token is not None and token.locker == by
        if self.expect(None if locked else "NotLocker", "unlock", by, token_id):
            self.model[token_id].locker = None

    def burn(self, token_id: int, by: str, _: str) -> None:
        """It is gone, and its id never comes back."""
        if self.expect(self.may_move(token_id, by), "burn", by, token_id):
            del self.model[token_id]

    def reseal(self, token_id: int, by: str, other: str) -> None:
        """The owner's key changes, to the viewing key or back; the data key does not."""
        token = self.model.get(token_id)
        if token is None or token.astray:
            return
        owner, last = self.person(token.owner), len(token.items) - 1
        reader = self.viewer(token.owner, other != "alice")
        item = token.items[last]
        handed = renewed_seal(self.house, token_id, last, item, owner, reader)
        call = (token_id, last, handed.sealed_key, reader.public_key, handed.proof)
        if self.expect(self.may_edit(token_id, by), "reseal", by, *call):
            item.sealed, item.reader, item.context = handed.sealed_key, reader, token_id

    def update(self, token_id: int, by: str, other: str) -> None:
        """New data under new keys; for a former owner, also the end of what they can read."""
        token, count = self.model.get(token_id), 1 + (other == "bob")
        reader = self.person(token.owner if token else "alice")
        label = f"update {next(self.house.counter)}"
        items = [new_item(self.house, token_id, reader, f"{label}.{n}") for n in range(count)]
        data, keys = [("", one.data_hash) for one in items], [one.sealed for one in items]
        error = self.may_edit(token_id, by)
        if self.expect(error, UPDATE, by, token_id, data, keys) and token is not None:
            token.items, token.astray = items, False

    def approve(self, token_id: int, by: str, other: str) -> None:
        """ERC-721 approval of one token."""
        token = self.model.get(token_id)
        error = "ERC721NonexistentToken" if token is None else "ERC721InvalidApprover"
        refusal = None if token is not None and by == token.owner else error
        if self.expect(refusal, "approve", by, self.person(other).address, token_id):
            self.model[token_id].approved = other

    def plain_transfer(self, token_id: int, by: str, to: str) -> None:
        """Only by policy, and then without the key."""
        token = self.model.get(token_id)
        if token is None:
            return
        error = self.may_move(token_id, by) if self.policy[0] else "PrivateDataNeedsProof"
        addresses = (self.person(token.owner).address, self.person(to).address)
        if self.expect(error, "transferFrom", by, *addresses, token_id):
            astray = token.astray or to != token.owner
            moved = Token(to, token.creator, token.items, token.parent, astray=astray)
            self.model[token_id] = moved

    @rule(
        plain=st.integers(0, 3), oracle=st.booleans(), stored=st.booleans(), agentic=st.booleans()
    )
    def set_policy(self, plain: int, oracle: bool, stored: bool, agentic: bool) -> None:
        """What the generations disagree about, decided anew."""
        self.policy = (plain == 0, oracle, stored, True, agentic)
        self.house.token.send("setPolicy", self.policy)

    # ---------------------------------------------------------------- invariants

    @invariant()
    def touched_tokens_equal_model(self) -> None:
        """Every view of the tokens that the last step was about, and their seals."""
        read = self.house.token.read
        for token_id in self.touched & self.model.keys():
            token = self.model[token_id]
            assert self.house.owner_of(token_id) == self.person(token.owner).address.lower()
            assert self.house.hashes_of(token_id) == [one.data_hash for one in token.items]
            assert self.house.key_hashes_of(token_id) == key_hashes(token), "seals as published"
            for view, name in (
                ("lockerOf", token.locker),
                ("getApproved", token.approved),
                ("creatorOf", token.creator),
            ):
                expected = self.person(name).address.lower() if name else ZERO
                assert read(view, token_id) == expected, f"{view} {token_id}"
            assert read("parentOf", token_id) == token.parent
            readers = {self.viewer(token.owner, other).address for other in (False, True)}
            for item in token.items:
                item.check_readable(self.house.token.address)
                assert token.astray or item.reader.address in readers, "no token without its key"
        self.touched.clear()

    def teardown(self) -> None:
        """At the end every token, the books of ERC-721, and the money."""
        self.touched.update(self.model)
        self.touched_tokens_equal_model()
        assert self.house.token.read("nextTokenId") == self.made + 1
        for name in NAMES:
            count = sum(token.owner == name for token in self.model.values())
            assert self.house.token.read("balanceOf", self.person(name).address) == count, name
        address = self.house.token.address
        assert self.house.evm.balance(address) == self.earned, "what is there is what was earned"
        self.house.token.send("withdrawFees")
        assert self.house.evm.balance(address) == 0


def test_token_of_all_generations_over_random_histories_equals_model(anvil: AnvilProcess) -> None:
    machine = type("Machine", (TokenMachine,), {"anvil": anvil})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None),
    )
