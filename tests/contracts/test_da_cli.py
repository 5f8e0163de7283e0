"""`zerog da` against real contracts and signers that are served, from the command line."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.da import SMALL, stream
from tests.support.da_onchain import ETHER, Terms
from tests.support.da_street import Street, Terminal, next_epoch, serving
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from zerog.chain.registry import Registry
from zerog.cli.main import run
from zerog.da.altda.commitment import Generic
from zerog.da.client.results import Placed
from zerog.da.rowstore import Kept
from zerog.da.status import Status

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Served until the module ends."""
    with serving(tmp_path_factory.mktemp("da-cli")) as street:
        yield street


@pytest.fixture
def terminal(
    street: Street, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.delenv("ZEROG_HOME", raising=False)
    return Terminal(street, capfd)


def test_blob_of_others_is_got_by_its_place(
    terminal: Terminal, street: Street, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    terminal.type("get", street.root, "-o", str(out), *street.where)
    assert out.read_bytes() == street.data
    assert "exists" in terminal.type("get", street.root, "-o", str(out), *street.where, code=2)
    other = str(tmp_path / "other")
    said = terminal.type("get", street.root, "-o", other, code=1)
    assert "give --epoch and --quorum" in said
    said = terminal.type("get", street.root, "-o", other, "--epoch", "1", code=2)
    assert "give both or none" in said
    assert "no quorum 0" in terminal.type(
        "get", street.root, "-o", other, "--epoch", "77", "--quorum", "0", code=1
    )
    assert "no data root" in terminal.type("get", "0x12", "-o", other, code=2)


def test_blob_of_this_home_is_got_by_its_root_alone(
    terminal: Terminal, street: Street, tmp_path: Path
) -> None:
    data = stream("of this home", 700)
    blob = street.place.publish(data)
    where = (blob.where.epoch, blob.where.quorum_id)
    street.placed().keep(
        Placed("id-1", blob.data_root, len(data), Status.CONFIRMED, *where, b"", 12, 12)
    )
    root = "0x" + blob.data_root.hex()
    terminal.type("get", root, "-o", str(tmp_path / "mine"))
    assert (tmp_path / "mine").read_bytes() == data
    (tmp_path / "again").write_bytes(data)
    assert terminal.type("root", str(tmp_path / "again")) == root + "\n"
    assert "cannot read" in terminal.type("root", str(tmp_path / "gone"), code=2)
    listed = terminal.json("ls")
    assert isinstance(listed, list)
    assert [one["data_root"] for one in listed] == [root]
    assert f"{root}  id-1" in terminal.type("ls"), "the request, for `status`"


def test_certificate_is_the_contracts_word(terminal: Terminal, street: Street) -> None:
    assert terminal.type("verify", street.root, *street.where) == (
        f"certified in epoch {street.blob.where.epoch}, quorum 0\n"
    )
    said = terminal.json("verify", street.root, "--epoch", "1", "--quorum", "7", code=1)
    assert isinstance(said, dict)
    assert said["certified"] is False
    said = terminal.type("verify", street.root, "--policy", "9", *street.where, code=1)
    assert "NOT certified" in said


def test_sample_says_what_it_is_sure_of(terminal: Terminal, street: Street) -> None:
    said = terminal.json("sample", street.root, "--rows", "6", *street.where)
    assert isinstance(said, dict)
    assert (said["verdict"], said["served"], said["faults"]) == ("CONFIDENT", 6, [])
    unknown = "0x" + "07" * 32
    said = terminal.type("sample", unknown, "--rows", "4", *street.where, code=1)
    assert said.startswith("INCONCLUSIVE: 0 of 4 rows drawn at random came\n")
    assert said.count("silent  127.0.0.1:") == 4
    assert "draw 1 to 12 rows" in terminal.type("sample", unknown, *street.where, code=2)


def test_roster_names_signers_with_stake_and_labels(terminal: Terminal, street: Street) -> None:
    said = terminal.json("signers")
    assert isinstance(said, dict)
    rows = said["signers"]
    assert sum(one["rows"] for one in rows) == SMALL.rows
    accounts = {one["account"]: one for one in rows}
    for seat in street.place.seats():
        assert accounts[seat.address]["operator"] == seat.name
        staked = street.place.network.registry.staked_wei(seat.address)
        assert accounts[seat.address]["staked_wei"] == staked
    assert "eu/signer-1" in terminal.type("signers", "--epoch", "1")


def test_dropped_row_is_challenged_and_settled(terminal: Terminal, street: Street) -> None:
    data = stream("dropped", 5000)
    blob = street.place.publish(data)
    where = (blob.where.epoch, blob.where.quorum_id)
    liar = street.place.seats()[1]
    row = street.place.door().quorum(*where).members[liar.address].rows[0]
    liar.rows(SMALL).drop(Kept(*where, blob.data_root))
    root, place = "0x" + blob.data_root.hex(), ["--epoch", str(where[0]), "--quorum", str(where[1])]
    words = ["challenge", root, "--row", str(row), "--piece", "1", "--as", "alice", *place]
    said = terminal.json(*words)
    assert isinstance(said, dict)
    assert (said["signer"], said["bond_wei"]) == (liar.address, Terms().bond)
    assert terminal.json(*words) == said, "asked once"
    number = str(said["challenge_id"])
    assert terminal.type("settle", number, "--as", "alice") == "open\n"
    street.place.mine(Terms().window + 1)
    staked = street.place.network.registry.staked_wei(liar.address)
    assert terminal.type("settle", number, "--as", "alice") == "slashed\n"
    assert street.place.network.registry.staked_wei(liar.address) == staked - ETHER
    assert terminal.json("claim", "alice") == {
        "name": "alice",
        "samples_wei": 0,
        "bonds_wei": Terms().bond,
        "slashed_wei": ETHER // 2,
    }
    assert "slashed  0 wei" in terminal.type("claim", "alice")
    assert "samples  0 wei" in terminal.type("claim", "signer-1")
    words[3] = "12"
    assert "there is no row 12" in terminal.type(*words, code=1)
    words[3], words[5] = str(row), "2"
    assert "has no piece 2" in terminal.type(*words, code=1)
    assert "there is no challenge 99" in terminal.type("settle", "99", "--as", "alice", code=1)


def test_other_roots_than_the_signers_have_are_asked_for_the_header(
    terminal: Terminal, street: Street
) -> None:
    encoded, root = street.place.encode(stream("other roots", 700))
    where = street.place.door().upload([root], 0, "other roots")[0]
    street.place.sign(encoded, root, where)
    street.place.confirm(street.place.conspire(root, (b"\1" * 32, b"\2" * 32)))
    words = ["challenge", "0x" + root.hex(), "--row", "0", "--as", "alice", "--epoch"]
    words += [str(where.epoch), "--quorum", "0"]
    assert '"asks": "header"' in terminal.type(*words, "--json")
    assert "to show the header; bond" in terminal.type(*words, "--header")
    assert "is no bitmap" in terminal.type(*words, "--bitmap", "0xf", code=2)
    assert "not certified with that bitmap" in terminal.type(*words, "--bitmap", "0xff", code=1)
    assert "to show the header; bond" in terminal.type(*words, "--bitmap", "0xff0f")


def test_signer_of_an_operator_registers_and_moves(terminal: Terminal, street: Street) -> None:
    words = ["register", "mine", "--votes", "2", "--socket"]
    assert "send it native tokens" in terminal.type(*words, "10.0.0.1:34000", code=1)
    seat = next(seat for seat in street.place.seats() if seat.name == "mine")
    street.place.process.rpc("anvil_setBalance", seat.address, hex(5 * ETHER))
    said = terminal.json(*words, "10.0.0.1:34000")
    assert isinstance(said, dict)
    assert (said["account"], said["staked_wei"]) == (seat.address, 2 * ETHER)
    terminal.type(*words, "10.0.0.2:34000")
    assert street.place.network.signers.details([seat.address])[0].socket == "10.0.0.2:34000"
    assert street.place.network.registry.staked_wei(seat.address) == 2 * ETHER


def test_home_without_data_availability_says_so(
    street: Street, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["da", "ls", "--home", str(tmp_path)]) == 2
    assert "there is no such file; deploy with: zerog up" in capfd.readouterr().err
    Registry(31337, {}, {"chain": street.place.process.url}).save(tmp_path)
    assert run(["da", "ls", "--home", str(tmp_path)]) == 1
    assert capfd.readouterr().err == (
        "error: chain 31337 has no data availability; deploy with: zerog up\n"
    )


def test_alt_da_daemon_serves_what_is_certified_and_ends_when_told(
    street: Street, tmp_path: Path
) -> None:
    for _ in range(2):
        next_epoch(street.place)  # no certificate of the blob's epoch can come any more
    command = [sys.executable, "-m", "zerog.da.altda", "--home"]
    refused = subprocess.run(
        [*command, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    port = free_port()
    daemon = subprocess.Popen([*command, str(street.place.home), "--port", str(port)])
    try:
        base = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=base, timeout=PATIENCE_SECONDS, trust_env=False) as http:

            def healthy() -> bool:
                try:
                    return bool(http.get("/health").json()["chain_id"] == 31337)
                except httpx.TransportError:
                    return False

            wait_for(healthy, "the alt-DA server")
            where = street.blob.where
            name = Generic(where.epoch, where.quorum_id, street.blob.data_root).encode().hex()
            assert http.get(f"/get/0x{name}").content == street.data
            other = Generic(where.epoch, where.quorum_id + 1, street.blob.data_root).encode().hex()
            assert http.get(f"/get/0x{other}").status_code == 404
            assert http.post("/put/", content=b"nobody disperses").status_code == 503
    finally:
        daemon.terminate()
    assert daemon.wait(PATIENCE_SECONDS) in {0, -signal.SIGTERM}
