"""What the clients of every ERC-7857 generation find here, as lines and as the page's section."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from tests.conformance.inft_bytecode import is_served, reports
from tests.conformance.inft_clients import REPLAYS, Ground, ground, replay
from tests.conformance.inft_judges import fault_of
from tests.conformance.inft_surface import (
    ROOT,
    TABLES,
    contract_of,
    entries,
    is_omitted,
    omissions,
)
from tests.support.contracts import Evm, compiled
from tests.support.evm import AnvilProcess
from zerog.chain.hexes import to_bytes
from zerog.inft.legacy import Generation, inner_hash, text_digest
from zerog.inft.proofs import TEE, AccessProof, OwnershipProof, Statement
from zerog.types import Address

PAGE: Final = ROOT / "docs" / "compatibility.md"
BEGIN: Final = "<!-- inft conformance: written by make conformance -->"
END: Final = "<!-- inft conformance: end -->"
KNOWN: Final = json.loads((ROOT / "tests" / "vectors" / "inft" / "digests.json").read_text())
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one line; fault: empty when it did what it says."""

    client: str
    title: str
    fault: str

    @property
    def outcome(self) -> str:
        """As the table shows it."""
        return f"**fails**: {self.fault.strip().splitlines()[-1][:100]}" if self.fault else "works"


def run_inft(folder: Path, tell: Tell) -> list[Row]:
    """Deploy the whole plan, look at its code, check the vectors, and replay every client."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with ground(folder) as place:
        for row in (_surface(place), *_replays(place)):
            tell(f"{row.client:38} {row.title[:60]:60} {row.outcome}")
            rows.append(row)
    vectors = folder / "vectors"
    vectors.mkdir()
    rows.insert(1, _digests(vectors))
    tell(f"{rows[1].client:38} {rows[1].title[:60]:60} {rows[1].outcome}")
    return rows


def _replays(place: Ground) -> Iterator[Row]:
    for one in REPLAYS:
        seen = replay(place, one)
        for line in one.lines:
            yield Row(one.title, line.title, fault_of(place, line, seen.get(line.id)))


def _surface(place: Ground) -> Row:
    """Every entry of the tables in the deployed code, and every interface id reported."""
    wrong = [
        f"{one.signature} of {one.contract}"
        for one in entries()
        if is_served(place.chain, place.registry, one) == is_omitted(one)
    ]
    for name, interface_id in TABLES["interfaces"].items():
        address = place.registry.contract(contract_of(name)).address
        if not reports(place.chain, address, to_bytes(interface_id)):
            wrong.append(f"interface {name}")
    every = list(entries())
    served = sum(not is_omitted(one) for one in every)
    title = (
        f"{served} of {len(every)} functions, events, errors and strings in the deployed code; "
        f"{len(TABLES['interfaces'])} interface ids"
    )
    return Row("the published ABIs", title, ", ".join(wrong))


def _digests(folder: Path) -> Row:
    """The recorded digests and signatures of each generation, in the EVM and in Python."""
    process = AnvilProcess.start(folder)
    try:
        harness = Evm(process.url).deploy(compiled("LegacyHarness"))
        process.rpc("anvil_setChainId", KNOWN["chain_id"])
        wrong = []
        for vector in KNOWN["vectors"]:
            name, given, fields = _vector(vector)
            generation = Generation[vector["generation"]]
            args = (int(generation), KNOWN["token"], given, fields[-1], KNOWN["deadline"])
            inner = cast(bytes, harness.read(name, *args))
            twin = inner_hash(generation, _act(), fields, KNOWN["deadline"])
            digest = cast(bytes, harness.read("digest", inner))
            told = {inner.hex(), twin.hex()}, {digest.hex(), text_digest(twin).hex()}
            if told != ({vector["inner"]}, {vector["digest"]}):
                wrong.append(f"{vector['generation']} {vector['half']}")
    finally:
        process.stop()
    title = f"{len(KNOWN['vectors'])} recorded digests, by the contract's code and by the SDK's"
    return Row("known answers", title, ", ".join(wrong))


def _vector(vector: dict[str, str]) -> tuple[str, tuple[object, ...], list[bytes]]:
    """Function of the harness, its proof, and the fields of variable length, nonce last."""
    old, new = (bytes.fromhex(KNOWN[name]) for name in ("data_hash", "new_data_hash"))
    if vector["half"] == "access":
        fields = [b"", bytes.fromhex(KNOWN["access_nonce"])]
        return "accessInner", AccessProof(old, new, b"", b"", b""), fields
    names = ("sealed_key", "receiver_key", "ownership_nonce")
    seal, key, nonce = (bytes.fromhex(KNOWN[name]) for name in names)
    proof = OwnershipProof(TEE, old, new, seal, key, b"", b"")
    return "ownershipInner", proof, [seal, key, nonce]


def _act() -> Statement:
    token = Address(KNOWN["token"])
    old, new = (bytes.fromhex(KNOWN[name]) for name in ("data_hash", "new_data_hash"))
    return Statement(KNOWN["chain_id"], token, token, 0, 0, token, token, old, new)


def section(rows: Sequence[Row]) -> str:
    """The page's section: the lines, then what is left out."""
    lines = [f"| {one.client} | {one.title} | {one.outcome} |" for one in rows]
    seen = "\n".join(["| client | line | seen |", "|---|---|---|", *lines])
    return f"{seen}\n\nLeft out, each for its reason:\n\n{omissions()}"


def published() -> str:
    """The section as docs/compatibility.md has it."""
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def publish_inft(rows: Sequence[Row]) -> None:
    """Write the section into docs/compatibility.md."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{section(rows)}\n\n{END}{after}", encoding="utf-8")
