"""DASigners and DARegistry at their official addresses, signers with keys, a keeper's calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, cast

from eth_utils.address import to_checksum_address

from tests.support.contracts import Artifact, Deployed, Evm, artifact
from tests.support.evm import AnvilProcess
from zerog.chain.placing import Placed, placing_calls
from zerog.crypto.bn254 import G1, G2, SecretKey
from zerog.da import quorums
from zerog.da.messages import participation, possession

SIGNERS_AT: Final = to_checksum_address("0x0000000000000000000000000000000000001000")
REGISTRY_AT: Final = to_checksum_address("0x20f30b2584f3096ea0d6c18c3b5cacc0585e12fc")
VOTE: Final = 10**18
ROWS: Final = 24
QUORUMS: Final = 3
EPOCH_BLOCKS: Final = 12
REGISTRATION_BLOCKS: Final = 30
DELAY: Final = 2
LOCK_EPOCHS: Final = 1
REGISTRATION, WAITING, BEACON, DRAWING, READY = range(5)

Point = tuple[int, int]
Detail = tuple[str, str, Point, tuple[tuple[int, int], tuple[int, int]]]


def point(of: G1) -> Point:
    """As the ABI takes it."""
    return (of.x, of.y)


def point2(of: G2) -> tuple[tuple[int, int], tuple[int, int]]:
    """As DASigners takes it: real parts first."""
    return (of.x, of.y)


AT_ONCE = 3_072
"""Registrations that a call reads."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of a test's network."""

    rows: int = ROWS
    quorums: int = QUORUMS
    max_votes: int = 1000
    registration_blocks: int = REGISTRATION_BLOCKS
    lock_epochs: int = LOCK_EPOCHS


@dataclass(slots=True)
class SignersTown:
    """The two contracts, and what their people do."""

    evm: Evm
    authority: Deployed
    signers: Deployed
    registry: Deployed
    rules: Rules
    process: AnvilProcess

    @classmethod
    def build(cls, process: AnvilProcess, rules: Rules) -> SignersTown:
        """Both contracts, placed as a devnet has them."""
        return cls(*placed(Evm(process.url), rules), process)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """The chain is afterwards as it was before."""
        snapshot = self.process.rpc("evm_snapshot")
        try:
            yield
        finally:
            self.process.rpc("evm_revert", snapshot)

    # --------------------------------------------------------------- signers

    def key(self, who: int) -> SecretKey:
        """The key of development account `who`."""
        return SecretKey(1_000_003 + who)

    def detail(self, who: int, key: SecretKey | None = None) -> Detail:
        """What an account registers with."""
        key = key or self.key(who)
        pair = (point(key.public_g1), point2(key.public_g2))
        return (self.evm.accounts[who], f"127.0.0.1:{34000 + who}", *pair)

    def possession(self, who: int, key: SecretKey | None = None) -> Point:
        """Its proof of possession."""
        digest = possession(bytes.fromhex(self.evm.accounts[who][2:]), self.evm.w3.eth.chain_id)
        return point((key or self.key(who)).sign(digest))

    def participation(self, who: int, epoch: int) -> Point:
        """Its signature for an epoch."""
        account = bytes.fromhex(self.evm.accounts[who][2:])
        return point(self.key(who).sign(participation(account, epoch, self.evm.w3.eth.chain_id)))

    def join(self, who: int, votes: int) -> None:
        """Stake so many votes, and register as a signer."""
        sender = self.evm.accounts[who]
        self.registry.send("stake", sender=sender, value=votes * VOTE)
        self.registry.send("registerSigner", self.detail(who), self.possession(who), sender=sender)

    def enter(self, who: int) -> int:
        """Register for the next epoch; gives the gas."""
        proof = self.participation(who, self.epoch() + 1)
        sender = self.evm.accounts[who]
        return self.registry.send("registerNextEpoch", proof, sender=sender)["gasUsed"]

    # ---------------------------------------------------------------- rounds

    def epoch(self) -> int:
        """The epoch now."""
        return cast(int, self.signers.read("epochNumber"))

    def round(self) -> tuple[int, int, int, int, int, int, bytes]:
        """Round of IDAEpochs."""
        return cast("tuple[int, int, int, int, int, int, bytes]", self.signers.read("round"))

    def phase(self) -> int:
        """Where the next epoch's preparation stands."""
        return self.round()[1]

    def mine(self, blocks: int) -> None:
        """Let blocks pass."""
        self.process.rpc("anvil_mine", hex(blocks))

    def mine_to(self, block: int) -> None:
        """Until the head is this block."""
        blocks = block - self.evm.w3.eth.block_number
        if blocks > 0:
            self.mine(blocks)

    def capture(self) -> bytes:
        """Wait for the beacon's block and keep its hash.

        The gas of a call is estimated in the block at the head, which must be behind the beacon's.
        """
        self.mine_to(self.round()[3] + 1)
        self.signers.send("captureBeacon")
        return self.round()[6]

    def registrations(self, epoch: int) -> list[quorums.Registration]:
        """As the contract has them; a call gives as many as its gas allows."""
        found: list[quorums.Registration] = []
        while True:
            some = cast(
                "Sequence[tuple[bytes, int, int, int]]",
                self.signers.read("registrations", epoch, len(found), AT_ONCE),
            )
            found += [quorums.Registration(*one) for one in some]
            if len(some) < AT_ONCE:
                return found

    def drawn(self, policy: int = 0) -> list[quorums.Ballot]:
        """The ballots of the next epoch, in order."""
        slot = self.slot(policy) if policy else 0
        return quorums.ballots(self.registrations(self.epoch() + 1), self.round()[6], slot)

    def slot(self, policy: int) -> int:
        """Whose bit stands for a policy."""
        return cast("tuple[int, int, int]", self.signers.read("policyTerm", policy))[2]

    def page(self) -> list[int]:
        """Write the keys that are not paged; gives the gas of each page."""
        used: list[int] = []
        page = 0
        while True:
            paged, known = cast("tuple[int, int]", self.signers.read("keyPage", page))
            if known == 0:
                return used
            if paged < known:
                used.append(self.signers.send("pageKeys", page)["gasUsed"])
            page += 1

    def prepare(self, policy: int = 0) -> None:
        """Show all ballots of a draw, and add up the keys of its quorums."""
        self.show(policy)
        self.sum(policy)

    def show(self, policy: int = 0) -> list[int]:
        """Show all ballots of a draw; gives the gas of each call."""
        shown = quorums.calls(self.drawn(policy), self.rules.rows)
        return [self.signers.send("prepareQuorum", policy, one)["gasUsed"] for one in shown]

    def sum(self, policy: int = 0) -> list[int]:
        """Add up the keys of every quorum of a draw; gives the gas of each call."""
        count = cast("tuple[int, ...]", self.signers.read("draw", policy))[2]
        return [self.signers.send("sumQuorum", policy)["gasUsed"] for _ in range(count)]

    def turn(self, *who: int) -> int:
        """The next epoch with these signers, from registration to its begin; gives its number."""
        for one in who:
            self.enter(one)
        self.capture()
        self.page()
        self.prepare()
        self.make()
        return self.epoch()

    def make(self) -> int:
        """Begin the next epoch as soon as it may; gives the gas."""
        now = self.epoch()
        begun = cast(int, self.signers.read("epochBlock", now)) if now else 0
        wait = begun + EPOCH_BLOCKS - self.evm.w3.eth.block_number
        if now and wait > 0:
            self.mine(wait)
        return self.signers.send("makeEpoch")["gasUsed"]


def placed(evm: Evm, rules: Rules) -> tuple[Evm, Deployed, Deployed, Deployed, Rules]:
    """Authority, DASigners and DARegistry of a town, initialised."""
    authority = evm.deploy(artifact("Authority"), evm.accounts[1])
    signers = place(evm, artifact("DASigners"), SIGNERS_AT)
    registry = place(evm, artifact("DARegistry"), REGISTRY_AT)
    params = (VOTE, rules.max_votes, rules.quorums, EPOCH_BLOCKS, rules.rows)
    times = (rules.registration_blocks, DELAY)
    signers.send("initialize", REGISTRY_AT, params, *times, authority.address)
    terms = (VOTE, rules.max_votes, rules.lock_epochs, authority.address)
    registry.send("initialize", SIGNERS_AT, *terms)
    return evm, authority, signers, registry, rules


def place(evm: Evm, logic: Artifact, address: str) -> Deployed:
    """A proxy with this logic at a fixed address, not initialised."""
    made = evm.deploy(logic)
    code = bytes.fromhex(artifact("Proxy").runtime_code[2:])
    for method, values in placing_calls(Placed(to_checksum_address(address), made.address, code)):
        evm.w3.provider.make_request(method, values)  # type: ignore[arg-type]
    return evm.at(address, logic)
