"""HOME/registry.json: which contracts live where, and where the services answer.

The deployer writes it, everything else reads it. zerog.env holds the same for shells.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from zerog.chain.errors import BadRegistry, NoSuchContract
from zerog.chain.hexes import to_address, to_bytes, to_hex
from zerog.config import ELSEWHERE, NODE_ADMIN_URLS, NODE_URLS, node_lists
from zerog.errors import ZerogError
from zerog.files import replace_file
from zerog.types import Address, PublicKey

VERSION = 1
JsonMap: TypeAlias = Mapping[str, Any]  # checked field by field as it is read


@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract on chain: where, since which block, by which transaction, and its code.

    code_hash: keccak-256 of the runtime code at `address` (of a proxy: the proxy's own code).
    """

    address: Address
    block: int
    tx_hash: bytes
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class OracleInfo:
    """The re-encryption oracle: the account it signs with and the key that seals to it."""

    address: Address
    public_key: PublicKey
    attestation: str = "simulated"


@dataclass(frozen=True, slots=True)
class Registry:
    """What a home knows of its chain.

    endpoints: URLs by process name (chain, broker, node, indexer, oracle).
    """

    chain_id: int
    contracts: Mapping[str, Deployed] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    oracle: OracleInfo | None = None

    @classmethod
    def load(cls, home: Path) -> Registry:
        """Read HOME/registry.json; raises BadRegistry, also when there is none."""
        path = home / "registry.json"
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            return _decode(document)
        except FileNotFoundError as error:
            raise BadRegistry(path, "there is no such file") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ZerogError) as error:
            raise BadRegistry(path, f"{type(error).__name__}: {error}") from error

    def save(self, home: Path) -> None:
        """Write registry.json and zerog.env, each whole or not at all."""
        home.mkdir(parents=True, exist_ok=True)
        document = json.dumps(_encode(self), indent=2, sort_keys=True) + "\n"
        # Readable by their owner only: URLs can hold passwords.
        replace_file(home / "registry.json", document.encode())
        values = {"ZEROG_HOME": str(home.resolve()), **self.to_env()}
        lines = (f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
        replace_file(home / "zerog.env", "".join(lines).encode())

    def to_env(self) -> dict[str, str]:
        """The endpoints and addresses as environment variables (ZEROG_FLOW_ADDRESS, ...)."""
        env = {"ZEROG_CHAIN_ID": str(self.chain_id)}
        for name, url in self.endpoints.items():
            if name in ELSEWHERE:
                env[ELSEWHERE[name]] = url
        if "node-2" in self.endpoints:
            nodes, admins = node_lists(self.endpoints)
            env |= {NODE_URLS: ",".join(nodes), NODE_ADMIN_URLS: ",".join(admins)}
        for name, deployed in sorted(self.contracts.items()):
            snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
            env[f"ZEROG_{snake}_ADDRESS"] = deployed.address
        return env

    def contract(self, name: str) -> Deployed:
        """The deployed contract; raises NoSuchContract."""
        found = self.contracts.get(name)
        if found is None:
            raise NoSuchContract(name)
        return found

    def with_endpoints(self, endpoints: Mapping[str, str]) -> Registry:
        """The same with these endpoints added or changed."""
        return replace(self, endpoints={**self.endpoints, **endpoints})


def _encode(registry: Registry) -> dict[str, object]:
    oracle = registry.oracle
    return {
        "version": VERSION,
        "chainId": registry.chain_id,
        "contracts": {
            name: {
                "address": one.address,
                "block": one.block,
                "txHash": to_hex(one.tx_hash),
                "codeHash": to_hex(one.code_hash),
            }
            for name, one in registry.contracts.items()
        },
        "endpoints": dict(registry.endpoints),
        "oracle": oracle
        and {
            "address": oracle.address,
            "publicKey": to_hex(oracle.public_key),
            "attestation": oracle.attestation,
        },
    }


def _decode(document: dict[str, JsonMap]) -> Registry:
    if str(document["version"]) != str(VERSION):
        raise ValueError(f"version {document['version']}, this zerog knows {VERSION}")
    oracle = document.get("oracle")
    return Registry(
        chain_id=int(str(document["chainId"])),
        contracts={name: _deployed(one) for name, one in document["contracts"].items()},
        endpoints={name: str(url) for name, url in document["endpoints"].items()},
        oracle=None if oracle is None else _oracle(oracle),
    )


def _deployed(one: JsonMap) -> Deployed:
    return Deployed(
        to_address(str(one["address"])),
        int(str(one["block"])),
        to_bytes(one["txHash"], 32),
        to_bytes(one["codeHash"], 32),
    )


def _oracle(one: JsonMap) -> OracleInfo:
    return OracleInfo(
        to_address(str(one["address"])),
        PublicKey(to_bytes(one["publicKey"], 64)),
        str(one["attestation"]),
    )
