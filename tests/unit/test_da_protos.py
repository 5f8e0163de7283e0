"""The gRPC messages: names, numbers and types as published; modules that are what protoc makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.descriptor import FileDescriptor

from zerog.da.proto import disperser_pb2, encoder_pb2, retriever_pb2, signer_pb2

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent.parent
BYTES, U32, U64, BOOL, TEXT, ENUM, MESSAGE = (
    Field.TYPE_BYTES,
    Field.TYPE_UINT32,
    Field.TYPE_UINT64,
    Field.TYPE_BOOL,
    Field.TYPE_STRING,
    Field.TYPE_ENUM,
    Field.TYPE_MESSAGE,
)
PUBLISHED = {
    "disperser.DisperseBlobRequest": {"data": (1, BYTES)},
    "disperser.DisperseBlobReply": {"result": (1, ENUM), "request_id": (2, BYTES)},
    "disperser.BlobStatusRequest": {"request_id": (1, BYTES)},
    "disperser.BlobStatusReply": {"status": (1, ENUM), "info": (2, MESSAGE)},
    "disperser.BlobInfo": {"blob_header": (1, MESSAGE)},
    "disperser.BlobHeader": {
        "storage_root": (1, BYTES),
        "epoch": (2, U64),
        "quorum_id": (3, U64),
        "nitro_storage_root": (4, BYTES),
        "nitro_epoch": (5, U64),
        "nitro_quorum_id": (6, U64),
    },
    "disperser.RetrieveBlobRequest": {
        "storage_root": (1, BYTES),
        "epoch": (2, U64),
        "quorum_id": (3, U64),
    },
    "disperser.RetrieveBlobReply": {"data": (1, BYTES)},
    "encoder.EncodeBlobRequest": {"data": (1, BYTES), "require_data": (2, BOOL)},
    "encoder.EncodeBlobReply": {
        "version": (1, U32),
        "erasure_commitment": (2, BYTES),
        "storage_root": (3, BYTES),
        "encoded_data": (4, BYTES),
        "encoded_slice": (5, BYTES),
    },
    "signer.SignRequest": {
        "epoch": (1, U64),
        "quorum_id": (2, U64),
        "erasure_commitment": (3, BYTES),
        "storage_root": (4, BYTES),
        "encoded_slice": (5, BYTES),
    },
    "signer.BatchSignRequest": {"requests": (1, MESSAGE)},
    "signer.BatchSignReply": {"signatures": (1, BYTES)},
    "signer.RetrieveRequest": {
        "epoch": (1, U64),
        "quorum_id": (2, U64),
        "storage_root": (3, BYTES),
        "row_indexes": (4, U32),
    },
    "signer.BatchRetrieveRequest": {"requests": (1, MESSAGE)},
    "signer.Slices": {"encoded_slice": (1, BYTES)},
    "signer.BatchRetrieveReply": {"encoded_slice": (1, MESSAGE)},
    "signer.StatusReply": {"status_code": (1, U64), "entrance_contract": (2, TEXT)},
    "signer.Empty": {},
    "retriever.BlobRequest": {"storage_root": (1, BYTES), "epoch": (2, U64), "quorum_id": (3, U64)},
    "retriever.BlobReply": {"data": (1, BYTES)},
}
METHODS = {
    "disperser.Disperser": ["DisperseBlob", "GetBlobStatus", "RetrieveBlob"],
    "encoder.Encoder": ["EncodeBlob"],
    "signer.Signer": ["BatchSign", "BatchRetrieve", "GetStatus"],
    "retriever.Retriever": ["RetrieveBlob"],
}
FILES: list[FileDescriptor] = [
    module.DESCRIPTOR for module in (disperser_pb2, encoder_pb2, signer_pb2, retriever_pb2)
]


def generator() -> ModuleType:
    """scripts/make_da_protos.py."""
    path = ROOT / "scripts/make_da_protos.py"
    spec = importlib.util.spec_from_file_location("make_da_protos", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_fields_below_100_are_exactly_the_published_ones() -> None:
    found = {
        message.full_name: {
            field.name: (field.number, field.type) for field in message.fields if field.number < 100
        }
        for file in FILES
        for message in file.message_types_by_name.values()
    }
    assert found == PUBLISHED


def test_repeated_fields_are_the_published_ones() -> None:
    found = {
        f"{message.full_name}.{field.name}"
        for file in FILES
        for message in file.message_types_by_name.values()
        for field in message.fields
        if field.is_repeated
    }
    assert found == {
        "encoder.EncodeBlobReply.encoded_slice",
        "signer.SignRequest.encoded_slice",
        "signer.BatchSignRequest.requests",
        "signer.BatchSignReply.signatures",
        "signer.RetrieveRequest.row_indexes",
        "signer.BatchRetrieveRequest.requests",
        "signer.Slices.encoded_slice",
        "signer.BatchRetrieveReply.encoded_slice",
    }


def test_services_and_methods_are_the_published_ones() -> None:
    found = {
        service.full_name: [method.name for method in service.methods]
        for file in FILES
        for service in file.services_by_name.values()
    }
    assert found == METHODS


def test_status_numbers_are_the_published_ones() -> None:
    assert dict(disperser_pb2.BlobStatus.items()) == {
        "UNKNOWN": 0,
        "PROCESSING": 1,
        "CONFIRMED": 2,
        "FAILED": 3,
        "FINALIZED": 4,
        "INSUFFICIENT_SIGNATURES": 5,
    }


def test_confirmed_reply_has_these_bytes() -> None:
    header = disperser_pb2.BlobHeader(storage_root=b"\xaa\xbb", epoch=300, quorum_id=1)
    reply = disperser_pb2.BlobStatusReply(
        status=disperser_pb2.CONFIRMED, info=disperser_pb2.BlobInfo(blob_header=header)
    )
    assert reply.SerializeToString().hex() == "0802120b0a090a02aabb10ac021801"


def test_committed_modules_are_what_the_generator_writes(tmp_path: Path) -> None:
    made = {path.name: path.read_bytes() for path in generator().generate(tmp_path)}
    folder = ROOT / "zerog/da/proto"
    assert made == {path.name: path.read_bytes() for path in folder.glob("*_pb2.py*")}
    assert len(made) == 8
