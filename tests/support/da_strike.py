"""Kills whoever moves a disperser's blob while the blob is in one stage."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.patience import PATIENCE_SECONDS
from zerog.da.status import TERMINAL, Stage


def strike(path: Path, request: str, stage: Stage, kill: Callable[[], None], delay: float) -> bool:
    """Kill while a row is in a stage and in somebody's hands; False when that was missed.

    The test takes SQLite's write lock, so that the step goes on for `delay` seconds and its end
    cannot be recorded. path: of the disperser's rows.
    """
    connection = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)
    end = time.monotonic() + PATIENCE_SECONDS
    query = "SELECT stage, claimed_until > 0 FROM blobs WHERE request_id = ?"
    wanted = (stage.value, True)

    def found() -> tuple[str, bool]:
        row = connection.execute(query, (request,)).fetchone()
        return str(row[0]), bool(row[1]) or stage is Stage.ACCEPTED

    try:
        while (now := found()) != wanted:
            if Stage(now[0]) in TERMINAL or time.monotonic() > end:
                return False
            time.sleep(0.0005)
        connection.execute("BEGIN IMMEDIATE")
        held = found()
        if held == wanted:
            time.sleep(delay)
            kill()
            assert found() == held
        connection.execute("ROLLBACK")
        return held == wanted
    finally:
        connection.close()
