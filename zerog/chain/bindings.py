"""One thin class per contract: reads name a block, writes are calldata for the Sender."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from zerog.chain.abi import Abi, BadArguments, Signature, abi_of
from zerog.chain.artifacts import Artifact
from zerog.chain.errors import NoSuchFunction, Reverted
from zerog.chain.hexes import to_address
from zerog.chain.registry import Deployed
from zerog.chain.rpc import Block, Chain, Log, Receipt
from zerog.types import Address


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log."""

    name: str
    args: Mapping[str, object]
    log: Log

    def number(self, name: str) -> int:
        """An integer argument."""
        found = self.args[name]
        if not isinstance(found, int):
            raise TypeError(f"{self.name}.{name} is {found!r}")
        return found


class Contract:
    """A deployed contract and the ABI it speaks."""

    artifact = ""

    def __init__(
        self, chain: Chain, address: Address, artifact: str | Artifact = "", first_block: int = 0
    ) -> None:
        """artifact: whose ABI the address speaks, by name or whole.

        first_block: where it was deployed; events are not looked for before.
        """
        self.chain, self.address, self.first_block = chain, address, first_block
        if isinstance(artifact, Artifact):
            self.abi = Abi(artifact.name, artifact.abi)
        else:
            self.abi = abi_of(artifact or self.artifact)

    @classmethod
    def of(cls, chain: Chain, deployed: Deployed) -> Self:
        """The contract that a registry names."""
        return cls(chain, deployed.address, first_block=deployed.block)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.abi.name} at {self.address})"

    def calldata(self, function: str, *args: object) -> bytes:
        """Selector and arguments; raises BadArguments, NoSuchFunction."""
        return self.abi.function(function, len(args)).encode_call(args)

    def read_all(
        self,
        function: str,
        *args: object,
        block: Block = "latest",
        sender: Address | None = None,
    ) -> tuple[object, ...]:
        """Every output of a call that sends nothing; raises Reverted by the contract's error."""
        signature = self.abi.function(function, len(args))
        data = self.chain.call(self.address, signature.encode_call(args), block, sender)
        return signature.decode_output(data)

    def read(
        self,
        function: str,
        *args: object,
        block: Block = "latest",
        sender: Address | None = None,
    ) -> object:
        """The one output of a view; raises Reverted, BadAnswer."""
        return self.read_all(function, *args, block=block, sender=sender)[0]

    def topic(self, event: str) -> bytes:
        """Topic 0 of an event; raises NoSuchFunction."""
        return self._event(event).hash

    def events(
        self, name: str, first: int | None = None, last: int | None = None, **indexed: object
    ) -> list[Event]:
        """Logs of one event, oldest first.

        first, last: blocks, both included; from the deployment to the head by default.
        indexed: values that indexed arguments must have. Raises NoSuchFunction, BadArguments.
        """
        signature = self._event(name)
        topics = [signature.hash, *signature.filter_topics(indexed)]
        start = self.first_block if first is None else first
        end = self.chain.head().number if last is None else last
        logs = self.chain.logs(self.address, topics, start, end)
        return [Event(name, signature.decode_log(log), log) for log in logs]

    def decode_event(self, log: Log) -> Event | None:
        """The event of a log; None when this contract's ABI has no such event."""
        signature = self.abi.topics.get(log.topics[0]) if log.topics else None
        if signature is None:
            return None
        return Event(signature.name, signature.decode_log(log), log)

    def decode(self, receipt: Receipt, name: str) -> Iterator[Event]:
        """This contract's logs of one event in a receipt."""
        signature = self._event(name)
        for log in receipt.logs:
            if log.address == self.address and log.topics[:1] == (signature.hash,):
                yield Event(name, signature.decode_log(log), log)

    def _event(self, name: str) -> Signature:
        found = self.abi.events.get(name)
        if found is None:
            raise NoSuchFunction(self.abi.name, name)
        return found

    def _number(self, function: str, *args: object, block: Block) -> int:
        found = self.read(function, *args, block=block)
        if not isinstance(found, int):
            raise BadArguments(function, f"gives {type(found).__name__}, not a number")
        return found

    def _list(self, function: str, *args: object, block: Block) -> Sequence[object]:
        found = self.read(function, *args, block=block)
        if not isinstance(found, tuple):
            raise BadArguments(function, f"gives {type(found).__name__}, not a list")
        return found

    def _address(self, function: str, *args: object, block: Block) -> Address:
        return to_address(str(self.read(function, *args, block=block)))


@dataclass(frozen=True, slots=True)
class FlowContext:
    """What miners work on in an epoch: `mine_start` is a block, `flow_length` counts sectors."""

    epoch: int
    mine_start: int
    flow_root: bytes
    flow_length: int
    block_digest: bytes
    digest: bytes


class FlowContract(Contract):
    """Flow: pays for files and gives them their sequence numbers."""

    artifact = "Flow"

    def market(self, block: Block = "latest") -> Address:
        """Who sets the price."""
        return self._address("market", block=block)

    def submissions(self, block: Block = "latest") -> int:
        """How many there are."""
        return self._number("numSubmissions", block=block)

    def context(self, block: Block = "latest") -> FlowContext:
        """The context of the last roll."""
        return self._context("getContext", block)

    def next_context(self, block: Block = "latest") -> FlowContext:
        """The context that a roll would make now. Raises Reverted while the flow is paused."""
        return self._context("makeContextWithResult", block)

    def epoch_end(self, block: Block = "latest") -> int:
        """Last block of the open epoch; from the next one on it can be rolled over."""
        names = ("firstBlock", "epoch", "blocksPerEpoch")
        first, epoch, length = (self._number(name, block=block) for name in names)
        return first + (epoch + 1) * length

    def _context(self, function: str, block: Block) -> FlowContext:
        match self.read(function, block=block):
            case (int(n), int(start), bytes(root), int(length), bytes(hashed), bytes(digest)):
                return FlowContext(n, start, root, length, hashed, digest)
            case other:
                raise BadArguments(function, f"gives no context: {other!r}")


class MarketContract(Contract):
    """FixedPriceMarket: wei per 256-byte sector."""

    artifact = "FixedPriceMarket"

    def price_per_sector_wei(self, block: Block = "latest") -> int:
        """The price."""
        return self._number("pricePerSector", block=block)

    def reward(self, block: Block = "latest") -> Address:
        """Where fees go; the zero address when the market keeps them."""
        return self._address("reward", block=block)


@dataclass(frozen=True, slots=True)
class ChunkFunds:
    """Money of a pricing chunk as of `last_update`; wei and seconds, start 0 before it is full."""

    locked_wei: int
    claimable_wei: int
    distributed_wei: int
    start_time: int
    last_update: int


class RewardContract(Contract):
    """ChunkLinearReward: fees by pricing chunk, released to miners until a deadline."""

    artifact = "ChunkLinearReward"

    def sectors_per_price(self, block: Block = "latest") -> int:
        """Sectors in a pricing chunk."""
        return self._number("sectorsPerPrice", block=block)

    def release_seconds(self, block: Block = "latest") -> int:
        """How long the fees of a chunk last."""
        return self._number("releaseSeconds", block=block)

    def extension_wei(self, chunk: int, block: Block = "latest") -> int:
        """What extensions added to a chunk."""
        return self._number("extension", chunk, block=block)

    def funds(self, chunk: int, block: Block = "latest") -> ChunkFunds:
        """The money of a chunk."""
        match self.read("rewards", chunk, block=block):
            case (int(locked), int(claimable), int(paid), int(start), int(last)):
                return ChunkFunds(locked, claimable, paid, start, last)
            case other:
                raise BadArguments("rewards", f"gives no sums: {other!r}")

    def locked_wei(self, chunk: int, block: Block = "latest") -> int:
        """Not released at the block's time."""
        return self._number("lockedReward", chunk, block=block)

    def released_wei(self, chunk: int, block: Block = "latest") -> int:
        """Released until the block's time, paid or not."""
        return self._number("releasedReward", chunk, block=block)

    def deadline(self, chunk: int, block: Block = "latest") -> int:
        """When the last wei is released, in Unix seconds; 0 before the chunk is full."""
        return self._number("rewardDeadline", chunk, block=block)

    def first_rewardable_chunk(self, block: Block = "latest") -> int:
        """Below it nobody is paid for data any more."""
        return self._number("firstRewardableChunk", block=block)

    def payments_wei(self, payee: Address, block: Block = "latest") -> int:
        """What `withdrawPayments` would pay out."""
        return self._number("payments", payee, block=block)


class PoraMineContract(Contract):
    """PoraMine: takes proofs of stored data and has them paid."""

    artifact = "PoraMine"

    def target(self, block: Block = "latest") -> int:
        """Largest output of an unsharded miner that passes."""
        return self._number("poraTarget", block=block)

    def beneficiary(self, miner_id: bytes, block: Block = "latest") -> Address:
        """Who is paid for a miner's proofs; the zero address when nobody registered the id."""
        return self._address("beneficiaries", miner_id, block=block)


@dataclass(frozen=True, slots=True)
class IntelligentData:
    """One data item of a token: what it is, and the root of its ciphertext."""

    description: str
    data_hash: bytes


class DataVerifier(Contract):
    """DataVerifier: who may vouch for transfers, and the digests that they sign."""

    artifact = "DataVerifier"

    def domain_separator(self, token: Address, block: Block = "latest") -> bytes:
        """EIP-712 domain separator of proofs for `token`, 32 bytes."""
        found = self.read("domainSeparator", token, block=block)
        if not isinstance(found, bytes):
            raise BadArguments("domainSeparator", "gives no bytes")
        return found


class AgentNft(Contract):
    """AgentNFT: the tokens."""

    artifact = "AgentNFT"

    def owner_of(self, token_id: int, block: Block = "latest") -> Address | None:
        """None when there is no such token."""
        try:
            return self._address("ownerOf", token_id, block=block)
        except Reverted as error:
            if error.name == "ERC721NonexistentToken":
                return None
            raise

    def next_token_id(self, block: Block = "latest") -> int:
        """The id that the next mint will get."""
        return self._number("nextTokenId", block=block)

    def data_of(self, token_id: int, block: Block = "latest") -> list[IntelligentData]:
        """The token's data items in order."""
        items: list[IntelligentData] = []
        for item in self._list("intelligentDataOf", token_id, block=block):
            if not isinstance(item, tuple) or len(item) != 2 or not isinstance(item[1], bytes):
                raise BadArguments("intelligentDataOf", "gives no (description, hash) pairs")
            items.append(IntelligentData(str(item[0]), item[1]))
        return items

    def sealed_key_hashes(self, token_id: int, block: Block = "latest") -> list[bytes]:
        """keccak of each item's sealed key."""
        found = self._list("sealedKeyHashesOf", token_id, block=block)
        return [one for one in found if isinstance(one, bytes)]

    def published_keys(self, token_id: int, last: int | None = None) -> list[bytes]:
        """Every sealed key published for a token up to block `last` (the head), oldest first."""
        keys: list[bytes] = []
        for event in self.events("PublishedSealedKey", last=last, _tokenId=token_id):
            found = event.args["_sealedKeys"]
            if isinstance(found, tuple):
                keys.extend(one for one in found if isinstance(one, bytes))
        return keys

    def assistant_of(self, receiver: Address, block: Block = "latest") -> Address:
        """Who may consent for a receiver; the zero address when nobody else."""
        return self._address("getDelegateAccess", receiver, block=block)

    def locker_of(self, token_id: int, block: Block = "latest") -> Address:
        """Who alone may move or change it; the zero address for nobody."""
        return self._address("lockerOf", token_id, block=block)

    def parent_of(self, token_id: int, block: Block = "latest") -> int:
        """The token it was cloned from; 0 for none. Known of burnt tokens too."""
        return self._number("parentOf", token_id, block=block)
