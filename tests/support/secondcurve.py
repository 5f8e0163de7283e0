"""py_ecc's BN254: the second opinion on ours. It is loaded without its side effect.

py_ecc raises the interpreter's recursion limit to 100,000, more than a thread's stack holds: a
test elsewhere that expects RecursionError would end the process instead.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _same_recursion_limit() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


with _same_recursion_limit():
    from py_ecc.bn128 import bn128_curve as curve
    from py_ecc.fields import bn128_FQ2 as FQ2

__all__ = ["FQ2", "curve"]
