"""The committee on a real EVM: contracts deployed, members joined, rounds run by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from web3.types import TxReceipt

from tests.support.agents import CHAIN_ID, House, Person, root
from tests.support.committee import Circle
from tests.support.contracts import Deployed, artifact
from tests.support.evm import AnvilProcess
from zerog.chain.steps_committee import DEVELOPMENT_SECONDS, MIN_BOND_WEI, PENALTY_WEI
from zerog.crypto.curve import generate, random_scalar
from zerog.crypto.keccak import keccak256
from zerog.inft.committee.dkg import (
    Dealing,
    KeyShare,
    RoundContext,
    combine_shares,
    conclude,
    deal,
    open_share,
    pair,
    point_of,
)
from zerog.inft.committee.release import Released, ShareCase, combine, make_share
from zerog.inft.envelope import DataKey, Envelope, SealContext, seal
from zerog.inft.proofs import Statement
from zerog.inft.sealproof import Handed, transfer_seal
from zerog.types import PublicKey

DEPOSIT = 4
RESEAL = 3
TRANSFER = 1


@dataclass(slots=True)
class Hall:
    """A house with a committee; members are development accounts from the seventh on."""

    house: House
    committee: Deployed
    vault: Deployed
    circle: Circle
    accounts: dict[int, str] = field(default_factory=dict)
    shares: dict[int, dict[int, int]] = field(default_factory=dict)
    keys: dict[int, DataKey] = field(default_factory=dict)
    seals: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def build(cls, anvil: AnvilProcess, members: int = 0, threshold: int = 2) -> Hall:
        """Deploy everything; with members, these have joined and share a key."""
        house = House.build(anvil)
        evm, authority = house.evm, house.authority.address
        money = (MIN_BOND_WEI, PENALTY_WEI, *DEVELOPMENT_SECONDS, evm.accounts[1])
        committee = evm.deploy_proxy(artifact("Committee"), "initialize", money, authority)
        names = (committee.address, authority)
        vault = evm.deploy_proxy(artifact("CommitteeVault"), "initialize", *names)
        committee.send("setJudge", vault.address)
        house.verifier.send("setCommittee", vault.address)
        hall = cls(house, committee, vault, Circle(threshold, {}, {}))
        for _ in range(members):
            hall.join()
        if members:
            hall.new_key()
        return hall

    # ------------------------------------------------------------------- members

    def account(self, number: int) -> Person:
        """The development account of the member that joins as this number."""
        return Person.development(6 + number)

    def join(self, bond_wei: int = MIN_BOND_WEI) -> int:
        """One more member; gives the slot."""
        slot = len(self.accounts) + 1
        person = self.account(slot)
        self.house.evm.w3.provider.make_request("anvil_setBalance", [person.address, hex(10**21)])  # type: ignore[arg-type]
        self.house.evm.w3.provider.make_request("anvil_impersonateAccount", [person.address])  # type: ignore[arg-type]
        self.circle.join(slot)
        box = pair(generate(self.circle.boxes[slot]))
        self.committee.send("join", box, sender=person.address, value=bond_wei)
        self.accounts[slot] = person.address
        return slot

    def as_member(self, slot: int, function: str, *args: object, value: int = 0) -> TxReceipt:
        """A call of the committee by a member."""
        return self.committee.send(function, *args, sender=self.accounts[slot], value=value)

    # -------------------------------------------------------------------- rounds

    def open_round(
        self, key_id: int = 0, threshold: int = 0, slots: Sequence[int] = ()
    ) -> RoundContext:
        """A round among some members, all by default; key_id 0: for a new key."""
        chosen = list(slots or self.accounts)
        size = threshold or self.circle.threshold
        self.committee.send("openRound", key_id, size, chosen)
        receivers = {slot: generate(self.circle.boxes[slot]) for slot in chosen}
        round_id = cast(int, self.committee.read("lastRound"))
        return RoundContext(CHAIN_ID, self.committee.address, round_id, size, receivers)

    def deal(self, context: RoundContext, slot: int, secret: int | None = None) -> Dealing:
        """An honest dealing of a member, posted."""
        dealing = deal(context, slot, random_scalar() if secret is None else secret)
        self.as_member(slot, "deal", context.round_id, dealing.to_abi())
        return dealing

    def finish(
        self, context: RoundContext, dealings: Mapping[int, Dealing], reshare: bool = False
    ) -> int:
        """Confirm, finalise, and open everybody's share; gives the sharing."""
        for slot in context.receivers:
            self.as_member(slot, "confirm", context.round_id)
        return self.finalise(context, dealings, reshare)

    def finalise(
        self, context: RoundContext, dealings: Mapping[int, Dealing], reshare: bool = False
    ) -> int:
        """End a round with these dealings; gives the sharing."""
        _, hints = conclude(context, dealings, reshare)
        receipt = self.committee.send(
            "finalise",
            context.round_id,
            [one.to_abi() for one in dealings.values()],
            [pair(point) for point in hints],
        )
        sharing_id = cast(int, self.committee.events("RoundFinal", receipt)[0]["sharingId"])
        self.shares[sharing_id] = {
            slot: combine_shares(
                {
                    dealer: open_share(context, dealer, slot, self.circle.boxes[slot], dealing)
                    for dealer, dealing in dealings.items()
                },
                reshare,
            )
            for slot in context.receivers
        }
        return sharing_id

    def new_key(self, threshold: int = 0, slots: Sequence[int] = ()) -> int:
        """A whole round among honest members; gives the sharing."""
        context = self.open_round(0, threshold, slots)
        dealings = {slot: self.deal(context, slot) for slot in context.receivers}
        return self.finish(context, dealings)

    def key(self, key_id: int) -> tuple[PublicKey, int]:
        """A key and the sharing that holds."""
        point, sharing_id = cast("tuple[object, int]", self.committee.read("keyOf", key_id))
        return point_of(point), sharing_id

    def skip(self, seconds: int) -> None:
        """Let time pass, and a block be mined."""
        self.house.evm.w3.provider.make_request("evm_increaseTime", [seconds])  # type: ignore[arg-type]
        self.house.evm.w3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]

    # ---------------------------------------------------------- tokens, deposits

    def mint(self, owner: Person, sealed: bytes | None = None) -> int:
        """A token with one item, whose data key is sealed to its owner (or the given seal)."""
        token_id = cast(int, self.house.token.read("nextTokenId"))
        key = DataKey.generate()
        context = SealContext(CHAIN_ID, self.house.token.address, token_id)
        made = sealed or seal(key, PublicKey(owner.public_key), context)
        data = [(f"item {token_id}", root(token_id))]
        self.house.token.send("mint", owner.address, data, [made], token_id)
        self.keys[token_id], self.seals[token_id] = key, made
        return token_id

    def statement(self, token_id: int, operation: int, sender: str, receiver: str) -> Statement:
        """An act on a token, judged by the vault."""
        return Statement(
            CHAIN_ID,
            self.house.token.address,
            self.vault.address,
            operation,
            token_id,
            cast("object", sender),  # type: ignore[arg-type]
            cast("object", receiver),  # type: ignore[arg-type]
            root(token_id),
            root(token_id),
        )

    def handed(self, token_id: int, owner: Person, key_id: int = 0) -> Handed:
        """The owner's seal to the committee, with its proof."""
        newest = key_id or cast(int, self.committee.read("activeKey"))
        act = self.statement(token_id, DEPOSIT, owner.address, self.vault.address)
        return transfer_seal(owner.secret, self.seals[token_id], self.key(newest)[0], act)

    def deposit(self, token_id: int, owner: Person) -> Envelope:
        """Deposit the token's key; gives what was deposited."""
        made = self.handed(token_id, owner)
        self.vault.send(
            "deposit", self.house.token.address, token_id, 0, made.sealed_key, made.proof
        )
        return Envelope.parse(made.sealed_key)

    # ------------------------------------------------------------------ releases

    def case(
        self,
        token_id: int,
        deposit: Envelope,
        parties: tuple[str, str],
        target: PublicKey,
        key_id: int = 1,
        operation: int = TRANSFER,
    ) -> ShareCase:
        """What the shares of a release are for."""
        return ShareCase(
            chain_id=CHAIN_ID,
            vault=self.vault.address,
            key_id=key_id,
            sharing_id=self.key(key_id)[1],
            slot=0,
            token=self.house.token.address,
            operation=operation,
            token_id=token_id,
            sender=cast("object", parties[0]),  # type: ignore[arg-type]
            receiver=cast("object", parties[1]),  # type: ignore[arg-type]
            index=0,
            data_hash=root(token_id),
            seal_hash=keccak256(self.seals[token_id]),
            target=target,
            e1=deposit.e1,
        )

    def share(self, case: ShareCase, slot: int) -> bytes:
        """A member's share."""
        own = KeyShare(case.key_id, case.sharing_id, slot, self.shares[case.sharing_id][slot])
        return make_share(case.of(slot), own)

    def released(self, case: ShareCase, deposit: Envelope, slots: Iterable[int]) -> Released:
        """What these members together make of a deposit."""
        made = {slot: self.share(case, slot) for slot in slots}
        return combine(deposit, case.target, made, len(made))

    def signed(self, case: ShareCase, share: bytes) -> bytes:
        """The member's signature of a share."""
        return self.account(case.slot).sign(case.digest(share))
