"""What anybody can check of a token, and what its owner can besides."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from zerog.chain.bindings import Contract
from zerog.chain.signer import Signer
from zerog.inft.envelope import Envelope, NotAnEnvelope, SealProofInvalid, check_seal
from zerog.inft.errors import NotTheOwner
from zerog.inft.identity import plaintext_digest
from zerog.inft.metadata import SUITE_NAMES
from zerog.inft.opening import Token, read_token
from zerog.inft.stack import Stack
from zerog.types import PublicKey

PROVEN, BY_COMMITTEE = "proven", "by_committee"
UNCHECKED, FOREIGN = "unchecked", "foreign"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found; anything that is false was raised.

    stored_bytes: of the ciphertext, every segment of it verified against the root on chain.
    seal: `proven`, its maker knew the key and made it for this token; `by_committee`, checked by
    the chain at the last hand-over; `unchecked`, version 1 for a key that is not here;
    `foreign`, another client's form. ecies: whether clients that read only that part can open
    it; nobody but the owner can tell whether it holds the same key. opened: whether the owner
    decrypted all of it, None without an owner.
    """

    token_id: int
    owner: str
    data_root: str
    stored_bytes: int
    seal: str
    suite: str | None
    sealed_to: str | None
    ecies: bool | None
    opened: bool | None

    def to_json(self) -> dict[str, str | int | bool | None]:
        """As the CLI prints it with --json."""
        return asdict(self)


def verify_token(stack: Stack, token_id: int, reader: Signer | None = None) -> Verified:
    """Fetch a token's whole ciphertext and check it, and its seal; the owner opens it too.

    Raises UnknownToken, SealedKeyMissing, SealProofInvalid, NotTheOwner, WrongKey,
    EnvelopeMismatch, and what the storage client and the cipher raise.
    """
    token = read_token(stack, token_id)
    if reader is not None and reader.address != token.owner:
        raise NotTheOwner(token_id, token.owner, reader.address)
    stored = sum(len(segment) for segment in stack.storage.segments(token.data_root))
    opened = None
    if reader is not None:
        plaintext_digest(stack, reader, token)
        opened = True
    envelope, seal = _envelope(token), check_token_seal(stack, token)
    target = envelope.owner if envelope else None
    return Verified(
        token_id=token.token_id,
        owner=token.owner,
        data_root="0x" + token.data_root.hex(),
        stored_bytes=stored,
        seal=seal,
        suite=SUITE_NAMES[envelope.suite] if envelope else None,
        sealed_to=target.hex() if target else None,
        ecies=envelope.has_ecies if envelope else None,
        opened=opened,
    )


def _envelope(token: Token) -> Envelope | None:
    """The seal in its parts; None: another client's form."""
    try:
        return Envelope.parse(token.sealed_key)
    except NotAnEnvelope:
        return None


def check_token_seal(stack: Stack, token: Token) -> str:
    """Check the proof of knowledge of a token's seal; a clone's is bound to its original's id.

    To be called before anybody lists, buys or consents: a seal copied from another token, or
    shifted from one, is worth nothing. One without any proof is a committee's, or worth nothing
    either: every hand-over proves from the current seal. Gives what `Verified.seal` says; raises
    SealProofInvalid.
    """
    envelope = _envelope(token)
    if envelope is None:
        return FOREIGN
    if not envelope.is_proven:
        return BY_COMMITTEE
    target = envelope.owner or _key_here(stack, token)
    if target is None:
        return UNCHECKED
    try:
        check_seal(token.sealed_key, target, stack.seal_context(token.token_id))
    except SealProofInvalid:
        parent = _parent(stack, token.token_id)
        if not parent:
            raise
        check_seal(token.sealed_key, target, stack.seal_context(parent))
    return PROVEN


def _parent(stack: Stack, token_id: int) -> int:
    """The token that this one was cloned from; 0: none."""
    found = Contract(stack.chain, stack.nft.address, "AgentNFT").read("parentOf", token_id)
    return found if isinstance(found, int) else 0


def _key_here(stack: Stack, token: Token) -> PublicKey | None:
    holder = stack.holder(token.owner)
    return None if holder is None else holder.public_key
