"""Typed reads of data availability: the entrance and challenges; signers and stake beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from zerog.chain.abi import BadArguments
from zerog.chain.bindings import Contract
from zerog.chain.bindings_da_signers import (
    DaRegistryContract,
    Draw,
    EpochRegistration,
    Labels,
    PolicyTerm,
    QuorumPolicy,
    Round,
    RoundPhase,
    SignerDetail,
    SignersContract,
    SignersParams,
)
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Block
from zerog.types import Address

__all__ = [
    "SUBMIT",
    "SUBMIT_POLICY",
    "VERIFY",
    "VERIFY_POLICY",
    "Challenge",
    "ChallengeContract",
    "ChallengeKind",
    "ChallengeTerms",
    "DaRegistryContract",
    "Draw",
    "EntranceContract",
    "EpochRegistration",
    "HeldCertificate",
    "Labels",
    "PolicyTerm",
    "QuorumPolicy",
    "Round",
    "RoundPhase",
    "SampleTask",
    "SignerDetail",
    "SignersContract",
    "SignersParams",
]

SUBMIT: Final = "submitOriginalData(bytes32[])"
SUBMIT_POLICY: Final = "submitOriginalData(bytes32[],uint256)"
VERIFY: Final = "verifyCertificate(bytes32,uint256,uint256)"
VERIFY_POLICY: Final = "verifyCertificate(bytes32,uint256,uint256,uint256)"
"""Overloaded functions of DAEntrance, as `calldata` and `read` take them."""
OLD_CHALLENGE_BYTES: Final = 9 * 32
"""What `challengeOf` gave before headers could be asked for: all but the kind, a piece."""


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """What the entrance keeps of a certified blob; bitmap_hash is keccak of the bitmap."""

    row_root: bytes
    rlc_root: bytes
    bitmap_hash: bytes


@dataclass(frozen=True, slots=True)
class SampleTask:
    """The open round: its seed (zeros before the first), target, and room for hits."""

    seed: bytes
    target: int
    room: int


class EntranceContract(Contract):
    """DAEntrance: blobs, certificates, sampling."""

    artifact = "DAEntrance"

    def signers(self, block: Block = "latest") -> Address:
        """The DASigners."""
        return self._address("DA_SIGNERS", block=block)

    def profile(self, block: Block = "latest") -> tuple[int, int]:
        """Data rows and parity rows of the network."""
        match self.read_all("profile", block=block):
            case (int(k), int(n)):
                return k, n
            case other:
                raise BadArguments("profile", f"gives no profile: {other!r}")

    def blob_price_wei(self, block: Block = "latest") -> int:
        """What an announcement costs for each blob."""
        return self._number("blobPrice", block=block)

    def epoch(self, block: Block = "latest") -> int:
        """The epoch under way when somebody last looked."""
        return self._number("currentEpoch", block=block)

    def payments_wei(self, account: Address, block: Block = "latest") -> int:
        """What is credited to an account."""
        return self._number("payments", account, block=block)

    def certificate(
        self, data_root: bytes, epoch: int, quorum_id: int, block: Block = "latest"
    ) -> HeldCertificate | None:
        """What is kept of a blob; None when it is not certified."""
        match self.read("certificateOf", data_root, epoch, quorum_id, block=block):
            case (bytes(row), bytes(rlc), bytes(bitmap)):
                return HeldCertificate(row, rlc, bitmap) if any(bitmap) else None
            case other:
                raise BadArguments("certificateOf", f"gives no certificate: {other!r}")

    def is_certified(
        self,
        data_root: bytes,
        epoch: int,
        quorum_id: int,
        policy: int | None = None,
        block: Block = "latest",
    ) -> bool:
        """What another contract would be told: of everybody's quorums, or of those of `policy`."""
        place = (data_root, epoch, quorum_id)
        if policy is None:
            return self.read(VERIFY, *place, block=block) is True
        return self.read(VERIFY_POLICY, *place, policy, block=block) is True

    def holds_certificate(
        self, data_root: bytes, epoch: int, quorum_id: int, block: Block = "latest"
    ) -> bool:
        """Whether a certificate is kept, of whatever quorum; it says nothing of trust."""
        return self.read("commitmentExists", data_root, epoch, quorum_id, block=block) is True

    def announcing(self, roots: Sequence[bytes], policy: int) -> bytes:
        """Calldata of an announcement; policy 0 is everybody's quorums."""
        if policy:
            return self.calldata(SUBMIT_POLICY, list(roots), policy)
        return self.calldata(SUBMIT, list(roots))

    def sample_task(self, block: Block = "latest") -> SampleTask:
        """The round that a transaction would find open."""
        match self.read("sampleTask", block=block):
            case (bytes(seed), int(target), int(room)):
                return SampleTask(seed, target, room)
            case other:
                raise BadArguments("sampleTask", f"gives no round: {other!r}")

    def sample_range(self, block: Block = "latest") -> tuple[int, int]:
        """First and last epoch that is sampled; the first is greater when there is none."""
        match self.read("sampleRange", block=block):
            case (int(first), int(last)):
                return first, last
            case other:
                raise BadArguments("sampleRange", f"gives no epochs: {other!r}")

    def hit_reward_wei(self, block: Block = "latest") -> int:
        """What a hit of a whole piece would earn; a shorter piece earns by its bytes."""
        names = ("activedReward", "rewardRatio", "baseReward", "totalBaseReward")
        active, ratio, gift, left = (self._number(name, block=block) for name in names)
        return active // ratio + min(gift, left)

    def next_sample_block(self, block: Block = "latest") -> int:
        """Block at which the next round opens."""
        return self._number("nextSampleHeight", block=block)


class ChallengeKind(IntEnum):
    """What a challenge asks for."""

    PIECE = 0
    HEADER = 1


@dataclass(frozen=True, slots=True)
class Challenge:
    """An open challenge; deadline: last block of an answer; rows and row_size of the blob.

    For a header, piece, rows, row_root and row_size are zeros.
    """

    challenge_id: int
    signer: Address
    deadline: int
    row: int
    challenger: Address
    piece: int
    rows: int
    row_root: bytes
    bond_wei: int
    row_size: int
    kind: ChallengeKind


@dataclass(frozen=True, slots=True)
class ChallengeTerms:
    """Of challenges that are opened now; window in blocks, liability in epochs."""

    bond_wei: int
    penalty_wei: int
    window: int
    liability: int


class ChallengeContract(Contract):
    """DAChallenge: signers show what they signed for, or lose stake."""

    artifact = "DAChallenge"

    def terms(self, block: Block = "latest") -> ChallengeTerms:
        """What holds now."""
        match self.read_all("terms", block=block):
            case (int(bond), int(penalty), int(window), int(liability)):
                return ChallengeTerms(bond, penalty, window, liability)
            case other:
                raise BadArguments("terms", f"gives no terms: {other!r}")

    def credit_wei(self, account: Address, block: Block = "latest") -> int:
        """What is credited to an account."""
        return self._number("credit", account, block=block)

    def challenge(self, challenge_id: int, block: Block = "latest") -> Challenge | None:
        """An open challenge; None when it is over, or never was."""
        signature = self.abi.function("challengeOf", 1)
        data = self.chain.call(self.address, signature.encode_call((challenge_id,)), block)
        if len(data) == OLD_CHALLENGE_BYTES:
            data += bytes(32)
        match signature.decode_output(data)[0]:
            case (
                str(signer),
                int(deadline),
                int(row),
                str(challenger),
                int(piece),
                int(rows),
                bytes(root),
                int(bond),
                int(size),
                int(kind),
            ):
                if not deadline:
                    return None
                people = (to_address(signer), to_address(challenger))
                asked = (row, people[1], piece, rows, root, bond, size, ChallengeKind(kind))
                return Challenge(challenge_id, people[0], deadline, *asked)
            case other:
                raise BadArguments("challengeOf", f"gives no challenge: {other!r}")
