"""The oracle's desk: orders and consents, checked against the chain and kept as rows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import orjson

from zerog.chain.bindings import AgentNft
from zerog.chain.hexes import to_address
from zerog.chain.registry import OracleInfo, Registry
from zerog.chain.rpc import Chain
from zerog.config import Settings
from zerog.crypto.curve import address_of, recover
from zerog.errors import Refused
from zerog.inft.envelope import SealContext, check_seal
from zerog.inft.errors import ConsentInvalid, NoOracle, NotTheOwner, UnknownToken, UnsupportedData
from zerog.inft.jobstore import JobStore, Row, UnknownJob
from zerog.inft.oracle_wire import Consent, OracleTransfer, Resealed, TransferRequest
from zerog.inft.proofs import access_digest
from zerog.inft.reseal import KIND, SIGNED, operation_of
from zerog.inft.statements import transfer_statement
from zerog.jobs import Jobs, ReEncrypt, load_jobs

MAX_ORDER_SECONDS: Final = 30 * 24 * 3600
CONSENT: Final = "consent"


class WrongOrder(Refused):
    """An order that this oracle may not carry out."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Desk:
    """Checks orders and consents against the chain and keeps them as rows."""

    registry: Registry
    info: OracleInfo
    nft: AgentNft
    jobs: JobStore
    queue: Jobs

    def order(self, document: dict[str, object]) -> OracleTransfer:
        """Take an order; the same one twice is one row. Raises WrongOrder, NotTheOwner."""
        order = TransferRequest.from_json(document)
        self._check_order(order)
        row = self.jobs.add(
            order.transfer_id,
            KIND,
            "accepted",
            {
                "token_id": order.token_id,
                "from": order.sender,
                "to": order.receiver,
                "old_data_root": "0x" + order.old_data_hash.hex(),
                "target_key": order.target_key.hex(),
                "grant": order.grant.hex(),
                "order_deadline": order.deadline,
                "operation": order.operation,
            },
        )
        if row.state == "accepted":
            self.queue.submit(ReEncrypt(row.job_id))
        return self.told(row)

    def _check_order(self, order: TransferRequest) -> None:
        if order.chain_id != self.registry.chain_id or order.token != self.nft.address:
            raise WrongOrder(f"this oracle serves {self.nft.address} on {self.registry.chain_id}")
        now = time.time()
        if address_of(order.target_key) != order.receiver:
            raise WrongOrder("targetPubkey is not the key of the receiver's address")
        if not now < order.deadline <= now + MAX_ORDER_SECONDS:
            raise WrongOrder(f"deadline {order.deadline} is past or too far ahead")
        signer = recover(order.digest(), order.signature)
        if signer != order.sender:
            raise WrongOrder(f"the order of {order.sender} is signed by {signer}")
        if self._is_known(order.transfer_id):
            return
        owner = self.nft.owner_of(order.token_id)
        if owner is None:
            raise UnknownToken(order.token_id)
        if owner != order.sender:
            raise NotTheOwner(order.token_id, owner, order.sender)
        data = self.nft.data_of(order.token_id)
        if len(data) != 1:
            raise UnsupportedData(order.token_id, len(data))
        if data[0].data_hash != order.old_data_hash:
            raise WrongOrder("oldDataHash is not the token's data hash")
        context = SealContext(order.chain_id, order.token, order.token_id)
        check_seal(order.grant, self.info.public_key, context)

    def _is_known(self, transfer_id: str) -> bool:
        try:
            self.jobs.get(transfer_id)
        except UnknownJob:
            return False
        return True

    def show(self, transfer_id: str) -> OracleTransfer:
        """One transfer; raises UnknownJob."""
        return self.told(self.jobs.get(transfer_id))

    def pending(self, token_id: int, receiver: str) -> list[OracleTransfer]:
        """Signed transfers of a token to a receiver, newest first."""
        rows = [
            row
            for row in self.jobs.in_state(SIGNED)
            if row.number("token_id") == token_id and row.text("to").lower() == receiver.lower()
        ]
        return [self.told(row) for row in reversed(rows)]

    def consent(self, transfer_id: str, document: dict[str, object]) -> OracleTransfer:
        """Keep the receiver's access proof; the first valid one stays."""
        row, consent = self.jobs.get(transfer_id), Consent.from_json(document)
        found = self.told(row)
        if found.result is None:
            raise WrongOrder(f"the transfer is {row.state}, there is nothing to consent to yet")
        statement = transfer_statement(
            self.registry,
            found.token_id,
            (found.sender, found.receiver),
            (found.old_data_hash, found.result.new_data_hash),
            found.operation,
        )
        digest = access_digest(statement, consent.wanted_key, consent.nonce, consent.deadline)
        signer = recover(digest, consent.signature)
        if signer not in {found.receiver, self.nft.assistant_of(found.receiver)}:
            raise ConsentInvalid(signer, found.receiver)
        text = orjson.dumps(consent.to_json()).decode()
        self.jobs.note(transfer_id, CONSENT, text, instead_of=self._expired_note(transfer_id))
        return self.told(row)

    def _expired_note(self, transfer_id: str) -> str | None:
        """The consent that is kept, if nobody can use it any more."""
        text = self.jobs.notes(transfer_id).get(CONSENT)
        if text is None or Consent.from_json(orjson.loads(text)).deadline >= time.time():
            return None
        return text

    def told(self, row: Row) -> OracleTransfer:
        """What outsiders may know of a row: all but the grant and the oracle's own copy."""
        consent = self.jobs.notes(row.job_id).get(CONSENT)
        if consent == self._expired_note(row.job_id):
            consent = None
        return OracleTransfer(
            transfer_id=row.job_id,
            state=row.state,
            token_id=row.number("token_id"),
            sender=to_address(row.text("from")),
            receiver=to_address(row.text("to")),
            old_data_hash=row.blob("old_data_root"),
            target_key=row.blob("target_key"),
            error=row.error,
            result=_result(row) if "signature" in row.data else None,
            consent=None if consent is None else Consent.from_json(orjson.loads(consent)),
            operation=operation_of(row),
        )


def _result(row: Row) -> Resealed:
    return Resealed(
        new_data_hash=row.blob("data_root"),
        sealed_key=row.blob("sealed_key"),
        nonce=int(row.text("nonce"), 16),
        deadline=row.number("deadline"),
        signature=row.blob("signature"),
    )


def open_desk(settings: Settings, jobs: str = "celery") -> Desk:
    """A desk over the home's registry; raises NoOracle, ChainUnreachable, WrongChain."""
    registry = Registry.load(settings.home)
    if registry.oracle is None:
        raise NoOracle(registry.chain_id)
    chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
    chain.chain_id()
    return Desk(
        registry=registry,
        info=registry.oracle,
        nft=AgentNft.of(chain, registry.contract("AgentNFT")),
        jobs=JobStore(settings.home / "oracle" / "oracle.db"),
        queue=load_jobs(jobs, settings.broker_url),
    )
