"""The data root of a file: ours, both official SDKs', and the kernel with nothing around it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from bench.report import Metric, best_cpu_seconds
from tests.conformance.environments import install
from zerog.crypto.keccak import NativeKernel
from zerog.storage.codec import SECTOR, SEGMENT, tree_of

HERE = Path(__file__).resolve().parent
MIB = 1024 * 1024
ROUNDS = 3
SDK_MIB = 16
"""Size of the file for the SDKs: their time grows with the bytes, 256 MiB would take minutes."""
SDKS = (
    ("Python SDK 0.4.0", "python_sdk", "sdk_root.py", 50.0),
    ("TypeScript SDK 1.2.8", "ts_sdk", "sdk_root.mjs", 35.0),
)
KERNEL_SEGMENTS = 64


def measure(path: Path, small: Path) -> list[Metric]:
    """path: the large file; small: a file of SDK_MIB. All in processor time of one core."""
    size = path.stat().st_size
    ours = size / MIB / best_cpu_seconds(lambda: tree_of(path), ROUNDS)
    kernel = _kernel_mib_s()
    found = [
        Metric(f"data root of {size // MIB} MiB", ours, "MiB/s"),
        Metric("the native kernel alone", kernel, "MiB/s"),
        Metric("data root, share of the kernel alone", ours / kernel, "", 0.5),
    ]
    wanted = "0x" + tree_of(small).data_root.hex()
    for name, environment, script, target in SDKS:
        root, seconds = _sdk(environment, script, small)
        assert root == wanted, f"{name} finds {root}"
        rate = small.stat().st_size / MIB / seconds
        found.append(Metric(f"data root by the {name}", rate, "MiB/s"))
        found.append(Metric(f"data root, times the {name}", ours / rate, "", target))
    return found


def _kernel_mib_s() -> float:
    kernel = NativeKernel()
    data = memoryview(bytes(range(256)) * (SEGMENT // 256))

    def work() -> None:
        for _ in range(KERNEL_SEGMENTS):
            kernel.perfect_root(data, SECTOR)

    return KERNEL_SEGMENTS * SEGMENT / MIB / best_cpu_seconds(work, ROUNDS)


def _sdk(environment: str, script: str, path: Path) -> tuple[str, float]:
    """(root, seconds) from an SDK in its own locked environment; node looks beside its script."""
    installed = install(environment)
    source = HERE / script
    if source.suffix == ".mjs":
        source = Path(shutil.copy(source, installed.folder))
    done = subprocess.run(
        [installed.interpreter, str(source), str(path), str(ROUNDS)],
        check=True,
        capture_output=True,
        text=True,
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    return str(answer["root"]), float(answer["seconds"])
