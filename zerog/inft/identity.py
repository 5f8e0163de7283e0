"""Whether two people, opening a token, get the same bytes."""

from __future__ import annotations

import hashlib

from zerog.chain.signer import Signer
from zerog.inft.envelope import open_seal
from zerog.inft.opening import Token, plaintext
from zerog.inft.readers import secret_for
from zerog.inft.stack import Stack


def plaintext_digest(stack: Stack, reader: Signer, token: Token) -> bytes:
    """SHA-256 of a token's verified plaintext, as `reader` opens it; nothing is written.

    Two folders are identical exactly when their containers are: packing is deterministic.
    Raises WrongKey, WrongKeyOrTampered and what the storage client raises.
    """
    data_key = open_seal(token.sealed_key, secret_for(stack, reader, token.sealed_key)).data_key()
    seen = hashlib.sha256()
    for piece in plaintext(stack.storage, token.data_root, data_key, stack.progress):
        seen.update(piece)
    return seen.digest()
