"""What a devnet needs before 0g-agentic-id's clients work on it.

The canonical ERC-8004 registries stand at their official addresses, agent 0 is nobody's (its id
means "not minted" to the client), the attestor is trusted and has gas, the trust roots exist.
Every step looks first, so it may be run again after anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from zerog.chain.artifacts import load
from zerog.chain.bindings import Contract
from zerog.chain.bindings_agentic import (
    NOBODY,
    AgenticContracts,
    IdentityRegistry8004,
    ReputationRegistry8004,
)
from zerog.chain.hexes import to_address, to_hex
from zerog.chain.registry import Deployed, Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer
from zerog.chain.steps_agentic import CANONICAL_IDENTITY, CANONICAL_REPUTATION
from zerog.chain.tx import Call, Sender, TxStore
from zerog.config import DEVNET_CHAIN_IDS
from zerog.crypto.keccak import keccak256
from zerog.inft.agentic.errors import PublicChain
from zerog.inft.agentic.keys import AttestorKeys, image_hash
from zerog.types import Address

IMPLEMENTATION_SLOT: Final = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
"""ERC-1967; checked against its derivation by a test."""

GRAVE: Final = to_address("0x000000000000000000000000000000000000dEaD")
FUNDS_WEI: Final = 100 * 10**18
ENOUGH_WEI: Final = 10 * 10**18
ATTESTOR_APP, KMS_APP, SANDBOX_APP = "0g-attestor", "0g-kms", "0g-sandbox-provider"
APPS: Final = (ATTESTOR_APP, KMS_APP, SANDBOX_APP)

CANONICAL: Final[Mapping[str, tuple[str, str]]] = {
    "IdentityRegistry8004": (CANONICAL_IDENTITY, "IdentityRegistry8004Logic"),
    "ReputationRegistry8004": (CANONICAL_REPUTATION, "ReputationRegistry8004Logic"),
}
"""Registry name -> official address, and the step that made its logic."""


def place(chain: Chain, contracts: Mapping[str, Deployed]) -> dict[str, Deployed]:
    """Put the registries' proxies at their addresses; gives them as a registry names them.

    To be run before transactions are sent again to a chain that lost them: a call to an
    address without code succeeds and does nothing. Raises PublicChain, RpcFailure.
    """
    chain_id = chain.chain_id()
    if chain_id not in DEVNET_CHAIN_IDS:
        raise PublicChain(chain_id)
    runtime = load("Proxy").runtime_code
    for address, logic in CANONICAL.values():
        if chain.code(to_address(address)) != runtime:
            chain.rpc("anvil_setCode", [address, to_hex(runtime)])
        word = bytes(12) + bytes.fromhex(contracts[logic].address[2:])
        chain.rpc("anvil_setStorageAt", [address, IMPLEMENTATION_SLOT, to_hex(word)])
    return {
        name: Deployed(to_address(address), 0, contracts[logic].tx_hash, keccak256(runtime))
        for name, (address, logic) in CANONICAL.items()
    }


def prepare(chain: Chain, home: Path, deployer: Signer, registry: Registry) -> dict[str, Deployed]:
    """Make a devnet ready for the attestor of `home`; gives the canonical registries.

    deployer: holder of the admin role. registry: names the contracts of steps_agentic.
    """
    placed = place(chain, registry.contracts)
    Genesis(chain, home, deployer, registry).run()
    return placed


class Genesis:
    """One account makes up for what is missing."""

    def __init__(self, chain: Chain, home: Path, deployer: Signer, registry: Registry) -> None:
        """As `prepare`."""
        self._chain, self._registry = chain, registry
        self._sender = Sender(chain, TxStore(home / "tx.db"), deployer)
        self._contracts = AgenticContracts.of(chain, registry)
        self._keys = AttestorKeys.open(home)
        self._authority = registry.contract("Authority").address

    def run(self) -> None:
        """Everything, in order."""
        self._initialise()
        self._bury_agent_zero()
        self._trust()
        self._register_apps()
        if self._chain.balance(self._keys.account.address) < ENOUGH_WEI:
            self._send("fund", self._keys.account.address, b"", FUNDS_WEI)

    def _initialise(self) -> None:
        identity = IdentityRegistry8004(self._chain, to_address(CANONICAL_IDENTITY))
        reputation = ReputationRegistry8004(self._chain, to_address(CANONICAL_REPUTATION))
        if identity.authority() == NOBODY:
            self._call("identity", identity, "initialize", self._authority)
        if reputation.authority() == NOBODY:
            values = (identity.address, self._authority)
            self._call("reputation", reputation, "initialize", *values)

    def _bury_agent_zero(self) -> None:
        identity = IdentityRegistry8004(self._chain, to_address(CANONICAL_IDENTITY))
        if identity.owner_of(0) is None:
            self._send("agent 0", identity.address, identity.calldata("register()"))
        if identity.owner_of(0) == self._sender.address:
            values = (self._sender.address, GRAVE, 0)
            self._call("grave", identity, "transferFrom", *values)

    def _trust(self) -> None:
        agents, image = self._contracts.agents, image_hash()
        account = self._keys.account.address
        if not agents.is_trusted(account):
            self._call("trust", agents, "addTrustedAttestor", account)
        if not agents.is_framework(image):
            self._call("framework", agents, "addValidFrameworkHash", image)

    def _register_apps(self) -> None:
        tapp, node, image = self._contracts.tapp, self._keys.node.address, image_hash()
        for app in APPS:
            info = tapp.read("getAppInfo", app)
            if not isinstance(info, tuple) or info[2] != (image,):
                self._call(f"app {app}", tapp, "setApp", app, b"simulated", b"", [image])
        if tapp.nodes_of(SANDBOX_APP) != [node]:
            self._call("nodes", tapp, "setNodes", SANDBOX_APP, [node])
        serving = self._contracts.serving
        if serving.read_all("services", node)[1] != SANDBOX_APP:
            terms = (node, "", SANDBOX_APP, 0, 0, 0)
            self._call("service", serving, "setService", *terms)

    def _call(self, what: str, contract: Contract, function: str, *args: object) -> None:
        self._send(what, contract.address, contract.calldata(function, *args))

    def _send(self, what: str, to: Address, data: bytes, value_wei: int = 0) -> None:
        # A chain that lost its blocks needs the same call once more, under a name of its own.
        intent = f"agentic:{what}:{self._chain.head().number}"
        self._sender.run(intent, Call(to, data, value_wei))
