"""Permits: calls that somebody signs and somebody else sends.

Pure; twin of contracts/libraries/PermitTypes.sol and Permits.sol. A permit's struct has the
parameters of its function in their order, then nonce and deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from zerog.crypto.eip712 import Domain, field_types, typed_digest
from zerog.crypto.keccak import keccak256
from zerog.errors import Refused, UsageError
from zerog.inft.proofs import DOMAIN_NAME, DOMAIN_VERSION
from zerog.types import Address, Json

Field: TypeAlias = int | str | bytes
TAIL: Final = "uint256 nonce,uint256 deadline"
FUNCTIONS: Final[dict[str, str]] = {
    "authorizeUsage": "AuthorizeUsage(uint256 tokenId,address user",
    "revokeAuthorization": "RevokeAuthorization(uint256 tokenId,address user",
    "approve": "Approve(address to,uint256 tokenId",
    "setUser": "SetUser(uint256 tokenId,address user,uint64 expires",
    "rent": "Rent(uint256 offerId,address tenant,uint32 periods",
    "extendLease": "ExtendLease(uint256 leaseId,uint32 periods",
    "cancelLease": "CancelLease(uint256 leaseId",
    "closeOffer": "CloseOffer(uint256 offerId",
    "withdrawCredit": "WithdrawCredit(address currency,address to",
}
"""Functions whose parameters have fixed size, with their struct but for the tail."""

UPDATE: Final = "update"
UPDATE_TYPES: Final = ("uint256", "(string,bytes32)[]", "bytes[]")
UPDATE_STRUCT: Final = (
    "Update(uint256 tokenId,bytes32 dataHash,bytes32 sealedKeysHash,uint256 nonce,uint256 deadline)"
)
NAMES: Final = (*FUNCTIONS, UPDATE)
MAX_CALL_BYTES: Final = 16_384


class NoPermitFor(UsageError):
    """No permit is known for a function."""

    def __init__(self, function: str) -> None:
        self.function = function
        super().__init__(f"no permit is known for {function}", f"one of {', '.join(NAMES)}")


class MalformedPermit(Refused):
    """A permit's call cannot be read, or is not what its function takes."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the permit's call is malformed: {reason}")


def _signature(name: str) -> str:
    types = UPDATE_TYPES if name == UPDATE else field_types(FUNCTIONS[name] + ")")
    return f"{name}({','.join(types)})"


def selector_of(name: str) -> bytes:
    """4 bytes; raises NoPermitFor."""
    if name not in NAMES:
        raise NoPermitFor(name)
    return keccak256(_signature(name).encode())[:4]


def name_of(call: bytes) -> str:
    """The function that calldata is for; raises NoPermitFor."""
    for name in NAMES:
        if selector_of(name) == call[:4]:
            return name
    raise NoPermitFor("0x" + call[:4].hex())


def encode_call(name: str, args: Sequence[object]) -> bytes:
    """Calldata of a function that permits exist for; raises NoPermitFor, MalformedPermit."""
    selector = selector_of(name)
    types = UPDATE_TYPES if name == UPDATE else field_types(FUNCTIONS[name] + ")")
    try:
        return selector + encode(list(types), list(args))
    except (ValueError, TypeError) as error:  # eth_abi's errors are these
        raise MalformedPermit(str(error)) from None


def values_of(name: str, words: Sequence[str], resolve: Callable[[str], Address]) -> list[Field]:
    """Arguments of a function out of what a person typed; raises NoPermitFor, MalformedPermit.

    resolve: the address of a name. Not for `update`, whose arguments nobody types.
    """
    if name not in FUNCTIONS:
        raise NoPermitFor(name)
    types = field_types(FUNCTIONS[name] + ")")
    if len(words) != len(types):
        wanted = ", ".join(FUNCTIONS[name].partition("(")[2].split(","))
        raise MalformedPermit(f"{name} takes {wanted}")
    values: list[Field] = []
    for kind, word in zip(types, words, strict=True):
        if kind != "address" and not (word.isascii() and word.isdigit()):
            raise MalformedPermit(f"{word!r} is no number")
        values.append(resolve(word) if kind == "address" else int(word))
    return values


def _fields(name: str, call: bytes) -> list[Field]:
    """The struct's values, without the tail."""
    types = UPDATE_TYPES if name == UPDATE else field_types(FUNCTIONS[name] + ")")
    try:
        values = decode(list(types), call[4:])
    except (DecodingError, OverflowError, UnicodeDecodeError) as error:
        raise MalformedPermit(str(error)) from None
    if selector_of(name) + encode(list(types), values) != call:
        raise MalformedPermit("it is not the canonical encoding of its values")
    if name != UPDATE:
        return list(values)
    return [
        values[0],
        keccak256(encode([UPDATE_TYPES[1]], [values[1]])),
        keccak256(encode([UPDATE_TYPES[2]], [values[2]])),
    ]


@dataclass(frozen=True, slots=True)
class Permit:
    """A signed call.

    token: the contract it is for; call: calldata; deadline: last second, Unix time; signature:
    65 bytes of a key, or whatever a contract wallet signs with.
    """

    chain_id: int
    token: Address
    signer: Address
    call: bytes
    nonce: int
    deadline: int
    signature: bytes = b""

    @property
    def function(self) -> str:
        """The name of the function; raises NoPermitFor."""
        return name_of(self.call)

    def digest(self) -> bytes:
        """32 bytes that are signed; raises NoPermitFor, MalformedPermit."""
        if len(self.call) > MAX_CALL_BYTES:
            raise MalformedPermit(f"{len(self.call)} bytes, {MAX_CALL_BYTES} are allowed")
        name = self.function
        struct = UPDATE_STRUCT if name == UPDATE else f"{FUNCTIONS[name]},{TAIL})"
        domain = Domain(DOMAIN_NAME, DOMAIN_VERSION, self.chain_id, self.token)
        return typed_digest(domain, struct, [*_fields(name, self.call), self.nonce, self.deadline])

    def to_json(self) -> dict[str, Json]:
        """As a file or a relayer takes it; numbers that may be large as text."""
        return {
            "chain_id": self.chain_id,
            "token": self.token,
            "signer": self.signer,
            "call": "0x" + self.call.hex(),
            "nonce": str(self.nonce),
            "deadline": self.deadline,
            "signature": "0x" + self.signature.hex(),
        }
