"""Six signers in processes of their own: any third of them may die, and every blob is read back."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.support.da_network import DaNetworkTown, da_network
from zerog.da.client.light import Verdict
from zerog.da.client.sdk import Da
from zerog.da.proto.disperser_pb2 import CONFIRMED, FINALIZED

pytestmark = pytest.mark.e2e

SIGNERS = 6
VOTES = 8
"""48 ballots, 64 rows each: every signer keeps exactly 512 of 3,072 rows."""
NAMES = [f"signer-{number}" for number in range(1, SIGNERS + 1)]
THIRDS = [NAMES[:2], NAMES[2:4], NAMES[4:]]
CERTIFIED = (CONFIRMED, FINALIZED)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaNetworkTown]:
    """One network for all tests; the last one leaves it with two signers."""
    with da_network(tmp_path_factory.mktemp("da") / "home", SIGNERS, VOTES) as made:
        made.start(NAMES)
        yield made


def blob(size: int) -> bytes:
    """Bytes that no other blob of the module has."""
    return random.Random(size).randbytes(size)


def test_any_third_of_the_signers_dies_and_every_blob_is_read_back(town: DaNetworkTown) -> None:
    blobs = [blob(size) for size in (1, 31, 40_000, 1_000_000)]
    requests = [town.disperse(data) for data in blobs]
    found = [town.until(request, *CERTIFIED) for request in requests]
    assert [reply.signed_rows for reply in found] == [3072] * len(blobs)
    for third in THIRDS:
        late = blob(1000 + len(blobs))
        request = town.disperse(late)
        town.kill(third)  # maybe before they signed the last blob, maybe after
        assert [town.retrieve(reply) for reply in found] == blobs, third
        town.start(third)
        found.append(town.until(request, *CERTIFIED))
        blobs.append(late)
    assert [town.retrieve(reply) for reply in found] == blobs


def test_two_thirds_of_the_rows_signed_and_then_a_third_of_the_signers_gone(
    town: DaNetworkTown,
) -> None:
    data = blob(50_000)
    town.kill(THIRDS[0])
    found = town.until(town.disperse(data), *CERTIFIED)
    assert (found.signed_rows, found.total_rows) == (2048, 3072)
    header, reader = found.info.blob_header, Da.connect(town.home)
    place = (header.storage_root, header.epoch, header.quorum_id)
    seen = reader.sample(*place, rows=200)
    assert seen.verdict is Verdict.CONFIDENT
    assert len({fault.socket for fault in seen.faults}) == len(THIRDS[0])
    town.kill(THIRDS[1])
    assert reader.sample(*place, rows=200).verdict is Verdict.INCONCLUSIVE
    assert bytes(reader.get(*place)) == data, "a sample is careful: it can still be read"
    assert town.retrieve(found) == data  # from 1,024 rows, as many as it takes
