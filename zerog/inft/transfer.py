"""Transfer, seen from the seller's home: order, wait, let the receiver consent, send.

    planned -> requested -> awaiting_consent -> consented -> sent -> final

The order is saved before it leaves. The receiver's consent is the receiver's own act: where
their key is not in this home the row rests at `awaiting_consent` until they accept or the
oracle's proof expires.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import Final

from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.crypto.curve import address_of
from zerog.inft.consent import agree
from zerog.inft.envelope import open_seal, seal
from zerog.inft.errors import (
    NoOracle,
    NotTheOwner,
    NotTheReceiversKey,
    OracleRefused,
    OracleSlow,
    ReceiverKeyUnknown,
    SameOwner,
    WrongAnswer,
)
from zerog.inft.jobstore import Row
from zerog.inft.opening import read_token
from zerog.inft.oracle_client import OracleClient
from zerog.inft.oracle_wire import OracleTransfer, Resealed, TransferRequest
from zerog.inft.proofs import AccessProof, OwnershipProof, access_proof, ownership_proof
from zerog.inft.readers import secret_for
from zerog.inft.stack import Stack
from zerog.inft.steps import EXPIRED, FINAL, Workflow, drive
from zerog.types import Address, PublicKey

KIND: Final = "transfer"
ORDER_SECONDS: Final = 7 * 24 * 3600
ORACLE_SECONDS: Final = 600.0


def plan_transfer(
    stack: Stack, token_id: int, seller: str, receiver: str, receiver_key: bytes | None = None
) -> Row:
    """Record the wish to hand a token over; nothing has left this home yet.

    receiver: a name of this home or an address; receiver_key: 64 bytes, needed for an address
    that has no key here. Raises UnknownToken, NotTheOwner, SameOwner, ReceiverKeyUnknown,
    NotTheReceiversKey, NoOracle.
    """
    signer = stack.keys.signer(seller)
    token = read_token(stack, token_id)
    if token.owner != signer.address:
        raise NotTheOwner(token_id, token.owner, signer.address)
    to = stack.keys.resolve(receiver)
    if to == token.owner:
        raise SameOwner(token_id, to)
    target = _receiver_key(stack, to, receiver_key)
    if stack.registry.oracle is None:
        raise NoOracle(stack.registry.chain_id)
    return stack.jobs.add(
        f"transfer-{secrets.token_hex(8)}",
        KIND,
        "planned",
        {
            "token_id": token_id,
            "owner": signer.address,
            "to": to,
            "target_key": target.hex(),
            "old_data_root": "0x" + token.data_root.hex(),
        },
    )


def _receiver_key(stack: Stack, to: Address, given: bytes | None) -> PublicKey:
    if given is not None:
        if address_of(PublicKey(given)) != to:
            raise NotTheReceiversKey(to, address_of(PublicKey(given)))
        return PublicKey(given)
    held = stack.holder(to)
    if held is None:
        raise ReceiverKeyUnknown(to)
    return held.public_key


class Transferring:
    """The steps of one seller's transfers."""

    def __init__(
        self, stack: Stack, signer: Signer, oracle: OracleClient, patience_s: float
    ) -> None:
        """signer: the seller, who pays the transaction; patience_s: how long to wait for the
        oracle before the row is parked."""
        self._stack, self._signer, self._oracle = stack, signer, oracle
        self._sender, self._patience = stack.sender(signer), patience_s

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        return Workflow(
            {
                "planned": self.order,
                "requested": self.wait_for_oracle,
                "awaiting_consent": self.await_consent,
                "consented": self.send,
                "sent": self.settle,
            },
            self._stack.heal,
            lambda row: row,
        )

    def order(self, row: Row) -> Row:
        """planned -> requested: the data key sealed to the oracle, and the order signed."""
        stack, token_id = self._stack, row.number("token_id")
        oracle = stack.registry.oracle
        if oracle is None:
            raise NoOracle(stack.registry.chain_id)
        token = read_token(stack, token_id)
        key = open_seal(token.sealed_key, secret_for(stack, self._signer, token.sealed_key))
        grant = seal(key, oracle.public_key, stack.seal_context(token_id))
        order = self._request(row, grant, int(time.time()) + ORDER_SECONDS, b"")
        return row.to(
            "requested",
            grant=grant.hex(),
            order_deadline=order.deadline,
            order_signature=self._signer.sign_digest(order.digest()).hex(),
            transfer_id=order.transfer_id,
        )

    def _request(self, row: Row, grant: bytes, deadline: int, signature: bytes) -> TransferRequest:
        return TransferRequest(
            chain_id=self._stack.registry.chain_id,
            token=self._stack.nft.address,
            token_id=row.number("token_id"),
            sender=self._signer.address,
            receiver=self._stack.keys.resolve(row.text("to")),
            old_data_hash=row.blob("old_data_root"),
            target_key=row.blob("target_key"),
            grant=grant,
            deadline=deadline,
            signature=signature,
        )

    def wait_for_oracle(self, row: Row) -> Row:
        """requested -> awaiting_consent: the oracle has stored the new ciphertext and signed."""
        order = self._request(
            row, row.blob("grant"), row.number("order_deadline"), row.blob("order_signature")
        )
        require_ordered(row, self._oracle.request(order))
        progress = self._stack.progress
        try:
            found = self._oracle.wait_signed(order.transfer_id, self._patience, progress)
        except OracleSlow:
            if self._patience:
                raise
            return row
        done = _result(require_ordered(row, found))
        return row.to(
            "awaiting_consent",
            new_data_root="0x" + done.new_data_hash.hex(),
            sealed_key=done.sealed_key.hex(),
            proof_deadline=done.deadline,
        )

    def await_consent(self, row: Row) -> Row:
        """awaiting_consent -> consented, or the row rests; expired when the proof is."""
        if time.time() > row.number("proof_deadline"):
            return replace(row.to(EXPIRED), error="nobody consented before the proof expired")
        found = self._look(row)
        if found.consent is None:
            receiver = self._stack.holder(found.receiver)
            if receiver is None:
                return row
            found = agree(self._stack, self._oracle, found, receiver)
        return row.to("consented")

    def send(self, row: Row) -> Row:
        """consented -> sent: the transaction is durable and on its way."""
        found = self._look(row)
        data = self._stack.nft.calldata(
            "iTransfer", found.receiver, found.token_id, [proof_of(found)]
        )
        intent = f"{row.job_id}:itransfer"
        sent = self._sender.send(intent, Call(self._stack.nft.address, data))
        return row.to("sent", transfer_intent=intent, transfer_tx="0x" + sent.tx_hash.hex())

    def _look(self, row: Row) -> OracleTransfer:
        """The oracle's transfer, seen to be the one that this row ordered and was shown."""
        return require_shown(row, self._oracle.get(row.text("transfer_id")))

    def settle(self, row: Row) -> Row:
        """sent -> final, once the transfer is as deep as the network wants."""
        self._sender.wait(row.text("transfer_intent"))
        receipt = self._sender.settle(row.text("transfer_intent"))
        if receipt is None:
            return row
        return row.to(
            FINAL,
            transfer_tx="0x" + receipt.tx_hash.hex(),
            transfer_gas=receipt.gas_used,
            grant=None,
        )


def require_ordered(row: Row, found: OracleTransfer) -> OracleTransfer:
    """What the oracle tells, if it is of this order: what the seller signs depends on it.

    Raises WrongAnswer.
    """
    told = (found.transfer_id, found.token_id, found.sender, found.receiver)
    ordered = (row.text("transfer_id"), row.number("token_id"), row.text("owner"), row.text("to"))
    data = (found.old_data_hash, found.target_key)
    if told != ordered or data != (row.blob("old_data_root"), row.blob("target_key")):
        raise WrongAnswer(found.transfer_id)
    return found


def require_shown(row: Row, found: OracleTransfer) -> OracleTransfer:
    """The same for a row that was shown the result: it must not have changed since."""
    result = _result(require_ordered(row, found))
    if (result.new_data_hash, result.sealed_key) != (
        row.blob("new_data_root"),
        row.blob("sealed_key"),
    ):
        raise WrongAnswer(found.transfer_id)
    return found


def proof_of(found: OracleTransfer) -> tuple[AccessProof, OwnershipProof]:
    """The EIP's TransferValidityProof of a consented transfer, as the ABI wants it.

    Raises OracleRefused when the oracle no longer holds the result or the consent.
    """
    result, consent = _result(found), found.consent
    if consent is None:
        raise OracleRefused(f"it lost the consent to {found.transfer_id}")
    access = access_proof(
        found.old_data_hash,
        result.new_data_hash,
        consent.nonce,
        consent.deadline,
        consent.wanted_key,
        consent.signature,
    )
    ownership = ownership_proof(
        found.old_data_hash,
        result.new_data_hash,
        result.sealed_key,
        found.target_key,
        result.nonce,
        result.deadline,
        result.signature,
    )
    return access, ownership


def _result(found: OracleTransfer) -> Resealed:
    if found.result is None:
        raise OracleRefused(f"it lost the proof of {found.transfer_id}")
    return found.result


def run_transfer(stack: Stack, job_id: str, patience_s: float = ORACLE_SECONDS) -> Row:
    """Go on with a transfer from wherever it is; the seller's key must be in this home.

    patience_s: how long to wait for the oracle's proof; 0 looks once.
    """
    signer = stack.owner_of(stack.jobs.get(job_id))
    oracle = OracleClient(stack.settings.oracle_url)
    return drive(stack.jobs, job_id, Transferring(stack, signer, oracle, patience_s).workflow())
