"""The embedded broker for tests: valkey-server on a free loopback port, ended by pid."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.patience import PATIENCE_SECONDS
from zerog.devnet.broker import find_broker


@dataclass(slots=True)
class BrokerProcess:
    """A running broker and its URL."""

    url: str
    port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path, port: int) -> BrokerProcess:
        """Start it and wait until it takes connections."""
        command = [find_broker(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        process = subprocess.Popen(
            [*command, "--dir", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        made = cls(f"redis://127.0.0.1:{port}/0", port, process)
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return made
            time.sleep(0.01)
        raise TimeoutError(f"the broker does not answer on {port}")

    def stop(self) -> None:
        """End the process and wait for it."""
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_SECONDS)
