"""The gallery's daemon over HTTP: its files, its headers, and nothing else of the machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gallery import Served, gallery
from tests.support.patience import PATIENCE_SECONDS
from zerog.gallery.pages import STATIC

pytestmark = pytest.mark.daemons

ENDPOINTS = {"chain": "http://user:word@127.0.0.1:1", "indexer": "http://127.0.0.1:2/"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with gallery(tmp_path_factory.mktemp("gallery"), ENDPOINTS) as made:
        yield made


def test_gallery_serves_the_page_with_headers_that_bind_it(served: Served) -> None:
    status, headers, body = served.get("/")
    assert (status, body) == (200, (STATIC / "index.html").read_bytes())
    assert headers["content-type"] == "text/html; charset=utf-8"
    rules = headers["content-security-policy"]
    assert "connect-src 'self' http://127.0.0.1:1 http://127.0.0.1:2;" in rules
    assert "word" not in rules
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_gallery_serves_scripts_as_scripts_and_knows_unchanged_ones(served: Served) -> None:
    status, headers, body = served.get("/vendor/ethers.min.js")
    assert status == 200
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert body == (STATIC / "vendor" / "ethers.min.js").read_bytes()
    again, _, nothing = served.get("/vendor/ethers.min.js", {"If-None-Match": headers["etag"]})
    assert (again, nothing) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        *("/../daemon.py", "/%2e%2e/daemon.py", "/js/../../daemon.py", "//etc/passwd"),
        *("/js", "/js/", "/js/main.js/", "/..%2fdaemon.py", "/js\\main.js", "/index.html%00.js"),
    ],
)
def test_gallery_refuses_paths_that_are_no_file_of_it(served: Served, path: str) -> None:
    status, headers, body = served.get(path)
    assert (status, body) == (404, b"there is no such file\n")
    assert headers["x-content-type-options"] == "nosniff"


def test_gallery_names_the_network_without_secrets(served: Served) -> None:
    status, headers, body = served.get("/network.json")
    document = json.loads(body)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert document["chainId"] == 31337
    assert document["development"] is True
    assert document["endpoints"] == {
        "chain": "http://127.0.0.1:1",
        "indexer": "http://127.0.0.1:2",
    }
    assert document["contracts"]["AgentNFT"]["block"] == 1
    assert b"word" not in body


def test_gallery_without_a_deployment_says_so_and_lives(served: Served) -> None:
    registry = served.home / "registry.json"
    kept = registry.read_bytes()
    registry.write_text("{}")
    try:
        status, _, body = served.get("/network.json")
        assert status == 503
        assert b"registry.json" in body
        assert served.get("/health")[0] == 503
    finally:
        registry.write_bytes(kept)
    assert served.get("/health")[0] == 200


def test_gallery_on_an_empty_home_ends_with_one_line(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "zerog.gallery", "--home", str(tmp_path), "--port", "1"]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
