"""Open a token's data: find the sealed key, open it, fetch, verify, decrypt, unpack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zerog.chain.signer import Signer
from zerog.crypto.container import open_stream
from zerog.crypto.keccak import keccak256
from zerog.inft.envelope import open_seal
from zerog.inft.errors import NotTheOwner, SealedKeyMissing, UnknownToken
from zerog.inft.readers import secret_for
from zerog.inft.spool import Pieces
from zerog.inft.stack import Stack
from zerog.inft.unpacking import unpack
from zerog.storage.client.client import StorageClient
from zerog.types import Address, DataRoot, Progress, no_progress


@dataclass(frozen=True, slots=True)
class Token:
    """What the chain says of one token."""

    token_id: int
    owner: Address
    description: str
    data_root: DataRoot
    sealed_key: bytes


def read_token(stack: Stack, token_id: int) -> Token:
    """The token's owner, data root and the sealed key that the chain committed to.

    Raises UnknownToken; SealedKeyMissing when no published key has the committed hash.
    """
    owner = stack.nft.owner_of(token_id)
    if owner is None:
        raise UnknownToken(token_id)
    data = stack.nft.data_of(token_id)[0]
    committed = stack.nft.sealed_key_hashes(token_id)[0]
    for key in reversed(stack.nft.published_keys(token_id)):
        if keccak256(key) == committed:
            return Token(token_id, owner, data.description, DataRoot(data.data_hash), key)
    raise SealedKeyMissing(token_id)


def plaintext(
    storage: StorageClient, data_root: DataRoot, data_key: bytes, progress: Progress = no_progress
) -> Iterator[memoryview]:
    """The verified plaintext of a stored container, piece by piece.

    Raises BadSegment, FileUnknown of the storage client; WrongKeyOrTampered of the cipher.
    """
    done = 0
    for piece in open_stream(data_key, storage.segments(data_root)):
        done += len(piece)
        progress("download", done, 0)
        yield piece


def open_data(
    storage: StorageClient,
    sealed_key: bytes,
    secret: bytes,
    data_root: DataRoot,
    out: Path,
    progress: Progress = no_progress,
) -> None:
    """Decrypt a stored agent into the folder `out`; asks nobody who owns it.

    Raises WrongKey when `secret` does not open the sealed key, WrongKeyOrTampered when the key
    does not open the data; `out` appears only when everything was verified.
    """
    data_key = open_seal(sealed_key, secret).data_key()
    unpack(Pieces(plaintext(storage, data_root, data_key, progress)), out)


def open_token(stack: Stack, token_id: int, reader: Signer, out: Path) -> Token:
    """Open a token as its owner; raises NotTheOwner before anything is fetched."""
    token = read_token(stack, token_id)
    if token.owner != reader.address:
        raise NotTheOwner(token_id, token.owner, reader.address)
    secret = secret_for(stack, reader, token.sealed_key)
    open_data(stack.storage, token.sealed_key, secret, token.data_root, out, stack.progress)
    return token
