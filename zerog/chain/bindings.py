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

    def read_all(self, function: str, *args: object, block: Block = "latest") -> tuple[object, ...]:
        """Every output of a view; raises Reverted by the contract's own error."""
        signature = self.abi.function(function, len(args))
        data = self.chain.call(self.address, signature.encode_call(args), block)
        return signature.decode_output(data)

    def read(self, function: str, *args: object, block: Block = "latest") -> object:
        """The one output of a view; raises Reverted, BadAnswer."""
        return self.read_all(function, *args, block=block)[0]

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


class FlowContract(Contract):
    """Flow: pays for files and gives them their sequence numbers."""

    artifact = "Flow"

    def market(self, block: Block = "latest") -> Address:
        """Who sets the price."""
        return self._address("market", block=block)

    def submissions(self, block: Block = "latest") -> int:
        """How many there are."""
        return self._number("numSubmissions", block=block)


class MarketContract(Contract):
    """FixedPriceMarket: wei per 256-byte sector."""

    artifact = "FixedPriceMarket"

    def price_per_sector_wei(self, block: Block = "latest") -> int:
        """The price."""
        return self._number("pricePerSector", block=block)


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
