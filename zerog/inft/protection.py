"""What a buyer is protected by when a token is sold, by one word that every result carries. Pure.

`complaints`: in the exchange with complaints a wrong key, wrong data or missing data gives the
money back. `none`: the chain checks the hand-over of the key alone. A container of suite 1 can
only be sold the second way: no contract can judge what is in it.
"""

from __future__ import annotations

from typing import Final

from zerog.crypto.container import SUITE_KECCAK_CTR

PROTECTED: Final = "complaints"
UNPROTECTED: Final = "none"


def protection_of(suite: int) -> str:
    """The best protection that data of a cipher suite can be sold with."""
    return PROTECTED if suite == SUITE_KECCAK_CTR else UNPROTECTED
