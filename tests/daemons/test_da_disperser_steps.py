"""The disperser's steps on a chain, with signers over sockets: what goes right, and what wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import pytest

from tests.support.da import stream
from tests.support.da_disperser import DisperserTown
from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from zerog.chain.tx import Call
from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import BLOB, CERTIFICATE, ENCODED
from zerog.da.disperser.confirming import confirm, kept_certificate
from zerog.da.disperser.encoded import BytesDamaged, make_encoded
from zerog.da.disperser.moving import STEPS, move, sweep
from zerog.da.disperser.pruning import forget
from zerog.da.disperser.uploading import gather, upload
from zerog.da.ports import Standing
from zerog.da.status import Stage, Status
from zerog.da.wire import request_id

pytestmark = pytest.mark.daemons

ANNOUNCED, CERTIFIED = "DataUpload", "ErasureCommitmentVerified"


@pytest.fixture(scope="module")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilProcess]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("anvil"))
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture(scope="module")
def shared(
    anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DisperserTown]:
    town = DisperserTown.build(anvil, tmp_path_factory.mktemp("town") / "home")
    try:
        yield town
    finally:
        town.close()


@pytest.fixture
def town(shared: DisperserTown) -> Iterator[DisperserTown]:
    """The town, whose signers are all well again afterwards."""
    try:
        yield shared
    finally:
        for name, mood in shared.moods.items():
            mood.lies = False
            mood.refuses.clear()
            if name not in shared.servers:
                shared.open(name)
        shared.finish(*shared.house.rows.stages())


def test_blobs_become_final_with_one_transaction_for_each_step(town: DisperserTown) -> None:
    blobs = [stream(f"plain {number}", 100 + 4000 * number) for number in range(3)]
    requests = [town.disperse(data) for data in blobs]
    head = town.place.head().number
    rows = town.finish(*requests)
    assert [row.stage for row in rows] == [Stage.FINALIZED] * 3
    assert town.place.head().number == head + 2, "one announcement, one submission"
    for row, data in zip(rows, blobs, strict=True):
        assert (row.signed_rows, row.total_rows, row.retries, row.error) == (12, 12, 0, "")
        events = [town.events(name, row.data_root) for name in (ANNOUNCED, CERTIFIED)]
        assert events == [1, 1]
        assert town.collect(row) == data
        names = [f"{kind}/{row.request_id}" for kind in (BLOB, ENCODED, CERTIFICATE)]
        assert [town.house.files.has(name) for name in names] == [True, False, False]


def test_duplicate_is_confirmed_by_the_first_ones_certificate(town: DisperserTown) -> None:
    data = stream("twice", 3000)
    first, second = town.disperse(data), town.disperse(data)
    rows = town.finish(first, second)
    third = town.finish(town.disperse(data))[0]
    for row in (*rows, third):
        assert row.stage is Stage.FINALIZED
        assert row.assignment == rows[0].assignment
        assert (row.confirmed_tx, row.signed_rows) == (rows[0].confirmed_tx, 12)
    assert town.events(ANNOUNCED, rows[0].data_root) == 1


def test_duplicate_of_a_blob_that_the_chain_forgot_is_announced_anew(town: DisperserTown) -> None:
    before = town.place.process.rpc("evm_snapshot")
    first = town.finish(town.disperse(b"forgotten when it was final"))[0]
    town.place.process.rpc("evm_revert", before)
    second = town.finish(town.disperse(b"forgotten when it was final"))[0]
    assert (second.stage, second.signed_rows, second.retries) == (Stage.FINALIZED, 12, 0)
    assert first.assignment is not None
    assert second.assignment is not None
    assert second.assignment.tx != first.assignment.tx
    standing = town.house.door.standing(second.data_root, second.assignment)
    assert standing is Standing.FINAL


def test_third_of_the_rows_silent_is_certified_without_it(town: DisperserTown) -> None:
    town.close("signer-2")
    row = town.finish(town.disperse(b"two of three"))[0]
    assert (row.stage, row.signed_rows) == (Stage.FINALIZED, 8)
    assert town.collect(row) == b"two of three"


def test_liar_is_named_and_passed_over(
    town: DisperserTown, caplog: pytest.LogCaptureFixture
) -> None:
    town.moods["signer-1"].lies = True
    row = town.finish(town.disperse(b"one liar"))[0]
    assert (row.stage, row.signed_rows) == (Stage.FINALIZED, 8)
    liar = next(seat for seat in town.place.seats() if seat.name == "signer-1")
    assert f"the signer {liar.address} lies" in caplog.text


def test_more_than_a_third_lying_is_insufficient_with_numbers(town: DisperserTown) -> None:
    for name in ("signer-1", "signer-3"):
        town.moods[name].lies = True
    began = time.monotonic()
    row = town.finish(town.disperse(b"two liars"))[0]
    assert row.status is Status.INSUFFICIENT_SIGNATURES
    assert (row.signed_rows, row.total_rows, row.retries) == (4, 12, town.house.pace.most)
    assert row.error == "4 of 12 rows are signed, 8 make a certificate"
    assert town.events(CERTIFIED, row.data_root) == 0
    most = (town.house.pace.most + 1) * town.house.pace.sign
    assert time.monotonic() - began < most, "who lied is not asked again"
    assert not town.house.files.has(f"{ENCODED}/{row.request_id}")
    assert town.house.files.has(f"{BLOB}/{row.request_id}")


def test_blob_below_threshold_does_not_hold_up_its_batch(town: DisperserTown) -> None:
    bad, good = town.disperse(b"nobody signs this"), town.disperse(b"everybody signs this")
    town.work(until=Stage.UPLOADED)
    assert town.stages(bad, good) == [Stage.UPLOADED] * 2
    assert town.row(bad).assignment == town.row(good).assignment, "one transaction"
    for name in ("signer-1", "signer-2"):
        town.moods[name].refuses.add(town.row(bad).data_root)
    with town.window(6):
        rows = town.finish(bad, good)
        assert rows[1].updated_at < rows[0].updated_at - town.house.pace.sign
    assert [row.stage for row in rows] == [Stage.INSUFFICIENT, Stage.FINALIZED]
    assert (rows[0].signed_rows, rows[1].signed_rows) == (4, 12)


def test_certificate_that_the_contract_refuses_fails_alone(town: DisperserTown) -> None:
    bad, good = town.disperse(b"certificate spoilt"), town.disperse(b"certificate sound")
    town.work(until=Stage.SIGNED)
    assert town.stages(bad, good) == [Stage.SIGNED] * 2
    files, own = town.house.files, f"{CERTIFICATE}/{bad}"
    spoilt = kept_certificate(files, bad).signature.x
    raw = bytes(memoryview(files.get(own))).replace(hex(spoilt).encode(), b"0x1")
    files.put(own, raw)
    assert confirm(town.house)
    assert town.stages(bad, good) == [Stage.ENCODED, Stage.CONFIRMED]
    assert "the contract refused the certificate" in town.row(bad).error
    rows = town.finish(bad, good)
    assert [(row.stage, row.retries) for row in rows] == [
        (Stage.FINALIZED, 1),
        (Stage.FINALIZED, 0),
    ]


def test_signers_that_restart_meanwhile_are_asked_again(
    town: DisperserTown, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "zerog.da.disperser.asking")
    request = town.disperse(b"patience")
    town.work(until=Stage.UPLOADED)
    town.close("signer-1", "signer-2")
    refusal = "does not sign yet"
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(town.work)
        wait_for(lambda: refusal in caplog.text or working.done(), "the first refusal")
        assert not working.done()
        town.open("signer-1", "signer-2")
        working.result()
    row = town.finish(request)[0]
    assert (row.stage, row.signed_rows, row.retries) == (Stage.FINALIZED, 12, 0)


def test_announcement_lost_in_a_reorg_is_sent_again_and_paid_once(town: DisperserTown) -> None:
    request = town.disperse(b"reorganised before signing")
    gather_all(town)
    before = town.place.process.rpc("evm_snapshot")
    upload(town.house)
    lost = town.row(request).assignment
    assert lost is not None
    town.place.process.rpc("evm_revert", before)
    assert town.house.door.upload_standing(town.row(request).data_root, lost) is Standing.GONE
    row = town.finish(request)[0]
    assert (row.stage, row.retries, row.error) == (Stage.FINALIZED, 0, "")
    assert town.collect(row) == b"reorganised before signing"
    assert [town.events(name, row.data_root) for name in (ANNOUNCED, CERTIFIED)] == [1, 1]
    assert row.assignment is not None
    assert row.assignment.tx == lost.tx, "the same transaction, which is paid once"


def gather_all(town: DisperserTown) -> None:
    """Encode what was taken, and go no further."""
    town.work(until=Stage.ACCEPTED)
    gather(town.house)


def test_certificate_lost_in_a_reorg_is_sent_again_and_paid_once(town: DisperserTown) -> None:
    request = town.disperse(b"reorganised after confirmation")
    gather_all(town)
    before = town.place.process.rpc("evm_snapshot")
    town.work(until=Stage.CONFIRMED)
    assert town.stages(request) == [Stage.CONFIRMED]
    lost = town.row(request).confirmed_tx
    town.place.process.rpc("evm_revert", before)
    row = town.finish(request)[0]
    assert (row.stage, row.retries, row.confirmed_tx) == (Stage.FINALIZED, 0, lost)
    assert [town.events(name, row.data_root) for name in (ANNOUNCED, CERTIFIED)] == [1, 1]
    assert town.collect(row) == b"reorganised after confirmation"


def test_certificate_lost_below_another_accounts_transaction_is_sent_again_and_paid_once(
    town: DisperserTown,
) -> None:
    """The newest transaction of the home is a signer's, and it stands: nothing looks lost."""
    request, chain = town.disperse(b"lost below another"), town.place.network.chain
    keeper = town.place.network.sender(town.place.seats()[0].account)
    town.work(until=Stage.SIGNED)
    before = town.place.process.rpc("evm_snapshot")
    town.work(until=Stage.CONFIRMED)
    lost = town.row(request).confirmed_tx
    keeper.run("a keeper's deed", Call(keeper.address))
    raw = keeper.store.require("a keeper's deed").raw
    assert raw is not None
    town.place.process.rpc("evm_revert", before)
    town.place.mine(2)
    chain.send_raw(raw)  # a reorg kept this one
    assert keeper.wait("a keeper's deed").block_number > town.row(request).confirmed_block
    assert chain.receipt(lost) is None
    row = town.finish(request)[0]
    assert (row.stage, row.retries, row.confirmed_tx) == (Stage.FINALIZED, 0, lost)
    assert [town.events(name, row.data_root) for name in (ANNOUNCED, CERTIFIED)] == [1, 1]


def test_damaged_encoding_is_signed_by_nobody_and_made_again(town: DisperserTown) -> None:
    request = town.disperse(stream("power cut", 5000))
    town.work(until=Stage.UPLOADED)
    name = f"{ENCODED}/{request}"
    whole = bytearray(memoryview(town.house.files.get(name)))
    whole[:4096] = bytes(4096)
    town.house.files.put(name, whole)
    row = town.finish(request)[0]
    assert (row.stage, row.retries, row.signed_rows) == (Stage.FINALIZED, 1, 12)
    assert town.collect(row) == stream("power cut", 5000)


def test_wrong_root_of_a_damaged_encoding_is_mended(town: DisperserTown) -> None:
    request = town.disperse(stream("root", 500))
    town.work(until=Stage.ACCEPTED)
    name = f"{ENCODED}/{request}"
    whole = bytearray(memoryview(town.house.files.get(name)))
    whole[-40:] = bytes(40)
    town.house.files.put(name, whole)
    row = town.finish(request)[0]
    assert (row.stage, row.signed_rows) == (Stage.FINALIZED, 12)
    assert town.collect(row) == stream("root", 500)


def test_unknown_policy_fails_alone_and_says_why(town: DisperserTown) -> None:
    bad = town.intake.take(b"for nobody", policy=(99).to_bytes(32)).request_id
    good = town.disperse(b"for everybody")
    rows = town.finish(bad, good)
    assert [row.stage for row in rows] == [Stage.FAILED, Stage.FINALIZED]
    assert rows[0].error.startswith("the announcement was refused: ")
    assert (rows[0].retries, rows[1].retries) == (town.house.pace.most, 0)


def test_workers_side_by_side_do_everything_once(town: DisperserTown) -> None:
    requests = [town.disperse(stream(f"race {number % 5}", 700)) for number in range(8)]
    town.work(until=Stage.ACCEPTED)
    end = time.monotonic() + PATIENCE_SECONDS

    def mover() -> None:
        house = replace(town.house, rows=BlobStore(town.house.folder / "blobs.db"))
        while time.monotonic() < end and set(town.stages(*requests)) != {Stage.FINALIZED}:
            for stage in STEPS:
                move(house, stage)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(mover) for _ in range(4)]:
            done.result()
    rows = [town.row(request) for request in requests]
    assert {(row.stage, row.retries) for row in rows} == {(Stage.FINALIZED, 0)}
    roots = {row.data_root for row in rows}
    assert len(roots) == 5
    assert [town.events(ANNOUNCED, root) for root in roots] == [1] * 5


def test_blob_without_its_bytes_fails_with_the_reason_also_over_a_restart(
    town: DisperserTown,
) -> None:
    lost, damaged = town.disperse(b"bytes that are lost"), town.disperse(b"that are damaged")
    town.errands.waiting.clear()
    files = town.house.files
    files.drop(f"{BLOB}/{lost}")
    files.put(f"{BLOB}/{damaged}", b"that are dAmaged")
    with pytest.raises(BytesDamaged) as caught:
        make_encoded(files, damaged, town.house.profile)

    def ended() -> bool:
        sweep(town.house)
        return town.stages(lost, damaged) == [Stage.FAILED] * 2

    wait_for(ended, "their end")
    rows = BlobStore(town.house.folder / "blobs.db")
    assert rows.get(lost).error == "its bytes are not in the store"
    assert rows.get(damaged).error == caught.value.cause
    found = sha256(b"that are dAmaged").hexdigest()
    wanted = damaged.partition("-")[0]
    assert caught.value.cause == f"its bytes are damaged: their SHA-256 is {found}, not {wanted}"
    assert rows.get(damaged).status is Status.FAILED


def test_what_ended_long_ago_is_forgotten_and_nothing_else(town: DisperserTown) -> None:
    house, now = town.house, time.time()
    old, new = town.finish(town.disperse(b"old"), town.disperse(b"new"))
    house.files.put(f"{ENCODED}/{new.request_id}", b"left by a crash")
    orphan = request_id(bytes(32), 10**18)
    house.files.put(f"{BLOB}/{orphan}", b"of no row")
    house.files.put(f"{BLOB}/{request_id(bytes(32), time.time_ns())}", b"its row comes")
    house.files.put(f"{BLOB}/README", b"somebody else's")
    assert forget(house, now) >= 2
    assert house.files.names(ENCODED) == set()
    assert {old.request_id, new.request_id} <= house.files.names(BLOB)
    assert orphan not in house.files.names(BLOB)
    assert forget(replace(house, retention_s=int(now - old.updated_at) + 1), now) == 0
    later = max(old.updated_at, new.updated_at) + 1
    forget(replace(house, retention_s=0), later)
    assert house.rows.stages() == {}
    assert len(house.files.names(BLOB)) == 2, "what is no blob's, and what came just now"
