"""An attestor whose attestation is simulated does not start for a public chain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from zerog.chain.registry import Registry

pytestmark = pytest.mark.daemons


@pytest.mark.parametrize("chain_id", [1, 16_602])
def test_attestor_of_a_public_chain_says_why_it_does_not_start(
    tmp_path: Path, chain_id: int
) -> None:
    Registry(chain_id, {}, {"chain": "http://127.0.0.1:1"}, None).save(tmp_path)
    command = [sys.executable, "-m", "zerog.inft.agentic", "--home", str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 2
    assert f"chain {chain_id} is public" in done.stderr
    assert "simulated" in done.stderr
    assert not (tmp_path / "attestor").exists(), "no key was made"
