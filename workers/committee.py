"""Tasks of the committee's members: a queue for each, whose worker alone holds its keys.

Run again they find what they did before, so they are acknowledged late.
"""

from __future__ import annotations

import logging
import os
from functools import cached_property

from workers.app import app
from workers.base import RoomTask
from zerog.errors import ZerogError
from zerog.inft.committee.member import Member

log = logging.getLogger(__name__)


class MemberTask(RoomTask):
    """Gives its tasks the members whose keys this worker holds, each opened once."""

    abstract = True

    @cached_property
    def _members(self) -> dict[int, Member]:
        return {}

    def member(self, number: int) -> Member:
        """The member of HOME/committee/NUMBER."""
        if number not in self._members:
            self._members[number] = Member.open(self.context.settings, number, os.environ)
        return self._members[number]


@app.task(base=MemberTask, bind=True, name="zerog.committee.follow", acks_late=True)
def follow(self: MemberTask, number: int) -> str:
    """Follow the chain and the rounds as member NUMBER; gives how many releases are due."""
    try:
        return str(self.member(number).step(self.context.jobs))
    except ZerogError as error:
        log.warning("%s: %s", self.name, error)
        return "waiting"


@app.task(base=MemberTask, bind=True, name="zerog.committee.release", acks_late=True)
def release(self: MemberTask, key: str) -> str:
    """Share in one release, MEMBER/ID, and end it where it is ripe; gives what was done."""
    number, release_id = key.split("/", 1)
    try:
        return self.member(int(number)).release(release_id)
    except ZerogError as error:
        log.warning("%s: %s", release_id, error)
        return "waiting"
