"""The main job, end to end, on a running stack: mint, transfer, open, and two witnesses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zerog.demo.published import Published, has_availability, publish
from zerog.demo.witness import Testimony
from zerog.errors import ZerogError
from zerog.inft.folder import manifest_hash
from zerog.inft.results import Minted, Transferred
from zerog.inft.sdk import Agents
from zerog.types import Json, Progress, no_progress

SELLER = "alice"
BUYER = "bob"


@dataclass(frozen=True, slots=True)
class Scene:
    """One line of the timeline: seconds since the start, what happened, its figures."""

    at_seconds: float
    title: str
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class Story:
    """What the demo found out; its --json document is all of it but the scenes.

    da: the token's data root in data availability; None on a stack without it.
    """

    token_id: int
    old_data_root: str
    new_data_root: str
    mint_tx: str
    transfer_tx: str
    opened_identical: bool
    old_owner_can_open: bool
    da: Published | None
    seconds: float
    scenes: tuple[Scene, ...]

    @property
    def proved(self) -> bool:
        """Whether all that the demo is there to show was so."""
        certified = self.da is None or (self.da.certificate and self.da.read_back)
        return self.opened_identical and not self.old_owner_can_open and certified

    def to_json(self) -> dict[str, Json]:
        """The one object that `zerog demo --json` prints."""
        return {
            "token_id": self.token_id,
            "old_data_root": self.old_data_root,
            "new_data_root": self.new_data_root,
            "mint_tx": self.mint_tx,
            "transfer_tx": self.transfer_tx,
            "opened_identical": self.opened_identical,
            "old_owner_can_open": self.old_owner_can_open,
            "da": None if self.da is None else self.da.to_json(),
            "seconds": round(self.seconds, 2),
        }


class WitnessFailed(ZerogError):
    """A witness process could not do its work, so nothing can be said."""

    def __init__(self, person: str, reason: str) -> None:
        self.person, self.reason = person, reason
        super().__init__(f"the witness with {person}'s key failed: {reason}", "zerog logs node")


class NoConsent(ZerogError):
    """The buyer's key is not in this home, so the story cannot be told to its end."""

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(f"the transfer rests at {state}", f"put {BUYER}'s key into this home")


def shipped_agent() -> Path:
    """The agent folder that comes with the library."""
    return Path(__file__).parent / "agent"


def call_witness(home: Path, person: str, token_id: int, manifest: bytes) -> Testimony:
    """Ask a separate process whose home holds the registry and that person's key only."""
    with tempfile.TemporaryDirectory(prefix="zerog-witness-") as scratch:
        own = Path(scratch)
        shutil.copy(home / "registry.json", own)
        (own / "keys").mkdir()
        shutil.copy(home / "keys" / f"{person}.key", own / "keys")
        done = subprocess.run(
            [
                sys.executable,
                *("-m", "zerog.demo.witness", "--home", str(own), "--as", person),
                *("--token", str(token_id), "--manifest", manifest.hex()),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise WitnessFailed(person, done.stderr.strip().splitlines()[-1] if done.stderr else "")
    said = json.loads(done.stdout)
    return Testimony(said["opened"], said["identical"], tuple(said["refusals"]))


def tell(
    home: Path,
    agent: Path,
    show: Callable[[Scene], None],
    progress: Progress = no_progress,
    started: float | None = None,
) -> Story:
    """Run the main job on the stack of `home`; `show` gets each scene as it ends."""
    begin = time.monotonic() if started is None else started
    scenes: list[Scene] = []

    def scene(title: str, **details: object) -> None:
        made = Scene(time.monotonic() - begin, title, {k: str(v) for k, v in details.items()})
        scenes.append(made)
        show(made)

    manifest = manifest_hash(agent)
    scene("manifest taken", sha256=manifest.hex()[:16] + "…", folder=agent.name)
    agents = Agents.connect(home, progress)
    minted = agents.mint(agent, SELLER)
    _scenes_of_mint(scene, minted)
    published = publish(home, minted.token_id) if has_availability(home) else None
    if published is not None:
        _scene_of_publication(scene, published)
    moved = agents.transfer(minted.token_id, SELLER, BUYER)
    if moved.new_data_root is None or moved.transfer_tx is None:
        raise NoConsent(moved.state)
    _scenes_of_transfer(scene, moved)
    new_owner = call_witness(home, BUYER, minted.token_id, manifest)
    scene(f"{BUYER} opens it", identical=new_owner.identical, process="with his key only")
    old_owner = call_witness(home, SELLER, minted.token_id, manifest)
    scene(f"{SELLER} tries", opened=old_owner.opened, refused="; ".join(old_owner.refusals)[:70])
    return Story(
        token_id=minted.token_id,
        old_data_root=moved.old_data_root,
        new_data_root=moved.new_data_root,
        mint_tx=minted.mint_tx,
        transfer_tx=moved.transfer_tx,
        opened_identical=new_owner.opened and new_owner.identical,
        old_owner_can_open=old_owner.opened,
        da=published,
        seconds=time.monotonic() - begin,
        scenes=tuple(scenes),
    )


def _scenes_of_mint(scene: Callable[..., None], minted: Minted) -> None:
    scene(
        "encrypted and stored",
        root=minted.data_root,
        bytes=minted.size_bytes,
        seq=minted.tx_seq,
        fee=f"{minted.fee_wei} wei",
        tx=minted.submit_tx,
        gas=minted.submit_gas,
    )
    scene(f"minted token {minted.token_id}", tx=minted.mint_tx, gas=minted.mint_gas)


def _scene_of_publication(scene: Callable[..., None], published: Published) -> None:
    scene(
        "its data root published through DA",
        root=published.data_root,
        quorum=f"{published.quorum_id} of epoch {published.epoch}",
        rows=f"{published.signed_rows} of {published.total_rows} signed for",
        tx=published.confirmation_tx,
        contract=f"DAEntrance.verifyCertificate says {published.certificate}",
        identical=f"{published.read_back}, read back from the signers",
    )


def _scenes_of_transfer(scene: Callable[..., None], moved: Transferred) -> None:
    scene("re-encrypted under a fresh key", root=moved.new_data_root)
    scene(f"moved to {BUYER}", tx=moved.transfer_tx, gas=moved.transfer_gas)
