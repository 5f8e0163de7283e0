"""A quorum of 3,072 rows of as many signers with one vote each, the dearest there is."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Final

from tests.support.contracts import Deployed, artifact, compiled
from tests.support.da import stream
from tests.support.da_signers import SIGNERS_AT, Rules, SignersTown, place
from tests.support.evm import AnvilProcess
from zerog.crypto.bn254 import ORDER, SecretKey
from zerog.da import quorums
from zerog.da.messages import availability

ROWS: Final = 3072
ABSENT: Final = {0: 300_000, 1: 600_000, 100: 600_000, 341: 600_000}
"""Absent rows -> the most that a certificate may cost on average."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """An entrance whose quorum is everybody, and who owns each row.

    preparation: gas of each call that made the epoch, by the function's name.
    """

    town: SignersTown
    entrance: Deployed
    owners: list[int]
    preparation: Mapping[str, list[int]]

    @classmethod
    def build(cls, process: AnvilProcess) -> Crowd:
        """Signer i has the key i + 1."""
        town = SignersTown.build(process, Rules(rows=ROWS, quorums=10))
        filling = place(town.evm, compiled("CrowdedSigners"), SIGNERS_AT)
        for until in range(96, ROWS + 1, 96):
            filling.send("crowd", until, 1, gas=30_000_000)
        town.signers = place(town.evm, artifact("DASigners"), SIGNERS_AT)
        beacon = town.capture()
        drawn = quorums.ballots(town.registrations(1), beacon)
        used = {"pageKeys": town.page(), "prepareQuorum": town.show(), "sumQuorum": town.sum()}
        used["makeEpoch"] = [town.make()]
        about = (town.signers.address, town.authority.address, town.evm.accounts[9], 1024, 30)
        entrance = town.evm.deploy_proxy(artifact("DAEntrance"), "initialize", about)
        return cls(town, entrance, quorums.quorums(drawn, ROWS, 10)[0], used)

    def key(self, bitmap: bytes) -> SecretKey:
        """The sum of the keys of those whose bits are set."""
        members, _ = quorums.credited(self.owners, bitmap)
        return SecretKey(sum(one + 1 for one in members) % ORDER)

    def confirm(self, label: str, bitmap: bytes) -> int:
        """Certify a blob with the rows of a bitmap; gives the gas of the transaction."""
        root, rows, rlc = (stream(f"{label} {part}", 32) for part in ("data", "rows", "rlc"))
        key = self.key(bitmap)
        signature = key.sign(availability(root, 1, 0, rows, rlc))
        words = (int.from_bytes(rows), int.from_bytes(rlc))
        key2 = astuple(key.public_g2.eip197())
        submission = (root, 1, 0, words, bitmap, key2, astuple(signature))
        return int(self.entrance.send("submitVerifiedCommitRoots", [submission])["gasUsed"])

    def aggregate_gas(self, bitmap: bytes) -> int:
        """Of the aggregate key alone, without what a transaction and its calldata cost."""
        data = self.town.signers.calldata("getAggPkG1", 1, 0, bitmap)
        used = self.town.evm.w3.eth.estimate_gas(
            {"from": self.town.evm.accounts[1], "to": self.town.signers.address, "data": data}
        )
        carried = bytes.fromhex(data[2:])
        return used - 21_000 - sum(16 if byte else 4 for byte in carried)


def scattered(absent: int, seed: int) -> Iterator[bytes]:
    """Bitmaps without so many rows, anywhere, one after the other."""
    dice = random.Random(f"{absent} {seed}")
    while True:
        gone = set(dice.sample(range(ROWS), absent))
        yield quorums.bitmap_of([row not in gone for row in range(ROWS)])
