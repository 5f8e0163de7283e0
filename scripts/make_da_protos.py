"""Generate zerog/da/proto/*_pb2.py and .pyi from the .proto files beside them.

python scripts/make_da_protos.py           write them
python scripts/make_da_protos.py --check   exit code 1 when one is not what would be written
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("zerog/da/proto")


def generate(folder: Path) -> list[Path]:
    """Write the modules below `folder`; where they are."""
    sources = [str(path.relative_to(ROOT)) for path in sorted((ROOT / FOLDER).glob("*.proto"))]
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={folder}"]
    subprocess.run([*command, f"--pyi_out={folder}", *sources], cwd=ROOT, check=True)
    return sorted(path for path in (folder / FOLDER).glob("*_pb2.py*"))


def main() -> int:
    """Write or compare; gives the exit code."""
    parser = argparse.ArgumentParser(description="Modules of the DA's gRPC messages.")
    parser.add_argument("--check", action="store_true", help="only compare")
    if not parser.parse_args().check:
        generate(ROOT)
        return 0
    with TemporaryDirectory() as folder:
        made = {path.name: path.read_bytes() for path in generate(Path(folder))}
    names = set(made) | {path.name for path in (ROOT / FOLDER).glob("*_pb2.py*")}
    stale = [n for n in sorted(names) if made.get(n) != _kept(ROOT / FOLDER / n)]
    for name in stale:
        print(f"{FOLDER / name}: not what its .proto gives; run: {sys.argv[0]}")
    return 1 if stale else 0


def _kept(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
