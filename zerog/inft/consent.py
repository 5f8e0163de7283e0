"""Consent: the receiver downloads the new ciphertext, checks it, and only then signs."""

from __future__ import annotations

import secrets

from zerog.chain.signer import Signer
from zerog.inft.envelope import check_seal, open_seal
from zerog.inft.errors import NothingToAccept, OracleRefused, WrongAnswer
from zerog.inft.opening import plaintext, read_token
from zerog.inft.oracle_client import OracleClient
from zerog.inft.oracle_wire import Consent, OracleTransfer
from zerog.inft.proofs import access_digest
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.types import DataRoot


def agree(
    stack: Stack, oracle: OracleClient, found: OracleTransfer, receiver: Signer
) -> OracleTransfer:
    """Check a signed transfer as its receiver and leave the access proof at the oracle.

    The whole new ciphertext is fetched, verified against its root and decrypted with the key
    that was sealed to the receiver; nothing of it is written. Raises Tampered errors when the
    seal or the data is not what the oracle says.
    """
    result = found.result
    if result is None:
        raise NothingToAccept(found.token_id, found.receiver)
    if found.receiver != receiver.address or found.target_key != receiver.public_key:
        raise WrongAnswer(found.transfer_id)
    token = read_token(stack, found.token_id)
    if token.owner != found.sender or token.data_root != found.old_data_hash:
        raise OracleRefused("the token has changed hands or data since the oracle signed")
    context = stack.seal_context(found.token_id)
    check_seal(result.sealed_key, receiver.public_key, context)
    data_key = open_seal(result.sealed_key, receiver.secret).data_key()
    for _ in plaintext(stack.storage, DataRoot(result.new_data_hash), data_key, stack.progress):
        pass
    nonce, deadline = secrets.randbits(256), result.deadline
    statement = transfer_statement(
        stack.registry,
        found.token_id,
        (found.sender, found.receiver),
        (found.old_data_hash, result.new_data_hash),
        found.operation,
    )
    digest = access_digest(statement, b"", nonce, deadline)
    consent = Consent(b"", nonce, deadline, receiver.sign_digest(digest))
    return oracle.consent(found.transfer_id, consent)


def accept(stack: Stack, token_id: int, receiver: Signer) -> OracleTransfer:
    """Find the newest transfer of a token to `receiver` and agree to it.

    Raises NothingToAccept when the oracle holds none.
    """
    oracle = OracleClient(stack.settings.oracle_url)
    pending = oracle.pending(token_id, receiver.address)
    if not pending:
        raise NothingToAccept(token_id, receiver.address)
    found = pending[0]
    if found.token_id != token_id:
        raise WrongAnswer(found.transfer_id)
    return found if found.consent is not None else agree(stack, oracle, found, receiver)
