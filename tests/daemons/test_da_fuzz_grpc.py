"""Noise on every method of every service: a code that blames the sender, and memory that stays.

INTERNAL and UNKNOWN are never right: they mean an error that nobody thought of.
"""

from __future__ import annotations

import os
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import grpc
import psutil
import pytest
from google.protobuf.message import Message

from tests.support.da import SMALL
from tests.support.da_grpc import BLOB, WAIT, House, moved, order
from zerog.da.codec import encode
from zerog.da.proto import disperser_pb2, encoder_pb2, retriever_pb2, signer_pb2
from zerog.da.rpcs import (
    BATCH_RETRIEVE,
    BATCH_SIGN,
    COLLECT_BLOB,
    DISPERSE_BLOB,
    ENCODE_BLOB,
    GET_BLOB_STATUS,
    GET_STATUS,
    MIB,
    RETRIEVE_BLOB,
)

pytestmark = [pytest.mark.daemons, pytest.mark.timeout(7200)]

INPUTS: Final = 400_000 if os.environ.get("ZEROG_SOAK") else 11_200
"""Over the eight methods."""
WINDOW: Final = 64
"""Calls under way at once."""
BLAMED: Final = {
    grpc.StatusCode.OK,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DATA_LOSS,
}
Seeds = Mapping[str, bytes]
Way = Callable[[random.Random, bytes], bytes]


@pytest.fixture(scope="module", name="house")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Served until the module ends."""
    house = House(tmp_path_factory.mktemp("house"), intake_bytes=2**60)
    yield house
    house.channel.close()
    house.server.stop(0)


@pytest.fixture(scope="module", name="seeds")
def good_messages(house: House) -> Seeds:
    """A message of each method that is answered with OK."""
    sent = house.disperse()
    root = moved(house, sent, "encoded", "uploaded", "signed", "confirmed").data_root
    house.vault.blobs[root] = BLOB
    signing = signer_pb2.BatchSignRequest(requests=[order(encode(BLOB, SMALL), 1, 5, 9)])
    asked = signer_pb2.RetrieveRequest(epoch=7, quorum_id=2, storage_root=root, row_indexes=[1, 9])
    messages: list[tuple[str, Message]] = [
        (BATCH_SIGN.path, signing),
        (DISPERSE_BLOB.path, disperser_pb2.DisperseBlobRequest(data=b"noise", policy=bytes(32))),
        (GET_BLOB_STATUS.path, disperser_pb2.BlobStatusRequest(request_id=sent)),
        (
            RETRIEVE_BLOB.path,
            disperser_pb2.RetrieveBlobRequest(storage_root=root, epoch=7, quorum_id=2),
        ),
        (ENCODE_BLOB.path, encoder_pb2.EncodeBlobRequest(data=b"noise", require_data=True)),
        (BATCH_RETRIEVE.path, signer_pb2.BatchRetrieveRequest(requests=[asked, asked])),
        (GET_STATUS.path, signer_pb2.Empty()),
        (COLLECT_BLOB.path, retriever_pb2.BlobRequest(storage_root=root, epoch=7, quorum_id=2)),
    ]
    return {path: message.SerializeToString() for path, message in messages}


def _raw(house: House, path: str) -> grpc.UnaryUnaryMultiCallable[bytes, bytes]:
    """A method without a codec."""
    made: grpc.UnaryUnaryMultiCallable[bytes, bytes] = house.channel.unary_unary(path)
    return made


def _code(house: House, path: str, request: bytes) -> grpc.StatusCode:
    return _raw(house, path).with_call(request, timeout=WAIT)[1].code()


def _refusal(house: House, path: str, request: bytes) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        _raw(house, path)(request, timeout=WAIT)
    assert isinstance(caught.value, grpc.Call)
    return caught.value.code()


def _noise(dice: random.Random, _seed: bytes) -> bytes:
    return dice.randbytes(int(dice.paretovariate(0.6)) % 3000)


def _changed(dice: random.Random, seed: bytes) -> bytes:
    made = bytearray(seed or b"\0")
    for _ in range(dice.randrange(1, 5)):
        made[dice.randrange(len(made))] = dice.randrange(256)
    return bytes(made)


def _cut(dice: random.Random, seed: bytes) -> bytes:
    return seed[: dice.randrange(len(seed) + 1)]


def _spliced(dice: random.Random, seed: bytes) -> bytes:
    """Fields twice, in another order, or with a piece of noise between them."""
    at, end = sorted(dice.randrange(len(seed) + 1) for _ in range(2))
    return seed[at:] + dice.choice([b"", seed[:end], dice.randbytes(7)]) + seed[:at]


def _grown(dice: random.Random, seed: bytes) -> bytes:
    """A length or a number somewhere becomes a huge one."""
    at = dice.randrange(len(seed) + 1)
    return seed[:at] + b"\xff" * dice.randrange(1, 10) + b"\x7f" + seed[at + 1 :]


WAYS: Final[tuple[Way, ...]] = (_noise, _changed, _cut, _spliced, _grown)


def _bombard(house: House, seeds: Seeds, inputs: int) -> Counter[tuple[str, grpc.StatusCode]]:
    """Send so many requests over one channel, some at once; the codes, by method."""
    dice = random.Random(11)
    calls = {path: _raw(house, path) for path in seeds}
    paths, codes = sorted(seeds), Counter[tuple[str, grpc.StatusCode]]()
    waiting: deque[tuple[str, grpc.Call]] = deque()
    for count in range(inputs + WINDOW):
        if len(waiting) >= WINDOW or count >= inputs:
            path, answer = waiting.popleft()
            codes[path, answer.code()] += 1
        if count < inputs:
            path = paths[count % len(paths)]
            request = dice.choice(WAYS)(dice, seeds[path])
            waiting.append((path, calls[path].future(request, timeout=WAIT)))
    return codes


def test_noise_on_every_method_blames_the_sender_and_memory_stays(
    house: House, seeds: Seeds
) -> None:
    for path, good in seeds.items():
        assert _code(house, path, good) is grpc.StatusCode.OK, path
    process = psutil.Process()
    _bombard(house, seeds, INPUTS // 10)
    before = process.memory_info().rss
    codes = _bombard(house, seeds, INPUTS - INPUTS // 10)
    assert {code for _, code in codes} <= BLAMED, codes
    assert {path for path, code in codes if code is grpc.StatusCode.OK} >= set(seeds)
    assert process.memory_info().rss - before < 64 * MIB
    for path, good in seeds.items():
        assert _code(house, path, good) is grpc.StatusCode.OK, path


def test_bytes_that_are_no_message_are_the_senders_fault(house: House, seeds: Seeds) -> None:
    for path in seeds:
        found = _refusal(house, path, b"\xff\xff\xff")
        assert found is grpc.StatusCode.INVALID_ARGUMENT, path


def test_service_or_method_that_is_not_there_is_unimplemented(house: House) -> None:
    for path in ("/disperser.Disperser/Nothing", "/nobody.Nothing/Nothing", "/"):
        assert _refusal(house, path, b"") is grpc.StatusCode.UNIMPLEMENTED, path
