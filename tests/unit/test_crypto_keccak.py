"""Keccak-256: the standard's answers, and every kernel equal to every other."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from Crypto.Hash import keccak as reference
from hypothesis import given
from hypothesis import strategies as st

from tests.support.patience import PATIENCE_SECONDS
from zerog.crypto.keccak import (
    BACKENDS,
    Kernel,
    NativeKernel,
    NotAPerfectTree,
    NotWholeChunks,
    PureKernel,
    backend,
    chunk_hashes,
    keccak256,
    pair_hashes,
    perfect_root,
)

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
HAS_KERNEL = find_spec("zerog.crypto._keccak") is not None


def _native_kernels() -> list[Kernel]:
    if not HAS_KERNEL:
        return []
    from zerog.crypto import _keccak

    return [NativeKernel(lanes) for lanes in BACKENDS if lanes <= _keccak.best_lanes()]


KERNELS: list[Kernel] = [PureKernel(), *_native_kernels()]
every_kernel = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)


def _reference(data: bytes) -> bytes:
    return reference.new(digest_bits=256, data=data).digest()


def _reference_root(data: bytes, chunk: int) -> bytes:
    level = [_reference(data[at : at + chunk]) for at in range(0, len(data), chunk)]
    while len(level) > 1:
        level = [_reference(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def test_keccak256_of_nothing_and_abc_gives_the_known_answers() -> None:
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    abc = "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    assert keccak256(b"").hex() == empty
    assert keccak256(b"abc").hex() == abc
    assert keccak256(bytearray(b"abc")).hex() == abc
    assert keccak256(memoryview(b"abc")).hex() == abc


@every_kernel
@pytest.mark.parametrize("chunk", [1, 31, 32, 40, 64, 128, 136, 144, 256, 272, 1000, 1024])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9, 17])
def test_hashes_of_any_chunk_size_equal_the_reference(
    kernel: Kernel, chunk: int, count: int
) -> None:
    data = random.Random(chunk * 1000 + count).randbytes(chunk * count)
    expected = b"".join(_reference(data[at : at + chunk]) for at in range(0, len(data), chunk))
    assert kernel.hashes(memoryview(data), chunk) == expected


@every_kernel
@pytest.mark.parametrize("height", range(11))
def test_perfect_root_of_any_height_equals_the_reference(kernel: Kernel, height: int) -> None:
    data = random.Random(height).randbytes(256 << height)
    assert kernel.perfect_root(memoryview(data), 256) == _reference_root(data, 256)


@every_kernel
@given(seed=st.integers(0, 2**32), count=st.integers(0, 70), chunk=st.sampled_from([64, 256]))
def test_kernels_agree_on_random_batches(kernel: Kernel, seed: int, count: int, chunk: int) -> None:
    data = memoryview(random.Random(seed).randbytes(count * chunk))
    assert kernel.hashes(data, chunk) == PureKernel().hashes(data, chunk)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_batch_functions_accept_any_buffer(kind: type) -> None:
    data = random.Random(5).randbytes(1024)
    given_as = kind(data)
    assert chunk_hashes(given_as) == b"".join(
        _reference(data[at : at + 256]) for at in range(0, 1024, 256)
    )
    assert pair_hashes(given_as) == chunk_hashes(data, 64)
    assert perfect_root(given_as) == _reference_root(data, 256)


def test_perfect_root_of_unaligned_memory_is_the_same() -> None:
    data = random.Random(6).randbytes(4096)
    shifted = memoryview(b"x" + data)[1:]
    assert perfect_root(shifted) == perfect_root(data)


def test_batches_of_broken_chunks_are_refused_by_name() -> None:
    with pytest.raises(NotWholeChunks) as broken:
        chunk_hashes(bytes(257))
    assert (broken.value.size, broken.value.chunk) == (257, 256)
    with pytest.raises(NotWholeChunks):
        perfect_root(bytes(100))


@pytest.mark.parametrize("leaves", [0, 3, 6, 1023])
def test_perfect_root_of_no_power_of_two_is_refused(leaves: int) -> None:
    with pytest.raises(NotAPerfectTree) as refused:
        perfect_root(bytes(256 * leaves))
    assert refused.value.leaves == leaves


def test_kernel_runs_in_threads_at_the_same_time_with_the_same_results() -> None:
    blocks = [random.Random(seed).randbytes(1 << 18) for seed in range(8)]
    expected = [perfect_root(block) for block in blocks]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(perfect_root, blocks * 3)) == expected * 3


def test_backend_names_the_widest_kernel_or_python() -> None:
    forced = os.environ.get("ZEROG_PURE") == "1"
    assert backend() == ("python" if forced or not HAS_KERNEL else NativeKernel().name)


PROBE = (
    "from zerog.crypto.keccak import backend, perfect_root;"
    "print(backend(), perfect_root(bytes(range(256)) * 16).hex())"
)


def _probe(**environment: str) -> list[str]:
    clean = {name: value for name, value in os.environ.items() if name != "ZEROG_PURE"}
    run = subprocess.run(
        [sys.executable, "-c", PROBE],
        env=clean | environment,
        cwd=environment["PYTHONPATH"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    return run.stdout.split()


def test_zerog_pure_forces_the_python_path_with_the_same_root() -> None:
    expected = _reference_root(bytes(range(256)) * 16, 256).hex()
    assert _probe(PYTHONPATH=str(ROOT), ZEROG_PURE="1") == ["python", expected]


def test_installation_without_the_extension_hashes_in_python(tmp_path: Path) -> None:
    for name in ("__init__.py", "errors.py", "types.py", "crypto/__init__.py", "crypto/keccak.py"):
        target = tmp_path / "zerog" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / "zerog" / name, target)
    expected = _reference_root(bytes(range(256)) * 16, 256).hex()
    assert _probe(PYTHONPATH=str(tmp_path)) == ["python", expected]
