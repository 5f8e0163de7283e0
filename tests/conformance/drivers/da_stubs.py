"""Drives disperser, retriever, encoder and signer with stubs made of the published messages.

Usage: python da_stubs.py JOB.json (grpcio and the generated stubs are all that it needs)
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from reporting import POLL_SECONDS, Facts, read_job, run_lines

JOB = read_job()
sys.path.insert(0, JOB["stubs"])
INPUTS, OUTPUTS, TOLD = (Path(JOB[name]) for name in ("inputs", "outputs", "told"))
MIB = 1024 * 1024
CALL_SECONDS = 120
ENDS = ("FINALIZED", "FAILED", "INSUFFICIENT_SIGNATURES")


def stubs(name: str) -> tuple[ModuleType, ModuleType]:
    """Messages and stubs of a package."""
    return importlib.import_module(f"{name}_pb2"), importlib.import_module(f"{name}_pb2_grpc")


def channel(target: str, receive: int | None = 300 * MIB) -> grpc.Channel:
    """receive: bytes of the largest answer; None leaves gRPC's default of 4 MiB."""
    limit = [("grpc.max_receive_message_length", receive)] if receive else []
    return grpc.insecure_channel(target, [("grpc.max_send_message_length", -1), *limit])


def content(name: str) -> bytes:
    return (INPUTS / name).read_bytes()


def keep(line: str, name: str, way: str, data: bytes) -> str:
    out = OUTPUTS / f"{line}-{way}-{name}"
    out.write_bytes(data)
    return str(out)


def header_of(reply: Any) -> dict[str, object]:
    found = reply.info.blob_header
    return {
        "root": found.storage_root.hex(),
        "epoch": found.epoch,
        "quorum": found.quorum_id,
        "present": reply.HasField("info"),
    }


def dispersed(name: str, until: tuple[str, ...] = ENDS) -> Facts:
    """Send a blob and poll until one of these statuses: all statuses seen, the last header."""
    pb2, grpc_ = stubs("disperser")
    began = time.monotonic()
    with channel(JOB["disperser"]) as line:
        stub = grpc_.DisperserStub(line)
        request = pb2.DisperseBlobRequest(data=content(name))
        accepted = stub.DisperseBlob(request, timeout=CALL_SECONDS)
        seen = [pb2.BlobStatus.Name(accepted.result)]
        reply = followed(stub, pb2, accepted.request_id, seen, until)
    return {
        "name": name,
        "id": accepted.request_id.decode(),
        "seen": seen,
        "seconds": round(time.monotonic() - began, 2),
        **header_of(reply),
    }


def followed(
    stub: Any, pb2: ModuleType, request_id: bytes, seen: list[str], until: tuple[str, ...]
) -> Any:
    """The reply with one of these statuses; the harness is told as soon as CONFIRMED is seen."""
    told = hashlib.sha256(request_id).hexdigest()
    end = time.monotonic() + JOB["seconds"]
    try:
        while True:
            if time.monotonic() > end:
                raise TimeoutError(f"it is {seen[-1]} after {JOB['seconds']} s")
            reply = stub.GetBlobStatus(
                pb2.BlobStatusRequest(request_id=request_id), timeout=CALL_SECONDS
            )
            status = pb2.BlobStatus.Name(reply.status)
            if status != seen[-1]:
                seen.append(status)
            if status in ("CONFIRMED", *ENDS):
                told = reply.info.blob_header.storage_root.hex()
                (TOLD / told).touch()
            if status in until:
                return reply
            time.sleep(POLL_SECONDS)
    finally:
        (TOLD / told).touch()


def place(facts: Facts) -> dict[str, object]:
    root = bytes.fromhex(str(facts["root"]))
    return {"storage_root": root, "epoch": facts["epoch"], "quorum_id": facts["quorum"]}


def from_disperser(facts: Facts, receive: int | None = 300 * MIB) -> bytes:
    pb2, grpc_ = stubs("disperser")
    with channel(JOB["disperser"], receive) as line:
        request = pb2.RetrieveBlobRequest(**place(facts))
        data: bytes = grpc_.DisperserStub(line).RetrieveBlob(request, timeout=CALL_SECONDS).data
        return data


def from_retriever(facts: Facts) -> bytes:
    pb2, grpc_ = stubs("retriever")
    with channel(JOB["retriever"]) as line:
        request = pb2.BlobRequest(**place(facts))
        data: bytes = grpc_.RetrieverStub(line).RetrieveBlob(request, timeout=CALL_SECONDS).data
        return data


DONE: dict[str, Facts] = {}


def blob(line: str) -> Facts:
    """One blob to its end, then back through disperser and retriever. line: blob-NAME."""
    name = line.partition("-")[2]
    facts = DONE[name] = dispersed(name)
    return {
        **facts,
        "disperser": keep(line, name, "disperser", from_disperser(facts)),
        "retriever": keep(line, name, "retriever", from_retriever(facts)),
    }


def nitro(line: str) -> Facts:
    """As Nitro's fork: done at CONFIRMED, its header at the old numbers, its own 4 MiB limit."""
    facts = dispersed(JOB["nitro"], ("CONFIRMED", *ENDS))
    return {
        **facts,
        "disperser": keep(line, JOB["nitro"], "disperser", from_disperser(facts, None)),
    }


def refused(call: Any, request: Any) -> dict[str, str]:
    try:
        call(request, timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        return {"code": error.code().name, "text": error.details() or ""}
    return {"code": "OK", "text": ""}


def refusals(line: str) -> Facts:
    """Requests that mean nothing, and what each is told."""
    pb2, grpc_ = stubs("disperser")
    unknown = hashlib.sha256(b"unknown").hexdigest().encode() + b"-00"
    with channel(JOB["disperser"]) as opened:
        stub = grpc_.DisperserStub(opened)
        return {
            "empty": refused(stub.DisperseBlob, pb2.DisperseBlobRequest()),
            "tooLarge": refused(
                stub.DisperseBlob, pb2.DisperseBlobRequest(data=bytes(JOB["maximum"] + 1))
            ),
            "noId": refused(stub.GetBlobStatus, pb2.BlobStatusRequest()),
            "strangeId": refused(stub.GetBlobStatus, pb2.BlobStatusRequest(request_id=b"what?")),
            "unknownId": refused(stub.GetBlobStatus, pb2.BlobStatusRequest(request_id=unknown)),
            "shortRoot": refused(stub.RetrieveBlob, pb2.RetrieveBlobRequest(storage_root=b"short")),
        }


def default_limit(line: str) -> Facts:
    """A client that leaves the 4 MiB of gRPC as they are, and a blob that is larger."""
    large = DONE[JOB["largest"]]
    try:
        from_disperser(large, None)
    except grpc.RpcError as error:
        return {"code": error.code().name, "text": error.details() or ""}
    return {"code": "OK"}


def encoder(line: str) -> Facts:
    """The rows of a blob that was dispersed as well."""
    pb2, grpc_ = stubs("encoder")
    with channel(JOB["encoder"], 1024 * MIB) as opened:
        stub = grpc_.EncoderStub(opened)
        request = pb2.EncodeBlobRequest(data=content(JOB["small"]), require_data=True)
        reply = stub.EncodeBlob(request, timeout=CALL_SECONDS)
    return {
        "version": reply.version,
        "root": reply.storage_root.hex(),
        "commitment": len(reply.erasure_commitment),
        "slices": len(reply.encoded_slice),
        "dataDigest": hashlib.sha256(reply.encoded_data).hexdigest(),
    }


def signer(line: str) -> Facts:
    """What a signer says of itself, and a row that it keeps of a dispersed blob."""
    pb2, grpc_ = stubs("signer")
    facts = DONE[JOB["small"]]
    with channel(JOB["signer"], 1024 * MIB) as opened:
        stub = grpc_.SignerStub(opened)
        status = stub.GetStatus(pb2.Empty(), timeout=CALL_SECONDS)
        for row in range(3072):
            one = pb2.RetrieveRequest(**place(facts), row_indexes=[row, row])
            try:
                reply = stub.BatchRetrieve(
                    pb2.BatchRetrieveRequest(requests=[one]), timeout=CALL_SECONDS
                )
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
                continue
            (slices,) = reply.encoded_slice
            rows = [bytes(found).hex() for found in slices.encoded_slice]
            break
    return {
        "code": status.status_code,
        "entrance": status.entrance_contract,
        "row": row,
        "slices": rows,
    }


def probes(line: str) -> Facts:
    """Standard health checks, and what reflection lists."""
    found: Facts = {}
    for name in ("disperser", "signer"):
        with channel(JOB[name]) as opened:
            check = health_pb2_grpc.HealthStub(opened).Check
            services = ProtoReflectionDescriptorDatabase(opened).get_services()
            states = {
                one: check(health_pb2.HealthCheckRequest(service=one), timeout=CALL_SECONDS).status
                for one in ("", *services)
                if not one.startswith("grpc.")
            }
            found[name] = {"services": sorted(services), "serving": states}
    return found


LINES = {
    **{f"blob-{name}": blob for name in JOB["blobs"]},
    "nitro": nitro,
    "refusals": refusals,
    "default-limit": default_limit,
    "encoder": encoder,
    "signer": signer,
    "probes": probes,
}

if __name__ == "__main__":
    run_lines(JOB, LINES)
