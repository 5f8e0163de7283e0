"""What each line of the gRPC clients must have done, judged by our codec and by the contract."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.conformance.da_clients import SIZES, SMALL, Field, GrpcClient
from tests.conformance.harness import Facts, Seen
from tests.conformance.judge import Fault, require, text
from zerog.da.checking import check_row
from zerog.da.codec import FULL, Encoded, encode
from zerog.da.wire import decode_slice

WAY: Final = ["PROCESSING", "CONFIRMED", "FINALIZED"]
REFUSALS: Final = {
    "empty": ("INVALID_ARGUMENT", "blob size must be greater than 0"),
    "tooLarge": ("INVALID_ARGUMENT", "blob size cannot exceed 31744 KiB"),
    "noId": ("INVALID_ARGUMENT", "invalid request: request_id must not be empty"),
    "strangeId": ("INVALID_ARGUMENT", "invalid metadata key: "),
    "unknownId": (
        "NOT_FOUND",
        "failed to retrieve blob status: disperse failed or request may not exist",
    ),
    "shortRoot": ("INVALID_ARGUMENT", "parameter StorageRoot len is not accepted"),
}
"""Texts: 0glabs/0g-da-client: disperser/apiserver. Its code is UNKNOWN throughout."""
SERVICES: Final = {
    "disperser": {"disperser.Disperser", "retriever.Retriever", "encoder.Encoder"},
    "signer": {"signer.Signer"},
}
SERVING: Final = 1
Judge = Callable[[Field, GrpcClient, Facts], None]


def fault_of(field: Field, client: GrpcClient, line: str, seen: Seen) -> str:
    """Why a line did not do what it says; empty when it did."""
    if seen.error:
        return seen.error
    judge = JUDGES.get(line, _blob)
    try:
        judge(field, client, seen.facts)
    except (Fault, OSError, KeyError) as fault:
        return str(fault)
    return ""


def _blob(field: Field, client: GrpcClient, facts: Facts) -> None:
    require(facts["seen"] == WAY, f"statuses {facts['seen']}")
    _certified(field, client, facts)
    _same(field, client, facts, "disperser", "retriever")


def _nitro(field: Field, client: GrpcClient, facts: Facts) -> None:
    require(facts["seen"] == WAY[:2], f"statuses {facts['seen']}")
    _certified(field, client, facts)
    _same(field, client, facts, "disperser")


def _certified(field: Field, client: GrpcClient, facts: Facts) -> None:
    """The header names the blob's own root, and the contract holds a certificate for it there."""
    name, root = text(facts, "name"), text(facts, "root")
    require(text(facts, "id").count("-") == 1, f"request id {facts['id']}")
    require(facts["present"], "info is absent")
    require(root == _root(field, client, name).hex(), f"{name}: another data root")
    epoch, quorum = _number(facts, "epoch"), _number(facts, "quorum")
    held = field.entrance().is_certified(bytes.fromhex(root), epoch, quorum)
    require(held, f"no certificate for {root} in epoch {epoch}, quorum {quorum}")


def _same(field: Field, client: GrpcClient, facts: Facts, *ways: str) -> None:
    data = field.blob(client, text(facts, "name")).read_bytes()
    for way in ways:
        out = Path(text(facts, way))
        require(out.read_bytes() == data, f"{way} gave other bytes")


def _refusals(_field: Field, _client: GrpcClient, facts: Facts) -> None:
    for name, (code, words) in REFUSALS.items():
        told = facts[name]
        require(isinstance(told, dict), f"{name}: {told}")
        assert isinstance(told, dict)
        require(told["code"] == code, f"{name}: {told['code']}")
        require(str(told["text"]).startswith(words), f"{name}: {told['text']}")


def _default_limit(_field: Field, _client: GrpcClient, facts: Facts) -> None:
    require(facts["code"] == "RESOURCE_EXHAUSTED", f"{facts}")


def _encoder(field: Field, client: GrpcClient, facts: Facts) -> None:
    ours = _encoded(field.blob(client, SMALL))
    require(facts["root"] == _root(field, client, SMALL).hex(), "another data root")
    require((facts["version"], facts["commitment"]) == (0, 64), "another version or commitment")
    require(facts["slices"] == FULL.rows, f"{facts['slices']} slices")
    digest = hashlib.sha256(b"".join(ours.rows)).hexdigest()
    require(facts["dataDigest"] == digest, "other rows")


def _signer(field: Field, client: GrpcClient, facts: Facts) -> None:
    address = field.registry.contract("DAEntrance").address
    require(facts["code"] == 200, f"status {facts['code']}")
    told = text(facts, "entrance")
    require(told.lower() == address.lower().removeprefix("0x"), f"entrance {told}")
    slices = facts["slices"]
    require(isinstance(slices, list) and len(slices) == 1, "not the one row that was asked for")
    assert isinstance(slices, list)
    row = decode_slice(bytes.fromhex(slices[0]))
    check_row(_encoded(field.blob(client, SMALL)).commitment, row)
    require(row.index == facts["row"], "another row")


def _probes(_field: Field, _client: GrpcClient, facts: Facts) -> None:
    for name, wanted in SERVICES.items():
        found = facts[name]
        assert isinstance(found, dict)
        require(wanted <= set(found["services"]), f"{name} lists {found['services']}")
        states = {service: found["serving"].get(service) for service in ("", *wanted)}
        require(set(states.values()) == {SERVING}, f"{name} serves {states}")


JUDGES: Final[Mapping[str, Judge]] = {
    "nitro": _nitro,
    "refusals": _refusals,
    "default-limit": _default_limit,
    "encoder": _encoder,
    "signer": _signer,
    "probes": _probes,
}


def _number(facts: Facts, name: str) -> int:
    found = facts.get(name)
    if not isinstance(found, int):
        raise Fault(f"{name} is {found!r}")
    return found


def _root(field: Field, client: GrpcClient, name: str) -> bytes:
    entrance = bytes.fromhex(field.registry.contract("DAEntrance").address.removeprefix("0x"))
    commitment = _encoded(field.blob(client, name)).commitment
    return commitment.data_root(field.registry.chain_id, entrance)


def _encoded(path: Path) -> Encoded:
    require(path.name in {*SIZES, "nitro"}, f"{path.name} is no blob of this run")
    return encode(path.read_bytes())
