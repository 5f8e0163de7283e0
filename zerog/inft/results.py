"""What the SDK's calls give back: plain frozen values, each of them JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from zerog.inft.jobstore import Row

Json = dict[str, str | int | bool | None]
ORACLE: Final = "oracle"
PROOF: Final = "proof"
COMMITTEE: Final = "committee"
MODES: Final = {"transfer": ORACLE, "handover": PROOF, "wish": COMMITTEE}
"""From a row's kind, who vouched for the key: `zerog inft transfer --mode`."""


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
    """A transfer as far as it came: `final`, or `awaiting_consent` of the receiver.

    mode: proof, committee or oracle; opened_identical: whether the receiver, opening the token,
    got what the seller had; None where that was not looked at.
    """

    job_id: str
    state: str
    token_id: int
    sender: str
    receiver: str
    old_data_root: str
    new_data_root: str | None
    transfer_tx: str | None
    transfer_gas: int | None
    mode: str
    opened_identical: bool | None

    def to_json(self) -> Json:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """A new seal as far as it came; target_key: what the data key is sealed to, 64 bytes in hex."""

    job_id: str
    state: str
    token_id: int
    owner: str
    target_key: str
    rekey_tx: str
    rekey_gas: int | None

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
    first characters are the role then. protection: the best that its data can be sold with
    (zerog.inft.protection), by the cipher suite that the sealed key names.
    """

    token_id: int
    owner: str
    role: str
    data_root: str
    size_bytes: int | None
    encryption: str | None
    protection: str
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


def minted(row: Row) -> Minted:
    """A mint's row as the caller sees it."""
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


def transferred(row: Row, identical: bool | None = None) -> Transferred:
    """A transfer's row as the caller sees it."""
    return Transferred(
        job_id=row.job_id,
        state=row.state,
        token_id=row.number("token_id"),
        sender=row.text("owner"),
        receiver=row.text("to"),
        old_data_root=row.text("old_data_root"),
        new_data_root=row.text("new_data_root"),
        transfer_tx=row.known_text("transfer_tx"),
        transfer_gas=row.known_number("transfer_gas"),
        mode=MODES[row.kind],
        opened_identical=identical,
    )


def rekeyed(row: Row) -> Rekeyed:
    """A new seal's row as the caller sees it."""
    return Rekeyed(
        job_id=row.job_id,
        state=row.state,
        token_id=row.number("token_id"),
        owner=row.text("owner"),
        target_key=row.text("target_key"),
        rekey_tx=row.text("rekey_tx"),
        rekey_gas=row.known_number("rekey_gas"),
    )


def token_of(row: Row) -> int | None:
    """The token that a row is about, once it has one."""
    return row.known_number("token_id")
