"""What a user sees when it goes wrong: one line with the cause and the mend, and an exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folders import write_agent
from tests.support.stack import RunningStack

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    stack = RunningStack.start(tmp_path_factory.mktemp("wrong") / "home")
    try:
        yield stack
    finally:
        stack.stop()


def refused(stack: RunningStack, code: int, *words: str) -> str:
    """Run a command that must fail with `code`; gives its one line."""
    done = stack.run(*words)
    assert done.returncode == code, (done.stdout, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def token(running: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A token of alice's that no test moves."""
    folder = write_agent(tmp_path_factory.mktemp("agent") / "agent", 300_000)
    return str(running.json("inft", "mint", str(folder), "--as", "alice")["token_id"])


def test_mint_of_a_missing_folder_is_wrong_use(running: RunningStack, tmp_path: Path) -> None:
    line = refused(running, 2, "inft", "mint", str(tmp_path / "none"), "--as", "alice")
    assert "no folder" in line


def test_mint_of_an_empty_folder_is_wrong_use(running: RunningStack, tmp_path: Path) -> None:
    assert "is empty" in refused(running, 2, "inft", "mint", str(tmp_path), "--as", "alice")


def test_mint_with_a_link_that_leaves_is_wrong_use(running: RunningStack, tmp_path: Path) -> None:
    folder = write_agent(tmp_path / "agent", 100)
    (folder / "passwords").symlink_to("/etc/passwd")
    line = refused(running, 2, "inft", "mint", str(folder), "--as", "alice")
    assert "leaves the folder" in line


def test_mint_by_an_unknown_name_names_the_mend(running: RunningStack, tmp_path: Path) -> None:
    folder = write_agent(tmp_path / "agent", 100)
    assert "zerog keys" in refused(running, 1, "inft", "mint", str(folder), "--as", "nobody")


def test_transfer_by_another_than_the_owner_is_wrong_use(running: RunningStack, token: str) -> None:
    line = refused(running, 2, "inft", "transfer", token, "--to", "carol", "--as", "bob")
    assert "belongs to" in line


def test_transfer_to_oneself_is_wrong_use(running: RunningStack, token: str) -> None:
    refused(running, 2, "inft", "transfer", token, "--to", "alice", "--as", "alice")


def test_transfer_to_an_unknown_key_asks_for_it(running: RunningStack, token: str) -> None:
    words = ("inft", "transfer", token, "--to", "0x" + "11" * 20, "--as", "alice")
    assert "--to-key" in refused(running, 2, *words)


def test_transfer_to_a_key_of_someone_else_is_wrong_use(running: RunningStack, token: str) -> None:
    foreign = str(running.json("keys", "show", "carol")["public_key"])
    words = ("inft", "transfer", token, "--to", "0x" + "11" * 20, "--as", "alice")
    assert "belongs to" in refused(running, 2, *words, "--to-key", foreign)


@pytest.mark.parametrize("verb", ["show", "open", "transfer"])
def test_unknown_token_is_wrong_use(running: RunningStack, tmp_path: Path, verb: str) -> None:
    extra = {
        "show": (),
        "open": ("--as", "alice", "--out", str(tmp_path / "out")),
        "transfer": ("--as", "alice", "--to", "bob"),
    }[verb]
    assert "no token 9999" in refused(running, 2, "inft", verb, "9999", *extra)


def test_open_by_another_than_the_owner_writes_nothing(
    running: RunningStack, tmp_path: Path, token: str
) -> None:
    out = tmp_path / "out"
    line = refused(running, 2, "inft", "open", token, "--as", "bob", "--out", str(out))
    assert "belongs to" in line
    assert not out.exists()


def test_open_into_a_folder_with_content_is_wrong_use(
    running: RunningStack, tmp_path: Path, token: str
) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    refused(running, 2, "inft", "open", token, "--as", "alice", "--out", str(tmp_path))
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_accept_of_nothing_says_so(running: RunningStack, token: str) -> None:
    assert "awaits consent" in refused(running, 1, "inft", "accept", token, "--as", "dave")


@pytest.mark.parametrize(
    "words",
    [("inft", "open"), ("inft", "mint"), ("inft", "transfer", "x"), ("nonsense",), ("up", "--no")],
)
def test_wrong_words_are_one_line(running: RunningStack, words: tuple[str, ...]) -> None:
    assert "--help" in refused(running, 2, *words)


def test_home_without_a_stack_says_how_to_start_one(tmp_path: Path) -> None:
    line = refused(RunningStack(tmp_path / "empty"), 2, "inft", "list")
    assert "zerog up" in line


def damage(home: Path, *, remove: bool) -> None:
    """Overwrite, or cut off, every stored segment file of the node in the middle."""
    files = [path for path in (home / "node").rglob("*") if path.is_file()]
    stored = [path for path in files if path.suffix not in {".db", ".db-wal", ".db-shm"}]
    assert stored
    for path in stored:
        with path.open("r+b") as file:
            if remove:
                file.truncate(0)
            else:
                file.seek(path.stat().st_size // 2)
                file.write(os.urandom(64))


@pytest.mark.parametrize("remove", [False, True], ids=["tampered", "missing"])
def test_open_of_damaged_ciphertext_writes_nothing(tmp_path: Path, remove: bool) -> None:
    stack = RunningStack.start(tmp_path / "home")
    try:
        folder = write_agent(tmp_path / "agent", 900_000)
        token = str(stack.json("inft", "mint", str(folder), "--as", "alice")["token_id"])
        damage(stack.home, remove=remove)
        out = tmp_path / "out"
        line = refused(stack, 1, "inft", "open", token, "--as", "alice", "--out", str(out))
        assert "segment" in line or "prove" in line
        assert not out.exists()
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []
        line = refused(stack, 1, "inft", "transfer", token, "--to", "bob", "--as", "alice")
        assert "does not prove to its root" in line
    finally:
        stack.stop()


def test_key_of_someone_else_under_the_owners_name_is_wrong_use(tmp_path: Path) -> None:
    stack = RunningStack.start(tmp_path / "home")
    try:
        folder = write_agent(tmp_path / "agent", 50_000)
        token = str(stack.json("inft", "mint", str(folder), "--as", "alice")["token_id"])
        keys = stack.home / "keys"
        (keys / "alice.key").write_text((keys / "bob.key").read_text())
        out = tmp_path / "out"
        line = refused(stack, 2, "inft", "open", token, "--as", "alice", "--out", str(out))
        assert "belongs to" in line
    finally:
        stack.stop()


@pytest.mark.parametrize(
    ("part", "variable", "scheme"),
    [("chain", "ZEROG_RPC_URL", "http"), ("broker", "ZEROG_BROKER_URL", "redis")],
)
def test_part_elsewhere_that_is_gone_stops_up_at_once(
    tmp_path: Path, part: str, variable: str, scheme: str, free_port: int
) -> None:
    url = f"{scheme}://127.0.0.1:{free_port}"
    stack = RunningStack(tmp_path / "home", {variable: url})
    line = refused(stack, 1, "up", "--detach", "--ports", "auto")
    assert f"the {part} at {url}" in line
    assert variable in line
    assert not (stack.home / "registry.json").exists()


@pytest.mark.parametrize(("part", "variable"), [("chain", "ZEROG_RPC_URL")])
def test_service_that_is_gone_is_named_with_its_url(
    running: RunningStack, tmp_path: Path, part: str, variable: str, free_port: int
) -> None:
    folder = write_agent(tmp_path / "agent", 100)
    url = f"http://127.0.0.1:{free_port}"
    line = refused(
        running.with_environment({variable: url}), 1, "inft", "mint", str(folder), "--as", "alice"
    )
    assert url in line
    assert "zerog up" in line, part
