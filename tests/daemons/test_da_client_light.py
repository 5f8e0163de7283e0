"""The light client against honest, silent and lying signers over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL, commit
from tests.support.da_people import EPOCH, QUORUM, SIGNERS, Town, proofs
from tests.support.patience import PATIENCE_SECONDS
from zerog.crypto.bn254 import G1
from zerog.da.client.light import Confidence, LightClient, Verdict
from zerog.da.client.odds import BadSample
from zerog.da.codec import Header, encode
from zerog.da.collector import Holder
from zerog.da.grpcserver import Server
from zerog.da.rowstore import Kept
from zerog.da.rpcs import MIB
from zerog.da.signer_api import SignerApi
from zerog.da.wire import RowsAsked, RowsGiven, SignOrder
from zerog.errors import NotFound

pytestmark = pytest.mark.daemons


def sample(town: Town, root: bytes, rows: int) -> Confidence:
    """As a light client does."""
    light = LightClient(town, CHAIN_ID, ENTRANCE, SMALL, timeout_s=PATIENCE_SECONDS)
    return light.sample(root, EPOCH, QUORUM, rows)


def kept(town: Town, data: bytes) -> bytes:
    """The root of a blob that all signers keep."""
    encoded = encode(data, SMALL)
    return town.keep(encoded.commitment, proofs(encoded))


def test_rows_that_all_come_make_sure(town: Town) -> None:
    root = kept(town, b"all there" * 900)
    found = sample(town, root, 6)
    assert (found.verdict, found.asked, found.served) == (Verdict.CONFIDENT, 6, 6)
    assert (float(found.chance), found.confidence, found.faults) == (0.0, 1.0, ())
    found = sample(town, root, 3)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.chance.denominator == 220


def test_silent_signers_are_named_and_outvoted(town: Town) -> None:
    root = kept(town, b"some silent" * 300)
    town.gone = {1, 4}
    found = sample(town, root, SMALL.rows)
    assert (found.verdict, found.served) == (Verdict.CONFIDENT, 8)
    silent = {row for number in town.gone for row in town.people[number].rows}
    assert {fault.row for fault in found.faults} == silent
    assert {(fault.socket, fault.lied) for fault in found.faults} == {(town.dead, False)}
    town.gone = set(range(1, SIGNERS))
    found = sample(town, root, SMALL.rows)
    assert (found.verdict, found.served) == (Verdict.INCONCLUSIVE, 2)
    assert found.chance > 0


def test_lying_signers_are_named_as_liars(town: Town) -> None:
    encoded, other = encode(b"true" * 800, SMALL), encode(b"lies" * 800, SMALL)
    root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
    where = Kept(EPOCH, QUORUM, root)
    town.keep(encoded.commitment, proofs(encoded))
    first, second = town.people[:2]
    wrong = [replace(encoded.row_proof(i), data=other.rows[i]) for i in first.rows]
    first.store.keep(where, encoded.commitment, wrong)
    second.store.keep(where, other.commitment, [other.row_proof(i) for i in second.rows])
    found = sample(town, root, SMALL.rows)
    assert {fault.row for fault in found.faults if fault.lied} == {*first.rows, *second.rows}
    assert {fault.socket for fault in found.faults} == {first.holder.socket, second.holder.socket}
    assert (found.verdict, found.served) == (Verdict.CONFIDENT, 8)


def test_signers_without_the_row_are_not_counted(town: Town) -> None:
    found = sample(town, b"\x07" * 32, 4)
    assert (found.verdict, found.served, found.confidence) == (Verdict.INCONCLUSIVE, 0, 0)
    assert all("NOT_FOUND" in fault.reason for fault in found.faults)


def test_header_that_contradicts_itself_is_bad(town: Town) -> None:
    honest = encode(b"header" * 700, SMALL)
    header = Header(SMALL.k, SMALL.n, honest.commitment.header.row_size, 1)
    forged = replace(honest, commitment=replace(honest.commitment, header=header))
    root = town.keep(forged.commitment, proofs(honest))
    assert sample(town, root, 2).verdict is Verdict.BAD


def test_impossible_samples_are_refused_before_anybody_is_asked(town: Town) -> None:
    for rows in (0, SMALL.rows + 1):
        with pytest.raises(BadSample):
            sample(town, bytes(32), rows)
    with pytest.raises(NotFound):
        LightClient(town, CHAIN_ID, ENTRANCE, SMALL).sample(bytes(32), EPOCH + 1, QUORUM, 3)


class Watched:
    """A signer's desk that writes down what it is asked for, over any source of rows."""

    def __init__(self, source: Callable[[RowsAsked], RowsGiven]) -> None:
        self.source, self.asked = source, list[tuple[int, ...]]()

    def sign(self, _orders: Sequence[SignOrder]) -> list[G1]:
        """Nobody asks for that."""
        raise NotFound("signs nothing")

    def rows(self, asked: RowsAsked) -> RowsGiven:
        """As SignerDesk."""
        self.asked.append(asked.indices)
        return self.source(asked)


class Only:
    """A quorum of one signer that is said to have every row."""

    def __init__(self, desk: Watched) -> None:
        self.server = Server([SignerApi(desk, ENTRANCE, SMALL).service()], MIB)
        self.port = self.server.start("127.0.0.1", 0)

    def holders(self, _epoch: int, _quorum_id: int) -> list[Holder]:
        """As Quorums."""
        return [Holder(f"127.0.0.1:{self.port}", tuple(range(SMALL.rows)))]

    def sample(self, root: bytes, rows: int) -> Confidence:
        """Once, then the signer is gone."""
        light = LightClient(self, CHAIN_ID, ENTRANCE, SMALL, timeout_s=PATIENCE_SECONDS)
        found = light.sample(root, EPOCH, QUORUM, rows)
        self.server.stop(0)
        return found


def test_each_row_is_asked_for_alone(town: Town) -> None:
    root = kept(town, b"alone" * 500)
    desk = Watched(town.people[0].desk.rows)
    found = Only(desk).sample(root, 8)
    assert all(len(indices) == 1 for indices in desk.asked)
    assert len(set(desk.asked)) == 8
    assert found.served == len({(row,) for row in town.people[0].rows} & set(desk.asked))


def test_row_of_a_wrong_length_that_proves_to_the_root_is_bad() -> None:
    honest = encode(b"honest" * 700, SMALL)
    rows = [bytes(row) for row in honest.rows]
    rows[9] = rows[9] + bytes(64)
    forged = commit(rows, honest.commitment.header, SMALL, values=bytes(SMALL.k * 16))
    root = forged.commitment.data_root(CHAIN_ID, ENTRANCE)
    desk = Watched(
        lambda asked: RowsGiven(forged.commitment, [forged.row_proof(i) for i in asked.indices])
    )
    found = Only(desk).sample(root, SMALL.rows)
    assert (found.verdict, found.confidence, found.served) == (Verdict.BAD, 0, 11)
    assert f"row 9 has {len(rows[9])} bytes" in found.reason


def test_answer_without_the_row_is_a_lie() -> None:
    encoded = encode(b"nothing" * 99, SMALL)
    root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
    found = Only(Watched(lambda _asked: RowsGiven(encoded.commitment, []))).sample(root, 5)
    assert (found.served, [fault.lied for fault in found.faults]) == (0, [True] * 5)
