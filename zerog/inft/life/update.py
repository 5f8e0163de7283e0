"""A new version of an agent: its folder, encrypted under a new key, takes the old one's place.

    planned -> keyed -> encrypted -> submitted -> uploaded -> updated -> final

Every version has a data key of its own, sealed to the owner: whoever owned the agent before can
open the versions of their time and none that came later, and every way of handing it over works
with the new seal as it did with the first. A deposit at the committee is for one version: it is
made again after an update.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from zerog.chain.bindings import Contract
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.inft.envelope import DataKey, open_seal, seal
from zerog.inft.envelope import suite_of as sealed_suite
from zerog.inft.errors import NotTheOwner, UnsupportedData
from zerog.inft.folder import manifest_hash, pack_stream, scan
from zerog.inft.jobstore import Row
from zerog.inft.life.errors import VersionMoved
from zerog.inft.metadata import describe
from zerog.inft.mint import suite_of
from zerog.inft.opening import Token, read_token
from zerog.inft.publish import Publisher
from zerog.inft.readers import wanted_key_of
from zerog.inft.stack import Stack
from zerog.inft.steps import FINAL, Workflow, drive
from zerog.types import PublicKey

KIND: Final = "update"


def plan_update(stack: Stack, token_id: int, folder: Path, owner: str) -> Row:
    """Record the wish for a new version; nothing is spent yet.

    owner: a name in this home. Raises UnknownToken, NotTheOwner, UnsupportedData and the
    UsageErrors of folder.scan.
    """
    signer, token = stack.keys.signer(owner), read_token(stack, token_id)
    if token.owner != signer.address:
        raise NotTheOwner(token_id, token.owner, signer.address)
    count = len(stack.nft.data_of(token_id))
    if count != 1:
        raise UnsupportedData(token_id, count)
    plan = scan(folder)
    return stack.jobs.add(
        f"{KIND}-{secrets.token_hex(8)}",
        KIND,
        "planned",
        {
            "token_id": token_id,
            "owner": signer.address,
            "folder": str(folder.resolve()),
            "role": folder.resolve().name,
            "old_data_root": "0x" + token.data_root.hex(),
            "suite": sealed_suite(token.sealed_key),
            "plain_size": plan.tar_size,
        },
    )


class Updating:
    """The steps of one owner's updates."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the owner, who pays."""
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
                "uploaded": self.update,
                "updated": self.settle,
            },
            self._stack.heal,
            self.forget,
        )

    def forget(self, row: Row) -> Row:
        """An update that ends badly leaves no container and no key behind."""
        self._publisher.forget(row)
        return row.to(row.state, sealed_key=None)

    def draw_key(self, row: Row) -> Row:
        """planned -> keyed: a new key, sealed to the owner before anything is encrypted with it.

        Saved twice: for the token, to the key that the owner reads with, and for this home's
        own use, to the account's key.
        """
        key, own = DataKey.generate(), self._signer.public_key
        reader = PublicKey(wanted_key_of(self._stack, self._signer)) or own
        context = self._stack.seal_context(row.number("token_id"))
        sealed = seal(key, reader, context, suite_of(row))
        draft = seal(key, own, context, suite_of(row))
        return row.to("keyed", sealed_key=sealed.hex(), draft_key=draft.hex())

    def encrypt(self, row: Row) -> Row:
        """keyed -> encrypted: the folder, packed and encrypted into the spool."""
        folder = Path(row.text("folder"))
        plan, manifest = scan(folder), manifest_hash(folder)
        key = open_seal(row.blob("draft_key"), self._signer.secret).data_key()
        packed = self._publisher.pack(row, key, pack_stream(plan), plan.tar_size, suite_of(row))
        return packed.to("encrypted", manifest=manifest.hex(), plain_size=plan.tar_size)

    def update(self, row: Row) -> Row:
        """uploaded -> updated: the token commits to the new version, once.

        Raises VersionMoved when the token has other data than when the update was planned.
        """
        intent, nft = f"{row.job_id}:update", self._stack.nft
        if self._sender.store.get(intent) is None:
            self._require_planned_version(row)
        description = describe(
            role=row.text("role"),
            size=row.number("size"),
            indexer_url=self._stack.settings.indexer_url,
            suite=suite_of(row),
        )
        items = [(description, row.blob("data_root"))]
        agentic = Contract(self._stack.chain, nft.address, "AgenticFacet")
        call = agentic.calldata("update", row.number("token_id"), items, [row.blob("sealed_key")])
        receipt = self._sender.run(intent, Call(nft.address, call))
        tx = "0x" + receipt.tx_hash.hex()
        return row.to("updated", update_tx=tx, update_gas=receipt.gas_used)

    def _require_planned_version(self, row: Row) -> None:
        token: Token = read_token(self._stack, row.number("token_id"))
        if token.data_root != row.blob("old_data_root"):
            raise VersionMoved(token.token_id, row.blob("old_data_root"), token.data_root)

    def settle(self, row: Row) -> Row:
        """updated -> final, once the update is as deep as the network wants."""
        if self._sender.settle(f"{row.job_id}:update") is None:
            return row
        self._publisher.forget(row)
        return row.to(FINAL, draft_key=None)


def run_update(stack: Stack, job_id: str) -> Row:
    """Go on with an update from wherever it is; its owner's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Updating(stack, signer).workflow())
