"""The client against a real node: values, reverts by name, and what is said when it is away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from web3 import Web3

from tests.support.evm import AnvilProcess
from zerog.chain.abi import BadAnswer, BadArguments
from zerog.chain.artifacts import load
from zerog.chain.bindings import AgentNft, Contract, FlowContract, MarketContract
from zerog.chain.deploy import deploy
from zerog.chain.errors import (
    ChainUnreachable,
    CodeMismatch,
    NoSuchFunction,
    Reverted,
    RpcFailure,
    TxReverted,
    WrongChain,
)
from zerog.chain.params import DeployParams
from zerog.chain.plan import CONTRACTS, deploy_plan
from zerog.chain.registry import Deployed
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender, TxStore

pytestmark = pytest.mark.contracts


@pytest.fixture
def chain(anvil: AnvilProcess) -> Chain:
    return Chain(anvil.url)


@pytest.fixture(scope="module")
def house(anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Deployed]:
    home, deployer = tmp_path_factory.mktemp("home"), devnet_signer(7)
    params = DeployParams(admin=deployer.address, oracle=devnet_signer(2).address)
    return deploy(Chain(anvil.url), home, deployer, deploy_plan(params, deployer.address))


def test_reads_agree_with_web3(anvil: AnvilProcess, chain: Chain) -> None:
    other = Web3(Web3.HTTPProvider(anvil.url))
    block = other.eth.get_block("latest")
    head = chain.head()
    assert (head.number, head.hash, head.timestamp) == (
        block["number"], bytes(block["hash"]), block["timestamp"],
    )  # fmt: skip
    assert chain.block(head.number) == head
    assert chain.block(head.number + 1000) is None
    alice = devnet_signer(3).address
    assert chain.balance(alice) == other.eth.get_balance(alice)
    assert chain.chain_id() == other.eth.chain_id == 31337


def test_other_chain_than_expected_is_refused(anvil: AnvilProcess) -> None:
    with pytest.raises(WrongChain) as caught:
        Chain(anvil.url, expected_chain_id=16602).chain_id()
    assert (caught.value.expected, caught.value.found) == (16602, 31337)


def test_dead_url_says_how_to_start_the_chain(free_port: int) -> None:
    with pytest.raises(ChainUnreachable, match="start it with: zerog up") as caught:
        Chain(f"http://user:pass@127.0.0.1:{free_port}", timeout_s=1).head()
    assert "pass" not in str(caught.value)


def test_unknown_method_is_a_named_failure(chain: Chain) -> None:
    with pytest.raises(RpcFailure) as caught:
        chain.rpc("eth_noSuchMethod")
    assert caught.value.method == "eth_noSuchMethod"


def test_connection_is_not_shared_with_a_forked_child(chain: Chain) -> None:
    chain.head()
    child = os.fork()
    if child == 0:
        os._exit(0 if all(chain.head().number >= 0 for _ in range(20)) else 1)
    assert all(chain.head().number >= 0 for _ in range(20))
    assert os.waitpid(child, 0)[1] == 0


def test_typed_reads_of_the_deployed_contracts(chain: Chain, house: dict[str, Deployed]) -> None:
    flow = FlowContract(chain, house["Flow"].address)
    assert flow.market() == house["Market"].address
    assert flow.submissions() == 0
    market = MarketContract(chain, house["Market"].address)
    assert market.price_per_sector_wei() == 232_830_643
    token = AgentNft(chain, house["AgentNFT"].address)
    assert token.next_token_id() == 1
    assert token.owner_of(1) is None
    assert flow.submissions(block=house["Flow"].block) == 0


def test_custom_error_comes_back_by_name_with_its_arguments(
    chain: Chain, house: dict[str, Deployed], tmp_path: Path
) -> None:
    token = AgentNft(chain, house["AgentNFT"].address)
    with pytest.raises(Reverted) as caught:
        token.read("ownerOf", 77)
    assert (caught.value.name, caught.value.args) == ("ERC721NonexistentToken", (77,))
    alice = Sender(chain, TxStore(tmp_path / "tx.db"), devnet_signer(3))
    market = MarketContract(chain, house["Market"].address)
    with pytest.raises(TxReverted) as sent:
        alice.run("steal", Call(market.address, market.calldata("setPricePerSector", 1)))
    assert sent.value.name == "AccessManagedUnauthorized"
    assert sent.value.args == (alice.address,), "an address in EIP-55 text"


def test_events_are_decoded_and_filtered(chain: Chain, house: dict[str, Deployed]) -> None:
    registry = Contract(chain, house["AttestationRegistry"].address, "AttestationRegistry")
    oracle = devnet_signer(2).address
    (event,) = registry.events("OracleProposed")
    assert event.args["oracle"] == oracle
    assert registry.decode_event(event.log) == event
    assert len(registry.events("OracleProposed", oracle=oracle)) == 1
    assert registry.events("OracleProposed", oracle=devnet_signer(9).address) == []
    with pytest.raises(BadArguments, match="nobody is not indexed"):
        registry.events("OracleProposed", nobody=1)
    with pytest.raises(NoSuchFunction):
        registry.events("NoSuchEvent")


def test_overloaded_function_must_be_named_with_its_types(
    chain: Chain, house: dict[str, Deployed]
) -> None:
    flow = FlowContract(chain, house["Flow"].address)
    with pytest.raises(BadArguments, match="overloaded"):
        flow.calldata("submit", ())
    with pytest.raises(NoSuchFunction):
        flow.calldata("noSuchFunction")


def test_address_without_a_contract_does_not_fit_the_abi(chain: Chain) -> None:
    with pytest.raises(BadAnswer):
        FlowContract(chain, devnet_signer(9).address).submissions()


def test_deploy_again_sends_nothing(fresh_anvil: AnvilProcess, tmp_path: Path) -> None:
    chain, deployer = Chain(fresh_anvil.url), devnet_signer(1)
    plan = deploy_plan(DeployParams(admin=deployer.address), deployer.address)
    first = deploy(chain, tmp_path, deployer, plan)
    height = chain.head().number
    assert deploy(chain, tmp_path, deployer, plan) == first
    assert chain.head().number == height
    assert chain.nonce(devnet_signer(0).address) == 0, "account 0 is kept for serving"
    assert set(first) == set(CONTRACTS)


def test_deploy_finds_other_code_at_an_address(fresh_anvil: AnvilProcess, tmp_path: Path) -> None:
    chain, deployer = Chain(fresh_anvil.url), devnet_signer(1)
    plan = deploy_plan(DeployParams(admin=deployer.address), deployer.address)
    made = deploy(chain, tmp_path, deployer, plan)
    fresh_anvil.rpc("anvil_setCode", made["Authority"].address, "0x00")
    with pytest.raises(CodeMismatch) as caught:
        deploy(chain, tmp_path, deployer, plan)
    assert caught.value.name == "Authority"
    assert load("Authority").runtime_code
