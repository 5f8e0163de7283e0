"""`python -m zerog.devnet.provision --home HOME`: make a chain that answers ready for use.

Sends again what a restored chain lost, deploys what is not deployed, makes the devnet's keys,
and writes the registry. Harmless to run again; the supervisor runs it at each start of the
chain, in a process of its own because signing and ABI code need memory that it does not keep.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from zerog.chain.deploy import deploy
from zerog.chain.errors import WrongChain
from zerog.chain.params import DeployParams
from zerog.chain.plan import deploy_plan
from zerog.chain.registry import OracleInfo, Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import (
    DEVNET_DEPLOYER,
    DEVNET_ORACLE,
    DEVNET_PEOPLE,
    Keys,
    devnet_signer,
    write_secret_file,
)
from zerog.chain.tx import TxStore, rebroadcast
from zerog.config import DEVNET_CHAIN_IDS, ROOM_VARIABLES, Settings, variable
from zerog.da.onchain.founding import found_devnet as found_availability
from zerog.da.onchain.seats import seat_names
from zerog.devnet.errors import FewerSigners, NothingDeployed
from zerog.devnet.plan import SIGNER_PORTS
from zerog.devnet.shape import Shape
from zerog.errors import ZerogError
from zerog.inft.committee.founding import found_devnet as found_committee


def provision(home: Path) -> Registry:
    """Bring chain and home together; gives the registry as written.

    Raises NothingDeployed for a public chain that this home has no contracts on, WrongChain,
    and what the chain raises.
    """
    settings = Settings.load(home)
    chain = Chain(settings.rpc_url)
    chain_id = chain.chain_id()
    if chain_id in DEVNET_CHAIN_IDS:
        registry = _provision_devnet(home, chain, chain_id)
    else:
        registry = _known_registry(home, chain_id)
    kept = {name: url for name, url in registry.endpoints.items() if not name.startswith("node")}
    found = {**kept, **endpoints(settings), **room_endpoints(os.environ)}
    registry = replace(registry, endpoints=found)
    registry.save(home)
    members = int(os.environ.get("ZEROG_COMMITTEE") or 0)
    if members and chain_id in DEVNET_CHAIN_IDS:
        found_committee(home, members, members // 2 + 1)
    ports = signer_ports(os.environ)
    if ports and chain_id in DEVNET_CHAIN_IDS:
        known = len(seat_names(home, chain_id))
        if known > len(ports):
            raise FewerSigners(known, len(ports))
        found_availability(home, len(ports), ports)
    return registry


def signer_ports(environment: Mapping[str, str]) -> dict[str, int]:
    """Where each signer of this stack listens, by name; empty without data availability."""
    given = filter(None, environment.get(SIGNER_PORTS, "").split(","))
    return {f"signer-{number}": int(port) for number, port in enumerate(given, 1)}


def room_endpoints(environment: Mapping[str, str]) -> dict[str, str]:
    """The parts that only some stacks have, where this one has them."""
    found = {name: variable(given, environment) for name, given in ROOM_VARIABLES.items()}
    return {name: url for name, url in found.items() if url}


def endpoints(settings: Settings) -> dict[str, str]:
    """The parts of the stack as the registry names them."""
    names = Shape(nodes=len(settings.node_urls)).node_names()
    admins = [f"{name}-admin" for name in names]
    return {
        "chain": settings.rpc_url,
        "broker": settings.broker_url,
        "indexer": settings.indexer_url,
        "kv": settings.kv_url,
        "oracle": settings.oracle_url,
        **dict(zip(names, settings.node_urls, strict=True)),
        # A node that runs elsewhere shows no admin port.
        **dict(zip(admins, settings.node_admin_urls, strict=False)),
    }


def _provision_devnet(home: Path, chain: Chain, chain_id: int) -> Registry:
    rebroadcast(chain, TxStore(home / "tx.db"))
    deployer, oracle = devnet_signer(DEVNET_DEPLOYER), devnet_signer(DEVNET_ORACLE)
    params = DeployParams(admin=deployer.address, oracle=oracle.address)
    contracts = deploy(chain, home, deployer, deploy_plan(params, deployer.address))
    make_keys(home, chain_id)
    return Registry(
        chain_id=chain_id,
        contracts=contracts,
        oracle=OracleInfo(oracle.address, oracle.public_key),
    )


def _known_registry(home: Path, chain_id: int) -> Registry:
    if not (home / "registry.json").exists():
        raise NothingDeployed(chain_id)
    registry = Registry.load(home)
    if registry.chain_id != chain_id:
        raise WrongChain(registry.chain_id, chain_id)
    return registry


def make_keys(home: Path, chain_id: int) -> None:
    """The keys of a devnet's people, and the oracle's where only its worker looks."""
    keys = Keys(home, chain_id)
    known = set(keys.names())
    for name, index in DEVNET_PEOPLE.items():
        if name not in known:
            keys.add(name, devnet_signer(index).secret)
    oracle_key = home / "oracle" / "oracle.key"
    if not oracle_key.exists():
        write_secret_file(oracle_key, devnet_signer(DEVNET_ORACLE).secret.hex(), "oracle")


def main() -> None:
    """Provision one home; exit code 1 or 2 with one line on stderr."""
    parser = argparse.ArgumentParser(description="Make a running chain ready for use.")
    parser.add_argument("--home", type=Path, required=True)
    home: Path = parser.parse_args().home
    try:
        provision(home)
    except ZerogError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
