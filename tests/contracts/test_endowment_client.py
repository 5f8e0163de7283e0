"""A client asks how long its file is paid for, and pays for more, once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from zerog.chain.bindings import FlowContract, RewardContract
from zerog.chain.deploy import deploy
from zerog.chain.plan import DeployParams, deploy_plan
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.storage.client.endowment import Lease, Part, extend, leases, split
from zerog.storage.client.submit import submit
from zerog.storage.codec import TreeBuilder
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
    reward: RewardContract

    def balance(self) -> int:
        return self.sender.chain.balance(self.sender.address)


@pytest.fixture
def client(fresh_anvil: AnvilProcess, tmp_path: Path) -> Client:
    deployer, chain = devnet_signer(1), Chain(fresh_anvil.url)
    params = DeployParams(admin=deployer.address, sectors_per_price=SIZE)
    made = deploy(chain, tmp_path, deployer, deploy_plan(params, deployer.address))
    sender = Sender(chain, TxStore(tmp_path / "tx.db"), devnet_signer(3))
    builder = TreeBuilder()
    builder.update(bytes(SECTORS * 256))
    submit(sender, FlowContract.of(chain, made["Flow"]), builder.finish(), "file")
    return Client(fresh_anvil, sender, RewardContract.of(chain, made["ChunkReward"]))


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


def test_leases_of_sectors_that_nobody_paid_for_say_so(client: Client) -> None:
    with pytest.raises(NothingToExtend) as caught:
        leases(client.reward, 8 * SIZE, 1)
    assert caught.value.chunk == 8


def test_split_gives_every_chunk_the_same_time_to_the_wei() -> None:
    some = [Lease(number, 0, fees, 0, 0, 1) for number, fees in enumerate((100, 300, 1))]
    assert split(some, 4010) == [Part(0, 1000), Part(1, 3000), Part(2, 10)]
    assert sum(part.amount_wei for part in split(some, 17)) == 17
    assert split(some, 1) == [Part(2, 1)]
