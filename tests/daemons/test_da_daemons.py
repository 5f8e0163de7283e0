"""The daemons of data availability: what they serve, what they refuse, how they end."""

from __future__ import annotations

import argparse
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copytree

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from tests.support.da_grpc import check_error
from tests.support.da_network import DaemonProcess, user_environment
from tests.support.evm import ROOT, AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from zerog.chain.errors import ChainUnreachable
from zerog.chain.registry import Registry
from zerog.da.disperser.bytestore import ByteStore
from zerog.da.disperser.places import blob_store, byte_store
from zerog.da.disperser.storewatch import StoreWatch
from zerog.da.keys import BlsKeys
from zerog.da.onchain.errors import NoDaHere
from zerog.da.onchain.network import signer_accounts
from zerog.da.proto.disperser_pb2 import BlobStatusRequest, DisperseBlobRequest
from zerog.da.proto.signer_pb2 import Empty
from zerog.da.rpcs import DISPERSE_BLOB, DISPERSER, GET_BLOB_STATUS, GET_STATUS, channel
from zerog.da.serving import refuse
from zerog.da.signer.daemon import BadSigners, ports_of
from zerog.devnet.plan import Part, Probe
from zerog.devnet.probe import SERVICES, answers, works
from zerog.errors import ZerogError

pytestmark = pytest.mark.daemons

NAMES = ["signer-1", "signer-2"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with all contracts and two signers, on a chain that runs."""
    folder = tmp_path_factory.mktemp("daemons")
    anvil = AnvilProcess.start(folder)
    made = folder / "home"
    told = {"ZEROG_RPC_URL": anvil.url, "ZEROG_DA_SIGNER_PORTS": f"{free_port()},{free_port()}"}
    try:
        done = run("zerog.devnet.provision", "--home", str(made), variables=told)
        assert done.returncode == 0, done.stderr
        yield made
    finally:
        anvil.stop()


def run(
    module: str, *words: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a daemon that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=user_environment(Path("/nowhere"), variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def health(endpoint: str) -> int:
    """What a disperser says of its service."""
    with grpc.insecure_channel(endpoint) as line:
        asked = HealthCheckRequest(service=DISPERSER)
        return int(HealthStub(line).Check(asked, timeout=PATIENCE_SECONDS).status)


def refused(done: subprocess.CompletedProcess[str], code: int, text: str) -> None:
    """One line, and the exit code."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert text in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_signers_of_a_home_serve_on_their_ports_and_end_in_order(home: Path) -> None:
    ports = [free_port(), free_port()]
    with DaemonProcess.start(
        home, ",".join(NAMES), ports[0], "--ports", f"{ports[0]},{ports[1]}"
    ) as one:
        one.wait_serving()
        for port in ports:
            with channel(f"127.0.0.1:{port}") as asked:
                said = GET_STATUS.call(asked, Empty(), PATIENCE_SECONDS)
            assert said.status_code == 200
            assert len(bytes.fromhex(said.entrance_contract)) == 20
        assert one.end(signal.SIGTERM) == 0
    log = one.log.read_text()
    keys, accounts = BlsKeys(home), signer_accounts(home, 31337)
    assert "signer-2 serves" in log
    assert "Traceback" not in log
    for name in NAMES:
        assert keys.key(name).decimal() not in log
        assert accounts.signer(name).secret.hex() not in log


def test_disperser_serves_and_ends_in_order(home: Path) -> None:
    port = free_port()
    with DaemonProcess.start(home, "disperser", port, module="zerog.da.disperser") as one:
        one.wait_serving()
        with (
            channel(f"127.0.0.1:{port}") as asked,
            pytest.raises(Exception, match="INVALID_ARGUMENT"),
        ):
            GET_BLOB_STATUS.call(asked, BlobStatusRequest(), PATIENCE_SECONDS)
        assert one.end(signal.SIGINT) == 0


def test_disperser_without_its_store_takes_no_blob_and_says_so_until_it_is_adopted(
    home: Path, tmp_path: Path
) -> None:
    """As after a boot that was faster than the mount."""
    home = Path(copytree(home, tmp_path / "home"))
    rows, files = blob_store(home), byte_store(home, {})
    StoreWatch(rows, files).require()
    store = Path(files.place)
    (store / "store.id").rename(tmp_path / "store.id")
    with DaemonProcess.start(home, "disperser", free_port(), module="zerog.da.disperser") as one:
        one.wait_serving()
        endpoint = f"127.0.0.1:{one.port}"
        part = Part("disperser", Probe.GRPC, endpoint)
        wait_for(lambda: answers(part), "an answer")
        assert health(endpoint) == HealthCheckResponse.NOT_SERVING
        assert not works(part)
        request = DisperseBlobRequest(data=b"for nowhere")
        with channel(endpoint) as asked, pytest.raises(grpc.RpcError) as caught:
            DISPERSE_BLOB.call(asked, request, PATIENCE_SECONDS)
        check_error(caught.value, grpc.StatusCode.UNAVAILABLE, "the store of bytes is away")
        assert str(home) not in str(caught.value)
        assert rows.stages() == {}
        done = run("zerog.da.disperser", "--home", str(home), "--adopt-store")
        assert done.returncode == 0, done.stderr
        assert files.identity() in done.stderr
        assert files.place in done.stderr
        wait_for(lambda: works(part), "its health")
        with channel(endpoint) as asked:
            assert DISPERSE_BLOB.call(asked, request, PATIENCE_SECONDS).request_id
        assert one.end(signal.SIGTERM) == 0
    said = [line for line in one.log.read_text().splitlines() if "has no mark" in line]
    assert len(said) == 1, "not with each look"


@pytest.fixture
def mute() -> Iterator[str]:
    """The URL of an endpoint that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_disperser_whose_store_does_not_answer_serves_at_once_and_ends_in_time(
    home: Path, tmp_path: Path, mute: str
) -> None:
    """An object store gives such an endpoint up after a minute, or several."""
    home = Path(copytree(home, tmp_path / "home"))
    told = {
        "ZEROG_DA_STORE": "s3://bucket/bytes",
        "AWS_ENDPOINT_URL": mute,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    port, module = free_port(), "zerog.da.disperser"
    with DaemonProcess.start(home, "disperser", port, module=module, variables=told) as one:
        one.wait_serving()
        endpoint = f"127.0.0.1:{port}"
        assert health(endpoint) == HealthCheckResponse.NOT_SERVING
        request = DisperseBlobRequest(data=b"for nowhere")
        with channel(endpoint) as asked, pytest.raises(grpc.RpcError) as caught:
            DISPERSE_BLOB.call(asked, request, PATIENCE_SECONDS)
        check_error(caught.value, grpc.StatusCode.UNAVAILABLE, "the store of bytes is away")
        with channel(endpoint) as asked, pytest.raises(Exception, match="INVALID_ARGUMENT"):
            GET_BLOB_STATUS.call(asked, BlobStatusRequest(), PATIENCE_SECONDS)
        began = time.monotonic()
        assert one.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 30, "half of the shortest time of giving up"
        assert "does not answer" not in one.log.read_text(), "it still looks"


def test_store_is_adopted_only_for_a_home_of_a_disperser_and_where_there_is_one(
    home: Path, tmp_path: Path
) -> None:
    nowhere = tmp_path / "mistyped"
    done = run("zerog.da.disperser", "--home", str(nowhere), "--adopt-store")
    refused(done, 2, f"there is no disperser's home at {nowhere}")
    own = Path(copytree(home, tmp_path / "home"))
    rows = blob_store(own)
    told = {"ZEROG_DA_STORE": str(tmp_path / "not mounted")}
    done = run("zerog.da.disperser", "--home", str(own), "--adopt-store", variables=told)
    refused(done, 2, f"there is no folder {tmp_path / 'not mounted'}")
    other = ByteStore(tmp_path / "theirs")
    other.begin("ab" * 16)
    other.put("blob/theirs", b"bytes")
    told, words = {"ZEROG_DA_STORE": other.place}, ("--home", str(own), "--adopt-store")
    done = run("zerog.da.disperser", *words, variables=told)
    refused(done, 2, f"--adopt-store {'ab' * 16}")
    assert "and 1 objects that no row here is of" in done.stderr
    assert not list(tmp_path.glob("mistyped")) + list(tmp_path.glob("not mounted"))
    done = run("zerog.da.disperser", *words, "ab" * 16, variables=told)
    assert (done.returncode, rows.stages()) == (0, {})
    assert "1 objects in it have no row here" in done.stderr
    assert other.identity() in done.stderr
    assert other.identity() != "ab" * 16


def test_disperser_is_asked_about_the_service_that_it_serves() -> None:
    assert SERVICES == {"disperser": DISPERSER}


def test_daemon_on_a_port_that_is_taken_says_so(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        for module, *words in (["zerog.da.disperser"], ["zerog.da.signer", "--names", "signer-1"]):
            done = run(module, "--home", str(home), "--port", port, *words)
            refused(done, 2, f"cannot listen on 127.0.0.1:{port}")


def test_daemons_refuse_a_home_that_will_not_do(home: Path, tmp_path: Path) -> None:
    nobody = run("zerog.da.signer", "--home", str(home), "--names", "signer-9")
    refused(nobody, 2, "no key called 'signer-9' in this home")
    empty = run("zerog.da.disperser", "--home", str(tmp_path / "none"))
    refused(empty, 2, "registry.json")


@pytest.mark.parametrize(
    ("error", "code"),
    [(ChainUnreachable("http://x", "silent"), 1), (NoDaHere(31337), 2), (BadSigners("none"), 2)],
)
def test_daemon_that_cannot_begin_says_whether_to_try_again(error: ZerogError, code: int) -> None:
    with pytest.raises(SystemExit) as caught:
        refuse(argparse.ArgumentParser(), error)
    assert caught.value.code == code


def test_ports_of_signers_follow_each_other_unless_they_are_listed() -> None:
    assert ports_of(["a", "b"], 7, []) == {"a": 7, "b": 8}
    assert ports_of(["a", "b"], 7, [3, 1]) == {"a": 3, "b": 1}
    for names, ports in (([], []), (["a", "a"], []), (["a"], [1, 2])):
        with pytest.raises(BadSigners):
            ports_of(names, 7, ports)


def test_provisioning_for_fewer_signers_than_the_home_has_is_refused(home: Path) -> None:
    url = Registry.load(home).endpoints["chain"]
    told = {"ZEROG_RPC_URL": url, "ZEROG_DA_SIGNER_PORTS": str(free_port())}
    done = run("zerog.devnet.provision", "--home", str(home), variables=told)
    refused(done, 2, "this home has 2 signers, and 1 of them cannot do the work of all")
