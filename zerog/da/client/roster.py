"""Who keeps the rows of an epoch: signers with stake, labels and rows, by quorum."""

from __future__ import annotations

from dataclasses import dataclass

from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.types import Address, Json


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A signer of a quorum. policy: 0 for everybody's quorums; region, operator: as it says."""

    quorum_id: int
    policy: int
    account: Address
    socket: str
    rows: int
    staked_wei: int
    region: str
    operator: str
    confirmed: bool

    def to_json(self) -> dict[str, Json]:
        """For --json."""
        return {
            "quorum_id": self.quorum_id,
            "policy": self.policy,
            "account": self.account,
            "socket": self.socket,
            "rows": self.rows,
            "staked_wei": self.staked_wei,
            "region": self.region,
            "operator": self.operator,
            "confirmed": self.confirmed,
        }


@dataclass(frozen=True, slots=True)
class Roster:
    """The signers of an epoch; epoch 0 is before the first."""

    epoch: int
    signers: tuple[RosterRow, ...]


def roster(network: DaNetwork, epoch: int | None = None) -> Roster:
    """All quorums of an epoch, default the one under way; raises ChainUnreachable."""
    number = network.signers.epoch() if epoch is None else epoch
    book = QuorumBook(network)
    rows: list[RosterRow] = []
    for policy, quorum_id in _quorums(network, number):
        for member in book.quorum(number, quorum_id).members.values():
            labels = network.signers.labels(member.account)
            staked = network.registry.staked_wei(member.account)
            rows.append(
                RosterRow(
                    quorum_id,
                    policy,
                    member.account,
                    member.socket,
                    len(member.rows),
                    staked,
                    label_text(labels.region),
                    label_text(labels.operator),
                    labels.confirmed,
                )
            )
    return Roster(number, tuple(rows))


def _quorums(network: DaNetwork, epoch: int) -> list[tuple[int, int]]:
    """(policy, quorum id) of an epoch; none before the first."""
    signers = network.signers
    if not epoch:
        return []
    found = [(0, number) for number in range(signers.quorum_count(epoch))]
    for policy in range(1, signers.policy_count() + 1):
        first, count = signers.policy_quorums(epoch, policy)
        found += [(policy, first + number) for number in range(count)]
    return found


def label_text(label: bytes) -> str:
    """A label as a person reads it; what is no text is shown escaped."""
    return label.rstrip(b"\0").decode("ascii", "backslashreplace")
