"""Files and folders on 0G storage, in one typed call each.

from zerog.storage.client.sdk import Storage
storage = Storage.connect()
stored = storage.upload("report.pdf", owner="alice")
storage.download(stored.roots, "copy.pdf")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias

from zerog.chain.bindings import FlowContract, RewardContract
from zerog.chain.recovery import heal
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Keys, Signer
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.errors import Unreachable
from zerog.storage.client.client import StorageClient
from zerog.storage.client.directory import download_folder, read_folder, scan, upload_folder
from zerog.storage.client.fetching import Fetching
from zerog.storage.client.leasing import Leasing, MoreTime
from zerog.storage.client.ledger import Ledger, Row
from zerog.storage.client.results import (
    Cost,
    Downloaded,
    Extended,
    FolderEntry,
    Leased,
    Submitted,
    Uploaded,
    Verified,
)
from zerog.storage.client.sources import FRAGMENT, UNCUT, Content, fragment_sizes, size_of
from zerog.storage.client.storing import Storing, Terms
from zerog.storage.client.submit import OnTx, no_tx, price_per_sector, submissions_of
from zerog.storage.client.verifying import verify_root
from zerog.storage.codec import EmptyFile, padded_sectors
from zerog.storage.dircodec import MAGIC, Kind
from zerog.storage.encryption import Decryption, Encryption
from zerog.storage.wire import ShardedNode
from zerog.types import Address, Progress, no_progress

HEAL_SECONDS: Final = 30.0
AT_ONCE: Final = 8
"""Submissions that the nodes are asked about at a time."""
PathText: TypeAlias = str | os.PathLike[str]
Roots: TypeAlias = bytes | Sequence[bytes]
"""One root, or those of a file's fragments in order."""


class Storage:
    """The storage of one network, paid for by the keys of one home; safe for many threads."""

    def __init__(
        self, settings: Settings, keys: Keys | None = None, client: StorageClient | None = None
    ) -> None:
        """keys: of the home's settings by default; client: of its indexer by default.

        Nothing is connected before the first call.
        """
        self._settings = settings
        self.keys = keys or Keys(settings.home, settings.chain_id)
        self.client = client or StorageClient(settings.indexer_url)

    @classmethod
    def connect(cls, home: PathText | None = None, nodes: Sequence[str] = ()) -> Storage:
        """The network that the home's registry names; raises ChainUnreachable, WrongChain.

        home: default $ZEROG_HOME, else ~/.zerog. nodes: URLs to use instead of the indexer's.
        """
        settings = Settings.load(Path(home) if home is not None else None)
        made = cls(settings, client=StorageClient(settings.indexer_url, nodes))
        made._flow().chain.chain_id()
        return made

    def root(self, path: PathText, fragment_size: int = FRAGMENT) -> list[bytes]:
        """The data roots of a file as it is, one per fragment; asks nobody.

        Raises NoSuchFile, EmptyFile, BadFragmentSize.
        """
        parts = Content.of_file(Path(path)).fragments(fragment_size)
        return [part.tree.data_root for part in parts]

    def cost(self, what: PathText | int, fragment_size: int = FRAGMENT) -> Cost:
        """What storing a file, a folder or so many bytes costs at today's price, gas apart.

        A folder's metadata is counted too. Raises NoSuchFile, EmptyFile, ChainUnreachable.
        """
        sizes = [what] if isinstance(what, int) else _sizes(Path(what))
        if min(sizes, default=0) < 1:
            raise EmptyFile(min(sizes, default=0))
        parts = [part for size in sizes for part in fragment_sizes(size, fragment_size)]
        sectors = sum(count * padded_sectors(each) for count, each in parts)
        submissions, price = sum(count for count, _ in parts), price_per_sector(self._flow())
        return Cost(sum(sizes), sectors, submissions, price, sectors * price)

    def upload(
        self,
        path: PathText,
        owner: str,
        *,
        encryption: Encryption | None = None,
        replicas: int = 1,
        fragment_size: int = FRAGMENT,
        tags: bytes = b"",
        submitter: Address | None = None,
        again: bool = False,
        on_progress: Progress = no_progress,
        on_tx: OnTx = no_tx,
    ) -> Uploaded:
        """Store a file, paid by `owner`, a name of this home; a folder as `upload_dir` does.

        What the nodes hold `replicas` times is not paid again, nor what an earlier call began;
        `again` pays for a new submission. on_tx(hash) is called before the file is uploaded.
        The same call goes on after any crash. Raises NoSuchFile, EmptyFile, NoSuchKey,
        InsufficientFunds, TxReverted, ReplicasNotMet, FileChanged, ChainUnreachable.
        """
        place = Path(path)
        terms = Terms(replicas, tags, submitter, again)
        if place.is_dir():
            return self._upload_dir(
                place, owner, encryption, fragment_size, terms, on_progress, on_tx
            )
        signer = self.keys.signer(owner)
        content = _seal(encryption, signer, on_progress)(Content.of_file(place))
        parts = content.fragments(fragment_size, on_progress)
        stored = self._storing(signer, terms, on_progress, on_tx).store(parts)
        roots = tuple(one.root for one in stored)
        return Uploaded(roots, content.plain_size, content.size, tuple(stored))

    def upload_dir(
        self,
        folder: PathText,
        owner: str,
        *,
        encryption: Encryption | None = None,
        replicas: int = 1,
        fragment_size: int = FRAGMENT,
        again: bool = False,
        on_progress: Progress = no_progress,
        on_tx: OnTx = no_tx,
    ) -> Uploaded:
        """Store a folder: its files, ten to a transaction, then its metadata, whose root names it.

        Links and empty folders are kept. Raises FolderNotStorable and the errors of `upload`.
        """
        terms = Terms(replicas, again=again)
        return self._upload_dir(
            Path(folder), owner, encryption, fragment_size, terms, on_progress, on_tx
        )

    def download(
        self,
        roots: Roots,
        out: PathText,
        *,
        decryption: Decryption | None = None,
        on_progress: Progress = no_progress,
    ) -> Downloaded:
        """Write the new file `out`, every segment verified, from whatever nodes have it.

        An interrupted download goes on. Raises FileUnknown, FileNotFinalized, BadSegment,
        OutputExists, CannotWriteOutput, NotEncrypted, WrongScheme.
        """
        found = self._fetching(roots, decryption)
        found.to_file(Path(out), on_progress)
        return Downloaded(str(out), found.size)

    def download_dir(
        self,
        root: bytes,
        out: PathText,
        *,
        decryption: Decryption | None = None,
        on_progress: Progress = no_progress,
    ) -> Downloaded:
        """Write the new folder `out`; raises NotAStoredFolder, BadFolder, as `download` too."""
        tree = download_folder(self.client, root, Path(out), decryption, on_progress)
        files = [node for _, node in tree.walk() if node.kind is Kind.FILE]
        return Downloaded(str(out), sum(node.size for node in files), len(files))

    def ls(self, root: bytes | None = None) -> list[Submitted]:
        """The submissions of this home, oldest first, with what the nodes say of each.

        root: only those of this root. The state is `unknown` while no node can be asked.
        """
        rows = [row for row in self._ledger().rows() if root in {None, row.order.root}]
        try:
            living: list[ShardedNode] = self.client.nodes.all()
        except Unreachable:
            living = []
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ls") as pool:
            return list(pool.map(lambda row: self._state(row, living), rows))

    def ls_dir(self, root: bytes, decryption: Decryption | None = None) -> list[FolderEntry]:
        """The entries of a stored folder; raises NotAStoredFolder, BadFolder."""
        tree = read_folder(self.client, root, decryption)
        return [
            FolderEntry(path, node.kind.value, node.size, node.roots, node.link)
            for path, node in tree.walk()
        ]

    def is_dir(self, root: bytes, decryption: Decryption | None = None) -> bool:
        """Whether a root is a stored folder's; raises what a download raises."""
        return self._fetching(root, decryption).starts_with(MAGIC)

    def verify(
        self, root: bytes, path: PathText | None = None, on_progress: Progress = no_progress
    ) -> Verified:
        """Have every node that claims a root prove all of it; compare it with a local file.

        Raises FileUnknown, NodeUnreachable, NoSuchFile.
        """
        if path is None:
            return verify_root(self.client, root, on_progress)
        (part,) = Content.of_file(Path(path)).fragments(UNCUT, on_progress)
        found = verify_root(self.client, root, on_progress)
        same = (part.tree.data_root, part.tree.size) == (root, found.size)
        return Verified(root, found.size, found.replicas, found.nodes, same)

    def lease(self, root: bytes) -> list[Leased]:
        """The submissions of a root, oldest first, and until when each is paid for.

        Raises FileUnknown, ChainUnreachable.
        """
        return self._leasing().leases(root)

    def extend(
        self, root: bytes, owner: str, *, seconds: int = 0, amount_wei: int = 0, on_tx: OnTx = no_tx
    ) -> Extended:
        """Pay for more time of a root: of this home's newest submission, else of the newest.

        Give seconds, or an amount that gains every pricing chunk the same time. A call that was
        interrupted is repeated and pays once. Raises FileUnknown, ChunkLapsed, and as `upload`.
        """
        sender = self._sender(self._flow(), self.keys.signer(owner))
        return self._leasing().extend(root, sender, MoreTime(seconds, amount_wei), on_tx)

    def _leasing(self) -> Leasing:
        flow = self._flow()
        reward = Registry.load(self._settings.home).contract("ChunkReward")
        return Leasing(self.client, self._ledger(), flow, RewardContract.of(flow.chain, reward))

    def _upload_dir(
        self,
        folder: Path,
        owner: str,
        encryption: Encryption | None,
        fragment_size: int,
        terms: Terms,
        on_progress: Progress,
        on_tx: OnTx,
    ) -> Uploaded:
        signer = self.keys.signer(owner)
        plan = scan(folder)
        storing = self._storing(signer, terms, on_progress, on_tx)
        seal = _seal(encryption, signer, no_progress)
        done = upload_folder(storing, plan, seal, fragment_size, on_progress)
        parts = [part for stored in done.files.values() for part in stored]
        parts.append(done.metadata)
        size = sum(node.size for _, node in plan.tree.walk())
        stored_size = sum(part.size for part in parts)
        return Uploaded((done.root,), size, stored_size, tuple(parts), len(done.files))

    def _storing(self, signer: Signer, terms: Terms, on_progress: Progress, on_tx: OnTx) -> Storing:
        flow = self._flow()
        sender = self._sender(flow, signer)
        return Storing(sender, flow, self.client, self._ledger(), terms, on_progress, on_tx)

    def _sender(self, flow: FlowContract, signer: Signer) -> Sender:
        transactions = TxStore(self._settings.home / "tx.db")
        heal(flow.chain, transactions, HEAL_SECONDS)
        return Sender(flow.chain, transactions, signer, self._settings.finality_depth)

    def _fetching(self, roots: Roots, decryption: Decryption | None) -> Fetching:
        wanted = [roots] if isinstance(roots, bytes) else list(roots)
        return Fetching(self.client, wanted, decryption, [self._length(one) for one in wanted])

    def _length(self, root: bytes) -> int | None:
        """What was paid for under a root, where that is one length: nodes cannot be trusted here.

        None when the chain does not answer, or knows several.
        """
        known = self._ledger().size_of(root)
        if known is not None:
            return known
        honest = self.client.subtrees(root)
        try:
            flow = self._flow()
            lengths = {placed.size for one in honest for placed in submissions_of(flow, one)}
        except Unreachable:
            return None
        return lengths.pop() if len(lengths) == 1 else None

    def _state(self, row: Row, living: Sequence[ShardedNode]) -> Submitted:
        submission, replicas, state = row.order.submission, 0, "planned"
        if row.tx_seq is not None:
            try:
                replicas = self.client.times_finalized(row.order.root, row.tx_seq, living)
                state = ("stored" if replicas else "paid") if living else "unknown"
            except Unreachable:
                state = "unknown"
        return Submitted(
            name=row.order.name,
            root=row.order.root,
            size=submission.size,
            tx_seq=row.tx_seq,
            tx_hash=row.tx_hash,
            fee_wei=row.fee_wei,
            payer=row.payer,
            state=state,
            replicas=replicas,
        )

    def _flow(self) -> FlowContract:
        registry = Registry.load(self._settings.home)
        chain = Chain(self._settings.rpc_url, expected_chain_id=registry.chain_id)
        return FlowContract.of(chain, registry.contract("Flow"))

    def _ledger(self) -> Ledger:
        registry = Registry.load(self._settings.home)
        network = f"{registry.chain_id}/{registry.contract('Flow').address}"
        return Ledger(self._settings.home / "storage.db", network)


def _seal(
    encryption: Encryption | None, signer: Signer, progress: Progress
) -> Callable[[Content], Content]:
    if encryption is None:
        return lambda content: content
    return lambda content: content.sealed(encryption, signer.secret, progress)


def _sizes(path: Path) -> list[int]:
    """Of the contents that storing a path would make."""
    if not path.is_dir():
        return [Content.of_file(path).plain_size]
    folder = scan(path)
    return [size_of(file) for file in folder.files.values()] + [folder.metadata_size]
