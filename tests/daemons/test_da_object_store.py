"""Bytes of blobs in an S3 bucket: s3fs over HTTP, to a server in a process of its own.

The server is moto's, which keeps objects in memory and speaks the protocol: what is tested is
what goes over the wire and what our side makes of the answers, not how a cloud keeps bytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.da import SMALL, stream
from tests.support.evm import ROOT
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import BLOB, BytesGone, ByteStore
from zerog.da.disperser.encoded import find_commitment, open_encoded
from zerog.da.disperser.storewatch import OtherMark, StoreAway, StoreWatch
from zerog.da.encoding import encode
from zerog.da.intake import Intake
from zerog.devnet.ports import is_free

pytestmark = pytest.mark.daemons

URL = "s3://zerog-da/bytes"


class S3:
    """An endpoint on a port of its own, which keeps nothing when it stops."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, without a bucket."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
        wait_for(lambda: not is_free(self.port), "the object store")

    def stop(self) -> None:
        """End it, if it runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    """A server; the environment says to s3fs where it is, as an operator does."""
    made = S3()
    told = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{made.port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in told.items():
            environment.setenv(name, value)
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def store(s3: S3) -> ByteStore:
    """A store that was begun in a bucket of its own."""
    assert s3.process
    made = ByteStore(URL)
    assert made.identity() == ""
    made.begin("0f" * 16)
    return made


def run(*words: str, **variables: str) -> str:
    """What another process prints, which reaches the same store."""
    done = subprocess.run(
        [sys.executable, "-c", *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    return done.stdout.strip()


def test_objects_of_a_bucket_come_back_whole_and_in_parts(store: ByteStore) -> None:
    assert store.identity() == "0f" * 16
    store.put("blob/a", [b"the ", b"rest"])
    assert bytes(memoryview(store.get("blob/a"))) == b"the rest"
    assert bytes(memoryview(store.get("blob/a", 1, 4))) == b"he "
    assert bytes(memoryview(store.get("blob/a", 6, 100))) == b"st"
    assert bytes(memoryview(store.get("blob/a", 8, 10))) == b"", "as from a file"
    with store.make("encoded/a", 10) as room:
        room[:2] = b"ab"
    assert (store.names("blob"), store.names("encoded")) == ({"a"}, {"a"})
    for _ in range(2):
        store.drop("blob/a")
    assert not store.has("blob/a")
    with pytest.raises(BytesGone):
        store.get("blob/a")


def test_what_another_process_puts_is_there_after_a_listing(store: ByteStore) -> None:
    """The memory of a listing would say of a blob that was just taken that its bytes are lost."""
    store.put("blob/before", b"1")
    assert store.names("blob") == {"before"}
    program = "from zerog.da.disperser.bytestore import ByteStore\n"
    run(program + f"ByteStore({URL!r}).put('blob/after', b'2')")
    assert store.has("blob/after")
    assert store.names("blob") == {"before", "after"}


def test_blob_in_a_bucket_is_encoded_by_a_machine_that_has_nothing_else(
    store: ByteStore, tmp_path: Path
) -> None:
    """The task of the queue da-encode, as its worker runs it, without a home or a broker."""
    data = stream("in a bucket", 5000)
    rows = BlobStore(tmp_path / "blobs.db")
    bucket = ByteStore(f"{URL}/of-a-home")
    name = Intake(rows, bucket, lambda _: None, SMALL).take(data).request_id
    assert find_commitment(bucket, name, len(data), SMALL) is None
    said = run(
        "import sys\nfrom workers.da import encode\nprint(encode.apply(args=sys.argv[1:]).get())",
        f"4+8/{name}",
        ZEROG_HOME=str(tmp_path / "nowhere"),
        ZEROG_DA_STORE=bucket.place,
        ZEROG_BROKER_URL="memory://",
    )
    assert said == "True"
    fresh = encode(data, SMALL)
    assert find_commitment(bucket, name, len(data), SMALL) == fresh.commitment
    assert open_encoded(bucket, name, SMALL).row_proof(11) == fresh.row_proof(11)
    assert bucket.has(f"{BLOB}/{name}")
    assert store.identity() != bucket.identity()


def test_object_store_that_does_not_answer_or_came_back_empty_is_named(
    s3: S3, store: ByteStore, tmp_path: Path
) -> None:
    """Of whatever class the driver's error is. The last test of this server."""
    watch = StoreWatch(BlobStore(tmp_path / "blobs.db"), store)
    store.put("blob/of-no-row", b"1")
    with pytest.raises(OtherMark, match="0f" * 16):
        watch.adopt()
    made = watch.adopt("0f" * 16)
    assert made.strangers == len([*store.names("blob"), *store.names("encoded")])
    assert (made.place, made.identity) == (URL, store.identity())
    watch.require()
    s3.stop()
    with pytest.raises(StoreAway, match="Could not connect"):
        watch.require_now()
    s3.start()
    with pytest.raises(StoreAway) as caught:
        watch.require_now()
    error = caught.value
    assert (error.wanted, error.found, error.reason) == (made.identity, "", ""), "it answers"
    store.begin(made.identity)
    watch.require_now()
