"""Deploy everything to the network that ape is connected to, and write the registry of a home.

    ape run deploy --network ethereum:local:foundry --home HOME
    ape run deploy --network zg:mainnet:node --account ALIAS --params my.yaml --home HOME

The plan and the artifacts are those of `zerog up`; only the hands that send are ape's. On a local
network development account 1 pays (account 0 stays at nonce 0); elsewhere name one of ape's.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import click
import yaml
from ape import accounts
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand
from ape.contracts import ContractContainer
from ape.exceptions import ApeException
from ethpm_types import ContractType

from zerog.chain.abi import abi_of, added_selectors
from zerog.chain.artifacts import load
from zerog.chain.errors import NotThere
from zerog.chain.hexes import to_address, to_bytes
from zerog.chain.params import DeployParams
from zerog.chain.placing import Placed, placing_calls
from zerog.chain.plan import DeployPlan, deploy_plan
from zerog.chain.registry import Deployed, OracleInfo, Registry
from zerog.chain.steps import Call, Deploy, Encoded, Payer, Place, Ref, Selectors, Step, Value
from zerog.config import DEVNET_CHAIN_IDS
from zerog.crypto.keccak import keccak256
from zerog.errors import UsageError, ZerogError

PARAMS = Path(__file__).resolve().parent.parent / "params"
LOCAL_DEPLOYER = 1


class NoParameters(UsageError):
    """There is no parameter file for the network."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"there is no {path}", "write it after params/local.yaml, or --params")


class NoAccount(UsageError):
    """A network with real money needs a named payer."""

    def __init__(self, network: str) -> None:
        self.network = network
        super().__init__(f"nobody pays on {network}", "name an account of ape: --account ALIAS")


class HomeTaken(UsageError):
    """The home knows a deployment already."""

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(f"{home} holds a registry already", "name another home: --home")


def container(artifact: str) -> ContractContainer:
    """A shipped artifact as ape's factory."""
    text = (files("zerog.chain") / "artifacts" / f"{artifact}.json").read_text(encoding="utf-8")
    return ContractContainer(ContractType.model_validate_json(text))


class ApeDeployer:
    """Walks a plan with an account of ape."""

    def __init__(self, provider: ProviderAPI, payer: AccountAPI) -> None:
        self._provider, self._payer = provider, payer
        self._made: dict[str, Deployed] = {}

    def run(self, plan: DeployPlan) -> dict[str, Deployed]:
        """Execute every step; gives the contracts that the registry names."""
        for step in plan.steps:
            self._execute(step)
        return {name: self._made[name] for name in plan.contracts}

    def _execute(self, step: Step) -> None:
        click.echo(step.name)
        if isinstance(step, Deploy):
            self._deploy(step)
        elif isinstance(step, Place):
            self._place(step)
        else:
            self._call(step)

    def _place(self, step: Place) -> None:
        made = Deployed(step.address, 0, bytes(32), bytes(32))
        code = bytes(self._provider.get_code(step.address))
        placing = not code and int(self._provider.chain_id) in DEVNET_CHAIN_IDS
        if placing:
            self._execute(step.logic)
            made = self._made[step.logic.name]
            proxy = Placed(step.address, made.address, load("Proxy").runtime_code)
            for method, values in placing_calls(proxy):
                self._provider.make_request(method, values)
            code = bytes(self._provider.get_code(step.address))
        if not code:
            raise NotThere(step.name, step.address)
        self._made[step.name] = replace(made, address=step.address, code_hash=keccak256(code))
        for call in step.setup if placing else ():
            self._call(call)

    def _deploy(self, step: Deploy) -> None:
        args = [self._value(arg) for arg in step.args]
        made = self._payer.deploy(container(step.artifact), *args)
        receipt = self._provider.get_receipt(str(made.txn_hash))
        code = bytes(self._provider.get_code(made.address))
        self._made[step.name] = Deployed(
            to_address(str(made.address)),
            int(receipt.block_number),
            to_bytes(str(receipt.txn_hash), 32),
            keccak256(code),
        )

    def _call(self, step: Call) -> None:
        address = self._made[step.target].address
        target = container(step.artifact).at(address, fetch_from_explorer=False, detect_proxy=False)
        args = [self._value(arg) for arg in step.args]
        getattr(target, step.function)(*args, sender=self._payer)

    def _value(self, arg: Value) -> object:
        if isinstance(arg, Ref):
            return self._made[arg.step].address
        if isinstance(arg, Payer):
            return to_address(str(self._payer.address))
        if isinstance(arg, Encoded):
            args = [self._value(part) for part in arg.args]
            return abi_of(arg.artifact).function(arg.function, len(args)).encode_call(args)
        if isinstance(arg, Selectors):
            return added_selectors(arg.facet, arg.core)
        return tuple(self._value(part) for part in arg) if isinstance(arg, tuple) else arg


def read_params(path: Path) -> Mapping[str, object]:
    """The parameter file's mapping; raises NoParameters, UsageError."""
    if not path.is_file():
        raise NoParameters(path)
    document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(document, dict):
        raise UsageError(f"{path} holds no mapping", "write it after params/local.yaml")
    return document


def payer_of(network: str, alias: str | None) -> AccountAPI:
    """The account that signs: the named one, on local networks development account 1."""
    if alias is not None:
        return accounts.load(alias)
    if network != "local":
        raise NoAccount(network)
    return accounts.test_accounts[LOCAL_DEPLOYER]


def deploy(
    provider: ProviderAPI, account: str | None, params_path: Path | None, home: Path
) -> Registry:
    """Deploy and save the registry."""
    if (home / "registry.json").exists():
        raise HomeTaken(home)
    network = str(provider.network.name).removesuffix("-fork")
    payer = payer_of(network, account)
    deployer = to_address(str(payer.address))
    document = read_params(params_path or PARAMS / f"{network}.yaml")
    devnet = int(provider.chain_id) in DEVNET_CHAIN_IDS
    params = DeployParams.from_mapping(document, deployer).settled(devnet=devnet)
    made = ApeDeployer(provider, payer).run(deploy_plan(params, deployer))
    oracle = None
    if params.oracle is not None and params.oracle_public_key is not None:
        kind = params.attestation.name.lower()
        oracle = OracleInfo(params.oracle, params.oracle_public_key, kind)
    endpoints = {"chain": str(provider.http_uri)} if provider.http_uri else {}
    registry = Registry(int(provider.chain_id), made, endpoints, oracle)
    registry.save(home)
    return registry


@click.command(cls=ConnectedProviderCommand)
@click.option("--account", help="Alias of the ape account that pays and becomes admin.")
@click.option(
    "--params", "params_path", type=click.Path(path_type=Path), help="params/<network>.yaml"
)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="ZEROG_HOME",
    required=True,
    help="Folder that gets registry.json.",
)
def cli(provider: ProviderAPI, account: str | None, params_path: Path | None, home: Path) -> None:
    """Deploy all contracts and write HOME/registry.json."""
    try:
        registry = deploy(provider, account, params_path, home)
    except ZerogError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except ApeException as error:
        click.echo(f"error: {error}; look at the network and the account", err=True)
        sys.exit(1)
    for name, one in registry.contracts.items():
        click.echo(f"{name:14} {one.address}")
    click.echo(f"registry: {home / 'registry.json'}")
