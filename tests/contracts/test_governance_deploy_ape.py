"""`ape run deploy` against a running EVM makes what `zerog up` makes, and writes the registry."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.contracts import Evm, artifact
from tests.support.evm import ROOT, AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_contracts import PRICE
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import CONTRACTS, deploy_plan
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.crypto.keccak import keccak256

pytestmark = pytest.mark.contracts


def run_ape(anvil: AnvilProcess, home: Path, *extra: str) -> subprocess.CompletedProcess[str]:
    """The command of the manual, against an EVM that runs already."""
    network = ("--network", "ethereum:local:foundry", "--home", str(home))
    return subprocess.run(
        [str(Path(sys.executable).with_name("ape")), "run", "deploy", *network, *extra],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": f"{ROOT / '.tools' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "SOLCX_BINARY_PATH": str(ROOT / ".tools" / "solc"),
            "APE_DATA_FOLDER": str(home.parent / "ape"),
            "APE_FOUNDRY_HOST": anvil.url,
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_ape_deploy_writes_a_registry_of_working_contracts(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    done = run_ape(fresh_anvil, home)
    assert done.returncode == 0, done.stdout + done.stderr
    registry, evm = Registry.load(home), Evm(fresh_anvil.url)
    assert registry.contracts.keys() == CONTRACTS.keys()
    assert (registry.chain_id, registry.endpoints["chain"]) == (31337, fresh_anvil.url)
    at = {
        name: evm.at(registry.contract(name).address, artifact(CONTRACTS[name]))
        for name in CONTRACTS
    }
    assert str(at["Flow"].read("market")).lower() == at["Market"].address.lower()
    assert str(at["Market"].read("flow")).lower() == at["Flow"].address.lower()
    assert at["Market"].read("pricePerSector") == PRICE
    placed = {"DASigners", "DARegistry", *(name for name in CONTRACTS if name.endswith("8004"))}
    for name, one in registry.contracts.items():
        assert keccak256(bytes(evm.w3.eth.get_code(one.address))) == one.code_hash
        receipt = evm.w3.eth.get_transaction_receipt(one.tx_hash)  # type: ignore[arg-type]
        assert receipt["blockNumber"] == one.block
        assert (receipt["contractAddress"] == one.address) is (name not in placed)
    assert at["IdentityRegistry8004"].read("ownerOf", 0) == "0x" + "00" * 18 + "dead"
    assert registry.oracle is not None
    assert at["AttestationRegistry"].read("isOracle", registry.oracle.address) is True
    attested = at["AttestationRegistry"].address.lower()
    assert at["DataVerifier"].read("registry") == attested
    assert evm.w3.eth.get_transaction_count(evm.accounts[0]) == 0
    again = run_ape(fresh_anvil, home)
    assert again.returncode == 2
    assert "holds a registry already" in again.stderr


def test_both_executors_of_the_plan_make_the_same_contracts(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    signer = devnet_signer(1)
    params = DeployParams(admin=signer.address, oracle=devnet_signer(2).address)
    snapshot = fresh_anvil.rpc("evm_snapshot")
    ours = deploy(
        Chain(fresh_anvil.url), tmp_path / "ours", signer, deploy_plan(params, signer.address)
    )
    fresh_anvil.rpc("evm_revert", snapshot)
    done = run_ape(fresh_anvil, tmp_path / "apes")
    assert done.returncode == 0, done.stdout + done.stderr
    apes = Registry.load(tmp_path / "apes").contracts
    assert {name: (one.address, one.code_hash) for name, one in apes.items()} == {
        name: (one.address, one.code_hash) for name, one in ours.items()
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no"),
        ("price: 1\n", "deploy parameter price"),
    ],
)
def test_ape_deploy_with_unusable_parameters_says_so_in_one_line(
    anvil: AnvilProcess, tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "params.yaml"
    if text is not None:
        path.write_text(text)
    done = run_ape(anvil, tmp_path / "home", "--params", str(path))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()
