"""The gRPC messages: names, numbers, types and bytes as published; modules that are what protoc
makes of our own files."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TypedDict, TypeVar

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.symbol_database import Default

from tests.support.da_protos import (
    PROTOS,
    Layout,
    compiled,
    enums_of,
    fields_of,
    message_class,
    methods_of,
)
from zerog.da.proto import disperser_pb2, encoder_pb2, retriever_pb2, signer_pb2

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent.parent
OURS_FROM = 100
"""Numbers of fields that 0G's messages do not have."""
NITRO = "nitro_"
"""Begins the names of the header's fields at the numbers of the earlier revision."""
T = TypeVar("T")


class Golden(TypedDict):
    """A message, its values as protobuf's JSON has them, and its bytes."""

    layout: str
    message: str
    values: dict[str, object]
    wire: str


GOLDEN: list[Golden] = json.loads((PROTOS.parent / "messages.json").read_text())


@pytest.fixture(scope="module", name="published")
def published_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileDescriptorSet]:
    """Both layouts."""
    folder = tmp_path_factory.mktemp("protos")
    return {layout: compiled(layout, folder) for layout in ("current", "nitro")}


def own_files() -> list[FileDescriptorProto]:
    """What our modules were made of."""
    files = []
    for module in (disperser_pb2, encoder_pb2, signer_pb2, retriever_pb2):
        file = FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        files.append(file)
    return files


def joined(
    files: list[FileDescriptorProto], part: Callable[[FileDescriptorProto], dict[str, T]]
) -> dict[str, T]:
    """A part of every file as one."""
    return {name: value for file in files for name, value in part(file).items()}


def without_ours(layout: Layout, nitro: bool) -> Layout:
    """The fields that clients know; nitro: the header as the earlier revision has it."""
    wanted: Layout = {}
    for message, fields in layout.items():
        old = {name: field for name, field in fields.items() if name.startswith(NITRO)}
        kept = {k: v for k, v in fields.items() if v[0] < OURS_FROM and k not in old}
        renamed = {name.removeprefix(NITRO): field for name, field in old.items()}
        wanted[message] = renamed if nitro and old else kept
    return wanted


def generator() -> ModuleType:
    """scripts/make_da_protos.py."""
    path = ROOT / "scripts/make_da_protos.py"
    spec = importlib.util.spec_from_file_location("make_da_protos", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_fields_below_100_are_exactly_the_published_ones(
    published: dict[str, FileDescriptorSet],
) -> None:
    ours = joined(own_files(), fields_of)
    current = joined(list(published["current"].file), fields_of)
    assert without_ours(ours, nitro=False) == current
    old = joined(list(published["nitro"].file), fields_of)
    disperser = {name: fields for name, fields in ours.items() if name in old}
    assert without_ours(disperser, nitro=True) == old


def test_services_methods_and_statuses_are_the_published_ones(
    published: dict[str, FileDescriptorSet],
) -> None:
    files = list(published["current"].file)
    assert joined(own_files(), methods_of) == joined(files, methods_of)
    assert joined(own_files(), enums_of) == joined(files, enums_of)


def own_class(name: str) -> type[Message]:
    """Our class of a message."""
    found: type[Message] = Default().GetSymbol(name)
    return found


@pytest.mark.parametrize("one", GOLDEN, ids=lambda one: f"{one['layout']}-{one['message']}")
def test_published_message_has_these_bytes_and_ours_reads_them(
    one: Golden, published: dict[str, FileDescriptorSet]
) -> None:
    theirs = ParseDict(one["values"], message_class(published[one["layout"]], one["message"])())
    wire = bytes.fromhex(one["wire"])
    assert theirs.SerializeToString(deterministic=True) == wire
    ours = own_class(one["message"]).FromString(wire)
    shown = MessageToDict(ours, preserving_proto_field_name=True)
    assert json.loads(json.dumps(shown).replace(NITRO, "")) == one["values"]
    assert ours.SerializeToString(deterministic=True) == wire


def test_every_published_message_has_golden_bytes(published: dict[str, FileDescriptorSet]) -> None:
    named = {one["message"] for one in GOLDEN if one["layout"] == "current"}
    assert named == set(joined(list(published["current"].file), fields_of))


def test_our_fields_do_not_disturb_a_client_that_does_not_know_them(
    published: dict[str, FileDescriptorSet],
) -> None:
    header = disperser_pb2.BlobHeader(
        storage_root=b"r" * 32, epoch=7, quorum_id=2, nitro_storage_root=b"r" * 32, nitro_epoch=7,
        nitro_quorum_id=2, commitment=b"c" * 80, confirmation_tx=b"t" * 32,
    )  # fmt: skip
    info = disperser_pb2.BlobInfo(blob_header=header)
    status = disperser_pb2.BlobStatus.CONFIRMED
    reply = disperser_pb2.BlobStatusReply(status=status, info=info, signed_rows=9, error="none")
    for layout in ("current", "nitro"):
        theirs = message_class(published[layout], "disperser.BlobStatusReply")
        shown = MessageToDict(
            theirs.FromString(reply.SerializeToString()), preserving_proto_field_name=True
        )
        root = "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI="
        place = {"storage_root": root, "epoch": "7", "quorum_id": "2"}
        assert shown == {"status": "CONFIRMED", "info": {"blob_header": place}}


def test_committed_modules_are_what_the_generator_writes(tmp_path: Path) -> None:
    made = {path.name: path.read_bytes() for path in generator().generate(tmp_path)}
    folder = ROOT / "zerog/da/proto"
    assert made == {path.name: path.read_bytes() for path in folder.glob("*_pb2.py*")}
    assert len(made) == 8
