"""What a token's URI leads to: the card of an agent, and its picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from zerog.crypto.keccak import keccak256
from zerog.types import Address


def agent_card(
    name: str,
    description: str,
    image: str,
    url: str,
    agent_id: int | None,
    chain_id: int,
    contract: Address,
) -> dict[str, object]:
    """AgentCard JSON (0gfoundation/0g-agentic-id: attestor agent_card); url: where it serves."""
    registrations: Sequence[object] = (
        []
        if agent_id is None
        else [{"agentId": agent_id, "chainId": chain_id, "agentAddress": contract}]
    )
    return {
        "name": name,
        "description": description,
        "image": image,
        "attributes": [{"trait_type": "species", "value": species(name)}],
        "url": url,
        "version": "1.0.0",
        "capabilities": {
            "streaming": False,
            "pushNotifications": False,
            "stateTransitionHistory": False,
        },
        "registrations": registrations,
        "trustModels": ["tee-attestation"],
    }


def species(seed: str) -> str:
    """A word for a seed, always the same."""
    words = ("otter", "heron", "lynx", "raven", "badger", "marten", "ibex", "tern")
    return words[keccak256(seed.encode())[0] % len(words)]


def avatar(seed: str) -> str:
    """A picture for a seed, as SVG: a mirrored five by five pattern in one colour."""
    drawn = keccak256(seed.encode())
    hue = int.from_bytes(drawn[:2], "big") % 360
    squares = [
        f'<rect x="{column}" y="{row}" width="1" height="1"/>'
        for row in range(5)
        for column in range(5)
        if drawn[2 + row * 3 + min(column, 4 - column)] % 2
    ]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 5 5" shape-rendering="crispEdges">'
        f'<g fill="hsl({hue},55%,45%)">{"".join(squares)}</g></svg>'
    )
