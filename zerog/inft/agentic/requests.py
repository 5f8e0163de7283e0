"""The requests that an attestor takes, checked. Pure.

Source: 0gfoundation/0g-agentic-id: sdk AttestorClient, attestor routes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import coincurve
import orjson

from zerog.crypto.keccak import keccak256
from zerog.inft.agentic.errors import BadRequest, Stale
from zerog.inft.agentic.wire import (
    Fields,
    address,
    attestation_digest,
    blob,
    decoded,
    number,
    require_same,
    signed_document,
    signer,
    text,
)
from zerog.types import Address, PublicKey

DEPLOY_DOMAIN: Final = "AgenticID.Deploy.v1"
CLONE_DOMAIN: Final = "AgenticID.Clone.v1"
CONTRACT_CLONE_DOMAIN: Final = "AgenticID.CloneContract.v1"
ENVELOPE_SECONDS: Final = 3600
MAX_ITEMS: Final = 32
MAX_EXTRA: Final = 4096
FRAMEWORK_ROLE: Final = "framework"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an agent's data. plaintext: any JSON."""

    role: str
    plaintext: object
    extra: Fields

    def to_json(self) -> dict[str, object]:
        """As it was sent."""
        return {"role": self.role, "plaintext": self.plaintext, "extra": self.extra}


def items(fields: Fields) -> tuple[Item, ...]:
    """The field i_data; raises BadRequest."""
    found = fields.get("i_data")
    if not isinstance(found, list) or not 0 < len(found) <= MAX_ITEMS:
        raise BadRequest("i_data", f"1 to {MAX_ITEMS} items expected")
    return tuple(_item(one) for one in found)


def _item(value: object) -> Item:
    if not isinstance(value, dict):
        raise BadRequest("i_data", "objects expected")
    extra = value.get("extra", {})
    if not isinstance(extra, dict) or "plaintext" not in value:
        raise BadRequest("i_data", "{role, plaintext, extra} expected")
    try:
        orjson.dumps(value["plaintext"])
        described = len(orjson.dumps(extra))
    except orjson.JSONEncodeError as error:  # it reads deeper nesting than it writes
        raise BadRequest("i_data", str(error)) from None
    if described > MAX_EXTRA:  # it goes on chain
        raise BadRequest("i_data", f"an extra of at most {MAX_EXTRA} bytes expected")
    return Item(text(value, "role", 64), value["plaintext"], extra)


@dataclass(frozen=True, slots=True)
class Deploy:
    """POST /deploy, checked: the owner signed it."""

    key: str
    owner: Address
    name: str
    description: str
    image: str | None
    items: tuple[Item, ...]
    digest: bytes
    envelope: Fields | None

    @classmethod
    def parse(cls, body: Fields, frameworks: tuple[str, ...]) -> Deploy:
        """Raises BadRequest, NotAuthorised."""
        owner = address(body.get("owner"), "owner")
        data = items(body)
        _check_framework(data, frameworks)
        image = None if body.get("image") is None else text(body, "image", 200_000)
        encoded = text(body, "owner_signed_message_b64", 4_000_000)
        signature = blob(body, "owner_signature", 65)
        document = signed_document(encoded, signature, owner, "owner_signature")
        made = cls(
            key_of(body),
            owner,
            text(body, "name", 200),
            text(body, "description"),
            image,
            data,
            keccak256(decoded(encoded, "owner_signed_message_b64")),
            envelope_of(body),
        )
        require_same(document, made.signed_fields())
        if not made.name.strip():
            raise BadRequest("name", "a name expected")
        return made

    def signed_fields(self) -> dict[str, object]:
        """What the signed text must say."""
        return {
            "domain": DEPLOY_DOMAIN,
            "idempotency_key": self.key,
            "owner": self.owner,
            "name": self.name,
            "description": self.description,
            "image": self.image,
            "i_data": [one.to_json() for one in self.items],
        }


def key_of(body: Fields) -> str:
    """The idempotency key; raises BadRequest."""
    found = text(body, "idempotency_key", 128)
    if not found:
        raise BadRequest("idempotency_key", "one is needed")
    return found


def _check_framework(data: tuple[Item, ...], frameworks: tuple[str, ...]) -> None:
    roles = [one.role for one in data]
    if len(set(roles)) != len(roles):
        raise BadRequest("i_data", "each role once")
    bindings = [one.plaintext for one in data if one.role == FRAMEWORK_ROLE]
    if len(bindings) != 1:
        raise BadRequest("i_data", 'one item of role "framework" is needed')
    binding = bindings[0]
    if not isinstance(binding, dict) or "schema_version" not in binding:
        raise BadRequest("i_data", "the framework item is {name, schema_version}")
    if binding.get("name") not in frameworks:
        raise BadRequest("i_data", f"framework {binding.get('name')!r} is not one of {frameworks}")


@dataclass(frozen=True, slots=True)
class Clone:
    """POST /clone, parsed: whose signature counts is the chain's to say.

    auth_data: for the owner's authorizer, when the buyer asks instead of the owner.
    """

    key: str
    source: int
    target_owner: Address
    encoded: str = field(repr=False)
    signature: bytes = field(repr=False)
    auth_data: bytes | None

    @classmethod
    def parse(cls, body: Fields) -> Clone:
        """Raises BadRequest."""
        contract = body.get("authorization")
        auth: Fields = contract if isinstance(contract, dict) else {}
        owner_mode = "owner_signature" in body or "owner_signed_message_b64" in body
        if owner_mode == bool(auth):
            raise BadRequest("authorization", "the owner's signature, or the buyer's, not both")
        source = body if owner_mode else auth
        prefix = "owner_" if owner_mode else ""
        return cls(
            key_of(body),
            number(body, "source_agent_id"),
            address(body.get("target_owner"), "target_owner"),
            text(source, f"{prefix}signed_message_b64", 100_000),
            blob(source, f"{prefix}signature", 65),
            None if owner_mode else blob(auth, "auth_data"),
        )

    def check(self, wanted: Address) -> None:
        """That `wanted` signed exactly this; raises BadRequest, NotAuthorised."""
        document = signed_document(self.encoded, self.signature, wanted, "the clone's signature")
        fields: dict[str, object] = {
            "domain": CLONE_DOMAIN if self.auth_data is None else CONTRACT_CLONE_DOMAIN,
            "idempotency_key": self.key,
            "source_agent_id": self.source,
            "target_owner": self.target_owner,
        }
        if self.auth_data is not None:
            fields["auth_data"] = "0x" + self.auth_data.hex()
        require_same(document, fields)

    def digest(self) -> bytes:
        """Names the request."""
        return keccak256(self.encoded.encode())


def envelope_of(body: Fields) -> Fields | None:
    """The sandbox envelope of a body, where it has one."""
    found = body.get("sandbox_envelope")
    if found is None:
        return None
    if not isinstance(found, dict):
        raise BadRequest("sandbox_envelope", "a JSON object expected")
    return found


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sandbox envelope, checked: `wallet` signed it. api_key is a secret of the owner's."""

    wallet: Address
    action: str
    expires_at: int
    nonce: str
    resource_id: str
    api_key: str = field(repr=False)

    @classmethod
    def parse(cls, fields: Fields, now: int) -> Envelope:
        """Raises BadRequest, NotAuthorised, Stale."""
        wallet = address(fields.get("wallet_address"), "wallet_address")
        encoded = text(fields, "signed_message_b64", 100_000)
        signature = blob(fields, "wallet_signature", 65)
        document = signed_document(encoded, signature, wallet, "wallet_signature")
        expires_at, nonce = number(document, "expires_at"), text(document, "nonce", 64)
        if not re.fullmatch(r"[0-9a-f]{32}", nonce):
            raise BadRequest("nonce", "16 bytes of hex expected")
        if not now <= expires_at <= now + ENVELOPE_SECONDS:
            raise Stale("the sandbox envelope", expires_at - now)
        payload = document.get("payload")
        env = payload.get("env") if isinstance(payload, dict) else None
        api_key = env.get("API_KEY") if isinstance(env, dict) else ""
        return cls(
            wallet,
            text(document, "action", 16),
            expires_at,
            nonce,
            text(document, "resource_id", 128),
            api_key if isinstance(api_key, str) else "",
        )


@dataclass(frozen=True, slots=True)
class Provision:
    """POST /provision: a sandbox node's word for a container. container_key: 33 bytes."""

    seal_id: bytes
    container_key: bytes
    image_hash: bytes
    issued_at: int
    signature: bytes

    @classmethod
    def parse(cls, body: Fields) -> Provision:
        """Raises BadRequest."""
        return cls(
            blob(body, "seal_id", 32),
            blob(body, "container_pubkey", 33),
            blob(body, "image_hash", 32),
            number(body, "issued_at"),
            blob(body, "sandbox_signature", 65),
        )

    def public_key(self) -> PublicKey:
        """The container's key as 64 bytes; raises BadRequest."""
        try:
            point = coincurve.PublicKey(self.container_key)
        except ValueError as error:
            raise BadRequest("container_pubkey", str(error)) from None
        return PublicKey(point.format(compressed=False)[1:])

    def node(self) -> Address:
        """The key that vouches; raises BadRequest."""
        return signer(self.digest(), self.signature, "sandbox_signature")

    def digest(self) -> bytes:
        """What the node signs, without EIP-191."""
        return attestation_digest(self.seal_id, self.container_key, self.image_hash, self.issued_at)
