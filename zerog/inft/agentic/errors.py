"""What an attestor and an agent's runtime refuse, in one line each."""

from __future__ import annotations

from zerog.errors import NotFound, Refused, UsageError, ZerogError
from zerog.types import Address


class PublicChain(UsageError):
    """Seals of a simulated attestation are for development chains."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(
            f"chain {chain_id} is public, and this attestor's attestation is simulated",
            "run it on a devnet",
        )


class BadRequest(UsageError):
    """A body, a header or a parameter is not of its form."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


class NotAuthorised(Refused):
    """A signature is not that of whoever may."""

    def __init__(self, what: str, signer: str, wanted: str) -> None:
        self.what, self.signer, self.wanted = what, signer, wanted
        super().__init__(f"{what} is signed by {signer}, not by {wanted}")


class Stale(Refused):
    """A signed text is too old, from the future, or no longer valid."""

    def __init__(self, what: str, seconds: int) -> None:
        self.what, self.seconds = what, seconds
        super().__init__(f"{what} is {seconds} s away from now", "sign it again")


class Forbidden(Refused):
    """A rule of an owner or of the allow-lists says no."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Conflict(Refused):
    """The idempotency key was used for something else."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"the idempotency key {key!r} was used for another request", "draw another"
        )


class UnknownSeal(NotFound):
    """No deployment has that seal."""

    def __init__(self, seal_id: str) -> None:
        self.seal_id = seal_id
        super().__init__(f"no deployment has the seal {seal_id}")


class UnknownAgent(NotFound):
    """No deployment made that agent."""

    def __init__(self, agent_id: int) -> None:
        self.agent_id = agent_id
        super().__init__(f"this attestor made no agent {agent_id}")


class BadHeader(ZerogError):
    """An X-Agent-Proof header is not a proof."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the proof header is unreadable: {reason}")


class NotProvisioned(Refused):
    """The attestor does not give this runtime its seal."""

    def __init__(self, url: str, status: int, reason: str) -> None:
        self.url, self.status, self.reason = url, status, reason
        super().__init__(f"{url} answers {status}: {reason}")


class WrongAudience(Refused):
    """A signed text is meant for another agent."""

    def __init__(self, audience: str, own: str) -> None:
        self.audience, self.own = audience, own
        super().__init__(f"the text is for {audience}, this is {own}")


class NotOwner(Refused):
    """Somebody acts for an agent that is another's."""

    def __init__(self, agent: str, owner: Address, signer: Address) -> None:
        self.agent, self.owner, self.signer = agent, owner, signer
        super().__init__(f"{agent} belongs to {owner}, not to {signer}")
