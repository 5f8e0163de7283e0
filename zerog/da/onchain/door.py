"""The disperser's door to the chain: announcing blobs, submitting certificates, what stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from zerog.chain.abi import decode_revert
from zerog.chain.errors import Reverted, TxReverted, describe_revert
from zerog.chain.hexes import to_hex
from zerog.chain.recovery import heal
from zerog.chain.rpc import Block, Receipt
from zerog.chain.tx import Call, Sender
from zerog.config import Settings
from zerog.da.certificate import Certificate
from zerog.da.onchain.errors import NoAnnouncement, PolicyOver, TooManyAtOnce
from zerog.da.onchain.network import DISPERSER, DaNetwork, disperser_keys
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.onchain.sending import SYNC_GAS, WAIT_SECONDS, run
from zerog.da.ports import Confirmation, Quorum, Standing, Tip
from zerog.da.status import Assignment

ROOTS_AT_ONCE: Final = 500
"""Blobs announced by one transaction, about 6,000 gas each."""
CERTIFICATES_AT_ONCE: Final = 24
"""Certificates of one transaction: 24 of the dearest (341 scattered rows absent) take 16 M gas."""

SPARE_GAS: Final = 700_000
"""The contract goes on when a certificate is refused, so an estimate may be of a run in which the
last one ran out of gas: what the dearest costs is added."""


class ChainDoor:
    """`zerog.da.ports.Door` for one account."""

    def __init__(self, network: DaNetwork, sender: Sender) -> None:
        """sender: of the account that pays."""
        self.network, self._sender = network, sender
        self._entrance = network.entrance
        self.quorums = QuorumBook(network)

    @classmethod
    def open(cls, settings: Settings, name: str = DISPERSER) -> ChainDoor:
        """For an account in HOME/da/disperser/keys; raises NoDaHere, NoSuchKey."""
        network = DaNetwork.open(settings)
        account = disperser_keys(settings.home, network.chain.chain_id()).signer(name)
        return cls(network, network.sender(account))

    # -------------------------------------------------------------- announcing

    def upload(self, roots: Sequence[bytes], policy: int, intent: str) -> list[Assignment]:
        """Announce blobs, at most ROOTS_AT_ONCE, and pay exactly; where each was put, in order.

        Raises TooManyAtOnce, PolicyOver and what Door says.
        """
        _require_few(roots, ROOTS_AT_ONCE)
        entrance = self._entrance
        fee = len(roots) * entrance.blob_price_wei()
        call = Call(entrance.address, entrance.announcing(roots, policy), fee)
        try:
            receipt = run(self._sender, intent, call, SYNC_GAS)
        except TxReverted as error:
            self._require_live(policy, error)
            raise
        found = self._announced(receipt)
        return [found[root] for root in roots]

    def _require_live(self, policy: int, error: TxReverted) -> None:
        """The entrance says of any policy without a quorum that there are no signers."""
        signers = self.network.signers
        if not 1 <= policy <= signers.policy_count():
            return
        end = signers.policy_term(policy).end
        if end and signers.epoch() >= end:
            raise PolicyOver(error.intent, policy, end, mined=error.mined) from error

    def tip(self) -> Tip:
        """The newest block, read now."""
        return Tip(self.network.chain.head().number, self.network.settings.finality_depth)

    def upload_standing(
        self, data_root: bytes, where: Assignment, tip: Tip | None = None
    ) -> Standing:
        """Whether the announcement's transaction is mined and put the blob there."""
        receipt = self.network.chain.receipt(where.tx)
        if receipt is None:
            return self._without_receipt(where)
        if not receipt.succeeded:
            return Standing.GONE
        now = self._announced(receipt).get(data_root)
        if now is None or (now.epoch, now.quorum_id) != (where.epoch, where.quorum_id):
            return Standing.GONE
        missing = (tip or self.tip()).missing(receipt.block_number)
        return Standing.PENDING if missing else Standing.FINAL

    def announced_again(self, data_root: bytes, where: Assignment) -> Assignment | None:
        """As Door. The epoch may have ended meanwhile, so the place may be another."""
        store = self._sender.store
        intent = store.intent_of(where.tx)
        receipt = self._sender.settle(intent)
        if receipt is None:  # not final, or only now on its way
            receipt = self.network.chain.receipt(store.require(intent).tx_hash)
        if receipt is None:
            return None
        found = self._announced(receipt).get(data_root)
        if found is None:
            raise NoAnnouncement(data_root, receipt.tx_hash)
        return found

    def is_under_way(self, tx: bytes) -> bool:
        """As Door."""
        return self._sender.settle(self._sender.store.intent_of(tx)) is None

    def recover(self) -> None:
        """As Door; one request when nothing is lost."""
        heal(self.network.chain, self._sender.store, WAIT_SECONDS)

    def _without_receipt(self, where: Assignment) -> Standing:
        """A node behind a balancer may be a block behind; the block at that height, as one node
        shows it, tells. A devnet is one node.
        """
        if not self.network.settings.finality_depth:
            return Standing.GONE
        block = self.network.chain.rpc("eth_getBlockByNumber", [hex(where.block), False])
        hashes = block.get("transactions") if isinstance(block, dict) else None
        if not isinstance(hashes, list) or to_hex(where.tx) in hashes:
            return Standing.UNSEEN
        return Standing.GONE

    def _announced(self, receipt: Receipt) -> dict[bytes, Assignment]:
        found: dict[bytes, Assignment] = {}
        for event in self._entrance.decode(receipt, "DataUpload"):
            root = event.args["dataRoot"]
            place = (event.number("epoch"), event.number("quorumId"))
            if isinstance(root, bytes):
                found[root] = Assignment(*place, receipt.block_number, receipt.tx_hash)
        return found

    # ------------------------------------------------------------ certificates

    def confirm(self, certificates: Sequence[Certificate], intent: str) -> Confirmation:
        """Submit at most CERTIFICATES_AT_ONCE; which were refused, and why.

        When all of them would be, nothing is sent: then tx is empty and block 0. Raises
        TooManyAtOnce and what Door says.
        """
        _require_few(certificates, CERTIFICATES_AT_ONCE)
        self.recover()  # else certificates are refused whose epochs and quorums were lost
        entrance = self._entrance
        structs = [one.submission() for one in certificates]
        call = Call(entrance.address, entrance.calldata("submitVerifiedCommitRoots", structs))
        try:
            receipt = run(self._sender, intent, call, SPARE_GAS)
        except TxReverted:
            refused = {one.data_root: why for one in certificates if (why := self._refusal(one))}
            if len(refused) != len({one.data_root for one in certificates}):
                raise
            return Confirmation(b"", 0, refused)
        return Confirmation(receipt.tx_hash, receipt.block_number, self._refused(receipt))

    def _refusal(self, certificate: Certificate) -> str:
        """Why a certificate is not taken now; empty when it is, or there is one already."""
        place = (certificate.data_root, certificate.epoch, certificate.quorum_id)
        if self._entrance.holds_certificate(*place):
            return ""
        try:
            self._entrance.read_all("checkCommitRoot", certificate.submission())
        except Reverted as error:
            return describe_revert(error.name, error.args)
        return ""

    def _refused(self, receipt: Receipt) -> dict[bytes, str]:
        refused: dict[bytes, str] = {}
        for event in self._entrance.decode(receipt, "CommitRootRefused"):
            root, reason = event.args["dataRoot"], event.args["reason"]
            if isinstance(root, bytes) and isinstance(reason, bytes):
                error = decode_revert(reason)
                refused[root] = describe_revert(error.name, error.args)
        return refused

    # ----------------------------------------------------------------- reading

    def quorum(self, epoch: int, quorum_id: int) -> Quorum:
        """The signers of a quorum; raises NoSuchQuorum (a NotFound)."""
        return self.quorums.quorum(epoch, quorum_id)

    def standing(self, data_root: bytes, where: Assignment, tip: Tip | None = None) -> Standing:
        """Whether there is a certificate, in the final block or in the newest only.

        Where blocks are final late, the newest is named by its number: a node that is behind says
        so, instead of answering from an older one.
        """
        now = tip or self.tip()
        newest: Block = now.number if now.depth else "latest"
        final: Block = max(now.number - now.depth, 0) if now.depth else "latest"
        place = (data_root, where.epoch, where.quorum_id)

        def holds(block: Block) -> bool:
            return self._entrance.holds_certificate(*place, block=block)

        return _standing(holds, final, newest)

    def current_epoch(self) -> int:
        """The epoch under way, 0 before the first."""
        return self.network.signers.epoch()


def _standing(holds: Callable[[Block], bool], final: Block, newest: Block) -> Standing:
    if holds(final):
        # what was final for a block that a reorg took is not in the newest one
        return Standing.FINAL if final == newest or holds(newest) else Standing.GONE
    return Standing.PENDING if final != newest and holds(newest) else Standing.GONE


def _require_few(given: Sequence[object], most: int) -> None:
    if len(given) > most:
        raise TooManyAtOnce(len(given), most)
