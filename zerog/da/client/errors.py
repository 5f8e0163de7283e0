"""What can go wrong for a client, each by name; `worth_again` says what may pass by waiting."""

from __future__ import annotations

from typing import Final

from zerog.errors import NotFound, Refused, Tampered, Unreachable, UsageError, ZerogError


class DisperserUnreachable(Unreachable):
    """The disperser does not answer."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"the disperser at {url} does not answer: {reason}",
            "try again; `zerog status` shows whether it runs",
        )


class DisperserBusy(Refused):
    """The disperser takes nothing now: a rate limit, or too much on its way."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the disperser takes nothing now: {reason}", "try again later")


class DisperserRefused(Refused):
    """The disperser says no, and will say so again."""

    def __init__(self, code: str, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(f"the disperser refuses: {reason}")


class NoSuchRequest(NotFound):
    """The disperser took no blob under that id."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        super().__init__(
            f"the disperser knows no request {request_id[:16]}…", "an id is what `put` printed"
        )


class BlobFailed(Refused):
    """The disperser gave a blob up."""

    def __init__(self, request_id: str, reason: str) -> None:
        self.request_id, self.reason = request_id, reason
        super().__init__(
            f"request {request_id[:16]}… FAILED: {reason or 'no reason given'}",
            "when the reason is mended, put it again",
        )


class NotEnoughSigned(Refused):
    """Fewer than two thirds of a blob's rows were signed, each time."""

    def __init__(self, request_id: str, signed: int, total: int, reason: str) -> None:
        self.request_id, self.signed, self.total, self.reason = request_id, signed, total, reason
        wanted = -(-2 * total // 3)
        super().__init__(
            f"request {request_id[:16]}…: {signed} of {total} rows were signed,"
            f" a certificate takes {wanted}",
            "put it again when more signers answer",
        )


class StillOnItsWay(Unreachable):
    """A blob did not get as far as was asked for in the time given; it may yet."""

    def __init__(self, request_id: str, status: str, seconds: float) -> None:
        self.request_id, self.status, self.seconds = request_id, status, seconds
        super().__init__(
            f"request {request_id[:16]}… is {status} after {seconds:.0f} s",
            "it goes on: ask with `zerog da status`",
        )


class DisperserLies(Tampered):
    """What the disperser says of a blob is not so."""

    def __init__(self, request_id: str, reason: str) -> None:
        self.request_id, self.reason = request_id, reason
        super().__init__(
            f"the disperser says of request {request_id[:16]}… what is not so: {reason}",
            "use another disperser",
        )


class NotPlaced(NotFound):
    """This home did not put the blob: its quorum is not known here. name: a data root."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"this home did not put {name}", "give --epoch and --quorum")


class NotConfirmed(NotPlaced):
    """This home put the blob, and does not know of a certificate: it has no quorum yet."""

    def __init__(self, name: str, request_id: str, state: str) -> None:
        self.request_id, self.state = request_id, state
        self.name = name
        NotFound.__init__(
            self,
            f"this home put {name}, which is not confirmed yet: {state}",
            f"wait for it: zerog da status {request_id} --wait confirmed",
        )


class NotOurRequest(NotFound):
    """This home put nothing under that id."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        super().__init__(
            f"this home did not make request {request_id[:16]}…", "an id is what `put` printed"
        )


class BadPolicyNumber(UsageError):
    """What no policy is called."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"there is no policy {number}", "see: zerog da policy list")


class HalfAPlace(UsageError):
    """An epoch without a quorum, or the reverse."""

    def __init__(self) -> None:
        super().__init__("epoch and quorum belong together", "give both or none")


AGAIN: Final = (Unreachable, DisperserBusy, NotEnoughSigned)


def worth_again(error: ZerogError) -> bool:
    """Whether the same call may succeed later, with nothing changed by the caller."""
    return isinstance(error, AGAIN)
