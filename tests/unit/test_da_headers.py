"""Headers that are kept at signing, and the search for those that were not."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.da import SMALL
from zerog.da.codec import Commitment, Header
from zerog.da.headerbook import HeaderBook
from zerog.da.onchain.errors import NoHeader
from zerog.da.onchain.evidence import Certified
from zerog.da.onchain.headersearch import HeaderSearch
from zerog.da.params import FULL, Profile
from zerog.da.wire import SignOrder

pytestmark = pytest.mark.unit

WHERE = (31337, b"\x09" * 20)
ROOTS = (b"\1" * 32, b"\2" * 32)


def certified(header: Header) -> Certified:
    """A blob with that header."""
    root = Commitment(header, *ROOTS).data_root(*WHERE)
    return Certified(root, 1, 0, *ROOTS)


def order(epoch: int, length: int, profile: Profile = SMALL) -> SignOrder:
    """What a signer is asked to sign, but for the rows."""
    header = Header.of(length, profile)
    blob = certified(header)
    return SignOrder(epoch, 0, blob.data_root, Commitment(header, *ROOTS), b"", [])


def test_headers_are_kept_until_nothing_that_was_signed_can_be_asked_for(tmp_path: Path) -> None:
    first, second = order(3, 700), order(4, 701)
    HeaderBook.of(tmp_path).keep([first, second])
    book = HeaderBook.of(tmp_path)
    assert book.get(first.data_root) == first.commitment.header
    assert book.get(bytes(32)) is None
    book.keep([replace(first, epoch=6), first])
    book.prune(5)
    assert book.get(first.data_root) == first.commitment.header, "signed for again in epoch 6"
    assert book.get(second.data_root) is None


def test_search_goes_on_where_it_was_and_never_for_long() -> None:
    """Lengths of two row sizes are tried, a quarter of a million each."""
    blob = certified(Header.of(FULL.k * 64 * 4 + 3, FULL))
    search = HeaderSearch(FULL, *WHERE)
    assert search.is_new(blob)
    assert not search.go_on(0), "nothing is looked for"
    looks = 1
    assert search.of(blob) is None
    while not search.go_on(0):
        assert search.of(blob) is None
        looks += 1
    assert looks > 2
    assert search.of(blob) == Header.of(FULL.k * 64 * 4 + 3, FULL)


def test_search_for_what_is_not_there_ends_each_look_in_time() -> None:
    search, lie = HeaderSearch(FULL, *WHERE), Certified(b"\5" * 32, 1, 0, *ROOTS)
    assert search.of(lie) is None
    began = time.process_time()
    assert not search.go_on(0.1)
    assert time.process_time() - began < 5, "all lengths take a minute"
    search.forget(set())
    assert search.is_new(lie)


def test_search_ends_in_the_order_of_asking_and_says_what_has_no_header() -> None:
    search = HeaderSearch(SMALL, *WHERE)
    lie, lost = Certified(b"\5" * 32, 1, 0, *ROOTS), certified(Header.of(777, SMALL))
    assert search.of(lie) is search.of(lost) is None
    assert search.go_on(60)
    with pytest.raises(NoHeader):
        search.of(lie)
    assert search.of(lost) is None
    assert search.go_on(60)
    assert search.of(lost) == Header.of(777, SMALL)
    search.forget({lost.data_root})
    assert search.is_new(lie)
    assert not search.is_new(lost)
