"""Find the Chromium that the browser tests drive, or install the system's own.

Looked for: $ZEROG_CHROMIUM, then chromium, chromium-browser and google-chrome on PATH. Where none
is, and this is root on a machine with apt-get, its package is installed; elsewhere one line says
what to install. Playwright's own download is not used: it comes from no package registry.

python scripts/setup_browser.py            prints the path
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

VARIABLE = "ZEROG_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGE = "chromium"
MEND = f"install the package {PACKAGE}, or set {VARIABLE} to the path of a Chromium"

Which = Callable[[str], str | None]


class NoBrowser(Exception):
    """There is no Chromium here, and this user cannot install one."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(f"{cause}; {MEND}")


def find_browser(environment: Mapping[str, str], which: Which = shutil.which) -> str | None:
    """Path of a Chromium; raises NoBrowser when the variable names no program."""
    named = environment.get(VARIABLE)
    if named:
        found = which(named)
        if found is None:
            raise NoBrowser(f"{VARIABLE}={named} is no program")
        return found
    return next((path for name in NAMES if (path := which(name)) is not None), None)


def install_commands(user_id: int, which: Which = shutil.which) -> tuple[tuple[str, ...], ...]:
    """What installs Chromium here; nothing where that is not for us to do."""
    apt = which("apt-get")
    if user_id != 0 or apt is None:
        return ()
    return ((apt, "update"), (apt, "install", "-y", "--no-install-recommends", PACKAGE))


def ensure_browser(environment: Mapping[str, str]) -> str:
    """Path of a Chromium that is there afterwards; raises NoBrowser.

    Of several processes that ask at once, one installs and the others wait.
    """
    found = find_browser(environment)
    if found is not None:
        return found
    with Path(tempfile.gettempdir(), "zerog-browser.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if find_browser(environment) is None:
            install(environment)
    found = find_browser(environment)
    if found is None:
        raise NoBrowser("there is no Chromium on PATH")
    return found


def install(environment: Mapping[str, str]) -> None:
    """Install the system's package where this user may; raises NoBrowser when that fails."""
    for command in install_commands(os.getuid()):
        done = subprocess.run(
            command,
            env={**environment, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no message"]
            raise NoBrowser(f"{' '.join(command)} failed: {lines[-1]}")


def main() -> int:
    """Print the path; exit code 1 with one line where there is none."""
    try:
        print(ensure_browser(os.environ))
    except NoBrowser as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
