"""How large a stack is, and which of its rooms run: data only."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Final

HOST: Final = "127.0.0.1"

Ports = Mapping[str, int]
"""The loopback ports of one stack, by part name (`node-admin`: the admin port of `node`)."""

FIXED_PORTS: Final[Ports] = {
    "chain": 8545,
    "broker": 6399,
    "node": 5678,
    "node-admin": 5679,
    "indexer": 12345,
    "kv": 6789,
    "oracle": 7857,
}
ROOM_PORTS: Final[Ports] = {"committee": 7867, "attestor": 8787, "gallery": 8080, "alt-da": 3100}
"""Of the parts that a stack has only when its shape says so."""
DISPERSER_PORT: Final = 51001
FIRST_SIGNER_PORT: Final = 34000
"""Of `signer-1`; each further signer has the next one."""
DEFAULT_SIGNERS: Final = 4
"""Signers of data availability in the stack of a new home."""

PART_NAMES: Final = (
    *("chain", "broker", "node", "indexer", "kv", "oracle"),
    *("worker", "oracle-worker", "beat"),
)
"""The processes of the smallest stack, in the order of starting."""
NODE_STEP: Final = 10
"""From the ports of one storage node to those of the next."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What runs besides the smallest stack.

    nodes: storage nodes. mine: a miner. committee: members of the threshold committee, 0 for
    none. agentic: the attestor of 0g-agentic-id. gallery: the web page. relay: the relayer.
    signers: of data availability, 0 for none of it. alt_da: the server for OP Stack rollups.
    """

    nodes: int = 1
    mine: bool = False
    committee: int = 0
    agentic: bool = False
    gallery: bool = False
    relay: bool = False
    signers: int = 0
    alt_da: bool = False

    def node_names(self) -> list[str]:
        """`node`, `node-2`, ..."""
        return ["node", *(f"node-{number}" for number in range(2, self.nodes + 1))]

    def member_names(self) -> list[str]:
        """`committee-1`, `committee-2`, ..."""
        return [f"committee-{number}" for number in range(1, self.committee + 1)]

    def signer_names(self) -> list[str]:
        """`signer-1`, `signer-2`, ...: signers have ports, and one part together."""
        return [f"signer-{number}" for number in range(1, self.signers + 1)]

    @classmethod
    def of(cls, parts: Collection[str]) -> Shape:
        """The shape that has these parts and ports."""
        return cls(
            nodes=max(1, sum(is_node(name) for name in parts)),
            mine="miner" in parts,
            committee=sum(is_member(name) for name in parts),
            agentic="attestor" in parts,
            gallery="gallery" in parts,
            relay="relay" in parts,
            signers=sum(is_signer(name) for name in parts),
            alt_da="alt-da" in parts,
        )

    def to_json(self) -> dict[str, int]:
        """By field; a flag is 0 or 1."""
        return {name: int(value) for name, value in asdict(self).items()}

    def but(self, asked: Mapping[str, int | None]) -> Shape:
        """This shape with the fields of `asked` that are not None."""
        found = {**self.to_json(), **{k: v for k, v in asked.items() if v is not None}}
        return Shape(
            nodes=int(found["nodes"]),
            mine=bool(found["mine"]),
            committee=int(found["committee"]),
            agentic=bool(found["agentic"]),
            gallery=bool(found["gallery"]),
            relay=bool(found["relay"]),
            signers=int(found["signers"]),
            alt_da=bool(found["alt_da"]),
        )


def is_node(name: str) -> bool:
    """Whether a part is a storage node."""
    return re.fullmatch(r"node(-[0-9]+)?", name) is not None


def is_member(name: str) -> bool:
    """Whether a part is the worker of a committee member."""
    return re.fullmatch(r"committee-[0-9]+", name) is not None


def is_signer(name: str) -> bool:
    """Whether a port is that of a signer of data availability."""
    return re.fullmatch(r"signer-[0-9]+", name) is not None


def default_ports(shape: Shape) -> dict[str, int]:
    """The documented ports; each further storage node has those of the one before plus ten."""
    found = dict(FIXED_PORTS)
    for number, name in enumerate(shape.node_names()):
        found[name] = FIXED_PORTS["node"] + NODE_STEP * number
        found[f"{name}-admin"] = FIXED_PORTS["node-admin"] + NODE_STEP * number
    rooms = {
        "committee": shape.committee,
        "attestor": shape.agentic,
        "gallery": shape.gallery,
        "alt-da": shape.alt_da,
    }
    found |= {name: ROOM_PORTS[name] for name, wanted in rooms.items() if wanted}
    if shape.signers:
        found["disperser"] = DISPERSER_PORT
    for number, name in enumerate(shape.signer_names()):
        found[name] = FIRST_SIGNER_PORT + number
    return found
