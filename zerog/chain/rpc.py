"""The JSON-RPC client: one keep-alive pool, time-outs, named errors, bytes instead of hex.

Why not web3.py here: docs/decisions/0001-chain-client.md has the figures.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError

from zerog.chain.errors import (
    ChainUnreachable,
    InsufficientFunds,
    Reverted,
    RpcFailure,
    TxTimeout,
    WrongChain,
)
from zerog.chain.hexes import to_address, to_bytes, to_hex, to_int
from zerog.chain.polling import poll
from zerog.types import Address

Block = int | str
"""A block number, or "latest", "pending", "finalized", "earliest"."""

GWEI = 10**9
MAX_FEE_FLOOR = 3 * GWEI


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block by number and hash; timestamp in Unix seconds."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Log:
    """One event as the chain stores it; topics are 32 bytes each."""

    address: Address
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    tx_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a mined transaction; gas_price is what was paid, in wei per gas."""

    tx_hash: bytes
    succeeded: bool
    block_number: int
    block_hash: bytes
    tx_index: int
    gas_used: int
    gas_price: int
    contract_address: Address | None
    logs: tuple[Log, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fees:
    """EIP-1559 prices in wei per gas."""

    max_fee: int
    priority_fee: int


class Chain:
    """A chain behind an HTTP URL. Safe for threads, and for a process that forks later."""

    def __init__(
        self, url: str, timeout_s: float = 10, *, expected_chain_id: int | None = None
    ) -> None:
        """expected_chain_id: raise WrongChain on first use when the chain has another."""
        self.url = url
        self._timeout = urllib3.Timeout(total=timeout_s)
        self._expected = expected_chain_id
        self._found: int | None = None
        self._pool: tuple[int, urllib3.PoolManager] | None = None
        self._ids = itertools.count(1)

    def __repr__(self) -> str:
        return f"Chain({ChainUnreachable(self.url).url!r})"

    def rpc(self, method: str, params: Sequence[object] = ()) -> object:
        """One call; gives the JSON result.

        Raises ChainUnreachable, Reverted, RpcFailure.
        """
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": [*params]}
        answer = self._post(json.dumps(body).encode(), method)
        if not isinstance(answer, dict):
            raise RpcFailure(method, -32603, "the answer is no JSON object")
        if answer.get("error") is not None:
            raise rpc_error(method, answer["error"])
        return answer.get("result")

    def _post(self, body: bytes, method: str) -> object:
        headers = {"content-type": "application/json"}
        # A kept-alive connection may be closed by the server just as we write; every eth_ call
        # may be repeated (a transaction has one hash however often it is sent).
        attempts = 2 if method.startswith("eth_") else 1
        for left in range(attempts - 1, -1, -1):
            try:
                pool = self._connections()
                answer = pool.request("POST", self.url, body=body, headers=headers, retries=False)
                break
            except ProtocolError as error:
                if not left:
                    raise ChainUnreachable(self.url, "connection lost") from error
            except HTTPError as error:
                raise ChainUnreachable(self.url, type(error).__name__) from error
        if answer.status >= 500 or answer.status == 429:
            raise ChainUnreachable(self.url, f"HTTP {answer.status}")
        try:
            document: object = json.loads(answer.data)
        except ValueError as error:
            raise RpcFailure(method, answer.status, "the answer is no JSON") from error
        return document

    def _connections(self) -> urllib3.PoolManager:
        """The pool of this process: sockets must not be shared across a fork."""
        if self._pool is None or self._pool[0] != os.getpid():
            self._pool = (os.getpid(), urllib3.PoolManager(maxsize=8, timeout=self._timeout))
        return self._pool[1]

    def chain_id(self) -> int:
        """The chain's id, asked once; raises WrongChain when another one was expected."""
        if self._found is None:
            found = to_int(self.rpc("eth_chainId"))
            if self._expected is not None and found != self._expected:
                raise WrongChain(self._expected, found)
            self._found = found
        return self._found

    def head(self) -> BlockRef:
        """The newest block."""
        found = self._block("latest")
        if found is None:
            raise RpcFailure("eth_getBlockByNumber", -32603, "the chain has no block")
        return found

    def block(self, number: int) -> BlockRef | None:
        """The block at a height; None when the chain is shorter."""
        return self._block(hex(number))

    def _block(self, tag: str) -> BlockRef | None:
        found = self.rpc("eth_getBlockByNumber", [tag, False])
        if found is None:
            return None
        fields = _object("eth_getBlockByNumber", found)
        return BlockRef(
            to_int(fields["number"]), to_bytes(fields["hash"], 32), to_int(fields["timestamp"])
        )

    def balance(self, address: Address, block: Block = "latest") -> int:
        """Native balance in wei."""
        return to_int(self.rpc("eth_getBalance", [address, block_tag(block)]))

    def nonce(self, address: Address, pending: bool = False, block: Block | None = None) -> int:
        """The next nonce: of the state at `block` (default latest), or with the mempool."""
        tag = "pending" if pending else block_tag("latest" if block is None else block)
        return to_int(self.rpc("eth_getTransactionCount", [address, tag]))

    def code(self, address: Address, block: Block = "latest") -> bytes:
        """Runtime code; empty when there is no contract."""
        return to_bytes(self.rpc("eth_getCode", [address, block_tag(block)]))

    def call(
        self,
        to: Address | None,
        data: bytes,
        block: Block = "latest",
        sender: Address | None = None,
        value: int = 0,
    ) -> bytes:
        """Run a call without a transaction; raises Reverted."""
        request = _request(to, data, sender, value)
        return to_bytes(self.rpc("eth_call", [request, block_tag(block)]))

    def estimate_gas(self, to: Address | None, data: bytes, sender: Address, value: int = 0) -> int:
        """Gas that the call would use; raises Reverted, InsufficientFunds."""
        try:
            return to_int(self.rpc("eth_estimateGas", [_request(to, data, sender, value)]))
        except RpcFailure as failure:
            if "insufficient funds" in failure.message.lower():
                raise InsufficientFunds(sender, failure.message) from failure
            raise

    def fees(self) -> Fees:
        """Prices that a new transaction should offer.

        The cap is twice the base fee and at least 3 gwei, so that a stored transaction stays
        good on a chain that is set back to a block with a higher base fee.
        """
        block = _object("eth_getBlockByNumber", self.rpc("eth_getBlockByNumber", ["latest", False]))
        base = to_int(block.get("baseFeePerGas") or "0x0")
        floor = to_int(self.rpc("eth_gasPrice")) - base
        try:
            tip = to_int(self.rpc("eth_maxPriorityFeePerGas"))
        except RpcFailure:
            tip = 0
        tip = max(tip, floor, 0)
        return Fees(max(2 * base + tip, MAX_FEE_FLOOR), tip)

    def send_raw(self, raw: bytes) -> bytes:
        """Hand in a signed transaction; gives its hash. Raises RpcFailure, Reverted."""
        return to_bytes(self.rpc("eth_sendRawTransaction", [to_hex(raw)]), 32)

    def knows(self, tx_hash: bytes) -> bool:
        """Whether the node has the transaction, mined or waiting."""
        return self.rpc("eth_getTransactionByHash", [to_hex(tx_hash)]) is not None

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        """The receipt, or None while it is not mined on this chain."""
        found = self.rpc("eth_getTransactionReceipt", [to_hex(tx_hash)])
        return None if found is None else _receipt(_object("eth_getTransactionReceipt", found))

    def wait_receipt(self, tx_hash: bytes, timeout_s: float = 60) -> Receipt:
        """Wait until it is mined; raises TxTimeout."""

        def look() -> Receipt | None:
            return self.receipt(tx_hash)

        found = poll(look, timeout_s)
        if found is None:
            raise TxTimeout(to_hex(tx_hash), timeout_s)
        return found

    def logs(
        self,
        address: Address | Sequence[Address] | None,
        topics: Sequence[bytes | Sequence[bytes] | None],
        first: int,
        last: int,
    ) -> list[Log]:
        """Events of blocks first..last, both included, in chain order.

        topics: per place a topic, a list of alternatives, or None for any.
        """
        query: dict[str, object] = {"fromBlock": hex(first), "toBlock": hex(last)}
        if address is not None:
            query["address"] = address if isinstance(address, str) else [*address]
        if topics:
            query["topics"] = [_topic(topic) for topic in topics]
        found = self.rpc("eth_getLogs", [query])
        if not isinstance(found, list):
            raise RpcFailure("eth_getLogs", -32603, "the answer is no list")
        logs = [_log(_object("eth_getLogs", entry)) for entry in found]
        return sorted(logs, key=lambda log: (log.block_number, log.log_index))


def block_tag(block: Block) -> str:
    """A block as JSON-RPC wants it."""
    return hex(block) if isinstance(block, int) else block


def rpc_error(method: str, error: object) -> Reverted | RpcFailure:
    """The exception for a JSON-RPC error object: Reverted when it carries a revert."""
    fields = error if isinstance(error, dict) else {}
    code, message = fields.get("code"), str(fields.get("message", error))
    data = fields.get("data")
    if isinstance(data, dict):
        data = data.get("data")
    if code == 3 or "revert" in message.lower():
        # Decoding needs eth-abi, which costs 25 MB: only a process that meets a revert pays.
        from zerog.chain.abi import decode_revert  # noqa: PLC0415

        is_hex = isinstance(data, str) and data.startswith("0x")
        return decode_revert(to_bytes(data) if is_hex else b"")
    return RpcFailure(method, code if isinstance(code, int) else -32603, message)


def _object(method: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise RpcFailure(method, -32603, "the answer is no JSON object")
    return value


def _request(to: Address | None, data: bytes, sender: Address | None, value: int) -> object:
    request: dict[str, object] = {"input": to_hex(data)}
    if to is not None:
        request["to"] = to
    if sender is not None:
        request["from"] = sender
    if value:
        request["value"] = hex(value)
    return request


def _topic(topic: bytes | Sequence[bytes] | None) -> object:
    if topic is None:
        return None
    return to_hex(topic) if isinstance(topic, bytes) else [to_hex(one) for one in topic]


def _log(fields: Mapping[str, object]) -> Log:
    topics = fields["topics"]
    if not isinstance(topics, list):
        raise RpcFailure("eth_getLogs", -32603, "a log without topics")
    return Log(
        address=to_address(to_bytes(fields["address"], 20)),
        topics=tuple(to_bytes(topic, 32) for topic in topics),
        data=to_bytes(fields["data"]),
        block_number=to_int(fields["blockNumber"]),
        block_hash=to_bytes(fields["blockHash"], 32),
        tx_hash=to_bytes(fields["transactionHash"], 32),
        tx_index=to_int(fields["transactionIndex"]),
        log_index=to_int(fields["logIndex"]),
    )


def _receipt(fields: Mapping[str, object]) -> Receipt:
    created, logs = fields.get("contractAddress"), fields["logs"]
    return Receipt(
        tx_hash=to_bytes(fields["transactionHash"], 32),
        succeeded=to_int(fields["status"]) == 1,
        block_number=to_int(fields["blockNumber"]),
        block_hash=to_bytes(fields["blockHash"], 32),
        tx_index=to_int(fields["transactionIndex"]),
        gas_used=to_int(fields["gasUsed"]),
        gas_price=to_int(fields.get("effectiveGasPrice") or "0x0"),
        contract_address=None if created is None else to_address(to_bytes(created, 20)),
        logs=tuple(_log(entry) for entry in logs) if isinstance(logs, list) else (),
    )
