"""An anvil process for tests: started on a free loopback port, ended by pid."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


def anvil_binary() -> str:
    """The anvil that set-up installed, else the one on PATH."""
    own = ROOT / ".tools" / "bin" / "anvil"
    found = str(own) if own.exists() else shutil.which("anvil")
    if found is None:
        raise FileNotFoundError("anvil is missing; run: make setup")
    return found


@dataclass(slots=True)
class AnvilProcess:
    """A running anvil and its URL."""

    url: str
    port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls, log_dir: Path, *extra: str, port: int | None = None, chain_id: int = 31337
    ) -> AnvilProcess:
        """Start anvil with the development mnemonic and wait until it answers."""
        port = free_port() if port is None else port
        command = [
            anvil_binary(),
            "--port",
            str(port),
            "--chain-id",
            str(chain_id),
            "--hardfork",
            "prague",
            "--no-request-size-limit",
            # Older states would go to a folder of the user's, 73 GB of them in one long run.
            "--prune-history",
            "500",
            *extra,
        ]
        with (log_dir / f"anvil-{port}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        made = cls(f"http://127.0.0.1:{port}", port, process)
        made.wait_ready()
        return made

    def wait_ready(self) -> None:
        """Wait until the chain answers; raise when it dies or stays silent."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"anvil ended with {self.process.returncode}")
            try:
                self.rpc("eth_chainId")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.01)
        raise TimeoutError(f"anvil did not answer on {self.url}")

    def rpc(self, method: str, *params: object) -> object:
        """One JSON-RPC call; raises RuntimeError on an error answer."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(
            self.url, data=body, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            document = json.load(answer)
        if "error" in document:
            raise RuntimeError(f"{method}: {document['error']}")
        return document["result"]

    def stop(self) -> None:
        """End the process and wait for it."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=PATIENCE_SECONDS)
