"""How long tests wait for what should come.

One number for all of them: on a machine with two busy cores everything takes ten times as long
as on a quiet one, and a limit costs nothing when the thing comes early. A test whose subject is
that something comes in time says so with a number of its own.
"""

from __future__ import annotations

from typing import Final

PATIENCE_SECONDS: Final = 240.0
"""Below the `timeout` of a whole test in pyproject.toml, so that what did not come is named."""
