"""Go on with any row of a home, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from zerog.inft.committee.handing import KIND as WISH
from zerog.inft.committee.handing import run_handing
from zerog.inft.escrow.purchase import KIND as ESCROW_PURCHASE
from zerog.inft.escrow.purchase import run_purchase as run_escrow_purchase
from zerog.inft.escrow.sale import KIND as ESCROW_SALE
from zerog.inft.escrow.sale import run_sale
from zerog.inft.handover import KIND as HANDOVER
from zerog.inft.handover import run_handover
from zerog.inft.jobstore import Row
from zerog.inft.life.clone import BY_ORACLE, BY_PROOF, run_clone_by_oracle, run_clone_by_proof
from zerog.inft.life.update import KIND as UPDATE
from zerog.inft.life.update import run_update
from zerog.inft.market.acceptance import KIND as ACCEPTANCE
from zerog.inft.market.acceptance import run_acceptance
from zerog.inft.market.listing import KIND as LISTING
from zerog.inft.market.listing import run_listing
from zerog.inft.market.offers import KIND as OFFER
from zerog.inft.market.offers import run_offer
from zerog.inft.market.purchase import KIND as PURCHASE
from zerog.inft.market.purchase import run_purchase
from zerog.inft.mint import KIND as MINT
from zerog.inft.mint import run_mint
from zerog.inft.rekey import KIND as REKEY
from zerog.inft.rekey import run_rekey
from zerog.inft.stack import Stack
from zerog.inft.transfer import KIND as TRANSFER
from zerog.inft.transfer import ORACLE_SECONDS, run_transfer

RUNNERS: Final[Mapping[str, Callable[[Stack, str], Row]]] = {
    MINT: run_mint,
    UPDATE: run_update,
    BY_PROOF: run_clone_by_proof,
    HANDOVER: run_handover,
    REKEY: run_rekey,
    LISTING: run_listing,
    PURCHASE: run_purchase,
    OFFER: run_offer,
    ESCROW_SALE: run_sale,
    ESCROW_PURCHASE: run_escrow_purchase,
    ACCEPTANCE: run_acceptance,
}
"""From each kind of row that waits for nobody, what drives it."""

PATIENT: Final[Mapping[str, Callable[[Stack, str, float], Row]]] = {
    TRANSFER: run_transfer,
    BY_ORACLE: run_clone_by_oracle,
    WISH: run_handing,
}
"""Those that wait for the oracle or the committee."""


def resume(stack: Stack, job_id: str, patience_s: float = ORACLE_SECONDS) -> Row:
    """Drive the row as far as it goes; raises UnknownJob, JobBusy and what its steps raise.

    patience_s: how long to wait for the oracle or the committee; a worker looks once (0)
    and is free again.
    """
    kind = stack.jobs.get(job_id).kind
    if kind in PATIENT:
        return PATIENT[kind](stack, job_id, patience_s)
    return RUNNERS[kind](stack, job_id)
