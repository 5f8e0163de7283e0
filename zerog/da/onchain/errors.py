"""What can go wrong between data availability and the chain.

NotFound    NoDaHere · NoSuchQuorum · NoEvidence · NoHeader
TxReverted  PolicyOver
Refused     NoRowsThere · NotAnnounced · TooOld
UsageError  NotADevnet · TooManyAtOnce
ZerogError  NoEpoch
"""

from __future__ import annotations

from zerog.chain.errors import TxReverted
from zerog.errors import NotFound, Refused, UsageError, ZerogError
from zerog.types import Address


class NoDaHere(NotFound):
    """The registry of this home names no contracts of data availability."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(f"chain {chain_id} has no data availability", "deploy with: zerog up")


class NoSuchQuorum(NotFound):
    """The epoch has no such quorum, or did not begin."""

    def __init__(self, epoch: int, quorum_id: int) -> None:
        self.epoch, self.quorum_id = epoch, quorum_id
        super().__init__(f"epoch {epoch} has no quorum {quorum_id}")


class PolicyOver(TxReverted):
    """Blobs were announced for a policy that is retired."""

    def __init__(self, intent: str, policy: int, end: int, *, mined: bool = False) -> None:
        self.policy, self.end = policy, end
        super().__init__(intent, "", (), mined=mined)
        self.cause = f"policy {policy} is retired: from epoch {end} on it has no quorums"

    def __reduce__(self) -> tuple[object, ...]:
        arguments = (self.intent, self.policy, self.end)
        return (type(self), arguments, {"mined": self.mined})


class NoRowsThere(Refused):
    """A signer has no row in a quorum, as far as final blocks say."""

    def __init__(self, account: Address, epoch: int, quorum_id: int) -> None:
        self.account, self.epoch, self.quorum_id = account, epoch, quorum_id
        super().__init__(f"{account} has no row in quorum {quorum_id} of epoch {epoch}")


class TooOld(Refused):
    """No certificate of that epoch is taken any more: nobody signs for it."""

    def __init__(self, epoch: int, current: int) -> None:
        self.epoch, self.current = epoch, current
        super().__init__(f"epoch {epoch} is over, now is epoch {current}", "upload the blob again")


class NotAnnounced(Refused):
    """No final block has the blob's announcement for that quorum."""

    def __init__(self, data_root: bytes, epoch: int, quorum_id: int) -> None:
        self.data_root, self.epoch, self.quorum_id = data_root, epoch, quorum_id
        super().__init__(
            f"blob 0x{data_root.hex()} was not announced for quorum {quorum_id} of epoch {epoch}",
            "announce and pay for it first",
        )


class TooManyAtOnce(UsageError):
    """More blobs than one transaction takes."""

    def __init__(self, found: int, most: int) -> None:
        self.found, self.most = found, most
        super().__init__(f"{found} blobs for one transaction", f"give at most {most}")


class NotADevnet(UsageError):
    """Only a development chain is founded, and has its blocks mined on demand."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(f"chain {chain_id} is no devnet", "register each signer by itself")


class NoEpoch(ZerogError):
    """The first epoch of a devnet did not come about."""

    def __init__(self, phase: str) -> None:
        self.phase = phase
        super().__init__(f"no epoch began; its preparation rests in {phase}", "run it again")


class NoEvidence(NotFound):
    """The transaction that certified a blob is not to be read: nobody can be asked for rows."""

    def __init__(self, data_root: bytes, reason: str) -> None:
        self.data_root, self.reason = data_root, reason
        super().__init__(f"no evidence of blob 0x{data_root.hex()}: {reason}")


class NoHeader(NotFound):
    """No header of this network gives the data root with the certified roots."""

    def __init__(self, data_root: bytes) -> None:
        self.data_root = data_root
        super().__init__(f"blob 0x{data_root.hex()} has no header of this network")


class NoAnnouncement(NotFound):
    """A transaction that should have announced a blob, and did not."""

    def __init__(self, data_root: bytes, tx_hash: bytes) -> None:
        self.data_root, self.tx_hash = data_root, tx_hash
        what = f"blob 0x{data_root.hex()}"
        super().__init__(f"transaction 0x{tx_hash.hex()} does not announce {what}")
