"""`python -m zerog.da.altda --home HOME [--host 127.0.0.1] [--port 3100] [--wait finalized]`.

It pays nothing and holds no key: the disperser does.
"""

from __future__ import annotations

import argparse
import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from zerog import logs
from zerog.config import Settings
from zerog.da.altda.app import make_app
from zerog.da.altda.batches import Batches
from zerog.da.altda.desk import Desk
from zerog.da.client.results import Wait
from zerog.da.client.sdk import PATIENCE_SECONDS, Da
from zerog.da.serving import give_back_memory
from zerog.errors import ZerogError
from zerog.service import Cycle, serve

DEFAULT_PORT: Final = 3100
MEMORY_SECONDS: Final = 5.0
M_ARENA_MAX: Final = -8
"""Of glibc's malloc.h; other libraries do not know it."""
ARENAS: Final = 2


def open_desk(settings: Settings, wait: Wait, policy: int | None, timeout_s: float) -> Desk:
    """The desk of a home; raises what `Da.connect` does."""
    da = Da.open(settings)
    batches = Batches(settings.home / "da" / "altda.db", da.site.name)
    return Desk(da, batches, wait, policy, timeout_s)


def share_arenas() -> None:
    """Let all threads of this process share two heaps of the C library, as in a stack's parts.

    Else each thread that decoded a batch keeps some 60 MB. Call it before there are threads.
    """
    limit = getattr(ctypes.CDLL(None), "mallopt", None)
    if limit is not None:
        limit(M_ARENA_MAX, ARENAS)


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-altda", description="alt-DA server of OP Stacks")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument(
        "--wait", choices=[Wait.CONFIRMED, Wait.FINALIZED], type=Wait, default=Wait.FINALIZED
    )
    parser.add_argument("--policy", type=int, metavar="NUMBER", help="only its signers get rows")
    parser.add_argument("--timeout", type=float, default=PATIENCE_SECONDS, metavar="SECONDS")
    chosen = parser.parse_args()
    logs.set_up()
    share_arenas()
    try:
        settings = Settings.load(chosen.home)
        desk = open_desk(settings, chosen.wait, chosen.policy, chosen.timeout)
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")

    def check() -> Mapping[str, object]:
        return {"ok": True, "chain_id": settings.chain_id, "wait": str(chosen.wait)}

    memory = Cycle("memory", give_back_memory, MEMORY_SECONDS, MEMORY_SECONDS).start()
    serve(make_app(desk, check), chosen.host, chosen.port)
    memory.stop()
