"""A home with the contracts deployed on a test chain, and tokens minted through real senders."""

from __future__ import annotations

from pathlib import Path

from tests.support.evm import AnvilProcess
from zerog.chain.bindings import AgentNft
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import deploy_plan
from zerog.chain.registry import OracleInfo, Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer, devnet_signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.inft.envelope import DataKey, SealContext, seal

ALICE, BOB, CAROL, ORACLE = (devnet_signer(index) for index in (3, 4, 5, 2))
ROOT = b"\x11" * 32


def deployed_home(anvil: AnvilProcess, home: Path) -> Registry:
    """Deploy with account 1 and write the registry of `home`."""
    deployer = devnet_signer(1)
    params = DeployParams(admin=deployer.address, oracle=ORACLE.address)
    contracts = deploy(Chain(anvil.url), home, deployer, deploy_plan(params, deployer.address))
    oracle = OracleInfo(ORACLE.address, ORACLE.public_key)
    registry = Registry(31337, contracts, {"chain": anvil.url}, oracle)
    registry.save(home)
    return registry


def mint_token(anvil: AnvilProcess, home: Path, owner: Signer, intent: str) -> int:
    """Mint a token whose data root is ROOT and whose key nobody needs; gives its id."""
    chain = Chain(anvil.url)
    nft = AgentNft.of(chain, Registry.load(home).contract("AgentNFT"))
    token_id = nft.next_token_id()
    context = SealContext(31337, nft.address, token_id)
    key = seal(DataKey.generate(), owner.public_key, context)
    data = nft.calldata("mint", owner.address, [("agent", ROOT)], [key], token_id)
    Sender(chain, TxStore(home / "tx.db"), owner).run(intent, Call(nft.address, data))
    return token_id
