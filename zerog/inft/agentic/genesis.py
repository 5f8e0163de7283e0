"""What a devnet needs for its attestor, beyond the deployed contracts.

The attestor is trusted and has gas, the trust roots exist, the sandbox provider has terms.
Every step looks first, so it may be run again after anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from zerog.chain.bindings import Contract
from zerog.chain.bindings_agentic import (
    AgenticContracts,
)
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.config import DEVNET_CHAIN_IDS
from zerog.inft.agentic.errors import PublicChain
from zerog.inft.agentic.keys import AttestorKeys, image_hash
from zerog.types import Address

FUNDS_WEI: Final = 100 * 10**18
ENOUGH_WEI: Final = 10 * 10**18
ATTESTOR_APP, KMS_APP, SANDBOX_APP = "0g-attestor", "0g-kms", "0g-sandbox-provider"
APPS: Final = (ATTESTOR_APP, KMS_APP, SANDBOX_APP)


def prepare(chain: Chain, home: Path, deployer: Signer, registry: Registry) -> None:
    """Make a devnet ready for the attestor of `home`.

    deployer: holder of the admin role. registry: names the contracts of steps_agentic.
    Raises PublicChain, NoSuchContract, TxReverted.
    """
    chain_id = chain.chain_id()
    if chain_id not in DEVNET_CHAIN_IDS:
        raise PublicChain(chain_id)
    Genesis(chain, home, deployer, registry).run()


class Genesis:
    """One account makes up for what is missing."""

    def __init__(self, chain: Chain, home: Path, deployer: Signer, registry: Registry) -> None:
        """As `prepare`."""
        self._chain = chain
        self._sender = Sender(chain, TxStore(home / "tx.db"), deployer)
        self._contracts = AgenticContracts.of(chain, registry)
        self._keys = AttestorKeys.open(home)

    def run(self) -> None:
        """Everything, in order."""
        self._trust()
        self._register_apps()
        if self._chain.balance(self._keys.account.address) < ENOUGH_WEI:
            self._send("fund", self._keys.account.address, b"", FUNDS_WEI)

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
