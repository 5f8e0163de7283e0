"""Lock files name packages, versions and hashes, and never where to fetch them from."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+")
HASH = re.compile(r"^\s+--hash=sha256:[0-9a-f]{64}( \\)?$")


def check_requirements(path: Path) -> Iterator[str]:
    """Every line is `name==version` or a hash."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not (PINNED.match(line) or HASH.match(line)) or "://" in line:
            yield f"{path.relative_to(ROOT)}:{number}: not a pin or a hash: {line[:60]}"


def check_npm(path: Path) -> Iterator[str]:
    """Every package has a version and an integrity, and none an address."""
    packages = json.loads(path.read_text())["packages"]
    for name, package in packages.items():
        where = f"{path.relative_to(ROOT)}: {name}"
        if not name:
            continue
        if "resolved" in package:
            yield f"{where} names an address"
        if "integrity" not in package or "version" not in package:
            yield f"{where} is not pinned"


def main() -> int:
    """Check every lock file."""
    sdks = ROOT / "tests" / "conformance" / "envs"
    problems: list[str] = []
    for path in (ROOT / "package-lock.json", *sorted(sdks.glob("*/package-lock.json"))):
        problems += check_npm(path)
    for path in sorted([*(ROOT / "requirements").glob("*.lock"), *sdks.glob("*/*.lock")]):
        problems += check_requirements(path)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
