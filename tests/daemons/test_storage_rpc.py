"""The node's wire, call by call: answers, error texts, and what is refused before a write."""

from __future__ import annotations

import json
from pathlib import Path

import pybase64
import pytest

from tests.support.storage_daemons import Storage, file_of, post, wait_for, with_size
from zerog.crypto.merkle import Proof
from zerog.storage.codec import SEGMENT, FileTree, segment_length
from zerog.storage.errors import NodeRefused
from zerog.storage.wire import FileInfo, Segment
from zerog.types import Json

pytestmark = pytest.mark.daemons

ZERO_ROOT = "0x" + "00" * 31 + "07"


def segment_of(path: Path, tree: FileTree, index: int) -> Segment:
    data = path.read_bytes()[index * SEGMENT : (index + 1) * SEGMENT]
    padded = data.ljust(segment_length(tree.size, index), b"\0")
    return Segment(tree.data_root, padded, index, tree.proof(index), tree.size)


def refusal(storage: Storage, method: str, *params: Json) -> tuple[int, str]:
    with pytest.raises(NodeRefused) as caught:
        storage.call(method, *params)
    return caught.value.code, caught.value.message


def changed(segment: Segment, **members: Json) -> dict[str, Json]:
    return {**segment.to_json(), **members}


@pytest.fixture
def known(storage: Storage, tmp_path: Path) -> tuple[Path, FileTree, int]:
    """A submitted file of three segments that is not uploaded yet."""
    path = tmp_path / "file"
    tree = file_of(path, 700_000, seed=storage.flow.submissions() + 100)
    done = storage.submit(tree)
    storage.wait_seen(done.tx_seq + 1)
    return path, tree, done.tx_seq


@pytest.mark.parametrize("by_seq", [True, False])
def test_upload_one_by_one_answers_zero_and_finalises(
    storage: Storage, known: tuple[Path, FileTree, int], by_seq: bool
) -> None:
    path, tree, seq = known
    for index in range(3):
        sent = segment_of(path, tree, index).to_json()
        answer = (
            storage.call("zgs_uploadSegmentByTxSeq", sent, seq)
            if by_seq
            else storage.call("zgs_uploadSegment", sent)
        )
        assert answer == 0
        assert answer is not None
        info = FileInfo.from_json(
            storage.call("zgs_getFileInfo", "0x" + tree.data_root.hex(), True)
        )
        assert (info.uploaded_segments, info.finalized) == (index + 1, index == 2)
    assert storage.call("zgs_checkFileFinalized", seq) is True
    assert storage.call("zgs_checkFileFinalized", "0x" + tree.data_root.hex()) is True


def test_upload_batch_by_root_answers_zero(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    path, tree, seq = known
    segments = [segment_of(path, tree, index).to_json() for index in range(3)]
    assert storage.call("zgs_uploadSegments", segments) == 0
    assert storage.call("zgs_checkFileFinalized", seq) is True


def test_upload_of_stored_segment_says_so_alone_and_passes_in_a_batch(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    path, tree, seq = known
    sent = segment_of(path, tree, 0).to_json()
    storage.call("zgs_uploadSegmentByTxSeq", sent, seq)
    assert refusal(storage, "zgs_uploadSegmentByTxSeq", sent, seq) == (
        -32000,
        "segment has already been uploaded or is being uploaded",
    )
    assert storage.call("zgs_uploadSegmentsByTxSeq", [sent], seq) == 0


def test_upload_of_final_file_satisfies_every_matcher(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    path, tree, seq = known
    segments = [segment_of(path, tree, index).to_json() for index in range(3)]
    storage.call("zgs_uploadSegmentsByTxSeq", segments, seq)
    body = {"id": 1, "method": "zgs_uploadSegmentsByTxSeq", "params": [segments, seq]}
    assert post(storage, json.dumps(body).encode())["error"] == {
        "code": -32602,
        "message": "Invalid params: root; data: already uploaded and finalized",
        "data": "already uploaded and finalized",
    }


def test_upload_that_breaks_a_rule_is_refused_by_name_and_stores_nothing(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    path, tree, seq = known
    good, last = segment_of(path, tree, 0), segment_of(path, tree, 2)
    flipped = bytes([good.data[0] ^ 1]) + good.data[1:]
    other = segment_of(path, tree, 1)
    short = Proof(good.proof.lemma[:-1], good.proof.path)
    tail = bytes(last.data[:-1]) + b"\1"
    cases: list[tuple[dict[str, Json], int, str]] = [
        (changed(good, data=""), -32000, "data is empty"),
        (changed(good, data=base64(b"x" * 300)), -32000, "invalid data length"),
        (
            changed(good, data=base64(bytes(good.data[:256]))),
            -32602,
            "data; data: invalid data length",
        ),
        (changed(good, data="%%%"), -32602, "data; data: not base64"),
        (changed(good, index=3), -32602, "index; data: index out of bound"),
        (changed(good, index=1), -32602, "proof; data: validation failed"),
        (changed(good, data=base64(flipped)), -32602, "proof; data: validation failed"),
        (changed(good, proof=other.to_json()["proof"]), -32602, "proof; data: validation failed"),
        (changed(good, proof=wire_proof(short)), -32602, "proof; data: invalid proof"),
        (changed(last, data=base64(tail)), -32602, "proof; data: validation failed"),
        (
            changed(good, fileSize=tree.size - 100_000),
            -32602,
            "file_size; data: segment file size not matched with tx file size",
        ),
        (changed(good, root=ZERO_ROOT), -32603, "Internal error: data root and tx seq not match"),
        (changed(good, root="0x12"), -32602, "root; data: not a 32-byte hash in 0x hex"),
        (changed(good, index=-1), -32602, "index; data: not an unsigned 64-bit integer"),
        (changed(good, index=True), -32602, "index; data: not an unsigned 64-bit integer"),
    ]
    for sent, code, text in cases:
        found = refusal(storage, "zgs_uploadSegmentByTxSeq", sent, seq)
        expected = f"Invalid params: {text}" if code == -32602 else text
        assert found == (code, expected), text
        # a bad segment takes its whole batch with it
        both = [segment_of(path, tree, 1).to_json(), sent]
        assert refusal(storage, "zgs_uploadSegmentsByTxSeq", both, seq) == found
    assert FileInfo.from_json(storage.call("zgs_getFileInfoByTxSeq", seq)).uploaded_segments == 0


def test_upload_of_lying_length_cannot_be_finalised(storage: Storage, tmp_path: Path) -> None:
    """The last chunk holds data behind the claimed end: no file of that length is like that."""
    path = tmp_path / "file"
    tree = file_of(path, 512, seed=storage.flow.submissions() + 500)
    lie = with_size(tree, 300)
    done = storage.submit(lie)
    storage.wait_seen(done.tx_seq + 1)
    sent = changed(segment_of(path, tree, 0), fileSize=300)
    assert refusal(storage, "zgs_uploadSegment", sent) == (
        -32602,
        "Invalid params: data; data: not zero behind the end of the file",
    )


def test_upload_under_the_seq_of_another_length_finds_its_own_submission(
    storage: Storage, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    tree = file_of(path, 300_000, seed=storage.flow.submissions() + 900)
    first = storage.submit(with_size(tree, 300_001))
    done = storage.submit(tree)
    storage.wait_seen(done.tx_seq + 1)
    segments = [segment_of(path, tree, index).to_json() for index in range(2)]
    assert storage.call("zgs_uploadSegmentsByTxSeq", segments, first.tx_seq) == 0
    found = FileInfo.from_json(storage.call("zgs_getFileInfo", "0x" + tree.data_root.hex(), True))
    assert (found.finalized, found.seq, found.size) == (True, done.tx_seq, 300_000)


def test_segments_before_their_transaction_finalise_it(storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "file"
    tree = file_of(path, 400_000, seed=storage.flow.submissions() + 1300)
    segments = [segment_of(path, tree, index).to_json() for index in range(2)]
    assert storage.call("zgs_uploadSegments", segments) == 0
    assert storage.call("zgs_getFileInfo", "0x" + tree.data_root.hex(), False) is None
    done = storage.submit(tree)
    storage.wait_seen(done.tx_seq + 1)
    assert FileInfo.from_json(storage.call("zgs_getFileInfoByTxSeq", done.tx_seq)).finalized


def test_large_file_before_its_transaction_is_refused(storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "file"
    tree = file_of(path, 10 * 1024 * 1024 + 1, seed=2)
    assert refusal(storage, "zgs_uploadSegments", [segment_of(path, tree, 0).to_json()]) == (
        -32602,
        "Invalid params: file_size; data: caching of large file when tx is unavailable"
        " is not supported",
    )


def test_download_gives_sectors_and_proved_segments(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    path, tree, seq = known
    root, data = "0x" + tree.data_root.hex(), path.read_bytes().ljust(2735 * 256, b"\0")
    assert storage.call("zgs_downloadSegment", root, 0, 1) is None
    assert storage.call("zgs_downloadSegmentWithProof", root, 0) is None
    segments = [segment_of(path, tree, index) for index in range(3)]
    storage.call("zgs_uploadSegmentsByTxSeq", [one.to_json() for one in segments[:2]], seq)
    assert storage.call("zgs_downloadSegmentByTxSeq", seq, 1000, 2024) == base64(
        data[1000 * 256 : 2024 * 256]
    )
    assert storage.call("zgs_downloadSegmentByTxSeq", seq, 2048, 2049) is None
    assert storage.call("zgs_downloadSegmentByTxSeq", seq, 2047, 2049) is None
    storage.call("zgs_uploadSegmentByTxSeq", segments[2].to_json(), seq)
    assert storage.call("zgs_downloadSegment", root, 2048, 2735) == base64(data[2048 * 256 :])
    for index, segment in enumerate(segments):
        for method, key in (("", root), ("ByTxSeq", seq)):
            found = storage.call(f"zgs_downloadSegmentWithProof{method}", key, index)
            assert Segment.from_json(found) == segment


def test_download_out_of_range_is_refused_by_name(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    _, tree, seq = known
    method = "zgs_downloadSegmentByTxSeq"
    wrong = (-32602, "Invalid params: end_index; data: invalid chunk index")
    assert refusal(storage, method, seq, 5, 5) == wrong
    assert refusal(storage, method, seq, 5, 4) == wrong
    assert refusal(storage, method, seq, 2700, 2736) == wrong
    assert refusal(storage, method, seq, 0, 1025) == (
        -32602,
        "Invalid params: end_index; data: exceeds maximum chunks 1024",
    )
    root = "0x" + tree.data_root.hex()
    assert refusal(storage, "zgs_downloadSegmentWithProof", root, 3) == (
        -32602,
        "Invalid params: index; data: index out of bound",
    )


def test_unknown_file_is_null_everywhere(storage: Storage) -> None:
    for method in ("zgs_getFileInfo", "zgs_checkFileFinalized"):
        assert storage.call(method, ZERO_ROOT) is None
    assert storage.call("zgs_getFileInfo", ZERO_ROOT, True) is None
    assert storage.call("zgs_getFileInfoByTxSeq", 1 << 40) is None
    assert storage.call("zgs_checkFileFinalized", 1 << 40) is None
    assert storage.call("zgs_downloadSegment", ZERO_ROOT, 0, 1) is None
    assert storage.call("zgs_downloadSegmentByTxSeq", 1 << 40, 0, 1) is None
    assert storage.call("zgs_downloadSegmentWithProof", ZERO_ROOT, 0) is None
    assert storage.call("zgs_downloadSegmentWithProofByTxSeq", 1 << 40, 0) is None


def test_status_names_the_network_and_follows_the_chain(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    def at_head() -> bool:
        found = storage.call("zgs_getStatus")
        return isinstance(found, dict) and found["logSyncHeight"] == storage.chain.head().number

    wait_for(at_head, "the node at the head")
    status = storage.call("zgs_getStatus")
    assert isinstance(status, dict)
    assert status["nextTxSeq"] == known[2] + 1
    assert status["logSyncBlock"] == "0x" + storage.chain.head().hash.hex()
    identity = status["networkIdentity"]
    assert isinstance(identity, dict)
    assert identity["chainId"] == 31337
    assert identity["flowAddress"] == storage.flow.address.lower()
    assert set(identity["p2pProtocolVersion"]) == {"major", "minor", "build"}


def test_shard_config_keeps_everything(storage: Storage) -> None:
    assert storage.call("zgs_getShardConfig") == {"shardId": 0, "numShard": 1}


def test_flow_context_equals_the_contract(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    del known
    length = storage.flow.read_all("tree")[0]
    root = storage.flow.read("computeFlowRoot")
    assert isinstance(root, bytes)
    assert storage.call("zgs_getFlowContext") == ["0x" + root.hex(), length]


def test_file_info_has_every_member_of_the_wire(
    storage: Storage, known: tuple[Path, FileTree, int]
) -> None:
    _, tree, seq = known
    found = storage.call("zgs_getFileInfoByTxSeq", seq)
    assert isinstance(found, dict)
    assert set(found) == {"tx", "finalized", "isCached", "uploadedSegNum", "pruned"}
    tx = found["tx"]
    assert isinstance(tx, dict)
    assert tx["merkleNodes"] == [[one.height + 1, "0x" + one.root.hex()] for one in tree.nodes]
    assert (tx["size"], tx["seq"], tx["streamIds"], tx["data"]) == (tree.size, seq, [], [])
    assert tx["startEntryIndex"] % 1024 == 0


def base64(data: bytes) -> str:
    return pybase64.b64encode(data).decode()


def wire_proof(proof: Proof) -> Json:
    return {"lemma": ["0x" + one.hex() for one in proof.lemma], "path": list(proof.path)}
