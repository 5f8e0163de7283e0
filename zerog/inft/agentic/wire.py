"""What clients, containers and sandbox nodes send an attestor, and the texts that they sign. Pure.

Source: 0gfoundation/0g-agentic-id: sdk AttestorClient, attestor routes. A signed text is parsed
and compared with the body field by field, so the order of its keys does not matter.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

import orjson

from zerog.chain.hexes import to_address
from zerog.crypto.curve import BadSignature, recover
from zerog.crypto.keccak import keccak256
from zerog.errors import ZerogError
from zerog.inft.agentic.errors import BadRequest, NotAuthorised, Stale
from zerog.inft.agentic.serveproof import personal
from zerog.types import Address

Fields = Mapping[str, object]

WINDOW_SECONDS: Final = 300
MAX_TEXT: Final = 4096
HEX: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
SECONDS: Final = re.compile(r"[0-9]{1,12}")
STATUSES: Final = ("starting", "running", "error", "warning", "stopping")


def text(fields: Fields, name: str, limit: int = MAX_TEXT) -> str:
    """A text field; raises BadRequest."""
    found = fields.get(name)
    if not isinstance(found, str) or len(found) > limit:
        raise BadRequest(name, f"a text of at most {limit} characters expected")
    return found


def blob(fields: Fields, name: str, size: int | None = None) -> bytes:
    """A field of 0x and hex digits; raises BadRequest."""
    found = text(fields, name)
    if not HEX.fullmatch(found) or (size is not None and len(found) != 2 + 2 * size):
        wanted = "0x and hex digits" if size is None else f"0x and {2 * size} hex digits"
        raise BadRequest(name, f"{wanted} expected")
    return bytes.fromhex(found[2:])


def number(fields: Fields, name: str) -> int:
    """A field that is a whole number; raises BadRequest."""
    found = fields.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise BadRequest(name, "a whole number expected")
    return found


def address(value: object, name: str) -> Address:
    """An address as text; raises BadRequest."""
    try:
        return to_address(str(value))
    except ZerogError as error:
        raise BadRequest(name, str(error)) from None


def signer(digest: bytes, signature: bytes, what: str) -> Address:
    """Who signed a digest; raises BadRequest."""
    try:
        return recover(digest, signature)
    except BadSignature as error:
        raise BadRequest(what, str(error)) from None


def signed_document(encoded: str, signature: bytes, wanted: Address, what: str) -> Fields:
    """The JSON object that `wanted` signed; raises BadRequest, NotAuthorised."""
    raw, found = decoded(encoded, what), parsed(encoded, what)
    signed_by = signer(personal(raw), signature, what)
    if signed_by != wanted:
        raise NotAuthorised(what, signed_by, wanted)
    return found


def decoded(encoded: str, what: str) -> bytes:
    """The bytes behind base64; raises BadRequest."""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(what, "base64 expected") from None


def parsed(encoded: str, what: str) -> Fields:
    """The JSON object behind base64; raises BadRequest."""
    try:
        found = orjson.loads(decoded(encoded, what))
    except orjson.JSONDecodeError:
        raise BadRequest(what, "JSON expected") from None
    if not isinstance(found, dict):
        raise BadRequest(what, "a JSON object expected")
    return found


def require_same(document: Fields, expected: Fields) -> None:
    """Every field of the body is in the signed text, as it is; raises NotAuthorised."""
    for name, value in expected.items():
        found = document.get(name)
        same = found == value
        if isinstance(value, str) and HEX.fullmatch(value) and isinstance(found, str):
            same = found.lower() == value.lower()
        if not same:
            raise NotAuthorised(f"another {name}", repr(found)[:80], repr(value)[:80])


def attestation_digest(seal_id: bytes, container_key: bytes, image: bytes, issued_at: int) -> bytes:
    """keccak of `ImageAttestation:SEAL:0xKEY:sha256:IMAGE:SECONDS`."""
    words = f"ImageAttestation:{seal_id.hex()}:0x{container_key.hex()}"
    return keccak256(f"{words}:sha256:{image.hex()}:{issued_at}".encode())


def status_digest(seal_id: bytes, status: str, detail: str) -> bytes:
    """keccak of `StatusReport:0xSEAL:STATUS:DETAIL`, without EIP-191."""
    return keccak256(f"StatusReport:0x{seal_id.hex()}:{status}:{detail}".encode())


def check_auth(message: str, tag: str, now: int) -> list[str]:
    """The parts after the tag of `TAG:...:SECONDS[:...]`; raises BadRequest, Stale.

    The second part is the time in each of these texts.
    """
    found, *parts = message.split(":", 3)
    if found != tag or len(parts) < 2 or not SECONDS.fullmatch(parts[1]):
        raise BadRequest("X-Auth-Message", f"{tag}:...:SECONDS expected")
    if abs(now - int(parts[1])) > WINDOW_SECONDS:
        raise Stale("X-Auth-Message", int(parts[1]) - now)
    return parts
