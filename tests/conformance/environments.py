"""Each official SDK in an environment of its own, installed exactly as its lock file says."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
LOCKS: Final = HERE / "envs"
DRIVERS: Final = HERE / "drivers"
ROOT: Final = HERE.parents[1]
BUILT: Final = ROOT / ".build" / "conformance"


@dataclass(frozen=True, slots=True)
class Environment:
    """Where an SDK is installed, and how its driver is run there."""

    folder: Path
    interpreter: str

    def command(self, driver: str, job: Path) -> list[str]:
        """The command line of a driver; a script for node must lie beside the packages."""
        script = DRIVERS / driver
        if script.suffix == ".mjs":
            beside = self.folder / driver
            shutil.copyfile(script, beside)
            script = beside
        return [self.interpreter, str(script), str(job)]


def install(name: str) -> Environment:
    """The environment of that name, made afresh when its lock file has changed."""
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two files of tests at once may want the same one
        return _install(name)


def _install(name: str) -> Environment:
    locked, folder = LOCKS / name, BUILT / name
    npm = (locked / "package.json").exists()
    lock = locked / ("package-lock.json" if npm else "requirements.lock")
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = folder / ".installed"
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (_install_npm if npm else _install_python)(lock, folder)
        stamp.write_text(digest)
    return Environment(folder, _tool("node") if npm else str(folder / "bin" / "python"))


def _install_python(lock: Path, folder: Path) -> None:
    uv = str(Path(sys.executable).parent / "uv")
    _run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder))
    python = str(folder / "bin" / "python")
    _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(lock))


def _install_npm(lock: Path, folder: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(lock.parent / name, folder / name)
    _run(_tool("npm"), "ci", "--silent", "--ignore-scripts", "--no-audit", cwd=folder)


def _tool(name: str) -> str:
    """node or npm: the machine's, else those that set-up put into the virtual environment."""
    own = Path(sys.executable).parent / name
    return shutil.which(name) or str(own)


def _run(*command: str, cwd: Path = ROOT) -> None:
    environ = {**os.environ, "UV_LINK_MODE": "copy"}
    subprocess.run(command, cwd=cwd, check=True, env=environ)
