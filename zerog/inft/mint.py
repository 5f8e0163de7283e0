"""Mint: a folder becomes an encrypted file in 0G storage and a token that commits to it.

    planned -> keyed -> encrypted -> submitted -> uploaded -> minted -> final

The data key is saved, sealed to the owner, before anything is encrypted with it; a container
that a dying process left half written is written again under a fresh salt.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from zerog.chain.errors import TxReverted
from zerog.chain.rpc import Receipt
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.crypto.container import SUITE_AES_256_GCM, cipher_of
from zerog.inft.envelope import DataKey, open_seal, seal
from zerog.inft.folder import manifest_hash, pack_stream, scan
from zerog.inft.jobstore import Row
from zerog.inft.metadata import describe
from zerog.inft.publish import Publisher
from zerog.inft.stack import Stack
from zerog.inft.steps import FINAL, Workflow, drive

KIND: Final = "mint"
DRAFT_TOKEN: Final = 0
"""The token id that a key is sealed under while its token has none; ids count from 1."""


def plan_mint(stack: Stack, folder: Path, owner: str, suite: int = SUITE_AES_256_GCM) -> Row:
    """Record the wish to mint; nothing is spent yet.

    folder: the agent's folder; owner: a name in this home; suite: how its data is encrypted
    (SUITE_KECCAK_CTR can be sold with complaints). Raises NoSuchSuite and the UsageErrors of
    folder.scan and of Keys.signer.
    """
    cipher_of(suite)
    signer = stack.keys.signer(owner)
    plan = scan(folder)
    return stack.jobs.add(
        f"mint-{secrets.token_hex(8)}",
        KIND,
        "planned",
        {
            "folder": str(folder.resolve()),
            "owner": signer.address,
            "role": folder.resolve().name,
            "plain_size": plan.tar_size,
            "suite": suite,
        },
    )


class Minting:
    """The steps of one owner's mints."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the owner, who pays and receives the token."""
        self._stack, self._signer = stack, signer
        self._sender = stack.sender(signer)
        self._publisher = Publisher(
            self._sender, stack.flow, stack.storage, stack.spool, stack.progress
        )

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        return Workflow(
            {
                "planned": self.draw_key,
                "keyed": self.encrypt,
                "encrypted": self._publisher.submit,
                "submitted": self._publisher.upload,
                "uploaded": self.mint,
                "minted": self.settle,
            },
            self._stack.heal,
            self.forget,
        )

    def forget(self, row: Row) -> Row:
        """A mint that ends badly leaves no container behind."""
        self._publisher.forget(row)
        return row

    def draw_key(self, row: Row) -> Row:
        """planned -> keyed."""
        sealed = self._seal(DataKey.generate(), DRAFT_TOKEN, suite_of(row))
        return row.to("keyed", draft_key=sealed.hex())

    def encrypt(self, row: Row) -> Row:
        """keyed -> encrypted: the folder, packed and encrypted into the spool."""
        folder = Path(row.text("folder"))
        plan, manifest = scan(folder), manifest_hash(folder)
        key = self._key(row).data_key()
        packed = self._publisher.pack(row, key, pack_stream(plan), plan.tar_size, suite_of(row))
        return packed.to("encrypted", manifest=manifest.hex(), plain_size=plan.tar_size)

    def mint(self, row: Row) -> Row:
        """uploaded -> minted: exactly one token; who loses the race for an id tries the next."""
        attempt = 0
        while True:
            try:
                return self._mint_as(row, f"{row.job_id}:mint:{attempt}")
            except TxReverted as error:
                if error.name != "UnexpectedTokenId":
                    raise
                # A refusal before signing frees its intent; only a mined loss needs another one,
                # and a resumed run must meet the same intents in the same order.
                attempt += error.mined

    def _mint_as(self, row: Row, intent: str) -> Row:
        expected = self._stack.nft.next_token_id()
        description = describe(
            role=row.text("role"),
            size=row.number("size"),
            indexer_url=self._stack.settings.indexer_url,
            suite=suite_of(row),
        )
        data = self._stack.nft.calldata(
            "mint",
            self._signer.address,
            [(description, row.blob("data_root"))],
            [self._seal(self._key(row), expected, suite_of(row))],
            expected,
        )
        receipt = self._sender.run(intent, Call(self._stack.nft.address, data))
        return row.to(
            "minted",
            token_id=self._token_id(receipt),
            mint_intent=intent,
            mint_tx="0x" + receipt.tx_hash.hex(),
            mint_gas=receipt.gas_used,
        )

    def _token_id(self, receipt: Receipt) -> int:
        for event in self._stack.nft.decode(receipt, "PublishedSealedKey"):
            return int(str(event.args["_tokenId"]))
        raise AssertionError(f"the mint {receipt.tx_hash.hex()} published no key")

    def settle(self, row: Row) -> Row:
        """minted -> final, once the mint is as deep as the network wants."""
        try:
            receipt = self._sender.settle(row.text("mint_intent"))
        except TxReverted as error:
            if error.name == "UnexpectedTokenId":
                return row.to("uploaded")  # a reorg gave the id to another: mint the next one
            raise
        if receipt is None:
            return row
        self._publisher.forget(row)
        return row.to(FINAL, token_id=self._token_id(receipt), draft_key=None)

    def _seal(self, key: DataKey, token_id: int, suite: int) -> bytes:
        return seal(key, self._signer.public_key, self._stack.seal_context(token_id), suite)

    def _key(self, row: Row) -> DataKey:
        return open_seal(row.blob("draft_key"), self._signer.secret)


def suite_of(row: Row) -> int:
    """The suite of a mint's data; rows of older homes name none."""
    return row.number("suite") if "suite" in row.data else SUITE_AES_256_GCM


def run_mint(stack: Stack, job_id: str) -> Row:
    """Go on with a mint from wherever it is; its owner's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Minting(stack, signer).workflow())
