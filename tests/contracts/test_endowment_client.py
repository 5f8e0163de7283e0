"""A client asks how long its file is paid for, and pays for more, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from web3.types import TxParams, Wei

from tests.support.contracts import Evm, artifact
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import SUBMIT_LEGACY, fee_of, full
from tests.support.storage_daemons import wait_for
from zerog.chain.bindings import FlowContract, RewardContract
from zerog.chain.deploy import deploy
from zerog.chain.errors import TxReverted
from zerog.chain.params import DEFAULT_PRICE_PER_SECTOR_WEI, DeployParams
from zerog.chain.plan import deploy_plan
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.storage.client.endowment import Lease, Part, extend, leases, pay, split
from zerog.storage.client.submit import submit
from zerog.storage.codec import FileTree, TreeBuilder
from zerog.storage.economy.rewards import ChunkLapsed, NothingToExtend

pytestmark = pytest.mark.contracts

YEAR = 365 * 86_400
SIZE = 64
SECTORS = 256
START = 256


@dataclass(frozen=True, slots=True)
class Client:
    """A payer with a file of 256 sectors that begins at sector 256: chunks 4 to 7."""

    anvil: AnvilProcess
    sender: Sender
    flow: FlowContract
    reward: RewardContract

    def balance(self) -> int:
        return self.sender.chain.balance(self.sender.address)


@pytest.fixture
def client(fresh_anvil: AnvilProcess, tmp_path: Path) -> Client:
    deployer, chain = devnet_signer(1), Chain(fresh_anvil.url)
    params = DeployParams(admin=deployer.address, sectors_per_price=SIZE)
    made = deploy(chain, tmp_path, deployer, deploy_plan(params, deployer.address))
    sender = Sender(chain, TxStore(tmp_path / "tx.db"), devnet_signer(3))
    flow = FlowContract.of(chain, made["Flow"])
    submit(sender, flow, _tree(SECTORS), "file")
    return Client(fresh_anvil, sender, flow, RewardContract.of(chain, made["ChunkReward"]))


def _tree(sectors: int) -> FileTree:
    builder = TreeBuilder()
    builder.update(bytes(sectors * 256))
    return builder.finish()


def _of_file(client: Client) -> list[Lease]:
    return leases(client.reward, START, SECTORS)


def test_leases_of_a_file_are_its_chunks_with_what_they_hold(client: Client) -> None:
    found = _of_file(client)
    now = client.reward.chain.head().timestamp
    assert [lease.chunk for lease in found] == [4, 5, 6, 7]
    assert {lease.deadline for lease in found} == {now + 3 * YEAR}
    assert all(lease.fees_wei == lease.locked_wei > 0 for lease in found)
    paid = sum(lease.fees_wei for lease in leases(client.reward, 0, 2 * SECTORS))
    assert paid == client.sender.chain.balance(client.reward.address)


def test_extend_moves_every_deadline_by_the_time_and_pays_once(client: Client) -> None:
    before = _of_file(client)
    first = extend(client.sender, client.reward, before, YEAR, "longer")
    after, balance = _of_file(client), client.balance()
    for old, new in zip(before, after, strict=True):
        assert YEAR <= new.deadline - old.deadline <= YEAR + 1
        assert new.fees_wei == old.fees_wei
    again = extend(client.sender, client.reward, before, YEAR, "longer")
    assert [one.tx_hash for one in again] == [one.tx_hash for one in first]
    assert (_of_file(client)[0].deadline, client.balance()) == (after[0].deadline, balance)


def test_extend_behind_the_deadline_sends_nothing(client: Client) -> None:
    found = _of_file(client)
    client.anvil.rpc("evm_increaseTime", 3 * YEAR + 10)
    client.anvil.rpc("evm_mine")
    nonce = client.sender.chain.nonce(client.sender.address)
    with pytest.raises(ChunkLapsed) as caught:
        extend(client.sender, client.reward, found, YEAR, "late")
    assert caught.value.chunk == 4
    assert client.sender.chain.nonce(client.sender.address) == nonce


def test_chunk_that_fills_up_while_its_extension_is_under_way_is_extended(client: Client) -> None:
    """A full chunk's deadline is written down: that costs thrice what was estimated before."""
    submit(client.sender, client.flow, _tree(SIZE // 4), "small")
    (open_one,) = leases(client.reward, START + SECTORS, 1)
    assert open_one.deadline == 0
    evm, data = Evm(client.anvil.url), full(6)
    flow = evm.at(client.flow.address, artifact("Flow"))
    client.anvil.rpc("evm_setAutomine", False)
    first: TxParams = {
        "from": evm.accounts[5],
        "to": flow.address,
        "data": flow.calldata(SUBMIT_LEGACY, data),
        "value": Wei(fee_of(data, price=DEFAULT_PRICE_PER_SECTOR_WEI)),
        "gas": 1_000_000,
        "maxPriorityFeePerGas": Wei(50 * 10**9),
        "maxFeePerGas": Wei(100 * 10**9),
    }
    with ThreadPoolExecutor(1) as pool:
        paid = pool.submit(pay, client.sender, client.reward, Part(open_one.chunk, 10**9), "now")
        wait_for(lambda: _waiting(client) == 1, "the extension in the pool")
        evm.w3.eth.send_transaction(first)
        client.anvil.rpc("evm_mine")
        assert paid.result().succeeded
    assert client.reward.extension_wei(open_one.chunk) == 10**9
    assert client.reward.deadline(open_one.chunk) > client.reward.chain.head().timestamp


def test_extension_that_was_paid_is_not_judged_again(client: Client) -> None:
    part = Part(4, 10**9)
    first = pay(client.sender, client.reward, part, "once")
    client.anvil.rpc("evm_increaseTime", 4 * YEAR)
    client.anvil.rpc("evm_mine")
    assert pay(client.sender, client.reward, part, "once").tx_hash == first.tx_hash
    nonce = client.sender.chain.nonce(client.sender.address)
    with pytest.raises(TxReverted, match="ChunkLapsed") as caught:
        pay(client.sender, client.reward, part, "twice")
    assert not caught.value.mined
    assert client.sender.chain.nonce(client.sender.address) == nonce


def _waiting(client: Client) -> int:
    found = client.anvil.rpc("txpool_status")
    assert isinstance(found, dict)
    return int(found["pending"], 16)


def test_leases_of_sectors_that_nobody_paid_for_say_so(client: Client) -> None:
    with pytest.raises(NothingToExtend) as caught:
        leases(client.reward, 8 * SIZE, 1)
    assert caught.value.chunk == 8


def test_split_gives_every_chunk_the_same_time_to_the_wei() -> None:
    some = [Lease(number, 0, fees, 0, 0, 1) for number, fees in enumerate((100, 300, 1))]
    assert split(some, 4010) == [Part(0, 1000), Part(1, 3000), Part(2, 10)]
    assert sum(part.amount_wei for part in split(some, 17)) == 17
    assert split(some, 1) == [Part(2, 1)]
