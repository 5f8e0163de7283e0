"""`zerog storage` as a person types it: results, JSON, one-line errors, exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.storage_cluster import Cluster, running_cluster
from tests.support.storage_people import contents, people, write_file, write_folder
from zerog.cli.main import run
from zerog.cli.storage import printable
from zerog.cli.storage import storage as group
from zerog.cli.storage_args import tokens
from zerog.crypto.curve import compress
from zerog.storage.codec import tree_of

pytestmark = pytest.mark.daemons

Document = dict[str, object]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes that keep everything."""
    with running_cluster(tmp_path_factory.mktemp("cli"), ["0/1", "0/1"]) as made:
        people(made.home)
        yield made


class Shell:
    """Runs commands on the cluster's home."""

    def __init__(self, cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
        self._cluster, self._capsys = cluster, capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        nodes = [part for url in self._cluster.urls for part in ("--node", url)]
        offline = words[0] in {"root", "cost"}
        extra = ["--home", str(self._cluster.home), *([] if offline else nodes)]
        code = run([*words, *extra], group)
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def json(self, *words: str) -> Document:
        """The document of a command that must succeed."""
        code, out, err = self(*words, "--json")
        assert code == 0, err
        found: Document = json.loads(out)
        return found


@pytest.fixture
def shell(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A user."""
    yield Shell(cluster, capsys)
    cluster.heal()


def test_root_cost_upload_list_verify_and_download_agree(
    cluster: Cluster, shell: Shell, tmp_path: Path
) -> None:
    data = write_file(tmp_path / "f.bin", 400_000, 1)
    root = "0x" + tree_of(tmp_path / "f.bin").data_root.hex()
    assert shell("root", str(tmp_path / "f.bin")) == (0, root + "\n", "hash: 390.6 KiB done\n")
    cost = shell.json("cost", str(tmp_path / "f.bin"))
    assert shell.json("cost", "400000") == cost
    code, out, err = shell("upload", str(tmp_path / "f.bin"), "--as", "alice", "--replicas", "2")
    assert (code, root in out, f"fee    {cost['fee_wei']} wei" in out) == (0, True, True)
    assert "transaction 0x" in err
    listed = json.loads(shell("ls", "--json")[1])
    (row,) = [one for one in listed if one["root"] == root]
    assert (row["name"], row["state"], row["replicas"]) == ("f.bin", "stored", 2)
    assert row["fee_wei"] == cost["fee_wei"]
    assert shell.json("verify", root, str(tmp_path / "f.bin"))["ok"] is True
    assert shell("download", root, "--out", str(tmp_path / "copy"))[0] == 0
    assert (tmp_path / "copy").read_bytes() == data


def test_an_upload_said_again_says_that_it_was_paid_for(shell: Shell, tmp_path: Path) -> None:
    write_file(tmp_path / "f", 1000, 2)
    first = shell.json("upload", str(tmp_path / "f"), "--as", "bob")
    second = shell.json("upload", str(tmp_path / "f"), "--as", "bob")
    assert (first["paid_now"], second["paid_now"], second["fee_wei"]) == (True, False, "0")
    assert first["tx_hashes"] == second["tx_hashes"]


@pytest.mark.parametrize("form", ["aes", "name", "compressed", "hex"])
def test_encryption_by_file_name_and_key(
    cluster: Cluster, shell: Shell, tmp_path: Path, form: str
) -> None:
    data = write_file(tmp_path / "f", 70_000, 3)
    (tmp_path / "key").touch(0o600)
    (tmp_path / "key").write_text("11" * 32)
    bob = people(cluster.home).signer("bob").public_key
    how = {"aes": "aes", "name": "bob", "compressed": "0x" + compress(bob).hex(), "hex": bob.hex()}
    sealing, opening = ["--encrypt", how[form]], ["--decrypt", "bob"]
    if form == "aes":
        opening = ["--key-file", str(tmp_path / "key")]
        sealing += opening
    done = shell.json("upload", str(tmp_path / "f"), "--as", "alice", *sealing)
    copy = str(tmp_path / "copy")
    assert shell("download", str(done["root"]), "--out", copy, *opening)[0] == 0
    assert Path(copy).read_bytes() == data


def test_folders_are_stored_listed_and_come_back(shell: Shell, tmp_path: Path) -> None:
    write_folder(tmp_path / "in", seed=4)
    done = shell.json("upload", str(tmp_path / "in"), "--as", "alice")
    root = str(done["root"])
    code, out, _ = shell("ls", root)
    assert code == 0
    assert "sub/link      ../a.bin" in out
    assert shell.json("download", root, "--out", str(tmp_path / "out"))["files"] == 5
    assert contents(tmp_path / "out") == contents(tmp_path / "in")
    assert shell("download", root, "--raw", "--out", str(tmp_path / "raw"))[0] == 0
    assert b'"entries"' in (tmp_path / "raw").read_bytes()


def test_a_lying_node_makes_verify_end_with_one(
    cluster: Cluster, shell: Shell, tmp_path: Path
) -> None:
    write_file(tmp_path / "f", 300_000, 5)
    done = shell.json("upload", str(tmp_path / "f"), "--as", "alice", "--replicas", "2")
    cluster.members[0].liar.mode = "wrong bytes"
    code, out, _ = shell("verify", str(done["root"]))
    assert code == 1
    assert "damaged" in out
    assert cluster.urls[0] in out


def test_wrong_use_is_one_line_with_its_mend_and_exit_two(shell: Shell, tmp_path: Path) -> None:
    write_file(tmp_path / "f", 100, 6)
    (tmp_path / "loose").write_text("11" * 32)
    os.chmod(tmp_path / "loose", 0o644)
    file, out = str(tmp_path / "f"), str(tmp_path / "out")
    for words in (
        ("upload", file, "--as", "alice", "--encrypt", "aes"),
        ("upload", file, "--as", "alice", "--key-file", str(tmp_path / "loose")),
        ("upload", file, "--as", "alice", "--key-file", str(tmp_path / "gone")),
        ("upload", file, "--as", "alice", "--encrypt", "04" + "11" * 64),
        ("upload", file, "--as", "alice", "--fragment-size", "1000"),
        ("upload", file, "--as", "alice", "--fragment-size", "big"),
        ("upload", file, "--as", "alice", "--tags", "xyz"),
        ("upload", str(tmp_path / "gone"), "--as", "alice"),
        ("download", "0x12", "--out", out),
        ("download", "00" * 32),
        ("root", str(tmp_path)),
        ("cost", "1000000GiB", "--fragment-size", "3"),
        ("lease",),
        ("extend", "00" * 32, "--as", "alice"),
        ("extend", "00" * 32, "--as", "alice", "--years", "1", "--amount", "5"),
        ("extend", "00" * 32, "--as", "alice", "--amount", "0"),
        ("extend", "00" * 32, "--as", "alice", "--amount", "9" * 80),
        ("extend", "00" * 32, "--as", "alice", "--years", "1001"),
    ):
        code, said, err = shell(*words)
        assert code == 2, words
        assert said == ""
        (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
        assert ";" in line


def test_what_the_world_refuses_is_exit_one(shell: Shell, tmp_path: Path) -> None:
    write_file(tmp_path / "f", 100, 7)
    code, _, err = shell("upload", str(tmp_path / "f"), "--as", "nobody")
    assert (code, "no key called 'nobody'" in err) == (1, True)
    code, out, _ = shell("download", "77" * 32, "--out", str(tmp_path / "out"), "--json")
    assert (code, json.loads(out)["exit_code"]) == (1, 1)
    assert not (tmp_path / "out").exists()


def test_a_lease_is_listed_and_extended_by_years_and_by_an_amount(
    shell: Shell, tmp_path: Path
) -> None:
    write_file(tmp_path / "f", 2_500_000, 8)
    root = str(shell.json("upload", str(tmp_path / "f"), "--as", "alice")["root"])
    (before,) = json.loads(shell("lease", root, "--json")[1])
    assert [one["released_wei"] for one in before["chunks"]]
    years = shell.json("extend", root, "--as", "bob", "--years", "2")
    amount = shell.json("extend", root, "--as", "alice", "--amount", "1001")
    assert amount["amount_wei"] == "1001"
    (after,) = json.loads(shell("lease", root, "--json")[1])
    gained = [
        _paid(new) - _paid(old) for old, new in zip(before["chunks"], after["chunks"], strict=True)
    ]
    assert sum(gained) == int(str(years["amount_wei"])) + 1001
    code, out, _ = shell("lease", root)
    assert (code, root in out, "PAID UNTIL" in out) == (0, True, True)
    assert shell("lease", "77" * 32)[0] == 1


def _paid(chunk: dict[str, str]) -> int:
    return int(chunk["locked_wei"]) + int(chunk["released_wei"])


def test_cost_of_sizes_that_nobody_has_is_arithmetic(shell: Shell) -> None:
    huge = shell.json("cost", "999999999999999GiB", "--fragment-size", "256")
    assert huge["submissions"] == huge["sectors"] == 999_999_999_999_999 << 22


def test_names_that_others_chose_cannot_move_the_cursor() -> None:
    assert printable("a\x1b[2Jb\u202ec") == "a\\x1b[2Jb\\x202ec"


def test_amounts_are_exact_in_whole_tokens() -> None:
    assert [tokens(wei) for wei in (0, 1, 232_830_643, 10**18, 15 * 10**17)] == [
        "0",
        "0.000000000000000001",
        "0.000000000232830643",
        "1",
        "1.5",
    ]
