"""Names for the values that more than one room passes around."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NewType, TypeAlias

from eth_typing import ChecksumAddress
from typing_extensions import Buffer as _Buffer

Buffer: TypeAlias = _Buffer
"""Whatever offers its bytes; collections.abc has it from Python 3.12."""

Address = ChecksumAddress
"""EIP-55 text, as wallets and web3 spell it."""

DataRoot = NewType("DataRoot", bytes)
"""32 bytes: the Merkle root by which 0G storage names a file's content (not its length)."""

TxSeq = NewType("TxSeq", int)
"""Index of a submission in the Flow contract; with the root it names one stored file."""

TokenId = NewType("TokenId", int)

PublicKey = NewType("PublicKey", bytes)
"""64 bytes X then Y, no prefix: the form that ERC-7857 calls targetPubkey."""

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""Any JSON value."""

Progress = Callable[[str, int, int], None]
"""Called as progress(step, done_bytes, total_bytes); must be cheap and must not raise."""


def no_progress(step: str, done: int, total: int) -> None:
    """The progress sink of callers that show none."""
