"""What can go wrong with an agent's token, in one line each."""

from __future__ import annotations

from zerog.errors import NotFound, Refused, Tampered, Unreachable, UsageError, ZerogError
from zerog.types import Address


class UnknownToken(UsageError):
    """The collection has no such token."""

    def __init__(self, token_id: int) -> None:
        self.token_id = token_id
        super().__init__(f"there is no token {token_id}", "zerog inft list shows those there are")


class NotTheOwner(UsageError):
    """Only the owner of a token may hand it over or open it."""

    def __init__(self, token_id: int, owner: Address, claimed: Address) -> None:
        self.token_id, self.owner, self.claimed = token_id, owner, claimed
        super().__init__(
            f"token {token_id} belongs to {owner}, not to {claimed}", "name the owner with --as"
        )


class KeyNotHere(UsageError):
    """A row's owner has no key in this home, so nobody here can go on with it."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        super().__init__(f"the key of {owner} is not in this home", "restore it with zerog keys")


class JobFailed(Refused):
    """A mint or transfer ended badly; its row says why."""

    def __init__(self, job_id: str, state: str, reason: str) -> None:
        self.job_id, self.state, self.reason = job_id, state, reason
        super().__init__(f"{job_id} {state}: {reason}", "start it again")


class SameOwner(UsageError):
    """A transfer to oneself hands nothing over."""

    def __init__(self, token_id: int, owner: Address) -> None:
        self.token_id, self.owner = token_id, owner
        super().__init__(f"token {token_id} belongs to {owner} already", "name another receiver")


class ReceiverKeyUnknown(UsageError):
    """The data key is sealed to a public key, and an address alone does not tell it."""

    def __init__(self, receiver: Address) -> None:
        self.receiver = receiver
        super().__init__(
            f"the public key of {receiver} is not in this home",
            "pass it with --to-key (zerog keys show NAME prints it)",
        )


class NotTheReceiversKey(UsageError):
    """The public key given does not belong to the receiver's address."""

    def __init__(self, receiver: Address, found: Address) -> None:
        self.receiver, self.found = receiver, found
        super().__init__(f"--to-key belongs to {found}, not to {receiver}", "check both")


class NoOracle(ZerogError):
    """This network has no re-encryption oracle registered."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(f"no oracle is registered on chain {chain_id}", "transfers need one")


class OracleUnreachable(Unreachable):
    """The oracle does not answer."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"the oracle at {url} does not answer ({reason})", "zerog status")


class OracleRefused(Refused):
    """The oracle will not work on this request, or gave it up."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the oracle refuses: {reason}")


class OracleSlow(Unreachable):
    """The oracle has not finished in the time it was given; the transfer goes on by itself."""

    def __init__(self, transfer_id: str, state: str) -> None:
        self.transfer_id, self.state = transfer_id, state
        super().__init__(
            f"the oracle is still at {state!r} with {transfer_id}",
            "the transfer goes on by itself; zerog inft jobs shows it",
        )


class NothingToAccept(NotFound):
    """The oracle holds no transfer of that token to that receiver."""

    def __init__(self, token_id: int, receiver: Address) -> None:
        self.token_id, self.receiver = token_id, receiver
        super().__init__(
            f"no transfer of token {token_id} to {receiver} awaits consent",
            "the seller starts one with zerog inft transfer",
        )


class SealedKeyMissing(Tampered):
    """The chain's commitment to the sealed key matches none of the published keys."""

    def __init__(self, token_id: int) -> None:
        self.token_id = token_id
        super().__init__(f"no published key of token {token_id} matches the hash on chain")


class ConsentInvalid(Refused):
    """The consent is not signed by the receiver or their assistant."""

    def __init__(self, signer: Address, receiver: Address) -> None:
        self.signer, self.receiver = signer, receiver
        super().__init__(f"the consent was signed by {signer}, not by {receiver}")


class UnsupportedData(Refused):
    """The oracle handles tokens with one data item."""

    def __init__(self, token_id: int, count: int) -> None:
        self.token_id, self.count = token_id, count
        super().__init__(f"token {token_id} has {count} data items, one is supported")


class WrongAnswer(Tampered):
    """The oracle told something else than this home ordered; nothing is signed for it."""

    def __init__(self, transfer_id: str) -> None:
        self.transfer_id = transfer_id
        super().__init__(f"the oracle answered for another transfer ({transfer_id[:16]}…)")


class ConsentNeeded(UsageError):
    """The receiver's key is not in this home, and without their consent no data moves."""

    def __init__(self, token_id: int, owner: Address, receiver: Address) -> None:
        self.token_id, self.owner, self.receiver = token_id, owner, receiver
        super().__init__(
            f"the consent of {receiver} is needed",
            f"let them run zerog inft consent {token_id} --out FILE, and pass --consent FILE",
        )


class NoSealToProve(Refused):
    """The token's sealed key has no part that a proof could speak of."""

    def __init__(self, token_id: int, length: int) -> None:
        self.token_id, self.length = token_id, length
        super().__init__(
            f"the sealed key of token {token_id} ({length} bytes) was made by another client",
            "hand it over with --mode oracle",
        )


class UnknownMode(UsageError):
    """Nobody of that name vouches for keys."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        super().__init__(f"{mode!r} is no mode of transfer", "proof, committee or oracle")
