"""Signed proofs used late, twice or for something else, and both pauses, against a model."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest
from eth_utils.crypto import keccak
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

from tests.support.agents import House, Pair, Person, root, sealed
from tests.support.contracts import Reverted
from tests.support.evm import AnvilProcess
from tests.support.handovers import BARE_FUNCTIONS, FINAL
from zerog.inft.proofs import CLONE, TRANSFER

pytestmark = pytest.mark.stateful

DEEP = os.environ.get("ZEROG_HYPOTHESIS") == "deep"
EXAMPLES, STEPS = (100, 60) if DEEP else (3, 20)
ZERO = "0x" + "00" * 20
CHANGES = {"plain_transfer", "approve", "toggle_operator", "authorize", "revoke"}

who = st.sampled_from(["alice", "bob", "carol"])


@dataclass(slots=True)
class Token:
    """What the model knows of one token."""

    owner: str
    hashes: list[bytes]
    key_hashes: list[bytes]
    approved: str | None = None
    users: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Signed:
    """Proofs that are about: for what they were signed, and the call that carries them."""

    operation: int
    token_id: int
    sender: str
    receiver: str
    pairs: tuple[Pair, ...]


class AgentMachine(RuleBasedStateMachine):
    """Mints, transfers, clones, approvals, pauses and replays, checked after every step."""

    anvil: AnvilProcess
    tokens = Bundle("tokens")
    proofs = Bundle("proofs")

    @initialize(target=tokens)
    def deploy(self) -> object:
        """A house of this history's own, on the chain of the test, with two tokens."""
        self.house = House.build(self.anvil)
        self.model: dict[int, Token] = {}
        self.operators: set[tuple[str, str]] = set()
        self.used: set[Signed] = set()
        self.touched: set[int] = set()
        self.paused = False
        self.verifier_paused = False
        return multiple(self.mint_for("alice", "alice", 2), self.mint_for("bob", "carol", 1))

    # ------------------------------------------------------------------- helpers

    def person(self, name: str) -> Person:
        """The person of a name in the model."""
        found = getattr(self.house, name)
        assert isinstance(found, Person)
        return found

    def expect(self, error: str | None, function: str, caller: str, *args: object) -> bool:
        """Send; the outcome must be what the model says. True when it went through."""
        sender = self.person(caller).address
        if error is None:
            self.house.token.send(function, *args, sender=sender)
            return True
        with pytest.raises(Reverted) as caught:
            self.house.token.send(function, *args, sender=sender)
        assert caught.value.name == error, f"{function} by {caller}: {caught.value}"
        return False

    def may_move(self, caller: str, token: Token) -> bool:
        """Owner, approved, or operator of the owner."""
        return caller in {token.owner, token.approved} or (token.owner, caller) in self.operators

    def verdict(self, signed: Signed, caller: str, function: int, token_id: int) -> str | None:
        """The error that a call with these proofs ends in; None when it goes through."""
        token = self.model[token_id]
        act = (function, token_id, token.owner)
        old_hashes = [pair[0].old_data_hash for pair in signed.pairs]
        checks = (
            (self.may_move(caller, token), "ERC721InsufficientApproval"),
            (not self.paused, "EnforcedPause"),
            (len(signed.pairs) == len(token.hashes), "ProofCountMismatch"),
            (not self.verifier_paused, "EnforcedPause"),
            (act == (signed.operation, signed.token_id, signed.sender), "WrongOwnershipSigner"),
            (signed not in self.used, "NonceAlreadyUsed"),
            (old_hashes == token.hashes, "DataHashMismatch"),
        )
        return next((error for passed, error in checks if not passed), None)

    # --------------------------------------------------------------------- rules

    @rule(target=tokens, to=who, caller=who, count=st.integers(1, 2))
    def mint(self, to: str, caller: str, count: int) -> object:
        """Anyone mints for anyone."""
        token_id = self.mint_for(to, caller, count)
        return multiple() if token_id is None else token_id

    def mint_for(self, to: str, caller: str, count: int) -> int | None:
        """A mint of `count` items; None when the pause refused it."""
        token_id = len(self.model) + 1
        labels = [f"{token_id}.{index}" for index in range(count)]
        data = [("{}", root(label)) for label in labels]
        keys = [sealed(label) for label in labels]
        error = "EnforcedPause" if self.paused else None
        if not self.expect(error, "mint", caller, self.person(to).address, data, keys, token_id):
            return None
        self.touched.add(token_id)
        self.model[token_id] = Token(to, [root(x) for x in labels], [keccak(k) for k in keys])
        return token_id

    @rule(target=proofs, token_id=tokens, receiver=who, operation=st.sampled_from([1, 2]))
    def sign(self, token_id: int, receiver: str, operation: int) -> Signed:
        """Receiver and oracle sign for the token as it is now; used later, or never."""
        return self.signed(token_id, receiver, operation)

    def signed(self, token_id: int, receiver: str, operation: int) -> Signed:
        """Proofs for a token as it is now."""
        owner = self.model[token_id].owner
        to = self.person(receiver)
        act = self.house.statement(token_id, self.person(owner), to, operation)
        return Signed(operation, token_id, owner, receiver, tuple(self.house.pairs(act, to)))

    @rule(target=proofs, token_id=tokens, receiver=who)
    def sell(self, token_id: int, receiver: str) -> Signed:
        """Sign and transfer at once; the used proofs stay about."""
        signed = self.signed(token_id, receiver, TRANSFER)
        self.submit(signed, signed.sender, TRANSFER, token_id)
        return signed

    @rule(target=proofs, token_id=tokens, receiver=who, caller=who)
    def clone(self, token_id: int, receiver: str, caller: str) -> Signed:
        """Sign and let anyone try to clone; the proofs stay about."""
        signed = self.signed(token_id, receiver, CLONE)
        self.submit(signed, caller, CLONE, token_id)
        return signed

    @rule(signed=proofs, caller=who)
    def use(self, signed: Signed, caller: str) -> None:
        """Use proofs for what they were signed for: the first time, late, or again."""
        self.submit(signed, caller, signed.operation, signed.token_id)

    @rule(signed=proofs, token_id=tokens, function=st.sampled_from([1, 2]))
    def misuse(self, signed: Signed, token_id: int, function: int) -> None:
        """Use proofs on any token, for any operation."""
        self.submit(signed, self.model[token_id].owner, function, token_id)

    @rule(signed=proofs)
    def replay_at_the_verifier(self, signed: Signed) -> None:
        """Anyone may ask the verifier directly; that burns nothing for the token."""
        error = "EnforcedPause" if self.verifier_paused else "WrongOwnershipSigner"
        with pytest.raises(Reverted, match=error):
            self.house.verifier.send(
                BARE_FUNCTIONS[FINAL], list(signed.pairs), sender=self.house.carol.address
            )

    def submit(self, signed: Signed, caller: str, function: int, token_id: int) -> None:
        """iTransfer or iClone to the signed receiver, and what it does to the model."""
        error = self.verdict(signed, caller, function, token_id)
        name = "iTransfer" if function == TRANSFER else "iClone"
        to = self.person(signed.receiver).address
        self.touched.add(token_id)
        if not self.expect(error, name, caller, to, token_id, list(signed.pairs)):
            return
        self.used.add(signed)
        hashes = [pair[0].new_data_hash for pair in signed.pairs]
        key_hashes = [keccak(pair[1].sealed_key) for pair in signed.pairs]
        made = Token(signed.receiver, hashes, key_hashes)
        made_id = token_id if function == TRANSFER else len(self.model) + 1
        self.model[made_id] = made
        self.touched.add(made_id)
        self.submit(signed, made.owner, function, token_id)  # at once again: always refused

    @rule(token_id=tokens, caller=who, other=who, change=st.sampled_from(sorted(CHANGES)))
    def permit(self, token_id: int, caller: str, other: str, change: str) -> None:
        """One of the changes of who may do what, by anybody."""
        self.touched.add(token_id)
        getattr(self, change)(token_id, caller, other)

    def plain_transfer(self, token_id: int, caller: str, other: str) -> None:
        """Never works."""
        owner, to = (self.person(name).address for name in (self.model[token_id].owner, other))
        self.expect("PrivateDataNeedsProof", "transferFrom", caller, owner, to, token_id)

    def approve(self, token_id: int, caller: str, other: str) -> None:
        """ERC-721 approval of one token."""
        token = self.model[token_id]
        error = None
        if self.paused:
            error = "EnforcedPause"
        elif caller != token.owner and (token.owner, caller) not in self.operators:
            error = "ERC721InvalidApprover"
        if self.expect(error, "approve", caller, self.person(other).address, token_id):
            token.approved = other

    def toggle_operator(self, _: int, caller: str, other: str) -> None:
        """ERC-721 approval of all tokens, given or taken back."""
        error = "EnforcedPause" if self.paused else None
        allowed = (caller, other) not in self.operators
        address = self.person(other).address
        if self.expect(error, "setApprovalForAll", caller, address, allowed):
            self.operators ^= {(caller, other)}

    def authorize(self, token_id: int, caller: str, other: str) -> None:
        """The owner lets somebody use the agent."""
        token = self.model[token_id]
        error = None
        if self.paused:
            error = "EnforcedPause"
        elif caller != token.owner:
            error = "ERC721IncorrectOwner"
        elif other in token.users:
            error = "ERC7857AlreadyAuthorized"
        if self.expect(error, "authorizeUsage", caller, token_id, self.person(other).address):
            token.users.add(other)

    def revoke(self, token_id: int, caller: str, other: str) -> None:
        """The owner takes an authorisation back, paused or not."""
        token = self.model[token_id]
        error = None
        if caller != token.owner:
            error = "ERC721IncorrectOwner"
        elif other not in token.users:
            error = "ERC7857NotAuthorized"
        if self.expect(error, "revokeAuthorization", caller, token_id, self.person(other).address):
            token.users.remove(other)

    @rule(token=st.booleans(), verifier=st.booleans(), on=st.integers(0, 3))
    def pause_or_unpause(self, token: bool, verifier: bool, on: int) -> None:
        """Bring both pauses into a state, three times of four into none."""
        token, verifier = token and on == 0, verifier and on == 0
        if token != self.paused:
            self.house.token.send("pause" if token else "unpause")
        if verifier != self.verifier_paused:
            self.house.verifier.send("pause" if verifier else "unpause")
        self.paused, self.verifier_paused = token, verifier

    # ---------------------------------------------------------------- invariants

    @invariant()
    def touched_tokens_equal_model(self) -> None:
        """Every view of the tokens that the last step was about."""
        read = self.house.token.read
        assert read("nextTokenId") == len(self.model) + 1, "ids"
        for token_id in self.touched:
            token = self.model[token_id]
            owner = self.person(token.owner).address.lower()
            assert self.house.owner_of(token_id) == owner, f"owner of {token_id}"
            assert self.house.hashes_of(token_id) == token.hashes, f"data of {token_id}"
            assert self.house.key_hashes_of(token_id) == token.key_hashes, f"keys of {token_id}"
            users = {self.person(user).address.lower() for user in token.users}
            assert self.house.users_of(token_id) == users, f"users of {token_id}"
            approved = self.person(token.approved).address.lower() if token.approved else ZERO
            assert read("getApproved", token_id) == approved, f"approved of {token_id}"
        self.touched.clear()

    def teardown(self) -> None:
        """At the end every token, and the books of ERC-721."""
        self.touched.update(self.model)
        self.touched_tokens_equal_model()
        for name in ("alice", "bob", "carol"):
            count = sum(token.owner == name for token in self.model.values())
            balance = self.house.token.read("balanceOf", self.person(name).address)
            assert balance == count, f"balance of {name}"


def test_proofs_over_random_histories_equals_model(anvil: AnvilProcess) -> None:
    machine = type("Machine", (AgentMachine,), {"anvil": anvil})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None),
    )
