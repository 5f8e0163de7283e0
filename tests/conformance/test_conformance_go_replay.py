"""The calls of the Go client, in its order, for want of a Go module registry.

Source: 0gfoundation/0g-storage-client: transfer/uploader.go, transfer/downloader.go.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pybase64
import pytest
import urllib3
from eth_account import Account
from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.contract import Contract

from tests.conformance.harness import content
from tests.support.stack import RunningStack, wait_for
from zerog.chain.artifacts import load
from zerog.crypto.merkle import check, prove
from zerog.storage.codec import SEGMENT, FileTree, tree_of
from zerog.storage.wire import proof_from_json

pytestmark = pytest.mark.conformance

SUBMIT = "submit(((uint256,bytes,(bytes32,uint256)[]),address))"
BATCH = "batchSubmit(((uint256,bytes,(bytes32,uint256)[]),address)[])"
SEGMENTS_PER_CALL = 10


@dataclass(frozen=True, slots=True)
class GoClient:
    """What the Go client knows: a chain, a key, the nodes it chose."""

    web3: Web3
    account: LocalAccount
    flow: Contract
    nodes: tuple[str, ...]
    indexer: str

    def call(self, url: str, method: str, *params: object) -> object:
        """One call as go-rpc-provider makes it."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = urllib3.request("POST", url, json=body).json()
        assert "error" not in answer, answer
        found: object = answer["result"]
        return found

    def send(self, function: str, *arguments: object, value: int) -> HexBytes:
        """Sign and send; the receipt is not awaited."""
        call = self.flow.get_function_by_signature(function)(*arguments)
        fields = call.build_transaction(
            {
                "from": self.account.address,
                "value": value,
                "nonce": self.web3.eth.get_transaction_count(self.account.address, "pending"),
            }
        )
        return self.web3.eth.send_raw_transaction(
            self.account.sign_transaction(fields).raw_transaction
        )

    def submission(self, tree: FileTree) -> tuple[object, ...]:
        """The struct of the newer generation."""
        nodes = [(node.root, node.height) for node in tree.nodes]
        return ((tree.size, b"", nodes), self.account.address)

    def fee(self, *trees: FileTree) -> int:
        """The exact fee: sectors times the market's price."""
        market = self.web3.eth.contract(
            address=self.flow.functions.market().call(), abi=load("FixedPriceMarket").abi
        )
        price: int = market.functions.pricePerSector().call()
        return price * sum(1 << height for tree in trees for height in tree.heights)

    def known(self, tree: FileTree) -> dict[str, object]:
        """Wait until each node has an entry of the root; gives the first one's."""

        def ask() -> dict[str, object] | None:
            infos = [self.call(url, "zgs_getFileInfo", hexed(tree), True) for url in self.nodes]
            found = [one for one in infos if isinstance(one, dict)]
            return found[0] if len(found) == len(infos) else None

        return wait_for(ask, "an entry at every node")

    def wait_final(self, tree: FileTree) -> None:
        """`--finality-required`."""

        def ask() -> bool:
            return all(
                self.call(url, "zgs_checkFileFinalized", hexed(tree)) is True for url in self.nodes
            )

        wait_for(ask, "finality at every node")


def hexed(tree: FileTree) -> str:
    return f"0x{tree.data_root.hex()}"


def segments_of(path: Path, tree: FileTree) -> list[dict[str, object]]:
    """Every segment as the wire has it, with its proof."""
    data = path.read_bytes()
    made = []
    for index in range(tree.segment_count):
        part = data[index * SEGMENT : (index + 1) * SEGMENT]
        padded = part + bytes(-len(part) % 256)
        proof = prove(tree.segment_roots, index)
        made.append(
            {
                "root": hexed(tree),
                "data": pybase64.b64encode(padded).decode(),
                "index": index,
                "proof": {
                    "lemma": [f"0x{one.hex()}" for one in proof.lemma],
                    "path": list(proof.path),
                },
                "fileSize": tree.size,
            }
        )
    return made


@pytest.fixture
def go(two_nodes: RunningStack) -> GoClient:
    registry = json.loads((two_nodes.home / "registry.json").read_text())
    web3 = Web3(HTTPProvider(registry["endpoints"]["chain"]))
    secret = (two_nodes.home / "keys" / "alice.key").read_text().strip()
    address = Web3.to_checksum_address(registry["contracts"]["Flow"]["address"])
    return GoClient(
        web3,
        Account.from_key(secret),
        web3.eth.contract(address=address, abi=load("Flow").abi),
        (registry["endpoints"]["node"], registry["endpoints"]["node-2"]),
        registry["endpoints"]["indexer"],
    )


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[int], tuple[Path, FileTree]]:
    def make(size: int) -> tuple[Path, FileTree]:
        path = tmp_path / f"{size}.bin"
        path.write_bytes(content(f"{request.node.name}/{size}/{time.time_ns()}", size))
        return path, tree_of(path)

    return make


def download(go: GoClient, tree: FileTree) -> bytes:
    """`download --proof`: locations, info, every segment with its proof, then the root."""
    located = go.call(go.indexer, "indexer_getFileLocations", hexed(tree))
    assert isinstance(located, list)
    url = located[0]["url"]
    info = go.call(url, "zgs_getFileInfo", hexed(tree), True)
    assert isinstance(info, dict)
    assert info["finalized"] is True
    data = b""
    for index in range(tree.segment_count):
        one = go.call(url, "zgs_downloadSegmentWithProofByTxSeq", info["tx"]["seq"], index)
        assert isinstance(one, dict)
        part = pybase64.b64decode(one["data"])
        leaf = tree.segment_roots[index]
        check(proof_from_json(one["proof"]), index, tree.padded_segment_count, leaf, tree.data_root)
        data += part
    return data[: tree.size]


def test_go_client_before_anything_finds_chain_and_flow_of_the_node(go: GoClient) -> None:
    for url in go.nodes:
        status = go.call(url, "zgs_getStatus")
        assert isinstance(status, dict)
        identity = status["networkIdentity"]
        assert identity["chainId"] == go.web3.eth.chain_id
        assert Web3.to_checksum_address(identity["flowAddress"]) == go.flow.address
    chosen = go.call(go.indexer, "indexer_getSelectedNodes", 2, "min", True, [])
    assert isinstance(chosen, dict)
    assert {one["url"] for one in chosen["trusted"]} == set(go.nodes)


def test_go_client_small_file_uploads_by_root_beside_its_transaction(
    go: GoClient, made: Callable[[int], tuple[Path, FileTree]]
) -> None:
    path, tree = made(200_000)
    segments = segments_of(path, tree)
    for url in go.nodes:  # fast mode: the node has not heard of the file
        go.call(url, "zgs_uploadSegments", segments)
    go.send(SUBMIT, go.submission(tree), value=go.fee(tree))
    go.known(tree)
    go.wait_final(tree)
    assert download(go, tree) == path.read_bytes()


def test_go_client_middle_file_waits_for_the_entry_and_uploads_by_number(
    go: GoClient, made: Callable[[int], tuple[Path, FileTree]]
) -> None:
    path, tree = made(1_500_000)
    go.send(SUBMIT, go.submission(tree), value=go.fee(tree))
    entry = go.known(tree)["tx"]
    assert isinstance(entry, dict)
    upload_by_number(go, segments_of(path, tree), entry["seq"])
    go.wait_final(tree)
    assert download(go, tree) == path.read_bytes()


def test_go_client_large_file_reads_its_number_from_the_receipt(
    go: GoClient, made: Callable[[int], tuple[Path, FileTree]]
) -> None:
    path, tree = made(6_000_000)
    sent = go.send(SUBMIT, go.submission(tree), value=go.fee(tree))
    receipt = go.web3.eth.wait_for_transaction_receipt(sent)
    (event,) = go.flow.events.Submit().process_receipt(receipt)
    seq = event["args"]["submissionIndex"]
    wait_for(
        lambda: all(go.call(url, "zgs_getFileInfoByTxSeq", seq) for url in go.nodes), "the entry"
    )
    upload_by_number(go, segments_of(path, tree), seq)
    go.wait_final(tree)
    assert download(go, tree) == path.read_bytes()


def test_go_client_batch_of_ten_files_goes_in_one_transaction(
    go: GoClient, made: Callable[[int], tuple[Path, FileTree]]
) -> None:
    files = [made(1000 + number) for number in range(10)]
    trees = [tree for _, tree in files]
    sent = go.send(BATCH, [go.submission(tree) for tree in trees], value=go.fee(*trees))
    receipt = go.web3.eth.wait_for_transaction_receipt(sent)
    events = go.flow.events.Submit().process_receipt(receipt)
    assert len(events) == 10
    for (path, tree), event in zip(files, events, strict=True):
        go.known(tree)
        upload_by_number(go, segments_of(path, tree), event["args"]["submissionIndex"])
        go.wait_final(tree)
        assert download(go, tree) == path.read_bytes()


def test_go_client_finds_the_words_it_looks_for_in_a_second_upload(
    go: GoClient, made: Callable[[int], tuple[Path, FileTree]]
) -> None:
    path, tree = made(300)
    go.send(SUBMIT, go.submission(tree), value=go.fee(tree))
    go.known(tree)
    segments = segments_of(path, tree)
    go.call(go.nodes[0], "zgs_uploadSegments", segments)
    body = {"jsonrpc": "2.0", "id": 1, "method": "zgs_uploadSegments", "params": [segments]}
    error = urllib3.request("POST", go.nodes[0], json=body).json()["error"]
    assert "Invalid params: root; data: already uploaded and finalized" in error["message"]


def upload_by_number(go: GoClient, segments: Sequence[object], seq: object) -> None:
    """Ten segments a call, to every node."""
    for url in go.nodes:
        for at in range(0, len(segments), SEGMENTS_PER_CALL):
            part = segments[at : at + SEGMENTS_PER_CALL]
            go.call(url, "zgs_uploadSegmentsByTxSeq", part, seq)
