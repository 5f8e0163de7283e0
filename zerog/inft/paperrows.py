"""A receiver's consent in a job's row: made, written and read in one way for every hand-over."""

from __future__ import annotations

import secrets

from zerog.chain.signer import Signer
from zerog.inft.jobstore import Row, Value
from zerog.inft.papers import Paper
from zerog.inft.proofs import Statement
from zerog.inft.stack import Stack
from zerog.types import DataRoot


def look_at(stack: Stack, root: DataRoot) -> None:
    """Fetch the whole ciphertext and verify it, as whoever consents to it does first.

    Raises what the storage client raises.
    """
    for _ in stack.storage.segments(root):
        pass


def signed_paper(receiver: Signer, statement: Statement, wanted: bytes, until: int) -> Paper:
    """A receiver's fresh consent. wanted: 64 bytes or empty; until: unix seconds."""
    paper = Paper(statement, wanted, secrets.randbits(256), until, bytes(65))
    return paper.signed(receiver.sign_digest(paper.digest))


def paper_fields(paper: Paper) -> dict[str, Value]:
    """What a row keeps of a consent; the statement follows from the rest of the row."""
    return {
        "wanted_key": paper.wanted_key.hex(),
        "consent_nonce": hex(paper.nonce),
        "consent_deadline": paper.deadline,
        "consent": paper.signature.hex(),
    }


def paper_of(row: Row, statement: Statement) -> Paper:
    """The consent that a row keeps, to the act that it is for."""
    return Paper(
        statement,
        row.blob("wanted_key"),
        int(row.text("consent_nonce"), 16),
        row.number("consent_deadline"),
        row.blob("consent"),
    )
