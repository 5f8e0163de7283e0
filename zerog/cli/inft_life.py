"""The life of an agent after its mint: the commands that `zerog inft` has for it, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from zerog.cli.output import Entry

AGENT, RENT = "zerog.cli.inft_agent", "zerog.cli.inft_rent"

ENTRIES: Final[Mapping[str, Entry]] = {
    "clone": Entry(f"{AGENT}:clone", "Give somebody a token with the same agent."),
    "consent-clone": Entry(f"{AGENT}:consent_clone", "Consent to get a clone by proof."),
    "update": Entry(f"{AGENT}:update", "Make a folder an agent's new version."),
    "history": Entry(f"{AGENT}:history", "Every version of an agent, proven."),
    "authorize": Entry(f"{AGENT}:authorize", "Let somebody use an agent."),
    "revoke": Entry(f"{AGENT}:revoke", "Take that back."),
    "users": Entry(f"{AGENT}:users_", "Who may use an agent."),
    "rent": Entry(f"{RENT}:rent", "Agents for hire, by the period."),
    "lineage": Entry(f"{AGENT}:lineage", "Where an agent comes from, and who is paid for it."),
    "consent-child": Entry(f"{AGENT}:consent_child", "Let an agent be derived from yours."),
    "derive": Entry(f"{AGENT}:derive", "Name an agent's parents."),
    "earnings": Entry(f"{RENT}:earnings", "Rent and royalties, and taking them out."),
    "permit": Entry("zerog.cli.inft_permit:permit", "Sign what somebody else sends."),
    "burn": Entry(f"{AGENT}:burn", "End a token."),
}
