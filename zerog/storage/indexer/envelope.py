"""What the REST gateway answers when it is not a file: `{"code", "message", "data"}`.

Codes and HTTP statuses are the reference's (0gfoundation/0g-storage-client: indexer/gateway).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import orjson
from starlette.responses import Response
from uvicorn.protocols.http import h11_impl, httptools_impl

from zerog.errors import ZerogError
from zerog.types import Json

INTERNAL_STATUS: Final = 600
"""The reference's HTTP status of code 2; every other answer is 200."""


class Code(Enum):
    """An answer's code with its message."""

    SUCCESS = (0, "Success")
    INVALID = (1, "Invalid parameter")
    INTERNAL = (2, "Internal server error")
    NOT_FOUND = (101, "File not found")
    PRUNED = (102, "File already pruned")
    NOT_FINALIZED = (103, "File not finalized yet")
    PATH_NOT_FOUND = (104, "File path not found")
    TOO_LARGE = (105, "File size too large")
    WRONG_TYPE = (106, "File type unsupported")


class GatewayError(ZerogError):
    """A request that ends in one of the codes; `data` says what exactly."""

    def __init__(self, code: Code, data: Json = None) -> None:
        self.code, self.data = code, data
        super().__init__(f"{code.value[1]} ({code.value[0]})")


def answer(data: Json, code: Code = Code.SUCCESS) -> Response:
    """The envelope with its status."""
    number, message = code.value
    body = orjson.dumps({"code": number, "message": message, "data": data})
    status = INTERNAL_STATUS if code is Code.INTERNAL else 200
    return Response(body, status, media_type="application/json")


def admit_status_600() -> None:
    """Let uvicorn write the status that clients of the reference know; its tables end at 599."""
    httptools_impl.STATUS_LINE.setdefault(INTERNAL_STATUS, b"HTTP/1.1 600 \r\n")
    h11_impl.STATUS_PHRASES.setdefault(INTERNAL_STATUS, b"")
