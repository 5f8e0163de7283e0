"""What can go wrong in a committee, in one line each."""

from __future__ import annotations

from zerog.errors import NotFound, Refused, Tampered, UsageError, ZerogError


class BadThreshold(UsageError):
    """Fewer than two members to open a seal, or more than there are."""

    def __init__(self, threshold: int, members: int) -> None:
        self.threshold, self.members = threshold, members
        super().__init__(
            f"a threshold of {threshold} of {members} members", "at least 2, at most all of them"
        )


class BadSlots(UsageError):
    """Slots are not different numbers from 1 on."""

    def __init__(self, slots: tuple[int, ...]) -> None:
        self.slots = slots
        super().__init__(f"the slots {slots} are not different numbers above zero")


class BadDealing(Tampered):
    """A dealing is malformed, or its dealer does not know what they deal."""

    def __init__(self, dealer: int, reason: str) -> None:
        self.dealer, self.reason = dealer, reason
        super().__init__(f"the dealing of member {dealer}: {reason}")


class WrongDealtShare(Tampered):
    """What a dealing holds for a receiver is not on the committed polynomial."""

    def __init__(self, dealer: int, receiver: int) -> None:
        self.dealer, self.receiver = dealer, receiver
        super().__init__(
            f"member {dealer} dealt a wrong share to member {receiver}", "refute the dealing"
        )


class WrongShare(Tampered):
    """A share of a release that does not fit its member's public value."""

    def __init__(self, slot: int, reason: str) -> None:
        self.slot, self.reason = slot, reason
        super().__init__(f"the share of member {slot} is wrong: {reason}", "report it")


class NotEnoughShares(Refused):
    """Fewer right shares than the threshold: nothing is released."""

    def __init__(self, have: int, need: int) -> None:
        self.have, self.need = have, need
        super().__init__(f"{have} right shares of {need} that a release needs", "wait for more")


class NotInSharing(NotFound):
    """The member has no share of a key."""

    def __init__(self, slot: int, sharing_id: int) -> None:
        self.slot, self.sharing_id = slot, sharing_id
        super().__init__(f"member {slot} has no share in sharing {sharing_id}")


class NoCommitteeHere(NotFound):
    """The network has no committee, or no key of one yet."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(
            f"chain {chain_id} has no committee with a key", "zerog up --committee 5 starts one"
        )


class NoDeposit(NotFound):
    """The committee holds no key of this item as the token is now."""

    def __init__(self, token_id: int, index: int) -> None:
        self.token_id, self.index = token_id, index
        super().__init__(
            f"no key of token {token_id}, item {index}, is deposited with the committee",
            "zerog inft committee deposit",
        )


class MayNotRelease(Refused):
    """The release rule says no; the reason is what is missing."""

    def __init__(self, release: str, reason: str) -> None:
        self.release, self.reason = release, reason
        super().__init__(f"{release} is not released: {reason}")


class MemberKeyMissing(UsageError):
    """A member's secrets are not in the home that its worker serves."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(f"no committee member's keys are in {folder}", "zerog inft committee join")


class RoundFailed(ZerogError):
    """A round did not come to its end in the time it was given."""

    def __init__(self, round_id: int, seconds: float) -> None:
        self.round_id, self.seconds = round_id, seconds
        super().__init__(
            f"round {round_id} of the committee is not final after {seconds:g} s",
            "zerog inft committee status shows who is missing; run it again",
        )


class NotADevnet(UsageError):
    """On a public chain members are founded by their operators, one by one."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(
            f"chain {chain_id} is no development chain",
            "zerog inft committee join for each member, then zerog inft committee reshare",
        )


class NoAdministrator(UsageError):
    """Rounds are opened by whoever the contracts' Authority lets do it."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(
            f"nobody is named who administers the committee of chain {chain_id}", "give --as NAME"
        )
