"""A KV node as its operator and its users meet it: set-up, encryption, renewal, command line."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.kv_daemon import ALICE, BOB, OTHER, STREAM, KvStack, kv_stack
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import Storage, wait_for
from zerog.chain.signer import Keys as Wallets
from zerog.cli.kv import kv as group
from zerog.cli.main import run
from zerog.config import Settings
from zerog.storage.encryption import Recipient, SymmetricKey
from zerog.storage.kv.batcher import Batch
from zerog.storage.kv.codec import Op
from zerog.storage.kv.errors import BatchRefused
from zerog.storage.kv.renewal import Renewed, renew
from zerog.storage.kv.sdk import stream_id
from zerog.storage.kv.wire import register_digest

pytestmark = pytest.mark.daemons

SECRET = bytes(range(32))
DAY = 86_400


@contextmanager
def equipped(home: Path, *more: str) -> Iterator[KvStack]:
    """A stack whose node decrypts, with alice and bob in its home."""
    for name, secret in (("aes", SECRET), ("wallet", BOB.secret)):
        (home / name).write_text("0x" + secret.hex() + "\n")
    keys = {
        "ZEROG_KV_KEY_FILE": str(home / "aes"),
        "ZEROG_KV_WALLET_KEY_FILE": str(home / "wallet"),
    }
    with kv_stack(home, *more, **keys) as made:
        wallets = Wallets(home)
        wallets.add("alice", ALICE.secret)
        wallets.add("bob", BOB.secret)
        yield made


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KvStack]:
    """One stack for the tests that leave it whole; each has a stream of its own."""
    with equipped(tmp_path_factory.mktemp("kv")) as made:
        yield made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[KvStack]:
    """A stack whose clock the test may turn."""
    with equipped(tmp_path) as made:
        yield made


def stored(stack: KvStack, seq: int) -> bytes:
    """The file of a submission as the storage node has it."""
    info = stack.storage.remote().info_of(seq)
    assert info is not None
    return b"".join(stack.storage.client().segments(info.data_root, info.size))


@pytest.mark.parametrize("scheme", [1, 2])
def test_encrypted_stream_is_readable_on_the_node_and_nowhere_else(
    stack: KvStack, scheme: int
) -> None:
    stream = stream_id(f"scheme {scheme}")
    how = SymmetricKey(SECRET) if scheme == 1 else Recipient(BOB.public_key)
    batch = Batch().put(stream, b"secret-key", b"secret-value" * 10_000)
    done = stack.batcher(encryption=how).commit(batch)
    found = stack.kv.get(stream, b"secret-key")
    assert found is not None
    assert found.value == b"secret-value" * 10_000
    file = stored(stack, done.tx_seq)
    assert file[0] == scheme
    assert b"secret" not in file


def test_data_encrypted_for_somebody_else_gets_its_result(stack: KvStack) -> None:
    stream = stream_id("for somebody else")
    batch = Batch().put(stream, b"k", b"v")
    with pytest.raises(BatchRefused, match="DataParseError"):
        stack.batcher(encryption=SymmetricKey(bytes(32))).commit(batch)
    assert stack.put(b"k", b"plain goes on", stream) > 0


def test_old_keys_are_written_again_and_stay_what_they_are(own: KvStack) -> None:
    home = own.storage.home
    settings = Settings.load(home, {"ZEROG_KV_URL": own.node.url})
    environment = {
        "ZEROG_KV_RENEW_KEY": "alice",
        "ZEROG_KV_RENEW_AGE": str(30 * DAY),
        "ZEROG_KV_KEY_FILE": str(home / "aes"),
    }
    values = {b"key-%d" % n: b"value-%d" % n for n in range(40)}
    batch = Batch().put(STREAM, b"gone", b"v").control(Op.SET_KEY_TO_SPECIAL, STREAM, b"special")
    for key, value in values.items():
        batch.put(STREAM, key, value)
    own.batcher().commit(batch.put(STREAM, b"special", b"s"))
    own.put(b"gone", b"")
    secret = Batch().put(STREAM, b"secret", b"hidden-value")
    own.batcher(encryption=SymmetricKey(SECRET)).commit(secret)
    own.put(b"of-bob", b"v", OTHER, index=4)
    assert renew(settings, environment) == Renewed(0, 0, 0)
    own.anvil.rpc("evm_increaseTime", 40 * DAY)
    own.anvil.rpc("evm_mine")
    young = own.put(b"young", b"v")
    before = {item.key: item.value for item in own.kv.scan(STREAM)}
    assert renew(settings, environment) == Renewed(42, 1, 0)
    items = list(own.kv.scan(STREAM))
    assert {item.key: item.value for item in items} == before
    assert all(item.version >= young for item in items)
    (hidden,) = [item for item in items if item.key == b"secret"]
    assert b"hidden-value" not in stored(own, hidden.version)
    assert own.kv.version_of(OTHER, b"of-bob") < young
    assert renew(settings, environment) == Renewed(0, 1, 0)


def test_node_keeps_only_the_streams_it_is_told(tmp_path: Path) -> None:
    with kv_stack(tmp_path, "--streams", "0x" + STREAM.hex()) as stack:
        seq = stack.put(b"k", b"v")
        data = Batch().put(OTHER, b"k", b"other").build()
        other = stack.submit(data.encode(), data.tags(), "other")
        stack.upload(data.encode(), other, tmp_path / "other")
        wait_for(lambda: stack.kv.applied() == other.tx_seq, "both are passed")
        assert (stack.kv.result(seq), stack.kv.result(other.tx_seq)) == ("Commit", None)
        assert stack.kv.streams() == [STREAM]
        signature = ALICE.sign_digest(register_digest(31337, ALICE.address, OTHER))
        ask = ("0x" + OTHER.hex(), ALICE.address.lower(), "0x" + signature.hex())
        assert stack.call("admin_addStream", *ask) is True
        assert stack.wait_result(other.tx_seq) == "Commit"
        stack.node.kill()
        stack.node.start()
        assert stack.kv.streams() == [STREAM, OTHER]
        found = stack.kv.get(OTHER, b"k")
        assert found is not None
        assert found.value == b"other"


def request(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, str, str]:
    """Status, allowed origin and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    found = (
        answer.status,
        answer.headers.get("access-control-allow-origin", ""),
        answer.read().decode(),
    )
    connection.close()
    return found


def test_browsers_may_ask(stack: KvStack) -> None:
    headers = {
        "Origin": "http://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    assert request(stack.node.port, "OPTIONS", "/", headers)[:2] == (200, "*")


@pytest.mark.parametrize(
    ("fault", "code"),
    [("no home", 2), ("stream", 2), ("key", 2), ("wallet key", 2), ("no chain", 1)],
)
def test_start_with_wrong_setup_is_one_line_and_a_code(
    anvil: AnvilProcess, tmp_path: Path, fault: str, code: int
) -> None:
    environment, more = dict(os.environ), list[str]()
    if fault != "no home":
        Storage.make(tmp_path, anvil)
    if fault == "stream":
        more = ["--streams", "0x12"]
    elif fault == "key":
        (tmp_path / "key").write_text("no hex")
        environment["ZEROG_KV_KEY_FILE"] = str(tmp_path / "key")
    elif fault == "wallet key":
        (tmp_path / "key").write_text("12" * 31)
        environment["ZEROG_KV_WALLET_KEY_FILE"] = str(tmp_path / "key")
    elif fault == "no chain":
        environment["ZEROG_RPC_URL"] = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "zerog.storage.kv", "--home", str(tmp_path)]
    command += ["--port", str(free_port()), *more]
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        env=environment,
    )
    assert ended.returncode == code
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert "12" * 31 not in ended.stderr


# ------------------------------------------------------------ the command line


class Cli:
    """`zerog kv` in this process."""

    def __init__(self, stack: KvStack, capfd: pytest.CaptureFixture[str]) -> None:
        self._home, self._capfd = stack.storage.home, capfd

    def __call__(self, *words: str, code: int = 0) -> object:
        """The JSON document; words as after `zerog kv`."""
        assert run([*words, "--home", str(self._home), "--json"], group) == code
        return json.loads(self._capfd.readouterr().out)

    def text(self, *words: str) -> str:
        """What people see."""
        assert run([*words, "--home", str(self._home)], group) == 0
        return self._capfd.readouterr().out


@pytest.fixture
def cli(stack: KvStack, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on the stack."""
    monkeypatch.setenv("ZEROG_KV_URL", stack.node.url)
    return Cli(stack, capfd)


def test_command_line_writes_reads_and_grants(stack: KvStack, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "value").write_bytes(b"\x00from a file")
    done = cli(
        "put", "notes", "greeting", "hello", "0xff", f"@{tmp_path / 'value'}", "--as", "alice"
    )
    assert isinstance(done, dict)
    assert done["stream"] == "0x" + stream_id("notes").hex()
    assert cli.text("get", "notes", "greeting") == "hello\n"
    found = cli("get", "notes", "0xff")
    assert isinstance(found, dict)
    assert found["value"] == "0x" + b"\x00from a file".hex()
    assert [one["key"] for one in as_list(cli("scan", "notes"))] == [
        "0x" + b"greeting".hex(),
        "0xff",
    ]
    assert len(as_list(cli("scan", "notes", "--prefix", "g", "--limit", "5"))) == 1
    again = cli("put", "notes", "greeting", "again", "--as", "alice")
    assert isinstance(again, dict)
    conflict = cli(
        *("put", "notes", "greeting", "late", "--as", "alice"),
        *("--if-version", str(done["version"])),
        code=1,
    )
    assert "VersionConfliction" in str(conflict)
    assert cli.text("get", "notes", "greeting", "--version", str(done["version"])) == "hello\n"
    assert "SenderNoWritePermission" in str(cli("put", "notes", "a", "b", "--as", "bob", code=1))
    cli("grant", "notes", "writer", "bob", "--as", "alice")
    cli("put", "notes", "a", "b", "--as", "bob")
    cli("special", "notes", "a", "--as", "alice")
    assert "WritePermissionDenied" in str(cli("put", "notes", "a", "c", "--as", "bob", code=1))
    cli("grant", "notes", "writer", "bob", "--on", "a", "--as", "alice")
    cli("put", "notes", "a", "c", "--as", "bob")
    cli("revoke", "notes", "bob", "--as", "alice")
    cli("delete", "notes", "greeting", "--as", "alice")
    assert "has no value" in str(cli("get", "notes", "greeting", code=1))
    status = cli("status")
    assert isinstance(status, dict)
    assert status["streams"] == ["0x" + one.hex() for one in stack.kv.streams()]
    assert done["stream"] in status["streams"]
    assert cli("resume", "--as", "alice") == {}


def as_list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def test_watch_tells_changes_as_they_commit_one_json_line_each(stack: KvStack) -> None:
    stream = stream_id("watched")
    stack.put(b"k", b"before", stream)
    command = [sys.executable, "-c", "from zerog.cli.kv import kv; kv()"]
    command += ["watch", "watched", "--count", "3", "--json"]
    command += ["--home", str(stack.storage.home)]
    environment = {**os.environ, "ZEROG_KV_URL": stack.node.url}
    watcher = subprocess.Popen(
        [*command, "--from-start"], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert watcher.stdout is not None
    first = json.loads(watcher.stdout.readline())
    assert (first["event"], first["key_text"], first["value_text"]) == ("put", "k", "before")
    version = stack.put(b"k", b"", stream)
    assert json.loads(watcher.stdout.readline()) == {
        "event": "delete", "key": "0x6b", "key_text": "k", "version": version,
        "value": "0x", "value_text": "", "size": 0,
    }  # fmt: skip
    stack.put(b"last", b"v", stream)
    assert json.loads(watcher.stdout.readline())["key_text"] == "last"
    assert watcher.wait(PATIENCE_SECONDS) == 0
    watcher.stdout.close()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["put", "s", "k", "--as", "alice"], "each KEY needs a VALUE"),
        (["put", "s", "0xzz", "v", "--as", "alice"], "is no hex"),
        (["put", "s", "k", "@/nowhere/at/all", "--as", "alice"], "cannot be read"),
        (["put", "0xzz", "k", "v", "--as", "alice"], "is no stream"),
        (["put", "0x" + "1" * 65, "k", "v", "--as", "alice"], "is no stream"),
        (["get", "", "k"], "is no stream"),
        (["put", "s", "k", "v", "k", "w", "--as", "alice"], "given twice"),
        (["put", "s", "k", "", "--as", "alice"], "use zerog kv delete"),
        (["get", "s", "k", "--version", "9" * 30], "not in the range"),
        (["get", "s", "k", "--out", "/"], "exists"),
        (["grant", "s", "admin", "bob", "--on", "k", "--as", "alice"], "--on goes with"),
        (["put", "s", "k", "v"], "Missing option '--as'"),
    ],
)
def test_wrong_use_is_told_before_anything_is_paid(
    words: list[str], text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--home", str(tmp_path)], group) == 2
    assert text in capfd.readouterr().err
