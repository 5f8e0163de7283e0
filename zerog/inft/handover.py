"""Transfer without an oracle: the chain checks that the buyer gets the same data key.

    planned -> consented -> proven -> sent -> final

The data stays where it is, under the key that the seller knows too: what a sigma proof moves is
the seal. Seal and proof are saved before they leave; a proof is good only from the seal that the
token has, so a second one of the same transfer can do no harm.
"""

from __future__ import annotations

import secrets
import time
from typing import Final

from zerog.chain.hexes import to_address
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.inft.envelope import NotAnEnvelope
from zerog.inft.errors import ConsentNeeded, NoSealToProve, NotTheOwner, SameOwner
from zerog.inft.jobstore import Row
from zerog.inft.opening import Token, read_token
from zerog.inft.paperrows import look_at, paper_fields, paper_of, signed_paper
from zerog.inft.papers import Paper
from zerog.inft.proofs import ZKP, AccessProof, OwnershipProof, Statement
from zerog.inft.readers import secret_for, wanted_key_of
from zerog.inft.sealproof import transfer_seal
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import FINAL, Workflow, drive
from zerog.inft.verifying import check_token_seal
from zerog.types import Address, DataRoot

KIND: Final = "handover"
CONSENT_SECONDS: Final = 7 * 24 * 3600


def consent_to(stack: Stack, token_id: int, receiver: Signer) -> Paper:
    """Look at the stored data as its receiver, and sign that it may come.

    The whole ciphertext is fetched and verified against the root on chain; nobody can open it
    before the hand-over. Raises UnknownToken, SameOwner, SealProofInvalid, and what the
    storage client raises.
    """
    token = read_token(stack, token_id)
    if token.owner == receiver.address:
        raise SameOwner(token_id, token.owner)
    check_token_seal(stack, token)
    look_at(stack, token.data_root)
    statement, until = _statement(stack, token, receiver.address), int(time.time())
    wanted = wanted_key_of(stack, receiver)
    return signed_paper(receiver, statement, wanted, until + CONSENT_SECONDS)


def _statement(stack: Stack, token: Token, receiver: Address) -> Statement:
    roots = (token.data_root, token.data_root)
    return transfer_statement(stack.registry, token.token_id, (token.owner, receiver), roots)


def plan_handover(
    stack: Stack, token_id: int, seller: str, receiver: str, paper: Paper | None = None
) -> Row:
    """Record the wish to hand a token over by proof; nothing has left this home yet.

    receiver: a name of this home or an address; paper: the receiver's consent, needed where
    their key is not here. Raises UnknownToken, NotTheOwner, SameOwner, ConsentNeeded,
    PaperForAnother, PaperNotSigned.
    """
    signer = stack.keys.signer(seller)
    token = read_token(stack, token_id)
    if token.owner != signer.address:
        raise NotTheOwner(token_id, token.owner, signer.address)
    to = stack.keys.resolve(receiver)
    if to == token.owner:
        raise SameOwner(token_id, to)
    if paper is not None:
        paper.check(_statement(stack, token, to), int(time.time()))
    elif stack.holder(to) is None:
        raise ConsentNeeded(token_id, token.owner, to)
    return stack.jobs.add(
        f"handover-{secrets.token_hex(8)}",
        KIND,
        "planned",
        {
            "token_id": token_id,
            "owner": signer.address,
            "to": to,
            "old_data_root": "0x" + token.data_root.hex(),
            "new_data_root": "0x" + token.data_root.hex(),
            **(paper_fields(paper) if paper else {}),
        },
    )


class HandingOver:
    """The steps of one seller's hand-overs by proof."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the seller, who pays the transaction."""
        self._stack, self._signer, self._sender = stack, signer, stack.sender(signer)

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {
            "planned": self.consent,
            "consented": self.prove,
            "proven": self.send,
            "sent": self.settle,
        }
        return Workflow(steps, self._stack.heal, lambda row: row)

    def consent(self, row: Row) -> Row:
        """planned -> consented: by the receiver of this home, where no paper came with the row."""
        if "consent" in row.data:
            return row.to("consented")
        receiver = self._stack.holder(to_address(row.text("to")))
        if receiver is None:
            raise ConsentNeeded(
                row.number("token_id"), self._signer.address, to_address(row.text("to"))
            )
        return row.to(
            "consented", **paper_fields(consent_to(self._stack, row.number("token_id"), receiver))
        )

    def prove(self, row: Row) -> Row:
        """consented -> proven: the new seal, and the proof that it holds the same key."""
        stack, token = self._stack, read_token(self._stack, row.number("token_id"))
        paper = self._paper(row)
        try:
            secret = secret_for(stack, self._signer, token.sealed_key)
        except NotAnEnvelope:
            raise NoSealToProve(token.token_id, len(token.sealed_key)) from None
        handed = transfer_seal(secret, token.sealed_key, paper.target_key(), paper.statement)
        return row.to("proven", sealed_key=handed.sealed_key.hex(), proof=handed.proof.hex())

    def _paper(self, row: Row) -> Paper:
        token = Token(
            row.number("token_id"),
            self._signer.address,
            "",
            DataRoot(row.blob("old_data_root")),
            b"",
        )
        return paper_of(row, _statement(self._stack, token, to_address(row.text("to"))))

    def send(self, row: Row) -> Row:
        """proven -> sent: the transaction is durable and on its way."""
        paper = self._paper(row)
        pair = proof_pair(paper, row.blob("sealed_key"), row.blob("proof"))
        nft = self._stack.nft
        data = nft.calldata("iTransfer", paper.statement.receiver, paper.statement.token_id, [pair])
        intent = f"{row.job_id}:itransfer"
        sent = self._sender.send(intent, Call(nft.address, data))
        return row.to("sent", transfer_intent=intent, transfer_tx="0x" + sent.tx_hash.hex())

    def settle(self, row: Row) -> Row:
        """sent -> final, once the transfer is as deep as the network wants."""
        self._sender.wait(row.text("transfer_intent"))
        receipt = self._sender.settle(row.text("transfer_intent"))
        if receipt is None:
            return row
        return row.to(
            FINAL, transfer_tx="0x" + receipt.tx_hash.hex(), transfer_gas=receipt.gas_used
        )


def proof_pair(paper: Paper, sealed_key: bytes, proof: bytes) -> tuple[AccessProof, OwnershipProof]:
    """The EIP's TransferValidityProof of a hand-over by proof, as the ABI wants it."""
    root = paper.statement.old_data_hash
    ownership = OwnershipProof(ZKP, root, root, sealed_key, paper.target_key(), b"", proof)
    return paper.proof(), ownership


def run_handover(stack: Stack, job_id: str) -> Row:
    """Go on with a hand-over from wherever it is; the seller's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, HandingOver(stack, signer).workflow())
