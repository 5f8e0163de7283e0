"""People with keys in a home, and the storage SDK as they use it; run as a script: one upload.

`python -m tests.support.storage_people HOME NAME PATH URL...` uploads a file or folder to the
nodes at these URLs, so that a test can kill it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

from zerog.chain.signer import Keys, devnet_signer
from zerog.config import Settings
from zerog.storage.client.client import StorageClient
from zerog.storage.client.sdk import Storage

FRAGMENT = 1 << 19


def people(home: Path) -> Keys:
    """alice, bob and carol of the development mnemonic."""
    keys = Keys(home, 31337)
    for number, name in enumerate(("alice", "bob", "carol"), 3):
        if name not in keys.names():
            keys.add(name, devnet_signer(number).secret)
    return keys


def sdk(home: Path, nodes: Sequence[str]) -> Storage:
    """On these nodes, without an indexer."""
    settings = Settings.load(home, {})
    return Storage(settings, people(home), StorageClient(nodes[0], nodes))


def write_file(path: Path, size: int, seed: int) -> bytes:
    """A file of random bytes."""
    data = random.Random(seed).randbytes(size)
    path.write_bytes(data)
    return data


def write_folder(folder: Path, seed: int = 1) -> dict[str, bytes]:
    """A folder with files of all kinds, an empty one, a link, an empty folder; gives the files."""
    chance = random.Random(seed)
    sizes = {"a.bin": 300_000, "empty": 0, "sub/b.txt": 77, "sub/deep/c": 1, "sub/same.txt": 77}
    files = {path: chance.randbytes(size) for path, size in sizes.items()}
    files["sub/same.txt"] = files["sub/b.txt"]
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "nothing").mkdir()
    (folder / "sub" / "link").symlink_to("../a.bin")
    return files


def contents(folder: Path) -> dict[str, object]:
    """Everything below a folder: bytes of files, targets of links, None for folders."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = path.readlink()
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found


def main() -> None:
    """Upload once; the transaction's hash and the root go to standard output."""
    home, name, path, *nodes = sys.argv[1:]

    def say(tx_hash: bytes) -> None:
        print(f"tx {tx_hash.hex()}", flush=True)  # noqa: T201

    done = sdk(Path(home), nodes).upload(path, name, fragment_size=FRAGMENT, on_tx=say)
    print(f"root {done.root.hex()}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
