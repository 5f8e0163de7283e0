"""Typed reads of the signers of data availability: keys, epochs, quorums, stake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from zerog.chain.abi import BadArguments
from zerog.chain.bindings import Contract
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Block
from zerog.crypto.bn254 import G1, G2
from zerog.types import Address


class RoundPhase(IntEnum):
    """What may be done for the next epoch (contracts/interfaces/da/IDAEpochs.sol, same order)."""

    REGISTRATION = 0
    WAITING = 1
    BEACON = 2
    DRAWING = 3
    READY = 4


@dataclass(frozen=True, slots=True)
class SignerDetail:
    """A signer as it registers; key2 has the real parts first."""

    account: Address
    socket: str
    key: G1
    key2: G2

    def values(self) -> tuple[object, ...]:
        """The struct, as the ABI takes it."""
        return (self.account, self.socket, g1_values(self.key), (self.key2.x, self.key2.y))


@dataclass(frozen=True, slots=True)
class SignersParams:
    """What all quorums share; epoch_blocks: least blocks of an epoch; rows of a quorum."""

    vote_wei: int
    max_votes: int
    max_quorums: int
    epoch_blocks: int
    rows: int


@dataclass(frozen=True, slots=True)
class Round:
    """Preparation of `epoch`. close_block and beacon_block are 0 while nobody registered and the
    time is over; beacon is zeros before it is captured; undrawn counts draws that are not ready."""

    epoch: int
    phase: RoundPhase
    close_block: int
    beacon_block: int
    signers: int
    undrawn: int
    beacon: bytes


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw of the next epoch: its ballots, those shown, its quorums, those added up."""

    votes: int
    shown: int
    quorums: int
    summed: int


@dataclass(frozen=True, slots=True)
class EpochRegistration:
    """A registration for an epoch; fits: bit s - 1 is set for the policy in slot s."""

    seed: bytes
    signer_id: int
    votes: int
    fits: int


@dataclass(frozen=True, slots=True)
class Labels:
    """Where a signer says it stands and who runs it, 32 bytes each, and whether that is sure."""

    region: bytes
    operator: bytes
    confirmed: bool


@dataclass(frozen=True, slots=True)
class QuorumPolicy:
    """A rule for who may hold data; empty lists take anybody."""

    regions: tuple[bytes, ...]
    operators: tuple[bytes, ...]
    confirmed: bool

    def values(self) -> tuple[object, ...]:
        """The struct, as the ABI takes it."""
        return (self.regions, self.operators, self.confirmed)


@dataclass(frozen=True, slots=True)
class PolicyTerm:
    """Epochs `first` to `end`, exclusive, have quorums of a policy; end 0: it is live.

    slot: 1 to 16, the bit of `EpochRegistration.fits` that stands for it in these epochs, plus 1.
    """

    first: int
    end: int
    slot: int


def g1_values(point: G1) -> tuple[int, int]:
    """A point of G1, as the ABI takes it."""
    return (point.x, point.y)


class SignersContract(Contract):
    """DASigners: keys, epochs, quorums."""

    artifact = "DASigners"

    def epoch(self, block: Block = "latest") -> int:
        """The epoch under way, 0 before the first."""
        return self._number("epochNumber", block=block)

    def epoch_block(self, epoch: int, block: Block = "latest") -> int:
        """The first block of an epoch, 0 when it did not begin."""
        return self._number("epochBlock", epoch, block=block)

    def params(self, block: Block = "latest") -> SignersParams:
        """What all quorums share."""
        match self.read("params", block=block):
            case (int(wei), int(votes), int(quorums), int(blocks), int(rows)):
                return SignersParams(wei, votes, quorums, blocks, rows)
            case other:
                raise BadArguments("params", f"gives no parameters: {other!r}")

    def quorum_count(self, epoch: int, block: Block = "latest") -> int:
        """Quorums of everybody's draw, 0 for an epoch that did not begin."""
        return self._number("quorumCount", epoch, block=block)

    def quorum(self, epoch: int, quorum_id: int, block: Block = "latest") -> tuple[Address, ...]:
        """Row i -> account; raises Reverted NoSuchQuorum."""
        found = self._list("getQuorum", epoch, quorum_id, block=block)
        return tuple(to_address(str(one)) for one in found)

    def quorum_row(self, epoch: int, quorum_id: int, row: int, block: Block = "latest") -> Address:
        """Who keeps a row; raises Reverted NoSuchQuorum, NoSuchRow."""
        return self._address("getQuorumRow", epoch, quorum_id, row, block=block)

    def policy_quorums(self, epoch: int, policy: int, block: Block = "latest") -> tuple[int, int]:
        """Id of a policy's first quorum, and how many there are."""
        match self.read_all("policyQuorums", epoch, policy, block=block):
            case (int(first), int(count)):
                return first, count
            case other:
                raise BadArguments("policyQuorums", f"gives no quorums: {other!r}")

    def is_signer(self, account: Address, block: Block = "latest") -> bool:
        """Whether an account registered once."""
        return self.read("isSigner", account, block=block) is True

    def is_registered(self, account: Address, epoch: int, block: Block = "latest") -> bool:
        """Whether a signer registered for an epoch."""
        return self.read("registeredEpoch", account, epoch, block=block) is True

    def details(self, accounts: Sequence[Address], block: Block = "latest") -> list[SignerDetail]:
        """Sockets and keys, in order; raises Reverted SignerNotFound."""
        found = self._list("getSigner", list(accounts), block=block)
        return [_detail(one) for one in found]

    def round(self, block: Block = "latest") -> Round:
        """Where the preparation of the next epoch stands."""
        match self.read("round", block=block):
            case (int(n), int(phase), int(close), int(at), int(signers), int(left), bytes(beacon)):
                return Round(n, RoundPhase(phase), close, at, signers, left, beacon)
            case other:
                raise BadArguments("round", f"gives no round: {other!r}")

    def draw(self, policy: int, block: Block = "latest") -> Draw:
        """Where a draw of the next epoch stands; policy 0 is everybody's."""
        match self.read_all("draw", policy, block=block):
            case (int(votes), int(shown), int(quorums), int(summed)):
                return Draw(votes, shown, quorums, summed)
            case other:
                raise BadArguments("draw", f"gives no draw: {other!r}")

    def registrations(
        self, epoch: int, first: int, count: int, block: Block = "latest"
    ) -> list[EpochRegistration]:
        """Registrations `first` to `first + count`, or as many as there are."""
        registered: list[EpochRegistration] = []
        for one in self._list("registrations", epoch, first, count, block=block):
            match one:
                case (bytes(seed), int(signer), int(votes), int(fits)):
                    registered.append(EpochRegistration(seed, signer, votes, fits))
                case other:
                    raise BadArguments("registrations", f"gives no registration: {other!r}")
        return registered

    def beacon(self, epoch: int, block: Block = "latest") -> bytes:
        """The beacon of an epoch; zeros when it is not known."""
        return _bytes("beaconOf", self.read("beaconOf", epoch, block=block))

    def key_page(self, page: int, block: Block = "latest") -> tuple[int, int]:
        """Keys that a page holds, and signers that belong into it."""
        match self.read_all("keyPage", page, block=block):
            case (int(paged), int(known)):
                return paged, known
            case other:
                raise BadArguments("keyPage", f"gives no counts: {other!r}")

    def labels(self, account: Address, block: Block = "latest") -> Labels:
        """What a signer says of itself."""
        match self.read_all("labelsOf", account, block=block):
            case (bytes(region), bytes(operator), bool(confirmed)):
                return Labels(region, operator, confirmed)
            case other:
                raise BadArguments("labelsOf", f"gives no labels: {other!r}")

    def policy_count(self, block: Block = "latest") -> int:
        """Policies are numbered from 1 to this, retired ones among them."""
        return self._number("policyCount", block=block)

    def policy(self, policy: int, block: Block = "latest") -> QuorumPolicy:
        """A policy, live or retired; raises Reverted NoSuchPolicy."""
        match self.read("policyOf", policy, block=block):
            case (tuple(regions), tuple(operators), bool(confirmed)):
                return QuorumPolicy(regions, operators, confirmed)
            case other:
                raise BadArguments("policyOf", f"gives no policy: {other!r}")

    def policy_term(self, policy: int, block: Block = "latest") -> PolicyTerm:
        """Which epochs have quorums of a policy; raises Reverted NoSuchPolicy."""
        match self.read_all("policyTerm", policy, block=block):
            case (int(first), int(end), int(slot)):
                return PolicyTerm(first, end, slot)
            case other:
                raise BadArguments("policyTerm", f"gives no term: {other!r}")

    def aggregate(
        self, epoch: int, quorum_id: int, bitmap: bytes, block: Block = "latest"
    ) -> tuple[G1, int, int]:
        """Sum of the keys of who signed, rows of the quorum, rows signed for."""
        match self.read_all("getAggPkG1", epoch, quorum_id, bitmap, block=block):
            case ((int(x), int(y)), int(total), int(hit)):
                return G1(x, y), total, hit
            case other:
                raise BadArguments("getAggPkG1", f"gives no key: {other!r}")


class DaRegistryContract(Contract):
    """DARegistry: stake of the signers."""

    artifact = "DARegistry"

    def staked_wei(self, account: Address, block: Block = "latest") -> int:
        """The stake of an account."""
        return self._number("staked", account, block=block)

    def owed_wei(self, account: Address, block: Block = "latest") -> int:
        """What slashing left for an account."""
        return self._number("owed", account, block=block)

    def vote_wei(self, block: Block = "latest") -> int:
        """Stake of a vote."""
        match self.read_all("params", block=block):
            case (int(wei), int(_)):
                return wei
            case other:
                raise BadArguments("params", f"gives no parameters: {other!r}")

    def free_epoch(self, account: Address, block: Block = "latest") -> int:
        """The first epoch in which an account may withdraw, 0 for who never registered."""
        return self._number("freeEpoch", account, block=block)

    def challenge(self, block: Block = "latest") -> Address:
        """Who may slash; the zero address for nobody."""
        return self._address("challenge", block=block)


def _detail(value: object) -> SignerDetail:
    match value:
        case (str(account), str(socket), (int(x), int(y)), (tuple(x2), tuple(y2))):
            key2 = G2((int(x2[0]), int(x2[1])), (int(y2[0]), int(y2[1])))
            return SignerDetail(to_address(account), socket, G1(x, y), key2)
        case other:
            raise BadArguments("getSigner", f"gives no signer: {other!r}")


def _bytes(function: str, value: object) -> bytes:
    if not isinstance(value, bytes):
        raise BadArguments(function, f"gives {type(value).__name__}, not bytes")
    return value
