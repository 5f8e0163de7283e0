"""What a TDX quote says it is about, and what a quote for an oracle's key must say.

Python twin of contracts/libraries/TdxQuote.sol. Pure. Nothing here checks Intel's signatures: a
registry posts the quote, and who doubts it checks it with Intel's own tools before the key
counts. Source of the layout: Intel TDX DCAP Quoting Library API, "Quote Format", version 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode

from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered
from zerog.types import Address

QUOTE_BYTES: Final = 632
"""Header 48 and TD report 584; signatures follow."""
VERSION: Final = 4
TDX: Final = 0x81
_REGISTER: Final = 48
_MRTD: Final = 184
_RTMRS: Final = 376
_REPORT_DATA: Final = 568


class NotATdxQuote(Tampered):
    """The bytes are no TDX quote of version 4."""

    def __init__(self, quote: bytes) -> None:
        self.quote = quote
        super().__init__(f"{len(quote)} bytes are no TDX quote of version {VERSION}")


@dataclass(frozen=True, slots=True)
class QuotedReport:
    """measurement: keccak256 of MRTD and RTMR0..3; report_data: its first 32 bytes."""

    measurement: bytes
    report_data: bytes


def read_quote(quote: bytes) -> QuotedReport:
    """Read a quote; raises NotATdxQuote."""
    version, tee = int.from_bytes(quote[:2], "little"), int.from_bytes(quote[4:8], "little")
    if len(quote) < QUOTE_BYTES or (version, tee) != (VERSION, TDX):
        raise NotATdxQuote(quote)
    registers = quote[_MRTD : _MRTD + _REGISTER] + quote[_RTMRS : _RTMRS + 4 * _REGISTER]
    return QuotedReport(keccak256(registers), quote[_REPORT_DATA : _REPORT_DATA + 32])


def report_data_for(oracle: Address, chain_id: int, registry: Address) -> bytes:
    """What the report data of a quote for a key must begin with, 32 bytes."""
    return keccak256(encode(["address", "uint256", "address"], [oracle, chain_id, registry]))
