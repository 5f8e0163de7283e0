"""Clone: a token of somebody else's beside one's own, with the same agent in it.

    by proof:   planned -> consented -> proven -> sent -> final
    by oracle:  planned -> requested -> awaiting_consent -> consented -> sent -> final

The steps are those of the two transfers; what is signed, proven and sent is a clone. By proof the
clone has the same ciphertext under the same data key: whoever has one of the two can open both.
By oracle it is encrypted anew, and only its owner can open it. Either seal is bound to the id of
the original, because the clone has none before the chain gives it one.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from zerog.chain.hexes import to_address
from zerog.chain.rpc import Receipt
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.crypto.curve import address_of
from zerog.inft.errors import (
    ConsentNeeded,
    NoOracle,
    NotTheOwner,
    NotTheReceiversKey,
    ReceiverKeyUnknown,
    UnsupportedData,
    WrongAnswer,
)
from zerog.inft.handover import CONSENT_SECONDS, HandingOver, proof_pair
from zerog.inft.jobstore import Row, Value
from zerog.inft.opening import Token, read_token
from zerog.inft.oracle_client import OracleClient
from zerog.inft.oracle_wire import OracleTransfer, TransferRequest
from zerog.inft.paperrows import look_at, paper_fields, paper_of, signed_paper
from zerog.inft.papers import Paper
from zerog.inft.proofs import CLONE, Statement
from zerog.inft.readers import wanted_key_of
from zerog.inft.results import ORACLE, PROOF
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import FINAL, drive
from zerog.inft.transfer import ORACLE_SECONDS, Transferring, proof_of
from zerog.inft.verifying import check_token_seal
from zerog.types import Address, DataRoot, PublicKey

BY_PROOF: Final = "clone"
BY_ORACLE: Final = "clone-oracle"


def consent_to_clone(stack: Stack, token_id: int, receiver: Signer) -> Paper:
    """Look at the stored data as the one who gets the clone, and sign that it may come.

    The whole ciphertext is fetched and verified; an owner may clone for themselves. Raises
    UnknownToken, SealProofInvalid and what the storage client raises.
    """
    token = read_token(stack, token_id)
    check_token_seal(stack, token)
    look_at(stack, token.data_root)
    act = _statement(stack, token.token_id, (token.owner, receiver.address), token.data_root)
    until = int(time.time()) + CONSENT_SECONDS
    return signed_paper(receiver, act, wanted_key_of(stack, receiver), until)


def _statement(
    stack: Stack, token_id: int, parties: tuple[Address, Address], root: DataRoot
) -> Statement:
    return transfer_statement(stack.registry, token_id, parties, (root, root), CLONE)


def plan_clone_by_proof(
    stack: Stack, token_id: int, owner: str, receiver: str, paper: Paper | None = None
) -> Row:
    """Record the wish to clone a token by proof; nothing has left this home yet.

    receiver: a name of this home or an address; paper: their consent, needed where their key is
    not here. Raises UnknownToken, NotTheOwner, UnsupportedData, ConsentNeeded, PaperForAnother,
    PaperNotSigned.
    """
    token, to = _own_token(stack, token_id, owner), stack.keys.resolve(receiver)
    root = "0x" + token.data_root.hex()
    data: dict[str, Value] = {"mode": PROOF, "new_data_root": root}
    if paper is not None:
        paper.check(
            _statement(stack, token_id, (token.owner, to), token.data_root), int(time.time())
        )
        data |= paper_fields(paper)
    elif stack.holder(to) is None:
        raise ConsentNeeded(token_id, token.owner, to)
    return _plan(stack, BY_PROOF, token, to, data)


def plan_clone_by_oracle(
    stack: Stack, token_id: int, owner: str, receiver: str, receiver_key: bytes | None = None
) -> Row:
    """Record the wish to clone a token with data encrypted anew; nothing has left yet.

    receiver: a name of this home or an address; receiver_key: 64 bytes, needed for an address
    that has no key here. Raises UnknownToken, NotTheOwner, UnsupportedData, ReceiverKeyUnknown,
    NotTheReceiversKey, NoOracle.
    """
    token, to = _own_token(stack, token_id, owner), stack.keys.resolve(receiver)
    held = stack.holder(to)
    target = held.public_key if receiver_key is None and held else receiver_key
    if target is None:
        raise ReceiverKeyUnknown(to)
    if address_of(PublicKey(target)) != to:
        raise NotTheReceiversKey(to, address_of(PublicKey(target)))
    if stack.registry.oracle is None:
        raise NoOracle(stack.registry.chain_id)
    return _plan(stack, BY_ORACLE, token, to, {"mode": ORACLE, "target_key": target.hex()})


def _own_token(stack: Stack, token_id: int, owner: str) -> Token:
    signer, token = stack.keys.signer(owner), read_token(stack, token_id)
    if token.owner != signer.address:
        raise NotTheOwner(token_id, token.owner, signer.address)
    count = len(stack.nft.data_of(token_id))
    if count != 1:
        raise UnsupportedData(token_id, count)
    return token


def _plan(stack: Stack, kind: str, token: Token, to: Address, more: Mapping[str, Value]) -> Row:
    data: dict[str, Value] = {
        "token_id": token.token_id,
        "owner": token.owner,
        "to": to,
        "old_data_root": "0x" + token.data_root.hex(),
        **more,
    }
    return stack.jobs.add(f"{kind}-{secrets.token_hex(8)}", kind, "planned", data)


class CloningByProof(HandingOver):
    """The steps of one owner's clones by proof: `prove` is that of a hand-over."""

    def consent(self, row: Row) -> Row:
        """planned -> consented: by the receiver of this home, where no paper came with the row."""
        if "consent" in row.data:
            return row.to("consented")
        to, token_id = to_address(row.text("to")), row.number("token_id")
        receiver = self._stack.holder(to)
        if receiver is None:
            raise ConsentNeeded(token_id, self._signer.address, to)
        paper = consent_to_clone(self._stack, token_id, receiver)
        return row.to("consented", **paper_fields(paper))

    def _paper(self, row: Row) -> Paper:
        parties = (self._signer.address, to_address(row.text("to")))
        root = DataRoot(row.blob("old_data_root"))
        return paper_of(row, _statement(self._stack, row.number("token_id"), parties, root))

    def send(self, row: Row) -> Row:
        """proven -> sent: the clone is mined."""
        paper = self._paper(row)
        pair = proof_pair(paper, row.blob("sealed_key"), row.blob("proof"))
        act, nft = paper.statement, self._stack.nft
        call = Call(nft.address, nft.calldata("iClone", act.receiver, act.token_id, [pair]))
        return _cloned(self._stack, row, "sent", self._sender.run(_intent(row), call))

    def settle(self, row: Row) -> Row:
        """sent -> final, once the clone is as deep as the network wants."""
        receipt = self._sender.settle(_intent(row))
        return row if receipt is None else _cloned(self._stack, row, FINAL, receipt)


class CloningByOracle(Transferring):
    """The steps of one owner's clones through the oracle: all but the last are a transfer's."""

    def _request(self, row: Row, grant: bytes, deadline: int, signature: bytes) -> TransferRequest:
        return replace(super()._request(row, grant, deadline, signature), operation=CLONE)

    def _look(self, row: Row) -> OracleTransfer:
        found = super()._look(row)
        if found.operation != CLONE:  # the receiver would consent to something else
            raise WrongAnswer(found.transfer_id)
        return found

    def send(self, row: Row) -> Row:
        """consented -> sent: the clone is mined."""
        found, nft = self._look(row), self._stack.nft
        data = nft.calldata("iClone", found.receiver, found.token_id, [proof_of(found)])
        receipt = self._sender.run(_intent(row), Call(nft.address, data))
        return _cloned(self._stack, row, "sent", receipt)

    def settle(self, row: Row) -> Row:
        """sent -> final, once the clone is as deep as the network wants."""
        receipt = self._sender.settle(_intent(row))
        if receipt is None:
            return row
        return _cloned(self._stack, row.to(row.state, grant=None), FINAL, receipt)


def _intent(row: Row) -> str:
    return f"{row.job_id}:iclone"


def _cloned(stack: Stack, row: Row, state: str, receipt: Receipt) -> Row:
    """The row with the id that the chain gave the clone; after a reorg it may be another one."""
    for event in stack.nft.decode(receipt, "Cloned"):
        return row.to(
            state,
            clone_id=event.number("_newTokenId"),
            clone_tx="0x" + receipt.tx_hash.hex(),
            clone_gas=receipt.gas_used,
        )
    raise AssertionError(f"the clone {receipt.tx_hash.hex()} told nobody")


def run_clone_by_proof(stack: Stack, job_id: str) -> Row:
    """Go on with a clone by proof; the owner's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, CloningByProof(stack, signer).workflow())


def run_clone_by_oracle(stack: Stack, job_id: str, patience_s: float = ORACLE_SECONDS) -> Row:
    """Go on with a clone through the oracle; patience_s: how long to wait for it, 0 looks once."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    oracle = OracleClient(stack.settings.oracle_url)
    steps = CloningByOracle(stack, signer, oracle, patience_s)
    return drive(stack.jobs, job_id, steps.workflow())
