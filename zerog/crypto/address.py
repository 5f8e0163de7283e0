"""EIP-55: an address as text whose capitals are its checksum."""

from __future__ import annotations

from functools import lru_cache

from eth_typing import HexAddress, HexStr

from zerog.crypto.keccak import keccak256
from zerog.types import Address


@lru_cache(8192)
def checksum_address(raw: bytes) -> Address:
    """The text of 20 bytes (EIP-55).

    Our own four lines, because eth-utils costs each process that only shows addresses 9 MB.
    """
    digits = raw.hex()
    nibbles = keccak256(digits.encode()).hex()
    mixed = (d.upper() if n >= "8" else d for d, n in zip(digits, nibbles, strict=False))
    return Address(HexAddress(HexStr("0x" + "".join(mixed))))
