"""What of the published generations' ABIs a deployment of ours leaves out, with the reason.

tests/vectors/inft/abi.json has their functions, interface ids, events, errors and revert strings;
whatever is not named here is served, which the tests look up in the deployed bytecode.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
TABLES: Final = json.loads((ROOT / "tests" / "vectors" / "inft" / "abi.json").read_text())

ROLES: Final = "roles are the Authority's"
PROXIES: Final = "proxies initialise themselves in their creation"
ORACLES: Final = "oracles are in the AttestationRegistry, behind its delay"
RECORDS: Final = "records of used proofs are never cleaned (F2); `isNonceUsed` tells"
SKETCH: Final = "nothing is proven: what this call hands over could be anything"
DRAFT: Final = "early draft: sealed keys of 16 bytes, nothing is verified"
UNUSED: Final = (
    "in a file of 0g-agent-nft that nothing implements; `iTransfer` of the standard is served"
)
RENAMED: Final = (
    "0g-agent-nft itself replaced it in 2026; `iTransfer`, `iClone` take the same proofs"
)
ONE_ERROR: Final = "`PrivateDataNeedsProof(tokenId)` at every door"
VERIFIER: Final = "the verifier's own custom errors say more; no client parses these"

OMITTED: Final[Mapping[str, str]] = {
    # functions
    "grantMinterRole(address)": ROLES,
    "revokeMinterRole(address)": ROLES,
    "setAdmin(address)": ROLES,
    "setPauser(address)": ROLES,
    "initialize(string,string,string,address,address)": PROXIES,
    "initialize((uint8,address)[],address)": PROXIES,
    "initialize(address,address)": PROXIES,
    "initialize(address,address,address,uint256)": PROXIES,
    "updateAttestationContract((uint8,address)[])": ORACLES,
    "verifyTEESignature(bytes32,bytes)": ORACLES,
    "teeOracleAddress()": ORACLES,
    "updateOracleAddress(address)": ORACLES,
    "setTeeOracleAddress(address)": ORACLES,
    "cleanExpiredProofs(bytes32[])": RECORDS,
    "cleanExpiredNonces(bytes32[])": RECORDS,
    "updateMaxProofAge(uint256)": RECORDS,
    "setMaxProofAge(uint256)": RECORDS,
    "isNonceConsumed(bytes32)": RECORDS,
    "nonceConsumedAt(bytes32)": RECORDS,
    "mint(address,string,bytes32)": SKETCH,
    "transfer(address,address,uint256,bytes,bytes)": SKETCH,
    "clone(address,uint256,bytes,bytes)": SKETCH,
    "verifyProof(bytes)": SKETCH,
    **{
        signature: DRAFT
        for name, table in TABLES["functions"].items()
        for signature, _ in table["functions"]
        if name.startswith("early draft") and signature != "dataHashesOf(uint256)"
    },
    **{
        signature: RENAMED
        for signature, _ in TABLES["functions"]["0g-agent-nft before 2025-09"]["functions"]
    },
    **{
        signature: UNUSED
        for signature, _ in TABLES["functions"]["0g-agent-nft legacy file"]["functions"]
    },
    # events
    "AdminChanged(address,address)": ROLES,
    "Minted(uint256,address,address,bytes32[],string[])": DRAFT,
    "MetadataUpdated(uint256,bytes32)": SKETCH,
    # errors
    "ERC7857InvalidAssistant(address)": "declared in 0g-agent-nft, never used there",
    "ERC7857UseITransferFrom()": ONE_ERROR,
    "AgenticIDSealAlreadySet(uint256)": "a seal can be rotated, with its owner's consent (A5)",
    "AgenticIDNotPauser()": ROLES,
    "DataVerifierNotPauser()": ROLES,
    "NonceAlreadyUsed(bytes32)": "`NonceAlreadyUsed(kind, signer, nonce)`: records are per signer",
    "NonceExpired(uint256,uint256)": "`ProofExpired(deadline, time)`",
    "NonceDeadlineTooFar(uint256,uint256)": "`DeadlineTooFar(deadline, latest)`",
    "DataVerifierInvalidAccessProof()": VERIFIER,
    "DataVerifierDataHashMismatch()": VERIFIER,
    "TEEDataVerifierInvalidSignature()": VERIFIER,
    "TEEDataVerifierWrongOracleType()": VERIFIER,
    "Not owner": "`ERC721IncorrectOwner(caller, tokenId, owner)`",
    "Proof already used": VERIFIER,
    "Invalid ownership proof": VERIFIER,
    "Invalid dataHash": VERIFIER,
    "Invalid signature length": VERIFIER,
}
"""Signature, or revert string -> why no contract of ours has it."""


class Entry(NamedTuple):
    """One line of the published tables. word: selector, topic (0x hex), or the string."""

    kind: str
    generation: str
    contract: str
    signature: str
    word: str


def entries() -> Iterator[Entry]:
    """Every function, event, error and revert string of the tables."""
    for generation, table in TABLES["functions"].items():
        for signature, selector in table["functions"]:
            yield Entry("function", generation, table["contract"], signature, selector)
    for kind in ("events", "errors"):
        for contract, rows in TABLES[kind].items():
            for signature, word in rows:
                yield Entry(kind[:-1], contract, contract, signature, word)
    for contract, strings in TABLES["strings"].items():
        for text in strings:
            yield Entry("string", contract, contract, text, text)


def contract_of(interface: str) -> str:
    """Which collection reports an interface id of the tables."""
    return "AgenticID" if interface in {"IAgenticID", "IERC8004IdentityRegistry"} else "AgentNFT"


def omissions() -> str:
    """The table of what is left out, as docs/compatibility.md has it."""
    rows = ["| not served | | why |", "|---|---|---|"]
    for one in entries():
        reason = OMITTED.get(one.signature) if is_omitted(one) else None
        if reason is not None:
            named = f"`{one.signature}`" if one.kind == "string" else _short(one)
            rows.append(f"| {named} | {one.kind} | {reason} |")
    return "\n".join(rows)


def is_omitted(entry: Entry) -> bool:
    """Whether it is named as left out, there where the tables have it."""
    if entry.signature in {"NonceAlreadyUsed(bytes32)"} and entry.contract != "DataVerifier":
        return False
    return entry.signature in OMITTED


def _short(entry: Entry) -> str:
    name, _, rest = entry.signature.partition("(")
    types = rest[:-1] if len(rest) < 40 else "…"
    return f"`{name}({types})` {entry.word[:10]}"
