"""Ten thousand generated calls to a real node over real HTTP, each answer compared with a model."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import psutil
import pytest
import urllib3

from tests.support.evm import AnvilProcess
from tests.support.node_model import NodeModel
from tests.support.node_requests import METHODS, Requests
from tests.support.node_wire import Answer, Known, Sample, Wrong
from tests.support.sector_model import flows
from tests.support.storage_daemons import Storage, with_size
from zerog.crypto.merkle import prove
from zerog.storage.codec import FileTree, TreeBuilder
from zerog.types import Json

pytestmark = [pytest.mark.daemons, pytest.mark.timeout(3600)]

CODES = {0, -32602, -32603, -32601, -32000}
CALLS = 200_000 if os.environ.get("ZEROG_SOAK") else 10_000
SIZES = (1, 255, 256, 257, 4_000, 262_144, 262_145, 300_000, 600_000, 800_000)
GROWTH_BYTES = 64 * 1024 * 1024
"""What the node may keep after the calls: buffers it reuses, and caches with a bound."""


def tree_of(data: bytes) -> FileTree:
    builder = TreeBuilder()
    builder.update(data)
    return builder.finish()


def sample_of(data: bytes, tree: FileTree) -> Sample:
    proofs = []
    for index in range(tree.segment_count):
        proof = prove(tree.segment_roots, index)
        lemma: list[Json] = [f"0x{one.hex()}" for one in proof.lemma]
        path: list[Json] = list(proof.path)
        proofs.append({"lemma": lemma, "path": path})
    return Sample(data, f"0x{tree.data_root.hex()}", tuple(proofs))


def anonymous_bytes(process: psutil.Process) -> int:
    """Memory of its own: page cache and mapped files are the system's."""
    found: int = process.memory_full_info().uss
    return found


@pytest.fixture
def storage(tmp_path: Path, fresh_anvil: AnvilProcess) -> Iterator[Storage]:
    made = Storage.make(tmp_path, fresh_anvil)
    made.node.start()
    yield made
    made.node.stop()


def submit_all(storage: Storage, chance: random.Random) -> tuple[list[Known], list[Sample]]:
    """Submissions of every size, three files each, and twins that claim another length."""
    log: list[Known] = []
    loose: list[Sample] = []

    def submit(tree: FileTree, sample: Sample) -> None:
        done = storage.submit(tree)
        storage.wait_seen(done.tx_seq + 1)
        info = storage.call("zgs_getFileInfoByTxSeq", done.tx_seq)
        assert isinstance(info, dict)
        tx = info["tx"]
        assert isinstance(tx, dict)
        start = tx["startEntryIndex"]
        assert isinstance(start, int)
        nodes = tuple((node.height, f"0x{node.root.hex()}") for node in tree.nodes)
        log.append(Known(done.tx_seq, sample, tree.size, start, nodes))

    for size in SIZES:
        for turn in range(4):
            data = chance.randbytes(size)
            tree = tree_of(data)
            sample = sample_of(data, tree)
            if turn == 3:
                loose.append(sample)
                continue
            submit(tree, sample)
            if turn == 1:
                submit(tree, sample)  # an equal one: it shares the data
            if turn == 2 and size % 256 not in (0, 1):
                submit(with_size(tree, size - 1), sample)  # claims a byte less than there is
    return log, loose


def compare(call: tuple[str, list[Json]], expected: Answer | Wrong, found: dict[str, Json]) -> None:
    told = f"{call[0]} {str(call[1])[:300]} -> {str(found)[:300]}, expected {expected!r}"
    assert found["jsonrpc"] == "2.0", told
    if isinstance(expected, Answer):
        assert "error" not in found, told
        assert found["result"] == expected.result, told
        return
    error = found.get("error")
    assert isinstance(error, dict), told
    assert error["code"] == expected.code, told
    assert expected.words in str(error["message"]), told
    assert "result" not in found, told


def test_node_under_generated_calls_answers_as_the_model(
    storage: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(int(os.environ.get("ZEROG_SEED", "2026")))
    log, loose = submit_all(storage, chance)
    status, context = storage.call("zgs_getStatus"), storage.call("zgs_getFlowContext")
    samples = {one.root: one for one in [*(known.sample for known in log), *loose]}
    flow, older = flows(log)
    model = NodeModel(log, samples, status, context, flow, older)
    assert context == [f"0x{flow.root.hex()}", flow.length]
    requests = Requests(chance.randrange(2**32), log, loose, sorted(older))
    pool = urllib3.PoolManager(maxsize=1, retries=False)
    assert storage.node.process is not None
    process = psutil.Process(storage.node.process.pid)
    codes: Counter[Json] = Counter()
    warm = 0
    for number in range(CALLS):
        method, params = call = requests.one()
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        body = json.dumps(request, ensure_ascii=False).encode()
        answer = pool.request("POST", storage.node.url, body=body)
        assert answer.status == 200, f"{call}: HTTP {answer.status}"
        found = orjson.loads(answer.data)
        assert found["id"] == number
        compare(call, model.expect(method, params), found)
        codes[found["error"]["code"] if "error" in found else 0] += 1
        if number == CALLS // 4:
            warm = anonymous_bytes(process)
    grown = anonymous_bytes(process) - warm
    with capsys.disabled():
        report(model, codes, grown)
    assert {name.partition(":")[0] for name in model.reached} >= set(METHODS)
    assert set(codes) == CODES
    assert grown < GROWTH_BYTES, f"the node grew by {grown / 2**20:.0f} MiB"
    assert_whole(storage, model)


def broken_body(requests: Requests, chance: random.Random) -> bytes:
    """A call that stores nothing, with bytes lost, bent or repeated."""
    method, params = requests.one()
    while "upload" in method:
        method, params = requests.one()
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    body = bytearray(json.dumps(request, ensure_ascii=False).encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body))
        roll = chance.random()
        if roll < 0.4:
            body[at] ^= 1 << chance.randrange(8)
        elif roll < 0.7:
            del body[at : at + chance.randrange(1, 20)]
        else:
            body[at:at] = chance.choice([b"[", b'"', b"{", b",", b"\x00", b"\xff", b"1e999"])
        body = body or bytearray(b"{")
    return bytes(body)


def test_node_under_broken_bodies_answers_errors_of_the_protocol(storage: Storage) -> None:
    chance = random.Random(7)
    log, loose = submit_all(storage, chance)
    requests = Requests(8, log, loose)
    pool = urllib3.PoolManager(maxsize=1, retries=False)
    seen: Counter[Json] = Counter()
    bodies = [b"", b" ", b"null", b"[]", b"[1]", b"{}", b"[" * 5000, b'"' + b"x" * 10**6]
    for body in [*bodies, *(broken_body(requests, chance) for _ in range(CALLS // 10))]:
        answer = pool.request("POST", storage.node.url, body=body)
        assert answer.status in (200, 204), f"{body[:300]!r}: HTTP {answer.status}"
        if answer.status == 204:  # what lost its id asks for no answer
            continue
        found = orjson.loads(answer.data)
        for one in found if isinstance(found, list) else [found]:
            assert ("result" in one) != ("error" in one), f"{body[:300]!r} -> {one}"
            seen[one["error"]["code"] if "error" in one else 0] += 1
    assert {0, -32700, -32600, -32601, -32602} <= set(seen) <= {*CODES, -32700, -32600}, seen
    assert storage.next_seq() == len(log)


def report(model: NodeModel, codes: Counter[Json], grown: int) -> None:
    print(f"\n{CALLS} calls; codes {dict(codes)}; memory {grown / 2**20:+.1f} MiB")  # noqa: T201
    for branch, count in sorted(model.reached.items()):
        print(f"  {count:6} {branch}")  # noqa: T201


def assert_whole(storage: Storage, model: NodeModel) -> None:
    """After all of it the node lives, and gives back exactly what was rightly stored."""
    for known in model.log:
        if model.expect("zgs_checkFileFinalized", [known.seq]) != Answer("final", True):
            continue
        last = -(-known.size // 262_144)
        for index in range(last):
            found = storage.call("zgs_downloadSegmentWithProofByTxSeq", known.seq, index)
            assert found == known.sample.wire(index, known.size)
