"""`python -m zerog.da.altda --home HOME [--host 127.0.0.1] [--port 3100] [--wait finalized]`.

It pays nothing and holds no key: the disperser does.
"""

from __future__ import annotations

import argparse
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
from zerog.errors import ZerogError
from zerog.service import serve

DEFAULT_PORT: Final = 3100


def open_desk(settings: Settings, wait: Wait, policy: int | None, timeout_s: float) -> Desk:
    """The desk of a home; raises what `Da.connect` does."""
    da = Da.open(settings)
    batches = Batches(settings.home / "da" / "altda.db", da.site.name)
    return Desk(da, batches, wait, policy, timeout_s)


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
    try:
        settings = Settings.load(chosen.home)
        desk = open_desk(settings, chosen.wait, chosen.policy, chosen.timeout)
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")

    def check() -> Mapping[str, object]:
        return {"ok": True, "chain_id": settings.chain_id, "wait": str(chosen.wait)}

    serve(make_app(desk, check), chosen.host, chosen.port)
