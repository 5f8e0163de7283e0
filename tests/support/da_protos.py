"""The published messages of 0G DA as descriptors, compiled from the facts in tests/vectors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.support.vectors import VECTORS

PROTOS = VECTORS / "da" / "protos"
Layout = dict[str, dict[str, tuple[int, int, int, str]]]


def compiled(layout: str, folder: Path) -> FileDescriptorSet:
    """Every file of a layout, as protoc understands it."""
    out = folder / f"{layout}.set"
    names = [path.name for path in sorted((PROTOS / layout).glob("*.proto"))]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS / layout}"]
    subprocess.run([*command, f"--descriptor_set_out={out}", *names], check=True)
    return FileDescriptorSet.FromString(out.read_bytes())


def fields_of(file: FileDescriptorProto) -> Layout:
    """message -> field -> number, type, label, type of a message's or enum's field."""
    return {
        f"{file.package}.{message.name}": {
            field.name: (field.number, field.type, field.label, field.type_name)
            for field in message.field
        }
        for message in file.message_type
    }


def methods_of(file: FileDescriptorProto) -> dict[str, tuple[str, str]]:
    """service/method -> request, reply."""
    return {
        f"{file.package}.{service.name}/{method.name}": (method.input_type, method.output_type)
        for service in file.service
        for method in service.method
    }


def enums_of(file: FileDescriptorProto) -> dict[str, dict[str, int]]:
    """enum -> name -> number."""
    return {
        f"{file.package}.{enum.name}": {value.name: value.number for value in enum.value}
        for enum in file.enum_type
    }


def message_class(files: FileDescriptorSet, name: str) -> type[Message]:
    """A class of the published message, that knows nothing of ours."""
    pool = DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(name))
