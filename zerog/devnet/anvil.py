"""The embedded chain: finding anvil, and a state that survives kill -9.

anvil keeps its chain in memory. Whenever the head moved, the supervisor asks for a dump and
keeps the two newest. A dump is gzip, whose checksum tells a torn file from a whole one. What
was mined after the last dump is sent again from our own transaction rows.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.devnet.errors import AnvilMissing, ChainSilent
from zerog.devnet.probe import rpc
from zerog.files import sync_folder

POLL_SECONDS: Final = 0.25
DUMP_SECONDS: Final = 60.0
REST: Final = 4.0
"""The saver rests so many times as long as its last dump took: a long chain is dumped less."""


def find_anvil() -> str:
    """$ZEROG_ANVIL, else the one set-up installed, else the one on PATH; raises AnvilMissing."""
    named = os.environ.get("ZEROG_ANVIL")
    if named:
        if not os.access(named, os.X_OK):
            raise AnvilMissing(named)
        return named
    own = Path(sys.prefix).parent / ".tools" / "bin" / "anvil"
    if os.access(own, os.X_OK):
        return str(own)
    found = shutil.which("anvil")
    if found is None:
        raise AnvilMissing(f"{own} or on PATH")
    return found


@dataclass(frozen=True, slots=True)
class SavedStates:
    """The two newest dumps of one chain in HOME/chain."""

    folder: Path

    @property
    def newest(self) -> Path:
        """The last dump."""
        return self.folder / "state.json.gz"

    @property
    def older(self) -> Path:
        """The dump before it."""
        return self.folder / "state.older.json.gz"

    def save(self, dump: bytes) -> None:
        """Keep a dump (gzip, as anvil_dumpState gives it) as the newest one."""
        scratch = self.folder / "state.new"
        with scratch.open("wb") as out:
            out.write(dump)
            out.flush()
            os.fsync(out.fileno())
        if self.newest.exists():
            self.newest.replace(self.older)
        scratch.replace(self.newest)
        sync_folder(self.folder)

    def restore(self) -> Path | None:
        """A file that anvil can load: the newest whole dump, unpacked; None without any."""
        for saved in (self.newest, self.older):
            try:
                content = gzip.decompress(saved.read_bytes())
            except (FileNotFoundError, EOFError, gzip.BadGzipFile, zlib.error):
                continue
            if not content:  # an empty file is valid gzip of nothing
                continue
            target = self.folder / "load.json"
            target.write_bytes(content)
            return target
        return None


class Saver:
    """Dumps the chain whenever its head has moved."""

    def __init__(self, url: str, states: SavedStates) -> None:
        """url: the chain's RPC."""
        self._url, self._states = url, states
        self._saved_head: object = None
        self._next = 0.0

    def forget(self) -> None:
        """The chain was started anew: the next look dumps it."""
        self._saved_head = None
        self._next = 0.0

    def tick(self) -> bool:
        """Look, and dump if need be; whether it did. Raises ChainSilent."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + POLL_SECONDS
        return self.save_if_moved()

    def save_if_moved(self) -> bool:
        """Dump now unless the newest dump has this head. Raises ChainSilent."""
        # The hash, not the number: a reverted chain may have come back to the same height.
        head = rpc(self._url, "eth_getBlockByNumber", "latest", False)
        found = head.get("hash") if isinstance(head, dict) else None
        if found == self._saved_head:
            return False
        began = time.monotonic()
        dump = rpc(self._url, "anvil_dumpState", timeout_s=DUMP_SECONDS)
        if not isinstance(dump, str):
            raise ChainSilent(self._url, "anvil_dumpState answered no text")
        self._states.save(bytes.fromhex(dump.removeprefix("0x")))
        self._saved_head = found
        took = time.monotonic() - began
        self._next = time.monotonic() + max(POLL_SECONDS, REST * took)
        return True
