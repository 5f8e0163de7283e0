"""The static files, held in memory: only what is in the package can be asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/plain; charset=utf-8",
}
"""The types that are served; the system's own table differs from machine to machine."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file; tag: its ETag."""

    body: bytes
    media_type: str
    tag: str


def load_pages(folder: Path = STATIC) -> dict[str, Page]:
    """Every file below `folder` that has a served type, by the path that asks for it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in TYPES or path.is_symlink() or not path.is_file():
            continue
        body = path.read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        page = Page(body, TYPES[path.suffix], tag)
        found["/" + path.relative_to(folder).as_posix()] = page
    found["/"] = found["/index.html"]
    return found
