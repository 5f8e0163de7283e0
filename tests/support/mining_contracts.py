"""Everything that mining needs on a test chain, and a miner small enough to read.

house = MiningHouse.deploy(Evm(anvil.url))
house.store(content(3_000_000))
house.roll()                                   # the next epoch, its context holds the file
me = house.request_id(beneficiary)
answer = house.find(me)                        # a real answer, sealed and proven
house.mine.send("submit", answer.abi())
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import cast

from web3.types import RPCEndpoint

from tests.support.contracts import Deployed, Evm, Reverted, artifact
from tests.support.storage_contracts import SUBMIT_LEGACY
from zerog.crypto.keccak import chunk_hashes, perfect_root
from zerog.storage.codec import SECTOR, FileTree, TreeBuilder
from zerog.storage.flow import FlowModel, submission_sectors
from zerog.storage.flowproof import FlowTree
from zerog.storage.mining.difficulty import scaled_target
from zerog.storage.mining.errors import AnswerRefused
from zerog.storage.mining.pora import (
    SEAL_UNIT,
    MineContext,
    PoraAnswer,
    mix_output,
    mix_unit,
    pad_seed,
    scratch_pad,
    seal_unit,
    subtask_digest,
    subtask_index,
)
from zerog.storage.mining.ranges import (
    LOAD_UNITS,
    UNIT_SECTORS,
    RecallRange,
    range_of,
    recall_position,
)
from zerog.storage.mining.rules import EpochRange, MineView, check_answer

PRICE = 1_000_000_000
CALLER = "0x000000000000000000000000000000000000000A"
UNIT_HEIGHT = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """MineInitParams, and what the contracts around the mine are made with."""

    difficulty: int = 4
    target_mine_blocks: int = 100
    target_submissions: int = 10
    max_shards: int = 8
    subtasks: int = 1
    subtask_interval: int = 100
    settings: int = 0
    blocks_per_epoch: int = 400
    sectors_per_price: int = 1024
    release_seconds: int = 1000

    def values(self) -> tuple[int, ...]:
        """In the order of the struct."""
        pace = (self.target_mine_blocks, self.target_submissions)
        return (self.difficulty, *pace, self.max_shards, self.subtasks, self.subtask_interval)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the flow: first sector, content padded to its sectors, tree."""

    start: int
    padded: bytes
    tree: FileTree


@dataclass(slots=True)
class MiningHouse:
    """Authority, market, flow, linear reward and mine, wired; admin is account 1."""

    evm: Evm
    terms: Terms
    market: Deployed
    flow: Deployed
    reward: Deployed
    mine: Deployed
    files: list[Stored] = field(default_factory=list)
    model: FlowModel = field(default_factory=FlowModel)
    closed: list[tuple[int, int, bytes]] = field(default_factory=list)

    @classmethod
    def deploy(cls, evm: Evm, terms: Terms | None = None) -> MiningHouse:
        """In the order of zerog.chain.plan."""
        terms = terms or Terms()
        authority = evm.deploy(artifact("Authority"), evm.accounts[1]).address
        market = evm.deploy_proxy(artifact("FixedPriceMarket"), "initialize", PRICE, authority)
        named = (market.address, terms.blocks_per_epoch, authority)
        flow = evm.deploy_proxy(artifact("Flow"), "initialize", *named)
        market.send("setFlow", flow.address)
        formula = (terms.release_seconds, terms.sectors_per_price)
        logic = evm.deploy(artifact("ChunkLinearReward"), *formula)
        reward = proxied(evm, logic, market.address, "0x" + "00" * 20, authority)
        market.send("setReward", reward.address)
        made = deploy_mine(evm, terms, flow.address, reward.address, authority)
        reward.send("setMine", made.address)
        return cls(evm, terms, market, flow, reward, made)

    # ------------------------------------------------------------------ the chain

    def mine_blocks(self, blocks: int, seconds: int = 1) -> None:
        """Empty blocks; none for a number below one."""
        if blocks > 0:
            self.ask("anvil_mine", hex(blocks), hex(seconds))

    def ask(self, method: str, *params: object) -> object:
        """What the chain's own control answers."""
        return self.evm.w3.provider.make_request(RPCEndpoint(method), params)["result"]

    @property
    def height(self) -> int:
        """Number of the last block."""
        return self.evm.w3.eth.block_number

    def block_hash(self, number: int) -> bytes:
        """Hash of a block."""
        return bytes(self.evm.w3.eth.get_block(number)["hash"])

    def store(self, data: bytes) -> Stored:
        """Submit a file and remember it."""
        builder = TreeBuilder()
        builder.update(data)
        tree = builder.finish()
        nodes = [(node.root, node.height) for node in tree.nodes]
        sectors = submission_sectors(tree.heights)
        self.flow.send(SUBMIT_LEGACY, (len(data), b"", nodes), value=sectors * PRICE)
        placed = self.model.append(tree.nodes)
        self.files.append(Stored(placed.start, data.ljust(sectors * SECTOR, b"\0"), tree))
        return self.files[-1]

    def roll(self) -> MineContext:
        """End the epoch and open the next one."""
        epoch, first = self.flow.read("epoch"), self.flow.read("firstBlock")
        end = cast(int, first) + (cast(int, epoch) + 1) * self.terms.blocks_per_epoch
        self.mine_blocks(end + 1 - self.height)  # an estimate sees the last block only
        self.flow.send("makeContext")
        return self.context()

    def context(self) -> MineContext:
        """The open epoch's."""
        return MineContext(*cast("tuple[int, int, bytes, int, bytes, bytes]", self._context()))

    def _context(self) -> object:
        return self.flow.read("getContext")

    def request_id(self, beneficiary: str, seed: int = 0) -> bytes:
        """A fresh miner id."""
        receipt = self.mine.send("requestMinerId", beneficiary, seed)
        (event,) = self.mine.events("NewMinerId", receipt)
        return cast(bytes, event["minerId"])

    def id_of_window(self, index: int) -> bytes:
        """An id whose window in the open epoch is this one."""
        for seed in count():
            own_id = self.request_id(self.evm.accounts[5], seed)
            if subtask_index(self.context().digest, own_id, self.terms.subtasks) == index:
                return own_id
        raise AssertionError("count() does not end")

    # ------------------------------------------------------------------ the miner

    def unit(self, position: int) -> bytes:
        """Plain data of the seal unit at a sector; zeros in the gaps."""
        for each in self.files:
            at = (position - each.start) * SECTOR
            if 0 <= at < len(each.padded):
                return each.padded[at : at + SEAL_UNIT].ljust(SEAL_UNIT, b"\0")
        return bytes(SEAL_UNIT)

    def proof(self, position: int, length: int) -> tuple[bytes, ...]:
        """Siblings of a unit in the flow of that length."""
        log = [(each.start, each.tree.nodes) for each in self.files]
        found = FlowTree(log, length).prove(position, UNIT_HEIGHT, self._hashes)
        return found.lemma[1:-1]

    def _hashes(self, submission: int, sector: int, height: int, wanted: int) -> bytes:
        size = SECTOR << height
        data = self.files[submission].padded[sector * SECTOR :][: wanted * size]
        parts = range(0, len(data), size)
        return b"".join(perfect_root(data[at : at + size]) for at in parts) or chunk_hashes(b"")

    def seal_digest(self, position: int) -> bytes:
        """Digest of the epoch that holds the unit's end."""
        for start, end, digest in self.epochs():
            if start < position + UNIT_SECTORS <= end:
                return digest
        raise AssertionError(f"no epoch holds sector {position}")

    def epochs(self) -> list[tuple[int, int, bytes]]:
        """Sectors and digest of each closed epoch."""
        missing = range(len(self.closed), cast(int, self.flow.read("epoch")))
        found = [self.flow.read("getEpochRangeHistory", index) for index in missing]
        self.closed += cast("list[tuple[int, int, bytes]]", found)
        return self.closed

    def window_start(self, own_id: bytes) -> int:
        """First block of the miner's window in the open epoch, under the present parameters."""
        context = self.context()
        windows = cast(int, self.mine.read("nSubtasksNextEpoch"))
        interval = cast(int, self.mine.read("subtaskIntervalNextEpoch"))
        return context.mine_start + subtask_index(context.digest, own_id, windows) * interval

    def subtask(self, own_id: bytes) -> bytes:
        """Digest of the miner's window in the open epoch."""
        start_hash = self.block_hash(self.window_start(own_id))
        return subtask_digest(self.context().digest, start_hash)

    def candidates(
        self, own_id: bytes, asked: RecallRange | None = None
    ) -> Iterator[tuple[PoraAnswer, int]]:
        """Answers of any quality with their output: each nonce, each of its units."""
        context, subtask = self.context(), self.subtask(own_id)
        asked = asked or range_of(context.flow_length)
        for nonce in count():
            word = nonce.to_bytes(32, "big")
            seed = pad_seed(own_id, word, subtask, asked.digest)
            pad, recall_seed = scratch_pad(seed)
            for offset in range(LOAD_UNITS):
                position = recall_position(recall_seed, asked, offset)
                if position == 0:
                    continue
                data, digest = self.unit(position), self.seal_digest(position)
                if self.terms.settings & 1 == 0:
                    data = seal_unit(data, own_id, digest, position)
                output = mix_output(offset, seed, mix_unit(data, pad, offset))
                proof = self.proof(position, context.flow_length)
                place = (asked, position, offset, digest, data, proof)
                answer = PoraAnswer(context.digest, word, own_id, *place)
                yield answer, int.from_bytes(output, "big")

    def find(self, own_id: bytes, asked: RecallRange | None = None) -> PoraAnswer:
        """An answer that is good enough under the present target."""
        worker = cast(
            "tuple[object, int]", self.mine.read("computeWorkerContext", own_id, sender=CALLER)
        )
        shards = asked.num_shards if asked else 1
        target = scaled_target(worker[1], self.context().flow_length, shards)
        for answer, output in self.candidates(own_id, asked):
            if output <= target:
                return answer
        raise AssertionError("count() does not end")

    # ------------------------------------------------------------------- judgement

    def view(self, answer: PoraAnswer) -> MineView:
        """What the contract knows of the answer in a call on the last block."""
        start, known = self.window_start(answer.miner_id), self.mine.read
        sealed = cast(
            "tuple[int, int]", self.flow.read("getEpochRange", answer.sealed_context_digest)
        )
        beneficiary = cast(str, known("beneficiaries", answer.miner_id))
        same = known("lastMinedEpoch") == self.context().epoch
        return MineView(
            context=self.context(),
            subtask_start=start,
            subtask_digest=self.subtask(answer.miner_id) if start < self.height else bytes(32),
            block_number=self.height,
            target_mine_blocks=cast(int, known("targetMineBlocks")),
            pora_target=cast(int, known("poraTarget")),
            seal_range=EpochRange(*sealed),
            submissions=cast(int, known("currentSubmissions")) if same else 0,
            target_submissions=cast(int, known("targetSubmissionsNextEpoch")),
            max_shards=cast(int, known("maxShards")),
            sectors_per_price=self.terms.sectors_per_price,
            registered=int(beneficiary, 16) != 0,
            seals=bool(known("sealDataEnabled")),
            proves=bool(known("dataProofEnabled")),
        )

    def refusal(self, answer: PoraAnswer, known: tuple[bytes, ...] = ()) -> object:
        """The words with which contract and twin refuse an answer; they must be the same.

        known: outputs accepted before. None when both take it.
        """
        view = replace(self.view(answer), outputs=known)
        by_twin, by_chain = _twin_says(answer, view), self.refusal_on_chain(answer)
        assert by_twin == by_chain, f"{by_chain} on chain, {by_twin} by the twin"
        return by_chain

    def refusal_on_chain(self, answer: PoraAnswer) -> object:
        """The words of the contract alone; None when it takes the answer."""
        try:
            self.mine.read("submit", answer.abi())
        except Reverted as error:
            return error.values[0]
        return None


def _twin_says(answer: PoraAnswer, view: MineView) -> str | None:
    try:
        check_answer(answer, view)
    except AnswerRefused as error:
        return error.reason
    return None


def proxied(evm: Evm, logic: Deployed, *args: object) -> Deployed:
    """A proxy of logic that has constructor arguments."""
    call = logic.calldata("initialize", *args)
    proxy = evm.deploy(artifact("Proxy"), logic.address, call)
    contract = evm.w3.eth.contract(proxy.address, abi=logic.contract.abi)
    return Deployed(evm, proxy.address, contract, proxy.receipt)


def deploy_mine(evm: Evm, terms: Terms, flow: str, reward: str, authority: str) -> Deployed:
    """The mine alone, for a flow and a reward that are there."""
    logic = evm.deploy(artifact("PoraMine"), terms.settings)
    return proxied(evm, logic, flow, reward, terms.values(), authority)
