"""Agent folders for tests."""

from __future__ import annotations

import os
from pathlib import Path


def write_agent(folder: Path, size: int) -> Path:
    """A folder with a persona, an empty folder, a script and `size` random bytes of weights."""
    (folder / "notes" / "empty").mkdir(parents=True)
    (folder / "persona.md").write_text(f"# Agent {os.urandom(4).hex()}\n")
    script = folder / "run.sh"
    script.write_text("#!/bin/sh\necho hello\n")
    script.chmod(0o755)
    (folder / "latest").symlink_to("persona.md")
    (folder / "notes" / "weights.bin").write_bytes(os.urandom(size))
    return folder
