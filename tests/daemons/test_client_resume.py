"""Killed clients: an upload goes on without paying twice, a download with what it had."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.storage_cluster import Cluster, running_cluster
from tests.support.storage_daemons import wait_for
from tests.support.storage_people import FRAGMENT, contents, people, write_file
from zerog.locks import try_lock
from zerog.storage.client.errors import (
    CannotWriteOutput,
    DownloadRunning,
    OutputExists,
    ReplicasNotMet,
)
from zerog.storage.client.sdk import Storage
from zerog.storage.codec import SEGMENT
from zerog.storage.encryption import SymmetricKey
from zerog.storage.errors import BadSegment, NodeUnreachable

pytestmark = pytest.mark.daemons

ROOT = Path(__file__).resolve().parents[2]
SHARDS = ["0/2", "1/2", "0/2", "3/4", "1/4"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Five nodes, none of which keeps everything; every share lies on two."""
    with running_cluster(tmp_path_factory.mktemp("shards"), SHARDS) as made:
        yield made


def paid(cluster: Cluster) -> int:
    """Submissions on chain."""
    return cluster.storage.flow.submissions()


def storage_nonce(cluster: Cluster, name: str) -> int:
    """Transactions of a person that the chain has."""
    return cluster.storage.chain.nonce(people(cluster.home).address(name))


@pytest.mark.parametrize("size", [1, 300, SEGMENT + 1, 3_000_000])
def test_shards_together_hold_a_file_that_no_node_has_whole(
    sdk: Storage, tmp_path: Path, size: int
) -> None:
    data = write_file(tmp_path / "file", size, size)
    done = sdk.upload(tmp_path / "file", "alice", replicas=2)
    found = sdk.verify(done.root, tmp_path / "file")
    assert (found.replicas, found.ok) == (2, True)
    sdk.download(done.root, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_more_copies_than_the_shards_can_give_is_refused_before_it_is_paid(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 1000, 1)
    before = cluster.balance("alice")
    with pytest.raises(ReplicasNotMet) as caught:
        sdk.upload(tmp_path / "file", "alice", replicas=3)
    assert (caught.value.wanted, caught.value.held) == (3, 0)
    assert cluster.balance("alice") == before
    assert [row for row in sdk.ls() if row.root == caught.value.root] == []


def test_one_lost_node_of_a_share_is_made_up_for_by_the_other(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    data = write_file(tmp_path / "file", 4_000_000, 2)
    done = sdk.upload(tmp_path / "file", "alice", replicas=2)
    cluster.members[0].liar.mode = "gone"
    cluster.members[1].liar.mode = "wrong bytes"
    sdk.download(done.root, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


class Victim:
    """An upload in a process of its own."""

    def __init__(self, cluster: Cluster, path: Path) -> None:
        command = [sys.executable, "-m", "tests.support.storage_people"]
        command += [str(cluster.home), "alice", str(path), *cluster.urls]
        people(cluster.home)
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def kill(self) -> None:
        """-9; without effect when it is over."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def test_uploads_killed_at_many_moments_pay_once_and_end_whole(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    for round_ in range(6):
        path = tmp_path / f"file{round_}"
        data = write_file(path, 5 * FRAGMENT + 1000 * (round_ + 1), 100 + round_)
        before, sent = paid(cluster), cluster.calls("zgs_upload")
        victim = Victim(cluster, path)
        # The later rounds die deeper in the upload.
        wait_for(
            lambda v=victim, p=before, s=sent, r=round_: (  # type: ignore[misc]
                v.process.poll() is not None
                or (paid(cluster) > p if r < 2 else cluster.calls("zgs_upload") - s > 2 * r)
            ),
            "an upload under way",
        )
        victim.kill()
        done = sdk.upload(path, "alice", fragment_size=FRAGMENT)
        assert paid(cluster) - before == len(set(done.roots)) == 6
        sdk.download(done.roots, tmp_path / f"copy{round_}")
        assert (tmp_path / f"copy{round_}").read_bytes() == data


def test_a_folder_killed_between_its_transactions_pays_for_each_file_once(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(25):
        write_file(folder / f"{number:02}", 1000 + number, 200 + number)
    before = paid(cluster)
    victim = Victim(cluster, folder)
    wait_for(lambda: victim.process.poll() is not None or paid(cluster) > before, "a transaction")
    victim.kill()
    # What was added meanwhile neither changes the old batches nor pays for their files again.
    write_file(folder / "new", 99, 300)
    done = sdk.upload(folder, "alice", fragment_size=FRAGMENT)
    extra = paid(cluster) - before - 27
    assert extra in {0, 1}  # the metadata of the first run, where it came so far
    sdk.download_dir(done.root, tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(folder)


def test_a_chain_that_lost_the_submission_gets_it_back_and_nothing_is_paid_twice(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    data = write_file(tmp_path / "file", 700_000, 13)
    first = sdk.upload(tmp_path / "file", "carol", replicas=2)
    nonce = storage_nonce(cluster, "carol")
    cluster.storage.anvil.rpc("anvil_rollback", 1)
    assert storage_nonce(cluster, "carol") == nonce - 1
    again = sdk.upload(tmp_path / "file", "carol", replicas=2)
    assert storage_nonce(cluster, "carol") == nonce
    assert again.parts[0].tx_hash == first.parts[0].tx_hash
    sdk.download(again.root, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_two_uploads_of_one_file_at_once_pay_once(
    cluster: Cluster, sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 2 * FRAGMENT, 7)
    before = paid(cluster)
    victims = [Victim(cluster, tmp_path / "file") for _ in range(2)]
    said = [victim.process.communicate()[0].splitlines() for victim in victims]
    assert [victim.process.returncode for victim in victims] == [0, 0]
    assert said[0] == said[1]
    assert paid(cluster) - before == 2


@pytest.mark.parametrize("secret", [None, b"k" * 32])
def test_a_download_that_broke_off_fetches_only_what_it_lacks(
    cluster: Cluster, sdk: Storage, tmp_path: Path, secret: bytes | None
) -> None:
    key = None if secret is None else SymmetricKey(secret)
    data = write_file(tmp_path / "file", 20 * SEGMENT + 5, 8)
    done = sdk.upload(tmp_path / "file", "alice", encryption=key, fragment_size=1 << 22)
    out = tmp_path / "copy"

    def lose_all(_step: str, at: int, total: int) -> None:
        if at * 2 > total:
            for member in cluster.members:
                member.liar.mode = "gone"

    with pytest.raises((BadSegment, NodeUnreachable)):
        sdk.download(done.roots, out, decryption=key, on_progress=lose_all)
    assert not out.exists()
    assert (tmp_path / "copy.part").exists()
    cluster.heal()
    # A byte that changed on disk, and a record of a segment that never was.
    with (tmp_path / "copy.part").open("r+b") as part:
        part.seek(3 * SEGMENT)
        part.write(b"\0\0\0\0")
    with (tmp_path / "copy.part.log").open("ab") as log:
        log.write(b"\0\0\0\0" + b"\0\0\0\x09" + b"\x11" * 32 + b"half a rec")
    fetched: list[int] = []
    sdk.download(done.roots, out, decryption=key, on_progress=lambda _s, at, _t: fetched.append(at))
    assert fetched[0] > 8 * SEGMENT
    assert out.read_bytes() == data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "file"]


def test_what_is_there_is_never_overwritten(sdk: Storage, tmp_path: Path) -> None:
    write_file(tmp_path / "file", 100, 9)
    done = sdk.upload(tmp_path / "file", "alice")
    with pytest.raises(OutputExists):
        sdk.download(done.root, tmp_path / "file")
    with pytest.raises(CannotWriteOutput):
        sdk.download(done.root, tmp_path / "no" / "where")
    (tmp_path / "out.part").symlink_to(tmp_path / "file")
    with pytest.raises(CannotWriteOutput):
        sdk.download(done.root, tmp_path / "out")
    assert (tmp_path / "file").stat().st_size == 100


def test_leftovers_of_another_file_are_not_mixed_in(sdk: Storage, tmp_path: Path) -> None:
    write_file(tmp_path / "one", 900_000, 10)
    data = write_file(tmp_path / "two", 900_000, 11)
    first = sdk.upload(tmp_path / "one", "alice")
    second = sdk.upload(tmp_path / "two", "alice")
    sdk.download(first.root, tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / "copy.part")
    sdk.download(second.root, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_a_second_download_of_one_output_is_told_to_wait_and_touches_nothing(
    sdk: Storage, tmp_path: Path
) -> None:
    write_file(tmp_path / "file", 1000, 31)
    done = sdk.upload(tmp_path / "file", "alice")
    with try_lock(tmp_path / "out.part.log") as held:
        assert held
        with pytest.raises(DownloadRunning):
            sdk.download(done.root, tmp_path / "out")
        assert (tmp_path / "out.part.log").read_bytes() == b""
    sdk.download(done.root, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == (tmp_path / "file").read_bytes()
