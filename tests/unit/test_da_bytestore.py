"""Bytes by name: whole or not at all, in a folder and in an object store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zerog.da.disperser.bytestore import (
    SCRAP_SECONDS,
    BadStoreUrl,
    BytesGone,
    ByteStore,
    StoreUnreachable,
)

pytestmark = pytest.mark.unit


@pytest.fixture(params=["folder", "file-url", "objects"], name="store")
def every_kind(request: pytest.FixtureRequest, tmp_path: Path) -> ByteStore:
    """A store of each kind, empty."""
    urls = {
        "folder": str(tmp_path / "bytes"),
        "file-url": f"file://{tmp_path}/bytes",
        "objects": f"memory://{tmp_path.name}/bytes",
    }
    made = ByteStore(urls[request.param])
    made.begin("0f")
    return made


def begun(folder: Path) -> ByteStore:
    """A store in a folder."""
    store = ByteStore(folder)
    store.begin("0f")
    return store


def content(store: ByteStore, name: str) -> bytes:
    """An object's bytes."""
    return bytes(memoryview(store.get(name)))


def test_object_comes_back_and_goes(store: ByteStore) -> None:
    assert not store.has("blob/a")
    with pytest.raises(BytesGone) as caught:
        store.get("blob/a")
    assert caught.value.name == "blob/a"
    store.put("blob/a", b"first")
    store.put("blob/a", [b"the ", memoryview(b"rest")], durable=False)
    store.put("encoded/b", bytearray(b"other"))
    assert content(store, "blob/a") == b"the rest"
    assert bytes(memoryview(store.get("blob/a", 1, 4))) == b"he "
    assert bytes(memoryview(store.get("blob/a", 3))) == b" rest"
    assert (store.names("blob"), store.names("encoded")) == ({"a"}, {"b"})
    assert store.names("certificate") == set()
    store.drop("blob/a")
    store.drop("blob/a")
    assert not store.has("blob/a")
    assert store.names("blob") == set()


def test_object_made_in_place_is_there_when_the_block_ends(store: ByteStore) -> None:
    with store.make("encoded/a", 10) as room:
        room[2:5] = b"abc"
        assert not store.has("encoded/a")
    assert content(store, "encoded/a") == b"\0\0abc" + bytes(5)
    with pytest.raises(ZeroDivisionError), store.make("encoded/b", 10):
        _ = 1 // 0
    assert store.names("encoded") == {"a"}


def test_mapped_object_outlives_its_name(tmp_path: Path) -> None:
    store = begun(tmp_path)
    store.put("blob/a", b"x" * 5000)
    kept = memoryview(store.get("blob/a"))
    store.drop("blob/a")
    assert bytes(kept) == b"x" * 5000
    store.put("blob/empty", b"")
    assert content(store, "blob/empty") == b""


def test_writer_that_is_killed_leaves_a_scrap_and_no_object(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from zerog.da.disperser.bytestore import ByteStore\n"
        "with ByteStore(sys.argv[1]).make('encoded/a', 1000) as room:\n"
        "    room[:3] = b'abc'\n"
        f"    os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
    )
    store = begun(tmp_path)
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert store.names("encoded") == set()
    (scrap,) = (tmp_path / "encoded").iterdir()
    store.tidy()
    assert scrap.exists()
    os.utime(scrap, (0, 0))
    store.tidy()
    assert not scrap.exists()
    assert SCRAP_SECONDS > 0


def test_disk_without_room_is_an_error_before_anything_is_written(tmp_path: Path) -> None:
    store = begun(tmp_path)
    with pytest.raises(StoreUnreachable, match="No space"), store.make("encoded/a", 1 << 60):
        pass
    assert list((tmp_path / "encoded").iterdir()) == []


def test_unknown_kind_of_url_is_refused() -> None:
    with pytest.raises(BadStoreUrl) as caught:
        ByteStore("nosuch://place")
    assert caught.value.url == "nosuch://place"


def test_store_that_refuses_is_named(tmp_path: Path) -> None:
    """An object where a folder would have to be."""
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"")
    store = ByteStore(f"local://{blocked}/in")
    with pytest.raises(StoreUnreachable):
        store.begin("0f")
    with pytest.raises(StoreUnreachable):
        store.put("blob/a", b"data")


def test_store_has_the_mark_that_it_was_given_last(store: ByteStore) -> None:
    assert store.identity() == "0f"
    store.begin("1e")
    assert store.identity() == "1e"
    store.require_begun()
    assert store.names("blob") == set()


def test_folder_that_is_no_store_is_not_made_one_by_looking_at_it(tmp_path: Path) -> None:
    store = ByteStore(tmp_path)
    assert (store.identity(), store.has("blob/a"), store.names("blob")) == ("", False, set())
    for work in (store.require_begun, lambda: store.put("blob/a", b"data")):
        with pytest.raises(StoreUnreachable):
            work()
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    begun(tmp_path / "bytes")
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"no folder")
    store = ByteStore(blocked)
    for work in (
        lambda: store.has("blob/a"),
        lambda: store.get("blob/a"),
        lambda: store.names("blob"),
        lambda: store.drop("blob/a"),
    ):
        with pytest.raises(StoreUnreachable, match="Not a directory"):
            work()
