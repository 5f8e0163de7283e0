"""Agents as tokens, in one typed call each: mint, transfer, accept, open, show.

from zerog.inft.sdk import Agents
agents = Agents.connect()
minted = agents.mint("./my-agent", owner="alice")
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path

from zerog.config import Settings
from zerog.inft.consent import accept
from zerog.inft.errors import JobFailed, UnknownToken
from zerog.inft.folder import manifest_hash
from zerog.inft.jobstore import JobBusy, Row
from zerog.inft.metadata import BadDescription, parse
from zerog.inft.mint import plan_mint
from zerog.inft.opening import open_token, read_token
from zerog.inft.resume import resume
from zerog.inft.stack import Stack
from zerog.inft.steps import EXPIRED, FAILED
from zerog.inft.transfer import plan_transfer
from zerog.inft.unpacking import require_free
from zerog.types import Progress, no_progress

BUSY_POLL_SECONDS = 0.1
ROLE_CHARACTERS = 60
Json = dict[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Minted:
    """A mint as far as it came; `state` is `final` when nothing is left to do.

    size_bytes: the encrypted file in storage; fee_wei: what storage cost.
    """

    job_id: str
    state: str
    token_id: int
    owner: str
    data_root: str
    tx_seq: int
    size_bytes: int
    manifest: str
    submit_tx: str
    submit_gas: int
    fee_wei: int
    mint_tx: str
    mint_gas: int

    def to_json(self) -> Json:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Transferred:
    """A transfer as far as it came: `final`, or `awaiting_consent` of the receiver."""

    job_id: str
    state: str
    token_id: int
    sender: str
    receiver: str
    old_data_root: str
    new_data_root: str | None
    transfer_tx: str | None
    transfer_gas: int | None

    def to_json(self) -> Json:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A receiver's consent, left at the oracle; `state` is the seller's, where it is here."""

    token_id: int
    receiver: str
    transfer_id: str
    new_data_root: str
    state: str

    def to_json(self) -> Json:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Opened:
    """An agent's folder, decrypted and verified."""

    token_id: int
    folder: str
    data_root: str
    manifest: str

    def to_json(self) -> Json:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TokenView:
    """What the chain says of a token.

    size_bytes, encryption: None where another client wrote a description of another form; its
    first characters are the role then.
    """

    token_id: int
    owner: str
    role: str
    data_root: str
    size_bytes: int | None
    encryption: str | None
    sealed_key_bytes: int

    def to_json(self) -> Json:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class JobView:
    """One row of this home's work."""

    job_id: str
    kind: str
    state: str
    token_id: int | None
    error: str | None

    def to_json(self) -> Json:
        """As the CLI prints it with --json."""
        return asdict(self)


class Agents:
    """The agents of one home: its keys act, its rows remember."""

    def __init__(self, stack: Stack) -> None:
        """stack: the collaborators; `Agents.connect` builds them."""
        self._stack = stack

    @classmethod
    def connect(
        cls, home: str | PathLike[str] | None = None, progress: Progress = no_progress
    ) -> Agents:
        """Connect to the network that the home's registry names.

        home: default $ZEROG_HOME, else ~/.zerog. Raises ChainUnreachable, WrongChain,
        NoRegistry.
        """
        return cls(Stack.open(Settings.load(Path(home) if home is not None else None), progress))

    def mint(self, folder: str | PathLike[str], owner: str) -> Minted:
        """Pack, encrypt, store and mint a folder for `owner`, a name of this home.

        Raises the UsageErrors of folder.scan, UnknownName, and what the services raise; the
        row stays and goes on by itself when the stack is up.
        """
        row = plan_mint(self._stack, Path(folder), owner)
        return self._minted(self._driven(row.job_id))

    def transfer(
        self, token_id: int, owner: str, to: str, to_key: bytes | None = None
    ) -> Transferred:
        """Hand a token over: re-encryption, consent, transfer.

        to: a name of this home or an address; to_key: 64 bytes X then Y, for an address whose
        key is elsewhere: then the transfer rests at `awaiting_consent` until `accept` there.
        """
        row = plan_transfer(self._stack, token_id, owner, to, to_key)
        return _transferred(self._driven(row.job_id))

    def accept(self, token_id: int, receiver: str) -> Accepted:
        """Check the new ciphertext as its receiver and consent.

        The seller's home sends the transfer then; it is driven to its end here when it is this
        one. Raises NothingToAccept, Tampered errors.
        """
        found = accept(self._stack, token_id, self._stack.keys.signer(receiver))
        state = "consented"
        for row in self._stack.jobs.in_state("awaiting_consent", "consented", "sent"):
            if row.data.get("transfer_id") == found.transfer_id:
                state = self._driven(row.job_id).state
        root = "0x" + found.result.new_data_hash.hex() if found.result else ""
        return Accepted(token_id, found.receiver, found.transfer_id, root, state)

    def open(self, token_id: int, reader: str, out: str | PathLike[str]) -> Opened:
        """Decrypt a token's agent into the new folder `out`, as its owner `reader`.

        Raises UnknownToken, NotTheOwner, OutputExists, and Tampered errors.
        """
        require_free(Path(out))
        token = open_token(self._stack, token_id, self._stack.keys.signer(reader), Path(out))
        return Opened(
            token_id, str(out), "0x" + token.data_root.hex(), manifest_hash(Path(out)).hex()
        )

    def show(self, token_id: int) -> TokenView:
        """What the chain says of one token; raises UnknownToken."""
        token = read_token(self._stack, token_id)
        try:
            said = parse(token.description)
        except BadDescription:
            said = None
        return TokenView(
            token_id=token_id,
            owner=token.owner,
            role=token.description[:ROLE_CHARACTERS] if said is None else said.role,
            data_root="0x" + token.data_root.hex(),
            size_bytes=None if said is None else said.size,
            encryption=None if said is None else said.encryption,
            sealed_key_bytes=len(token.sealed_key),
        )

    def tokens(self) -> list[TokenView]:
        """Every token of the collection."""
        views = []
        for token_id in range(1, self._stack.nft.next_token_id()):
            try:
                views.append(self.show(token_id))
            except UnknownToken:
                continue
        return views

    def jobs(self) -> list[JobView]:
        """Every mint and transfer of this home, oldest first."""
        return [
            JobView(row.job_id, row.kind, row.state, _token_of(row), row.error)
            for row in self._stack.jobs.rows()
        ]

    def resume(self, job_id: str) -> JobView:
        """Go on with a row; waits while another process works on it."""
        row = self._driven(job_id)
        return JobView(row.job_id, row.kind, row.state, _token_of(row), row.error)

    def _driven(self, job_id: str) -> Row:
        """Drive a row as far as it goes, or wait for the worker that took it over.

        Raises JobFailed when it ended badly in other hands, and what its steps raise.
        """
        while True:
            try:
                row = resume(self._stack, job_id)
                break
            except JobBusy:
                time.sleep(BUSY_POLL_SECONDS)
        if row.state in {FAILED, EXPIRED}:
            raise JobFailed(job_id, row.state, row.error or row.state)
        return row

    def _minted(self, row: Row) -> Minted:
        return Minted(
            job_id=row.job_id,
            state=row.state,
            token_id=row.number("token_id"),
            owner=row.text("owner"),
            data_root=row.text("data_root"),
            tx_seq=row.number("tx_seq"),
            size_bytes=row.number("size"),
            manifest=row.text("manifest"),
            submit_tx=row.text("submit_tx"),
            submit_gas=row.number("submit_gas"),
            fee_wei=row.number("fee_wei"),
            mint_tx=row.text("mint_tx"),
            mint_gas=row.number("mint_gas"),
        )


def _transferred(row: Row) -> Transferred:
    gas = row.data.get("transfer_gas")
    return Transferred(
        job_id=row.job_id,
        state=row.state,
        token_id=row.number("token_id"),
        sender=row.text("owner"),
        receiver=row.text("to"),
        old_data_root=row.text("old_data_root"),
        new_data_root=row.text("new_data_root"),
        transfer_tx=row.text("transfer_tx") if "transfer_tx" in row.data else None,
        transfer_gas=gas if isinstance(gas, int) else None,
    )


def _token_of(row: Row) -> int | None:
    found = row.data.get("token_id")
    return found if isinstance(found, int) else None
