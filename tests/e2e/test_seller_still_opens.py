"""What a seller can still open after a sale, mode by mode; docs/inft.md says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.folders import write_agent
from tests.support.stack import ROOT, RunningStack
from zerog.config import Settings
from zerog.crypto.aead import WrongKeyOrTampered
from zerog.crypto.ecies import WrongKey
from zerog.inft.folder import manifest_hash
from zerog.inft.opening import open_data, read_token
from zerog.inft.stack import Stack
from zerog.types import DataRoot

pytestmark = pytest.mark.e2e

SAME_KEY: Final = {"proof": True, "committee": True, "oracle": False}
"""Mode -> whether the data key, and so the ciphertext, stays."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    stack = RunningStack.start(tmp_path_factory.mktemp("seller") / "home", "--committee", "3")
    try:
        yield stack
    finally:
        stack.stop()


@pytest.mark.parametrize("mode", SAME_KEY)
def test_seller_opens_what_they_knew_and_never_the_new_seal(
    running: RunningStack, tmp_path: Path, mode: str
) -> None:
    folder, out = write_agent(tmp_path / "agent", 20_000), tmp_path / "out"
    token_id = str(running.json("inft", "mint", str(folder), "--as", "alice")["token_id"])
    moved = running.json(
        *("inft", "transfer", token_id, "--as", "alice", "--to", "bob", "--mode", mode)
    )
    assert (moved["state"], moved["opened_identical"]) == ("final", True)
    stack = Stack.open(Settings.load(running.home, {}))
    now, alice = read_token(stack, int(token_id)), stack.keys.signer("alice").secret
    before = DataRoot(bytes.fromhex(str(moved["old_data_root"])[2:]))
    known = stack.nft.published_keys(int(token_id))[0]
    with pytest.raises(WrongKey):
        open_data(stack.storage, now.sealed_key, alice, now.data_root, out)
    assert (now.data_root == before) is SAME_KEY[mode]
    if not SAME_KEY[mode]:
        with pytest.raises(WrongKeyOrTampered):
            open_data(stack.storage, known, alice, now.data_root, out)
    # What they had stays theirs in every mode: nothing makes a seller forget.
    open_data(stack.storage, known, alice, before, out)
    assert manifest_hash(out) == manifest_hash(folder)


def test_seller_by_proof_cannot_open_what_the_buyer_adds_later(
    running: RunningStack, tmp_path: Path
) -> None:
    first, second = (write_agent(tmp_path / name, size) for name, size in (("a", 900), ("b", 950)))
    token_id = str(running.json("inft", "mint", str(first), "--as", "alice")["token_id"])
    running.json("inft", "transfer", token_id, "--as", "alice", "--to", "bob", "--mode", "proof")
    running.json("inft", "update", token_id, str(second), "--as", "bob")
    stack = Stack.open(Settings.load(running.home, {}))
    now, alice = read_token(stack, int(token_id)), stack.keys.signer("alice").secret
    for key in stack.nft.published_keys(int(token_id)):
        with pytest.raises((WrongKey, WrongKeyOrTampered)):
            open_data(stack.storage, key, alice, now.data_root, tmp_path / "stolen")
    assert not (tmp_path / "stolen").exists()


def test_docs_say_the_same() -> None:
    page = (ROOT / "docs" / "inft.md").read_text()
    rows = {
        mode: next(line for line in page.splitlines() if line.startswith(f"| `{mode}` |"))
        for mode in SAME_KEY
    }
    assert "the data as they knew it" in rows["proof"]
    assert "as by proof" in rows["committee"]
    assert "nothing of the new ciphertext" in rows["oracle"]
