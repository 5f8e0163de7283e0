from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class EncodeBlobRequest(_message.Message):
    __slots__ = ("data", "require_data")
    DATA_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    require_data: bool
    def __init__(self, data: _Optional[bytes] = ..., require_data: _Optional[bool] = ...) -> None: ...

class EncodeBlobReply(_message.Message):
    __slots__ = ("version", "erasure_commitment", "storage_root", "encoded_data", "encoded_slice", "header", "combinations")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ERASURE_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    STORAGE_ROOT_FIELD_NUMBER: _ClassVar[int]
    ENCODED_DATA_FIELD_NUMBER: _ClassVar[int]
    ENCODED_SLICE_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    COMBINATIONS_FIELD_NUMBER: _ClassVar[int]
    version: int
    erasure_commitment: bytes
    storage_root: bytes
    encoded_data: bytes
    encoded_slice: _containers.RepeatedScalarFieldContainer[bytes]
    header: bytes
    combinations: bytes
    def __init__(self, version: _Optional[int] = ..., erasure_commitment: _Optional[bytes] = ..., storage_root: _Optional[bytes] = ..., encoded_data: _Optional[bytes] = ..., encoded_slice: _Optional[_Iterable[bytes]] = ..., header: _Optional[bytes] = ..., combinations: _Optional[bytes] = ...) -> None: ...
