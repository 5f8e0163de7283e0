"""What a stack needs of a machine and a home, found out without changing either."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from zerog.devnet.anvil import find_anvil
from zerog.devnet.broker import find_broker
from zerog.devnet.ports import is_free
from zerog.devnet.shape import default_ports
from zerog.devnet.state import RunState, is_supervised
from zerog.devnet.up import choose_shape, external_urls
from zerog.errors import ZerogError

PYTHONS: Final = ((3, 11), (3, 12))
GLIBC: Final = (2, 35)
FREE_BYTES: Final = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. level: ok, warn (works, but slower or later), bad (must be mended)."""

    name: str
    level: str
    detail: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        """Whether the stack can run with it."""
        return self.level != "bad"


def examine(home: Path) -> list[Finding]:
    """All checks, in the order in which a start would meet them."""
    checks: list[Callable[[], Finding]] = [
        _python,
        _glibc,
        lambda: _program(home, "anvil", "chain", find_anvil),
        lambda: _program(home, "broker", "broker", find_broker),
        _kernel,
        _da_kernel,
        _curve,
        lambda: _writable(home),
        lambda: _disk(home),
        lambda: _stale(home),
        lambda: _ports(home),
    ]
    return [check() for check in checks]


def _python() -> Finding:
    found = sys.version_info[:2]
    text = platform.python_version()
    if found in PYTHONS:
        return Finding("python", "ok", text)
    return Finding("python", "bad", text, "use Python 3.11 or 3.12")


def _glibc() -> Finding:
    name, version = platform.libc_ver()
    if name != "glibc":
        if platform.system() == "Darwin":
            return Finding("glibc", "ok", "not needed on macOS")
        return Finding("glibc", "bad", name or "another libc", "set ZEROG_RPC_URL to a chain")
    numbers = tuple(int(part) for part in version.split(".")[:2])
    if numbers >= GLIBC:
        return Finding("glibc", "ok", version)
    return Finding("glibc", "bad", version, "anvil needs 2.35; or set ZEROG_RPC_URL to a chain")


def _program(home: Path, name: str, part: str, find: Callable[[], str]) -> Finding:
    try:
        if part in external_urls(home, os.environ):
            return Finding(name, "ok", "runs elsewhere")
        return Finding(name, "ok", find())
    except ZerogError as error:
        return Finding(name, "bad", error.cause, error.mend)


def _kernel() -> Finding:
    from zerog.crypto.keccak import backend  # noqa: PLC0415  (only this check needs it)

    found = backend()
    if found == "python":
        mend = "install a C compiler and run: make setup"
        return Finding("keccak kernel", "warn", "pure Python: same roots, slower", mend)
    return Finding("keccak kernel", "ok", found)


def _da_kernel() -> Finding:
    from zerog.da.kernel import backend  # noqa: PLC0415  (only this check needs it)

    found = backend()
    if found == "python":
        mend = "install a C compiler and run: make setup"
        return Finding(
            "DA kernel", "warn", "pure Python: same blobs, a thousand times slower", mend
        )
    return Finding("DA kernel", "ok", found)


def _curve() -> Finding:
    if find_spec("coincurve"):
        return Finding("coincurve", "ok", "present")
    return Finding("coincurve", "bad", "missing", "pip install coincurve")


def _existing(home: Path) -> Path:
    return next(folder for folder in (home, *home.parents) if folder.exists())


def _writable(home: Path) -> Finding:
    place = _existing(home)
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding("home", "ok", str(home))
    return Finding("home", "bad", f"{place} cannot be written", "choose another: --home DIR")


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(_existing(home)).free
    text = f"{free / 1024**3:.1f} GiB free"
    if free >= FREE_BYTES:
        return Finding("disk", "ok", text)
    return Finding("disk", "warn", text, "free 2 GiB, or choose another: --home DIR")


def _stale(home: Path) -> Finding:
    state = RunState.load(home)
    if state is None or is_supervised(home):
        return Finding("stale processes", "ok", "running" if state else "none")
    left = [part for part in state.parts if part.identity and part.identity.process()]
    if not left:
        return Finding("stale processes", "ok", "none")
    text = ", ".join(f"{part.name} (pid {part.pid})" for part in left)
    return Finding("stale processes", "bad", text, "zerog down ends them")


def _ports(home: Path) -> Finding:
    if is_supervised(home):
        return Finding("ports", "ok", "held by this stack")
    wanted = default_ports(choose_shape(home, {}))
    taken = [f"{port} ({name})" for name, port in wanted.items() if not is_free(port)]
    if not taken:
        return Finding("ports", "ok", "the default ports are free")
    return Finding("ports", "warn", f"taken: {', '.join(taken)}", "zerog up --ports auto")
