"""The storage SDK on several real nodes: placement, replicas, fragments, encryption, folders."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.storage_cluster import Cluster, running_cluster
from tests.support.storage_people import (
    FRAGMENT,
    contents,
    people,
    write_file,
    write_folder,
)
from tests.support.storage_people import sdk as sdk_of
from zerog.storage.client.errors import (
    FolderNotStorable,
    NotAStoredFolder,
    OutputExists,
    ReplicasNotMet,
)
from zerog.storage.client.ledger import Ledger
from zerog.storage.client.sdk import Storage
from zerog.storage.client.sources import Content
from zerog.storage.client.storing import Storing, Terms
from zerog.storage.encryption import (
    Decryption,
    Encryption,
    NotEncrypted,
    PrivateKey,
    Recipient,
    SymmetricKey,
    WrongScheme,
    new_secret,
)
from zerog.storage.errors import FileChanged, FileUnknown

pytestmark = pytest.mark.daemons


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Four nodes that keep everything."""
    with running_cluster(tmp_path_factory.mktemp("cluster"), ["0/1"] * 4) as made:
        yield made


def test_a_file_goes_to_as_many_nodes_as_asked_and_comes_back(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    data = write_file(tmp_path / "file", 1_300_001, 1)
    hashes: list[bytes] = []
    done = sdk.upload(tmp_path / "file", "alice", replicas=3, on_tx=hashes.append)
    assert [done.root] == sdk.root(tmp_path / "file")
    assert len(cluster.holding(done.root)) == 3
    assert [part.tx_hash for part in done.parts] == hashes
    assert done.fee_wei == sdk.cost(tmp_path / "file").fee_wei
    sdk.download(done.roots, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_the_same_upload_again_pays_nothing_and_sends_nothing(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 700_000, 2)
    first = sdk.upload(tmp_path / "file", "alice")
    paid, sent = cluster.balance("alice"), cluster.calls("zgs_upload")
    second = sdk.upload(tmp_path / "file", "alice")
    assert (second.root, second.parts[0].tx_seq) == (first.root, first.parts[0].tx_seq)
    assert (second.fee_wei, cluster.balance("alice")) == (0, paid)
    assert cluster.calls("zgs_upload") == sent
    third = sdk.upload(tmp_path / "file", "alice", again=True)
    assert third.parts[0].tx_seq > first.parts[0].tx_seq
    assert third.fee_wei == first.fee_wei


def test_what_somebody_else_stored_is_not_paid_again_unless_tagged(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 300, 3)
    first = sdk.upload(tmp_path / "file", "alice", replicas=4)
    before = cluster.balance("bob")
    taken = sdk.upload(tmp_path / "file", "bob", replicas=4)
    assert taken.parts[0].tx_seq == first.parts[0].tx_seq
    assert (taken.parts[0].earlier, cluster.balance("bob")) == (True, before)
    tagged = sdk.upload(tmp_path / "file", "bob", tags=b"\x01" * 32)
    assert tagged.parts[0].tx_seq > first.parts[0].tx_seq
    assert cluster.balance("bob") < before


def test_the_submitter_of_the_event_is_the_one_that_was_named(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 400, 4)
    carol = people(cluster.home).address("carol")
    done = sdk.upload(tmp_path / "file", "alice", submitter=carol)
    (event,) = cluster.storage.flow.events("Submit", sender=carol)
    assert event.number("submissionIndex") == done.parts[0].tx_seq


def test_a_node_that_fails_is_replaced_and_too_few_nodes_are_named(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 600_000, 5)
    cluster.members[0].liar.mode = "garbage"
    done = sdk.upload(tmp_path / "file", "alice", replicas=3)
    assert cluster.holding(done.root) == set(cluster.urls[1:])
    before = cluster.balance("alice")
    with pytest.raises(ReplicasNotMet) as caught:
        sdk.upload(tmp_path / "file", "alice", replicas=4)
    assert (caught.value.held, caught.value.wanted) in {(0, 4), (3, 4)}
    cluster.heal()
    sdk.upload(tmp_path / "file", "alice", replicas=4)
    assert len(cluster.holding(done.root)) == 4
    assert cluster.balance("alice") == before


@pytest.mark.parametrize("mode", ["wrong bytes", "wrong proof", "null", "error", "gone"])
def test_lying_nodes_are_left_behind_and_the_file_comes_from_another(
    cluster: Cluster, sdk: Storage, tmp_path: Path, mode: str
) -> None:
    data = write_file(tmp_path / "file", 5_000_000, 6)
    done = sdk.upload(tmp_path / "file", "alice", replicas=4)
    for member in cluster.members[:3]:
        member.liar.mode = mode
    sdk.download(done.root, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_a_liar_is_named_by_verify_and_the_local_file_compared(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 2_000_000, 7)
    done = sdk.upload(tmp_path / "file", "alice", replicas=3)
    assert sdk.verify(done.root, tmp_path / "file").ok
    liar = next(one for one in cluster.members if one.url in cluster.holding(done.root))
    liar.liar.mode = "wrong bytes"
    found = sdk.verify(done.root)
    states = {node.url: node.state for node in found.nodes}
    assert (states[liar.url], found.replicas, found.ok) == ("damaged", 2, False)
    cluster.heal()
    write_file(tmp_path / "file", 2_000_000, 8)
    assert sdk.verify(done.root, tmp_path / "file").file_matches is False
    with pytest.raises(FileUnknown):
        sdk.verify(b"\x07" * 32)


def test_a_length_that_nodes_lie_about_is_taken_from_the_chain(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    data = write_file(tmp_path / "file", 300_001, 17)
    done = sdk.upload(tmp_path / "file", "alice", replicas=2)
    for member in cluster.members:
        member.liar.mode = "other size"
    # A home that did not store the file has no ledger to look into.
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    shutil.copy(cluster.home / "registry.json", stranger)
    sdk_of(stranger, cluster.urls).download(done.root, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_a_file_that_changes_while_it_is_uploaded_is_named(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 900_000, 18)

    def change(_tx_hash: bytes) -> None:
        write_file(tmp_path / "file", 900_000, 19)

    with pytest.raises(FileChanged):
        sdk.upload(tmp_path / "file", "alice", on_tx=change)


@pytest.mark.parametrize("size", [FRAGMENT, FRAGMENT + 1, 2_000_003])
def test_fragments_are_submitted_in_one_transaction_and_come_back_in_order(
    cluster: Cluster, sdk: Storage, tmp_path: Path, size: int
) -> None:
    data = write_file(tmp_path / "file", size, size)
    hashes: list[bytes] = []
    done = sdk.upload(tmp_path / "file", "alice", fragment_size=FRAGMENT, on_tx=hashes.append)
    assert len(done.roots) == -(-size // FRAGMENT)
    assert len(set(hashes)) == 1
    sdk.download(done.roots, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_equal_fragments_share_one_submission(sdk: Storage, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0g" * FRAGMENT)
    done = sdk.upload(tmp_path / "file", "alice", fragment_size=FRAGMENT)
    assert len(done.roots) == 2
    assert len(set(done.roots)) == len({part.tx_seq for part in done.parts}) == 1
    sdk.download(done.roots, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"0g" * FRAGMENT


@pytest.mark.parametrize("size", [1, 262_127, 262_128, FRAGMENT + 5, 1_500_000])
def test_encrypted_files_come_back_in_both_schemes(
    cluster: Cluster, sdk: Storage, tmp_path: Path, size: int
) -> None:
    data = write_file(tmp_path / "file", size, 10)
    bob, key = people(cluster.home).signer("bob"), SymmetricKey(bytes(range(32)))
    ways: list[tuple[Encryption, Decryption, int]] = [
        (key, key, 17),
        (Recipient(bob.public_key), PrivateKey(bob.secret), 50),
    ]
    for number, (encryption, decryption, header) in enumerate(ways):
        done = sdk.upload(tmp_path / "file", "alice", encryption=encryption, fragment_size=FRAGMENT)
        assert done.stored_size == size + header
        copy = tmp_path / f"copy{number}"
        sdk.download(done.roots, copy, decryption=decryption)
        assert copy.read_bytes() == data
        sdk.download(done.roots, tmp_path / f"raw{number}")
        raw = (tmp_path / f"raw{number}").read_bytes()
        assert len(raw) == size + header
        assert size < 16 or data[:16] not in raw


def test_the_wrong_kind_of_key_is_refused_before_anything_is_written(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 1000, 11)
    key, bob = SymmetricKey(bytes(32)), people(cluster.home).signer("bob")
    sealed = sdk.upload(tmp_path / "file", "alice", encryption=key)
    plain = sdk.upload(tmp_path / "file", "alice")
    with pytest.raises(WrongScheme):
        sdk.download(sealed.root, tmp_path / "out", decryption=PrivateKey(bob.secret))
    with pytest.raises(NotEncrypted):
        sdk.download(plain.root, tmp_path / "out", decryption=key)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_fragments_with_a_header_each_are_read_too(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    # The TypeScript SDK 1.2.8 cuts first and encrypts each piece by itself.
    data, key = write_file(tmp_path / "file", 300_000, 12), SymmetricKey(b"k" * 32)
    roots: list[bytes] = []
    for at in range(0, len(data), 1 << 17):
        piece = Content.of_bytes("piece", data[at : at + (1 << 17)])
        sealed = Content(piece.name, None, piece.data, piece.plain_size, new_secret(key))
        roots += [one.root for one in _storing(sdk, cluster).store(sealed.fragments())]
    sdk.download(roots, tmp_path / "copy", decryption=key)
    assert (tmp_path / "copy").read_bytes() == data


@pytest.mark.parametrize("secret", [None, b"s" * 32])
def test_a_folder_comes_back_with_links_and_empty_parts(
    cluster: Cluster, sdk: Storage, tmp_path: Path, secret: bytes | None
) -> None:
    key = None if secret is None else SymmetricKey(secret)
    write_folder(tmp_path / "in", seed=13)
    done = sdk.upload_dir(tmp_path / "in", "alice", encryption=key, fragment_size=1 << 17)
    assert done.files == 4
    assert len({part.tx_hash for part in done.parts}) == 2  # the files together, the metadata
    entries = {entry.path: entry for entry in sdk.ls_dir(done.root, key)}
    assert len(entries["a.bin"].roots) == 3
    assert (entries["a.bin"].size, entries["sub/link"].link) == (300_000, "../a.bin")
    sdk.download_dir(done.root, tmp_path / "out", decryption=key)
    assert contents(tmp_path / "out") == contents(tmp_path / "in")
    with pytest.raises(OutputExists):
        sdk.download_dir(done.root, tmp_path / "out", decryption=key)


def test_a_folder_download_goes_on_with_what_is_there(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_folder(tmp_path / "in", seed=14)
    done = sdk.upload(tmp_path / "in", "alice")
    left = tmp_path / f"out.{done.root.hex()[:12]}.part"
    (left / "sub").mkdir(parents=True)
    (left / "a.bin").write_bytes((tmp_path / "in" / "a.bin").read_bytes())
    (left / "sub" / "b.txt").write_bytes(b"damaged")
    before = cluster.calls("zgs_downloadSegmentWithProof")
    sdk.download_dir(done.root, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "in")
    # Metadata, b.txt, c and same.txt; a.bin was whole.
    assert cluster.calls("zgs_downloadSegmentWithProof") - before == 4


def test_what_a_folder_cannot_have_is_refused_before_anything_is_paid(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    before = cluster.balance("alice")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "out").symlink_to("../../etc")
    with pytest.raises(FolderNotStorable):
        sdk.upload(tmp_path / "in", "alice")
    assert cluster.balance("alice") == before
    write_file(tmp_path / "file", 10, 15)
    plain = sdk.upload(tmp_path / "file", "alice")
    with pytest.raises(NotAStoredFolder):
        sdk.download_dir(plain.root, tmp_path / "folder")


def test_lists_show_what_this_home_paid_for_and_where_it_is(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "shown.bin", 5000, 16)
    done = sdk.upload(tmp_path / "shown.bin", "bob", replicas=2)
    (row,) = sdk.ls(done.root)
    assert (row.name, row.size, row.state, row.replicas) == ("shown.bin", 5000, "stored", 2)
    assert (row.tx_seq, row.fee_wei) == (done.parts[0].tx_seq, done.fee_wei)
    assert row in sdk.ls()
    for member in cluster.members:
        member.liar.mode = "gone"
    assert [one.state for one in sdk.ls(done.root)] == ["unknown"]


def _storing(sdk: Storage, cluster: Cluster) -> Storing:
    ledger = Ledger(cluster.home / "other.db", "test")
    return Storing(cluster.storage.sender, cluster.storage.flow, sdk.client, ledger, Terms())
