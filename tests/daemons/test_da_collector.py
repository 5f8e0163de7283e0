"""Signers that keep rows and a reader that believes none of them, over real sockets."""

from __future__ import annotations

import itertools
import socket
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL, commit
from tests.support.da_people import EPOCH, QUORUM, SIGNERS, NotPaid, Town, proofs
from tests.support.stack import wait_for
from zerog.crypto.bn254 import add, add2, verify
from zerog.da.codec import encode
from zerog.da.collector import BlobUnknown, SignerUnreachable, Unavailable, target
from zerog.da.errors import BadEncoding, WrongCombination, WrongDataRoot, WrongRows
from zerog.da.messages import availability
from zerog.da.rowstore import Kept

pytestmark = pytest.mark.daemons

BLOB = b"what must stay available " * 300


def test_signed_blob_is_read_whichever_third_is_gone(town: Town) -> None:
    encoded = encode(BLOB, SMALL)
    root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
    signatures = []
    for person in town.people:
        person.view.uploaded.add(root)
        signatures += person.desk.sign([person.order(encoded)])
    roots = encoded.commitment.row_root, encoded.commitment.rlc_root
    keys = add2([person.key.public_g2 for person in town.people])
    verify(availability(root, EPOCH, QUORUM, *roots), add(signatures), keys)
    for gone in itertools.combinations(range(SIGNERS), 2):
        town.gone = set(gone)
        assert town.collect(root) == BLOB


def test_silent_signers_are_counted_out(town: Town) -> None:
    root = town.keep((encoded := encode(b"patience", SMALL)).commitment, proofs(encoded))
    town.gone = {0, 3, 4, 5}
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        town.dead = f"127.0.0.1:{silent.getsockname()[1]}"
        assert town.collect(root) == b"patience"
        wait_for(lambda: not waiting(), "the end of calls that nobody waits for")


def waiting() -> list[threading.Thread]:
    """Threads that still ask a signer; a process does not end before they do."""
    return [one for one in threading.enumerate() if one.name.startswith("collect")]


@pytest.mark.parametrize(
    "text",
    ["unix:/run/x", "unix:1:2", "file:///etc", "", "host", "h:1/../", "a b:1", "h:123456", "@h:1"],
)
def test_registered_socket_that_is_no_host_and_port_is_never_opened(text: str) -> None:
    with pytest.raises(SignerUnreachable):
        target(text)


def test_registered_socket_is_always_a_network_name() -> None:
    assert target("http://signer.example:34000/") == "dns:///signer.example:34000"
    assert target("unix:34000") == "dns:///unix:34000"
    assert target("[::1]:7") == "dns:///[::1]:7"


def test_too_few_signers_is_unavailable_now_and_not_forever(town: Town) -> None:
    root = town.keep((encoded := encode(b"few", SMALL)).commitment, proofs(encoded))
    town.gone = set(range(1, SIGNERS))
    with pytest.raises(Unavailable) as caught:
        town.collect(root)
    assert (caught.value.found, caught.value.wanted) == (2, 4)
    town.gone = set(range(2, SIGNERS))
    assert town.collect(root) == b"few"


def test_blob_that_no_signer_has_is_unknown_unless_one_of_them_is_away(town: Town) -> None:
    with pytest.raises(BlobUnknown) as caught:
        town.collect(b"\x55" * 32)
    assert caught.value.signers == SIGNERS
    town.gone = {4}
    with pytest.raises(Unavailable):
        town.collect(b"\x55" * 32)


def test_lying_third_costs_nothing_but_its_answers(town: Town) -> None:
    encoded, other = encode(b"true" * 900, SMALL), encode(b"lies" * 900, SMALL)
    root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
    where = Kept(EPOCH, QUORUM, root)
    town.keep(encoded.commitment, proofs(encoded))
    first, second = town.people[:2]
    wrong = [replace(encoded.row_proof(i), data=other.rows[i]) for i in first.rows]
    first.store.keep(where, encoded.commitment, wrong)
    second.store.keep(where, other.commitment, [other.row_proof(i) for i in second.rows])
    for _ in range(5):
        assert town.collect(root) == b"true" * 900


def test_rows_that_are_no_code_word_are_bad_encoding_for_everybody(town: Town) -> None:
    honest = encode(b"honest" * 700, SMALL)
    rows = [bytes(row) for row in honest.rows]
    rows[9] = bytes(len(rows[9]))
    forged = commit(rows, honest.commitment.header, SMALL)
    root = town.keep(forged.commitment, proofs(forged))
    for _ in range(5):
        with pytest.raises(BadEncoding):
            town.collect(root)


def test_nothing_is_kept_or_signed_when_one_order_is_wrong(town: Town) -> None:
    person = town.people[2]
    good, other = encode(b"good" * 99, SMALL), encode(b"other" * 99, SMALL)
    order, wrong = person.order(good), person.order(other)
    person.view.uploaded |= {order.data_root, wrong.data_root}
    swapped = [good.row_proof(index) for index in (0, 1)]
    header = other.commitment.header
    forged = commit([*other.rows[:8], *map(bytes, map(len, other.rows[8:]))], header, SMALL)
    for bad, error in (
        (replace(wrong, rows=swapped), WrongRows),
        (replace(wrong, data_root=bytes(32)), WrongDataRoot),
        (replace(wrong, rows=wrong.rows[:1]), WrongRows),
        (person.order(forged), NotPaid),
    ):
        with pytest.raises(error):
            person.desk.sign([order, bad])
    assert Kept(EPOCH, QUORUM, order.data_root) not in list(person.store.kept())
    person.view.uploaded.add(person.order(forged).data_root)
    with pytest.raises(WrongCombination):
        person.desk.sign([person.order(forged)])


def test_same_order_again_gives_the_same_signature(town: Town) -> None:
    person = town.people[3]
    order = person.order(encode(b"again", SMALL))
    person.view.uploaded.add(order.data_root)
    assert person.desk.sign([order]) == person.desk.sign([order])
