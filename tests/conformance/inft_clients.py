"""Plain ethers and viem replay what each generation's client calls; inft_judges judges."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from tests.conformance.environments import LOCKS, install
from tests.conformance.matrix import Line
from tests.support.evm import AnvilProcess
from tests.support.house import deployed_home
from tests.support.patience import PATIENCE_SECONDS
from zerog.chain.bindings import Contract
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender, TxStore

ENVIRONMENT: Final = "evm_clients"
CHAIN_ID: Final = 31337
ADMIN: Final = 1
PEOPLE: Final = {
    "oracle": 2, "alice": 3, "bob": 4, "carol": 5, "dave": 6, "attestor": 7, "seal": 9,
}  # fmt: skip
"""Development accounts; all have money."""
APPS: Final = ("attestor", "kms", "sandbox")
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Replay:
    """One driver: the library it uses, and its lines."""

    package: str
    driver: str
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        """The library with its version, as it is locked."""
        text = (LOCKS / ENVIRONMENT / "package.json").read_text()
        return f"{self.package} {json.loads(text)['dependencies'][self.package]} (npm), plain"


REPLAYS: Final = (
    Replay(
        "ethers",
        "inft_ethers.mjs",
        (
            Line("final", "Final ERC-7857: mint, `iTransfer`, `iClone` with EIP-191 digests"),
            Line(
                "agentNft",
                "0g-agent-nft: mint, delegate, authorise, update, `iTransferFrom`, `iCloneFrom`",
            ),
            Line("safe", "EIP-712 proofs in the structs of both, which every deployment takes"),
            Line("market", "0g-agent-nft's market: signed order and offer, `fulfillOrder`"),
        ),
    ),
    Replay(
        "viem",
        "inft_viem.mjs",
        (
            Line(
                "agenticId",
                "0g-agentic-id: register, update, delegate, `iTransferFrom`, `iCloneFrom`",
            ),
            Line("documentation", "the documentation's facade, its read side"),
        ),
    ),
    Replay(
        "viem",
        "inft_sealed.mjs",
        (
            Line("sealedAgent", "0g-agentic-id: an agent with a seal, its memory, its sales"),
            Line("identity", "0g-agentic-id: URI, metadata and wallet in the canonical registry"),
            Line("reputation", "0g-agentic-id: feedback with a ServeProof, answer, revocation"),
            Line("trust", "0g-agentic-id: acknowledged components and a prepaid balance"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A chain with the whole plan, on which legacy digests are allowed."""

    url: str
    folder: Path
    registry: Registry
    chain: Chain

    def contract(self, name: str, artifact: str) -> Contract:
        """A deployed contract under one of its ABIs."""
        return Contract(self.chain, self.registry.contract(name).address, artifact)

    def address(self, name: str) -> str:
        """Of a deployed contract."""
        return self.registry.contract(name).address

    def send(self, name: str, artifact: str, function: str, *args: object) -> None:
        """A transaction of the administrator."""
        contract = self.contract(name, artifact)
        sender = Sender(self.chain, TxStore(self.folder / "admin.db"), devnet_signer(ADMIN))
        data = contract.calldata(function, *args)
        sender.run(data.hex(), Call(contract.address, data))


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Deploy the plan on a chain of its own, and allow what the replays need."""
    process = AnvilProcess.start(folder)
    try:
        registry = deployed_home(process, folder / "home")
        made = Ground(process.url, folder, registry, Chain(process.url))
        for name in ("AgentNFT", "AgenticID"):
            made.send("DataVerifier", "DataVerifier", "setLegacy", made.address(name), True)
        attestor = devnet_signer(PEOPLE["attestor"]).address
        made.send("AgenticID", "AgenticIdFacet", "addTrustedAttestor", attestor)
        for app in APPS:
            app_args = (app, b"compose", b"volumes", [b"image"])
            made.send("TappRegistry", "TappRegistry", "setApp", *app_args)
        yield made
    finally:
        process.stop()


def replay(place: Ground, one: Replay) -> dict[str, Facts]:
    """Run a driver: what it saw, by line."""
    job, report = (place.folder / f"{one.driver}.{end}" for end in ("job", "report"))
    secrets = {name: f"0x{devnet_signer(at).secret.hex()}" for name, at in PEOPLE.items()}
    job.write_text(
        json.dumps(
            {
                "rpc": place.url,
                "chainId": CHAIN_ID,
                "keys": secrets,
                "token": place.address("AgentNFT"),
                "verifier": place.address("DataVerifier"),
                "market": place.address("ReferenceMarket"),
                "agenticId": place.address("AgenticID"),
                "identity": place.address("IdentityRegistry8004"),
                "reputation": place.address("AgenticIDReputation"),
                "tapp": place.address("TappRegistry"),
                "serving": place.address("SandboxServing"),
                "apps": APPS,
                "report": str(report),
            }
        )
    )
    command = install(ENVIRONMENT).command(one.driver, job)
    log = place.folder / f"{one.driver}.log"
    with log.open("wb") as sink, suppress(subprocess.TimeoutExpired):
        subprocess.run(command, stdout=sink, stderr=sink, timeout=PATIENCE_SECONDS, check=False)
    if not report.exists():
        tail = log.read_text(errors="replace")[-2000:]
        return {line.id: {"error": f"no report; its log ends: {tail}"} for line in one.lines}
    return cast("dict[str, Facts]", json.loads(report.read_text()))
