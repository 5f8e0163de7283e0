"""Every periodic job: a table of what always runs, and one for each room that a stack may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from workers.da_beat import BEAT as DISPERSER
from workers.da_signer_beat import BEAT as DA_SIGNERS
from workers.relay_beat import BEAT as RELAY
from zerog.errors import UsageError

SWEEP_SECONDS: Final = 2.0
MINING_SECONDS: Final = 1.0
RENEWAL_SECONDS: Final = 60.0
REPAIR_SECONDS: Final = 60.0
FOLLOW_SECONDS: Final = 0.5
"""A committee settles a sale in a few of these: see it, share, combine."""

SCHEDULE: Final[dict[str, dict[str, object]]] = {
    "resume-mints-and-transfers": {
        "task": "zerog.inft.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "default", "expires": SWEEP_SECONDS},
    },
    "resume-re-encryptions": {
        "task": "zerog.oracle.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "oracle", "expires": SWEEP_SECONDS},
    },
    "restore-copies-of-files": {
        "task": "zerog.storage.repair",
        "schedule": REPAIR_SECONDS,
        "options": {"queue": "default", "expires": REPAIR_SECONDS},
    },
}

MINING: Final[dict[str, dict[str, object]]] = {
    name: {
        "task": f"zerog.mining.{task}",
        "schedule": MINING_SECONDS,
        "options": {"queue": "mining", "expires": MINING_SECONDS},
    }
    for name, task in (
        ("open-the-next-epoch", "keep"),
        ("seal-new-data", "seal"),
        ("search-in-an-open-window", "round"),
    )
}

RENEWAL: Final[dict[str, dict[str, object]]] = {
    "write-ageing-keys-again": {
        "task": "zerog.kv.renew",
        "schedule": RENEWAL_SECONDS,
        "options": {"queue": "default", "expires": RENEWAL_SECONDS},
    },
}


ROOMS: Final[Mapping[str, Mapping[str, dict[str, object]]]] = {
    "mining": MINING,
    "relay": RELAY,
    "da": DISPERSER,
    "da-signer": DA_SIGNERS,
}
"""What beat sends to the workers of a room, by queue."""
ONLY_VARIABLE: Final = "ZEROG_BEAT"


class NoSuchRoom(UsageError):
    """Beat is to serve a room that has no table."""

    def __init__(self, room: str) -> None:
        self.room = room
        super().__init__(f"{ONLY_VARIABLE} names {room!r}, and not one of {', '.join(ROOMS)}")


def committee(members: int) -> dict[str, dict[str, object]]:
    """The round of each member, in the queue that only its worker reads."""
    return {
        f"follow-as-member-{number}": {
            "task": "zerog.committee.follow",
            "schedule": FOLLOW_SECONDS,
            "args": (number,),
            "options": {"queue": f"committee-{number}", "expires": FOLLOW_SECONDS},
        }
        for number in range(1, members + 1)
    }


def schedule(environment: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """What beat sends: with ZEROG_MINE=1 the rounds of the miner too, with ZEROG_COMMITTEE=N
    those of N members, with ZEROG_RELAY=1 the relayer's sweep, with ZEROG_DA_SIGNERS=N the duties
    of the signers, with ZEROG_DA_DISPERSER=1 the disperser's sweep; with ZEROG_KV_RENEW_KEY (or a
    file of it) also the renewal of KV keys. With ZEROG_BEAT only what the rooms that it lists,
    comma separated, need: messages that no worker takes would stay with the broker for good.

    Raises NoSuchRoom.
    """
    only = environment.get(ONLY_VARIABLE)
    if only:
        return _only([room.strip() for room in only.split(",")])
    renewing = environment.get("ZEROG_KV_RENEW_KEY") or environment.get("ZEROG_KV_RENEW_KEY_FILE")
    return {
        **SCHEDULE,
        **(MINING if environment.get("ZEROG_MINE") == "1" else {}),
        **committee(int(environment.get("ZEROG_COMMITTEE") or 0)),
        **(RELAY if environment.get("ZEROG_RELAY") == "1" else {}),
        **(DA_SIGNERS if int(environment.get("ZEROG_DA_SIGNERS") or 0) else {}),
        **(DISPERSER if environment.get("ZEROG_DA_DISPERSER") == "1" else {}),
        **(RENEWAL if renewing else {}),
    }


def _only(rooms: Sequence[str]) -> dict[str, dict[str, object]]:
    for room in rooms:
        if room not in ROOMS:
            raise NoSuchRoom(room)
    return {name: entry for room in rooms for name, entry in ROOMS[room].items()}
