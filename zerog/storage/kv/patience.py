"""How long a file that nobody uploads is waited for (pure; the caller reads the clocks)."""

from __future__ import annotations

from collections.abc import Hashable


class Patience:
    """Counts the time in which storage answered that it lacks a file.

    It begins at the first such answer after a start or an outage: what nobody could have uploaded
    meanwhile, and what nobody asked for, counts against no file.
    """

    def __init__(self, deadline_s: float) -> None:
        """deadline_s: how long storage must have answered, and a file been there to upload."""
        self._deadline_s = deadline_s
        self._answering_since: float | None = None
        self._head: tuple[Hashable, float] | None = None

    def interrupt(self) -> None:
        """Chain or storage gave no answer: the time begins again."""
        self._answering_since = None

    def lacks(self, file: Hashable, age_s: float, now: float) -> float:
        """Note that storage lacks a file; gives the seconds for which that counts.

        age_s: since the file's submission was met, by the wall clock; now: monotonic seconds.
        """
        if self._answering_since is None:
            self._answering_since = now
        if self._head is None or self._head[0] != file:
            self._head = (file, now)
        # The wall clock may have been set back meanwhile; the second term bounds that.
        return min(max(age_s, now - self._head[1]), now - self._answering_since)

    def is_over(self, waited_s: float) -> bool:
        """Whether a file that was lacking for so long is given up."""
        return waited_s >= self._deadline_s
