"""The disperser's door and a signer's view, against real contracts and signers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_abi.abi import encode

from tests.support.da_onchain import DaPlace
from tests.support.evm import AnvilProcess
from zerog.chain.errors import NoSuchIntent, TxReverted
from zerog.chain.hexes import to_hex
from zerog.chain.tx import Call
from zerog.da.collector import SignerUnreachable, target
from zerog.da.onchain.door import CERTIFICATES_AT_ONCE, ChainDoor
from zerog.da.onchain.errors import (
    NoAnnouncement,
    NoRowsThere,
    NoSuchQuorum,
    NotAnnounced,
    TooManyAtOnce,
)
from zerog.da.onchain.founding import found
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.onchain.registering import move
from zerog.da.onchain.views import SignerView, UploadLog
from zerog.da.ports import Door, Standing
from zerog.da.status import Assignment

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaPlace]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-door"))
    try:
        made = DaPlace.build(process, tmp_path_factory.mktemp("home"))
        made.found(3)
        yield made
    finally:
        process.stop()


@pytest.fixture
def door(place: DaPlace) -> ChainDoor:
    return place.door()


def test_founding_again_changes_nothing(place: DaPlace) -> None:
    before = place.head().number
    seats = place.found(3)
    assert [seat.name for seat in seats] == ["signer-1", "signer-2", "signer-3"]
    assert place.head().number == before
    assert place.network.entrance.epoch() >= 1


def test_founding_registers_a_socket_that_changed(place: DaPlace, door: ChainDoor) -> None:
    seat = found(place.network, 3, {"signer-2": 40_002}, 4)[1]
    member = door.quorum(door.current_epoch(), 0).members[seat.address]
    assert member.socket == "127.0.0.1:40002"


def test_founding_lets_a_leaving_signer_go(place: DaPlace) -> None:
    leaving = place.seats()[0]
    leaving.leave()
    try:
        assert found(place.network, 3, {}, 4)[0].is_leaving
    finally:
        leaving.stay()


def test_upload_says_where_each_blob_was_put(place: DaPlace, door: ChainDoor) -> None:
    port: Door = door
    roots = [place.encode(bytes([n]))[1] for n in range(1, 6)]
    placed = port.upload(roots, 0, "several")
    assert len({(one.epoch, one.quorum_id, one.tx) for one in placed}) == 1
    assert placed[0].epoch == door.current_epoch()
    blocks = place.head().number
    assert port.upload(roots, 0, "several") == placed, "the same intent is the same transaction"
    assert place.head().number == blocks


def test_upload_of_nobodys_policy_is_refused_before_it_is_paid(door: ChainDoor) -> None:
    with pytest.raises(TxReverted) as caught:
        door.upload([bytes(32)], 7, "no such policy")
    assert not caught.value.mined


def test_upload_standing_follows_the_chain(place: DaPlace, door: ChainDoor) -> None:
    root = place.encode(b"standing")[1]
    snapshot = place.process.rpc("evm_snapshot")
    where = door.upload([root], 0, "standing")[0]
    assert door.upload_standing(root, where) is Standing.FINAL
    assert door.upload_standing(root, replace(where, quorum_id=9)) is Standing.GONE
    assert door.upload_standing(bytes(32), where) is Standing.GONE
    place.process.rpc("evm_revert", snapshot)
    assert door.upload_standing(root, where) is Standing.GONE


def test_upload_of_a_block_that_a_node_lacks_is_unseen_where_nodes_are_many(
    place: DaPlace, door: ChainDoor
) -> None:
    root = place.encode(b"behind")[1]
    where = door.upload([root], 0, "behind")[0]
    network = place.network
    public = replace(network, settings=replace(network.settings, finality_depth=2))
    far = ChainDoor(public, network.sender(place.seats()[0].account))
    lost = replace(where, tx=bytes(32))
    assert far.upload_standing(root, lost) is Standing.GONE, "that block is there, without it"
    ahead = replace(lost, block=place.head().number + 1)
    assert far.upload_standing(root, ahead) is Standing.UNSEEN
    assert door.upload_standing(root, ahead) is Standing.GONE, "a devnet is one node"


def test_confirm_of_a_good_and_a_bad_certificate_takes_the_good(
    place: DaPlace, door: ChainDoor
) -> None:
    (good, root), (bad, other) = place.encode(b"good"), place.encode(b"bad")
    where = door.upload([root, other], 0, "pair")
    certificates = [
        place.sign(good, root, where[0]),
        replace(place.sign(bad, other, where[1]), bitmap=bytes(2)),
    ]
    assert door.standing(root, where[0]) is Standing.GONE
    found = door.confirm(certificates, "pair-confirm")
    assert list(found.refused) == [other]
    assert "insufficient signed slices" in found.refused[other]
    assert door.standing(root, where[0]) is Standing.FINAL
    assert door.standing(other, where[1]) is Standing.GONE
    assert place.network.chain.receipt(found.tx) is not None
    assert door.confirm(certificates, "pair-confirm") == found


def test_confirm_of_bad_certificates_only_sends_nothing(place: DaPlace, door: ChainDoor) -> None:
    bad, root = place.encode(b"only bad")
    where = door.upload([root], 0, "only bad")[0]
    certificate = place.sign(bad, root, where)
    found = door.confirm([replace(certificate, epoch=99)], "only bad confirm")
    assert (found.tx, found.block, list(found.refused)) == (b"", 0, [root])
    again = door.confirm([certificate], "only bad confirm")
    assert not again.refused, "nothing was sent, so the intent was free"


def test_confirm_takes_no_more_than_a_block_does(place: DaPlace, door: ChainDoor) -> None:
    certificate = place.publish(b"many").certificate
    with pytest.raises(TooManyAtOnce):
        door.confirm([certificate] * (CERTIFICATES_AT_ONCE + 1), "too many")


def test_quorum_gives_rows_keys_and_sockets(place: DaPlace, door: ChainDoor) -> None:
    quorum = door.quorum(door.current_epoch(), 0)
    assert len(quorum.rows) == 12
    for seat in place.seats():
        member = quorum.members[seat.address]
        assert member.key == seat.key.public_g2
        assert member.rows == tuple(i for i, who in enumerate(quorum.rows) if who == seat.address)
    holders = door.quorums.holders(quorum.epoch, 0)
    assert sorted(row for holder in holders for row in holder.rows) == list(range(12))
    with pytest.raises(NoSuchQuorum):
        door.quorum(quorum.epoch, 5)


def test_quorum_survives_a_socket_that_is_no_text(place: DaPlace, door: ChainDoor) -> None:
    seat, signers = place.seats()[2], place.network.signers
    sender = place.network.sender(seat.account)
    data = signers.calldata("updateSocket", "")[:4] + encode(["bytes"], [b"\xff\xfe\x80:1"])
    sender.run("no text", Call(signers.address, data))
    member = door.quorum(door.current_epoch(), 0).members[seat.address]
    with pytest.raises(SignerUnreachable):
        target(member.socket)
    move(place.network, sender, "127.0.0.1:34002")


def test_view_knows_own_rows_and_uploads_only(place: DaPlace, door: ChainDoor) -> None:
    seat, epoch = place.seats()[0], door.current_epoch()
    view = SignerView(
        place.network, seat.address, UploadLog(place.network), QuorumBook(place.network, final=True)
    )
    assert tuple(view.assigned(epoch, 0)) == door.quorum(epoch, 0).members[seat.address].rows
    with pytest.raises(NoRowsThere):
        view.assigned(epoch + 1, 0)
    root = place.encode(b"paid for")[1]
    with pytest.raises(NotAnnounced):
        view.require_upload(root, epoch, 0)
    where = door.upload([root], 0, "paid for")[0]
    view.require_upload(root, where.epoch, where.quorum_id)
    with pytest.raises(NotAnnounced):
        view.require_upload(root, where.epoch, where.quorum_id + 1)


def test_view_forgets_an_upload_that_a_reorg_took(
    tmp_path: Path, fresh_anvil: AnvilProcess
) -> None:
    place = DaPlace.build(fresh_anvil, tmp_path)
    place.found(3)
    door, uploads = place.door(), UploadLog(place.network)
    root = place.encode(b"reorged")[1]
    snapshot = place.process.rpc("evm_snapshot")
    where = door.upload([root], 0, "reorged")[0]
    assert uploads.has(root, where.epoch, where.quorum_id)
    place.process.rpc("evm_revert", snapshot)
    place.mine(3)
    assert not uploads.has(root, where.epoch, where.quorum_id)
    assert door.upload_standing(root, where) is Standing.GONE
    again = door.announced_again(root, where)
    assert again is not None
    assert again.block > where.block
    assert again.tx == where.tx, "not another one, which would be paid for too"
    assert door.announced_again(root, again) == again
    assert door.upload([root], 0, "reorged") == [again]
    with pytest.raises(NoAnnouncement) as caught:
        door.announced_again(bytes(32), again)
    assert caught.value.tx_hash == where.tx
    with pytest.raises(NoSuchIntent):
        door.announced_again(root, replace(again, tx=bytes(32)))
    assert uploads.has(root, again.epoch, again.quorum_id), "the transaction was sent again"


def test_view_waits_for_a_final_block(tmp_path: Path, fresh_anvil: AnvilProcess) -> None:
    place = DaPlace.build(fresh_anvil, tmp_path, depth=4)
    place.found(3)
    door, uploads = place.door(), UploadLog(place.network)
    encoded, root = place.encode(b"not yet")
    where = door.upload([root], 0, "not yet")[0]
    assert door.upload_standing(root, where) is Standing.PENDING
    assert not uploads.has(root, where.epoch, where.quorum_id)
    place.mine(4)
    assert uploads.has(root, where.epoch, where.quorum_id)
    assert door.upload_standing(root, where) is Standing.FINAL
    place.mine(4)
    found = door.confirm([place.sign(encoded, root, where)], "not yet confirm")
    assert door.standing(root, where) is Standing.PENDING, to_hex(found.tx)
    place.mine(4)
    assert door.standing(root, where) is Standing.FINAL


def test_standing_of_a_blob_that_is_nowhere_is_gone(door: ChainDoor) -> None:
    assert door.standing(bytes(32), Assignment(1, 0, 1, bytes(32))) is Standing.GONE
