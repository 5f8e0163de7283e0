"""Seal an agent to another key of its owner: after a rotation, or an older form of the seal.

    planned -> proven -> sent -> final

The data and its key stay as they are; the chain checks by sigma proof that the same data key is
sealed. Who opened the old seal can still open the data.
"""

from __future__ import annotations

import secrets
from typing import Final

from zerog.chain.bindings import Contract
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.inft.envelope import NotAnEnvelope
from zerog.inft.errors import NoSealToProve, NotTheOwner
from zerog.inft.jobstore import Row
from zerog.inft.opening import read_token
from zerog.inft.proofs import RESEAL, Statement
from zerog.inft.readers import secret_for, wanted_key_of
from zerog.inft.sealproof import transfer_seal
from zerog.inft.stack import Stack
from zerog.inft.steps import FINAL, Workflow, drive
from zerog.types import Address, DataRoot, PublicKey

KIND: Final = "rekey"
ITEM: Final = 0
"""Our agents are one item of data."""


def plan_rekey(stack: Stack, token_id: int, person: str, target: PublicKey | None = None) -> Row:
    """Record the wish to seal a token's key to `target`.

    target: 64 bytes; by default the registered viewing key of `person`, else the account's own.
    Raises UnknownToken, NotTheOwner, NoSuchKey.
    """
    signer, token = stack.keys.signer(person), read_token(stack, token_id)
    if token.owner != signer.address:
        raise NotTheOwner(token_id, token.owner, signer.address)
    wanted = target or wanted_key_of(stack, signer) or signer.public_key
    data: dict[str, str | int | None] = {
        "token_id": token_id,
        "owner": signer.address,
        "target_key": wanted.hex(),
    }
    return stack.jobs.add(f"rekey-{secrets.token_hex(8)}", KIND, "planned", data)


class Rekeying:
    """The steps of one owner's new seals."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the owner, who pays the transaction."""
        self._stack, self._signer, self._sender = stack, signer, stack.sender(signer)

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {"planned": self.prove, "proven": self.send, "sent": self.settle}
        return Workflow(steps, self._stack.heal, lambda row: row)

    def prove(self, row: Row) -> Row:
        """planned -> proven: the new seal, and the proof that it holds the same key."""
        stack, token = self._stack, read_token(self._stack, row.number("token_id"))
        try:
            secret = secret_for(stack, self._signer, token.sealed_key)
        except NotAnEnvelope:
            raise NoSealToProve(token.token_id, len(token.sealed_key)) from None
        target = PublicKey(row.blob("target_key"))
        act = reseal_statement(stack, token.token_id, token.owner, token.data_root)
        made = transfer_seal(secret, token.sealed_key, target, act, ITEM)
        return row.to("proven", sealed_key=made.sealed_key.hex(), proof=made.proof.hex())

    def send(self, row: Row) -> Row:
        """proven -> sent: the transaction is durable and on its way."""
        nft, intent = self._stack.nft, f"{row.job_id}:reseal"
        facet = Contract(nft.chain, nft.address, "SealFacet")
        seal, target, proof = (row.blob(name) for name in ("sealed_key", "target_key", "proof"))
        data = facet.calldata("reseal", row.number("token_id"), ITEM, seal, target, proof)
        sent = self._sender.send(intent, Call(nft.address, data))
        return row.to("sent", rekey_intent=intent, rekey_tx="0x" + sent.tx_hash.hex())

    def settle(self, row: Row) -> Row:
        """sent -> final, once it is as deep as the network wants."""
        self._sender.wait(row.text("rekey_intent"))
        receipt = self._sender.settle(row.text("rekey_intent"))
        if receipt is None:
            return row
        return row.to(FINAL, rekey_tx="0x" + receipt.tx_hash.hex(), rekey_gas=receipt.gas_used)


def reseal_statement(stack: Stack, token_id: int, owner: Address, root: DataRoot) -> Statement:
    """The act of an owner's new seal; the token itself checks it, so it is the verifier."""
    token = stack.registry.contract("AgentNFT").address
    return Statement(
        stack.registry.chain_id, token, token, RESEAL, token_id, owner, owner, root, root
    )


def run_rekey(stack: Stack, job_id: str) -> Row:
    """Go on with a row from wherever it is; the owner's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Rekeying(stack, signer).workflow())
