"""The JSON shapes: what is written is read back, and nothing malformed gets through."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto.merkle import Proof
from zerog.storage import wire
from zerog.storage.codec import SubmissionNode
from zerog.storage.errors import BadField
from zerog.types import Json

pytestmark = pytest.mark.unit

HASHES = st.binary(min_size=32, max_size=32)
U64 = st.integers(min_value=0, max_value=2**64 - 1)
PROOFS = st.builds(
    Proof,
    st.lists(HASHES, max_size=6).map(tuple),
    st.lists(st.booleans(), max_size=4).map(tuple),
)
SEGMENTS = st.builds(wire.Segment, HASHES, st.binary(max_size=1024), U64, PROOFS, U64)
NODES = st.builds(SubmissionNode, HASHES, st.integers(min_value=0, max_value=63))
INFOS = st.builds(
    wire.FileInfo,
    HASHES,
    st.lists(NODES, max_size=4).map(tuple),
    U64,
    U64,
    U64,
    st.booleans(),
    U64,
    st.booleans(),
    st.booleans(),
)
CONFIGS = st.integers(min_value=0, max_value=10).flatmap(
    lambda bits: st.builds(
        wire.ShardConfig, st.integers(min_value=0, max_value=2**bits - 1), st.just(2**bits)
    )
)


def through_json(value: Json) -> Json:
    found: Json = json.loads(json.dumps(value))
    return found


@given(SEGMENTS)
def test_segment_read_back_is_equal(segment: wire.Segment) -> None:
    assert wire.Segment.from_json(through_json(segment.to_json())) == segment


@given(INFOS)
def test_file_info_read_back_is_equal(info: wire.FileInfo) -> None:
    assert wire.FileInfo.from_json(through_json(info.to_json())) == info


@given(CONFIGS, U64, U64)
def test_sharded_node_read_back_is_equal(config: wire.ShardConfig, ms: int, since: int) -> None:
    node = wire.ShardedNode("http://127.0.0.1:5678", config, ms, since)
    assert wire.ShardedNode.from_json(through_json(node.to_json())) == node


def test_file_info_of_older_node_without_pruned_is_read() -> None:
    info = wire.FileInfo(bytes(32), (SubmissionNode(bytes(32), 0),), 1, 1, 0, True, 1)
    document = dict(info.to_json())
    del document["pruned"], document["isCached"]
    assert wire.FileInfo.from_json(document) == info


def test_merkle_node_is_written_as_depth_and_root() -> None:
    info = wire.FileInfo(bytes(32), (SubmissionNode(b"\1" * 32, 10),), 1024, 262144, 7, False, 0)
    tx = info.to_json()["tx"]
    assert isinstance(tx, dict)
    assert tx["merkleNodes"] == [[11, "0x" + "01" * 32]]


def test_status_spells_the_flow_address_in_lower_case() -> None:
    found = wire.status_to_json(
        31337, "0xAbC0000000000000000000000000000000000001", 5, bytes(32), 3
    )
    identity = found["networkIdentity"]
    assert isinstance(identity, dict)
    assert identity["flowAddress"] == "0xabc0000000000000000000000000000000000001"
    assert (found["logSyncHeight"], found["nextTxSeq"]) == (5, 3)


@pytest.mark.parametrize(
    ("member", "value", "field"),
    [
        ("root", None, "root"),
        ("root", "0x" + "zz" * 32, "root"),
        ("root", "12" * 33, "root"),
        ("data", 5, "data"),
        ("data", "a", "data"),
        ("data", "YQ", "data"),
        ("data", "YQ==\n", "data"),
        ("index", 1.0, "index"),
        ("index", 2**64, "index"),
        ("index", "1", "index"),
        ("fileSize", -1, "file_size"),
        ("fileSize", None, "file_size"),
        ("proof", [], "proof"),
        ("proof", {"lemma": "x", "path": []}, "proof"),
        ("proof", {"lemma": [], "path": [1]}, "proof"),
        ("proof", {"lemma": ["0x12"], "path": []}, "proof"),
    ],
)
def test_segment_with_bad_member_names_it(member: str, value: Json, field: str) -> None:
    good = wire.Segment(bytes(32), b"x", 0, Proof((bytes(32),), ()), 1).to_json()
    with pytest.raises(BadField) as caught:
        wire.Segment.from_json({**good, member: value})
    assert caught.value.field == field


@pytest.mark.parametrize("parse", [wire.Segment.from_json, wire.FileInfo.from_json])
@pytest.mark.parametrize("value", [None, 1, "x", [], {}])
def test_parse_of_another_shape_is_bad_field(parse: Callable[[Json], object], value: Json) -> None:
    with pytest.raises(BadField):
        parse(value)


@pytest.mark.parametrize("config", [(0, 0), (1, 1), (0, 3), (4, 4)])
def test_shard_config_outside_its_power_of_two_is_bad_field(config: tuple[int, int]) -> None:
    with pytest.raises(BadField):
        wire.ShardConfig.from_json({"shardId": config[0], "numShard": config[1]})


@pytest.mark.parametrize("text", ["aa " * 21 + "a", "é" + "a" * 63, "_" + "a" * 63, "+" + "a" * 63])
def test_to_hash_of_spaced_or_foreign_characters_is_bad(text: str) -> None:
    with pytest.raises(BadField):
        wire.to_hash("0x" + text, "root")


@pytest.mark.parametrize("path", [[1], [True, None], ["true"], [[True]]])
def test_proof_path_of_anything_but_booleans_is_bad(path: Json) -> None:
    with pytest.raises(BadField):
        wire.proof_from_json({"lemma": ["0x" + "00" * 32], "path": path})


def test_segment_data_goes_to_its_place_when_it_fits() -> None:
    segment = wire.Segment(bytes(32), b"x" * 512, 0, Proof((bytes(32),), ()), 512)
    place = memoryview(bytearray(600))
    found = wire.Segment.from_json(segment.to_json(), place)
    assert bytes(place[:512]) == bytes(found.data) == b"x" * 512
    assert isinstance(found.data, memoryview)
    assert found.data.obj is place.obj
    assert wire.Segment.from_json(segment.to_json(), place[:511]) == segment
