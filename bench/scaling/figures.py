"""What one core of this machine does, measured in some seconds: the simulation's only input that
is not an assumption."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Final

import grpc

from bench.report import best_cpu_seconds
from bench.scaling.network import Gas, Rates
from zerog.crypto.bn254 import (
    SecretKey,
    add,
    add2,
    decode_signature,
    encode_signature,
    verify,
)
from zerog.da.codec import FULL, MAX_BLOB_BYTES, Encoded, Inspection, encode, keep_heap
from zerog.da.grpcserver import Server, Service
from zerog.da.proto.signer_pb2 import BatchSignReply, BatchSignRequest
from zerog.da.rowstore import Kept, RowStore
from zerog.da.rpcs import BATCH_SIGN, MIB, SIGNER, channel
from zerog.da.wire import SignOrder, from_sign_request, to_sign_request

MANY: Final = 384
FEW: Final = 48
CERTIFICATE: Final = ((0, 278_000), (1, 305_000), (100, 410_000), (341, 582_000))
"""Gas by absent signers, of as many signers as rows, as bench/da.py measures it."""
ANNOUNCE: Final = 6_000
"""Gas of one blob more in an announcement of many."""
GAS: Final = Gas(ANNOUNCE, CERTIFICATE)


def measure_rates() -> Rates:
    """Some seconds of each step, the best of a few runs, by CPU time."""
    keep_heap()
    data, room = random.Random(0).randbytes(MAX_BLOB_BYTES), bytearray(FULL.n * 31_744)  # noqa: S311
    encoding = best_cpu_seconds(lambda: encode(data, FULL, room), 3)
    encoded = encode(data)
    order = _order(encoded, MANY)
    many, few = _checking(encoded, MANY), _checking(encoded, FEW)
    row = encoded.commitment.header.row_size
    each = (many - few) / ((MANY - FEW) * row)
    send, receive = _transport(order)
    key, digest = SecretKey(12345), bytes(range(32))
    verifying, joining = _verifying(digest)
    return Rates(
        encode=len(data) / encoding,
        check=1 / each,
        check_fixed_s=max(0.0, few - FEW * row * each),
        send=send,
        receive=receive,
        keep=_keeping(order),
        sign_s=best_cpu_seconds(lambda: key.sign(digest)),
        verify_s=verifying,
        join_s=joining,
    )


def _verifying(digest: bytes) -> tuple[float, float]:
    """The check of a sum of signatures, and what each of them adds to it."""
    keys = [SecretKey(number + 1) for number in range(FEW)]
    sent = [encode_signature(key.sign(digest)) for key in keys]
    public = [key.public_g2 for key in keys]

    def whole() -> None:
        verify(digest, add([decode_signature(one) for one in sent]), add2(public))

    key_sum, signed = add2(public), add([decode_signature(part) for part in sent])
    check = best_cpu_seconds(lambda: verify(digest, signed, key_sum))
    return check, max(0.0, best_cpu_seconds(whole) - check) / len(sent)


def _own(count: int) -> Sequence[int]:
    return sorted(random.Random(count).sample(range(FULL.rows), count))  # noqa: S311


def _order(encoded: Encoded, count: int) -> SignOrder:
    rows = [encoded.row_proof(index) for index in _own(count)]
    root = encoded.commitment.data_root(31337, bytes(20))
    return SignOrder(1, 0, root, encoded.commitment, encoded.values, rows)


def _checking(encoded: Encoded, count: int) -> float:
    order, own = _order(encoded, count), _own(count)
    return best_cpu_seconds(
        lambda: Inspection(order.commitment, order.values).check(order.rows, own), 4
    )


def _transport(order: SignOrder) -> tuple[float, float]:
    """Bytes a second of CPU time over loopback, at sender and receiver.

    Both are in this process; the halves are told apart by what making and parsing the message
    cost, and the rest is the transport's, taken to be shared equally.
    """

    def answer(request: BatchSignRequest, _context: grpc.ServicerContext) -> BatchSignReply:
        return BatchSignReply(signatures=[bytes(64)] * len(request.requests))

    server = Server([Service(SIGNER, [BATCH_SIGN.served(answer)])], 1024 * MIB)
    port = server.start("127.0.0.1", 0)
    try:
        with channel(f"127.0.0.1:{port}") as line:
            message = BatchSignRequest(requests=[to_sign_request(order)])
            BATCH_SIGN.call(line, message, 60)
            whole = min(_spent(line, message) for _ in range(4))
    finally:
        server.stop(0)
    making = best_cpu_seconds(lambda: to_sign_request(order), 3)
    parsing = best_cpu_seconds(lambda: from_sign_request(message.requests[0]), 3)
    size = message.ByteSize()
    return size / (whole / 2 + making), size / (whole / 2 + parsing)


def _spent(line: grpc.Channel, message: BatchSignRequest) -> float:
    start = process_time()
    BATCH_SIGN.call(line, message, 60)
    return process_time() - start


def _keeping(order: SignOrder) -> float:
    size = sum(memoryview(row.data).nbytes + len(row.path) for row in order.rows)
    with tempfile.TemporaryDirectory() as folder:
        store = RowStore(Path(folder))
        turns = iter(range(100))

        def keep() -> None:
            store.keep(Kept(next(turns), 0, order.data_root), order.commitment, order.rows)

        keep()
        return size / best_cpu_seconds(keep, 6)


def slower(rates: Rates, times: float) -> Rates:
    """The same core, so many times slower: for a machine that is shared."""
    return replace(
        rates,
        encode=rates.encode / times,
        check=rates.check / times,
        check_fixed_s=rates.check_fixed_s * times,
        send=rates.send / times,
        receive=rates.receive / times,
        keep=rates.keep / times,
        sign_s=rates.sign_s * times,
        verify_s=rates.verify_s * times,
        join_s=rates.join_s * times,
    )
