"""The gallery's files: what is served, what the page may do, and whose library it carries."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from zerog.gallery.daemon import policy
from zerog.gallery.network import origin, without_user
from zerog.gallery.pages import STATIC, TYPES, load_pages

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
VENDORED = "zerog/gallery/static/vendor"
PACKAGE = ROOT / "node_modules" / "ethers"
OWN = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
SINKS = (
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "srcdoc"),
    *("eval(", "Function(", "setTimeout('", 'setTimeout("', "javascript:", "localStorage"),
)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("ethers.min.js", "dist/ethers.min.js"), ("ethers.LICENSE.md", "LICENSE.md")],
)
def test_vendored_library_is_byte_for_byte_the_pinned_package(ours: str, theirs: str) -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["dependencies"]["ethers"]
    assert json.loads((PACKAGE / "package.json").read_text())["version"] == pinned
    assert (ROOT / VENDORED / ours).read_bytes() == (PACKAGE / theirs).read_bytes()


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_own_script_never_makes_markup_of_text_and_stores_nothing(path: Path) -> None:
    text = path.read_text()
    assert not [sink for sink in SINKS if sink in text]


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_own_script_imports_only_files_that_are_served(path: Path) -> None:
    served = load_pages()
    for name in re.findall(r'from "([^"]+)"', path.read_text()):
        target = (path.parent / name).resolve().relative_to(STATIC)
        assert f"/{target.as_posix()}" in served


def test_page_has_no_inline_script_or_style_and_names_no_other_server() -> None:
    text = (STATIC / "index.html").read_text()
    assert "<style" not in text
    assert " style=" not in text
    assert not re.findall(r"\son\w+=", text)
    assert re.findall(r"<script[^>]*>", text) == ['<script type="module" src="js/main.js">']
    assert "://" not in text + (STATIC / "style.css").read_text()


def test_load_pages_serves_known_types_of_plain_files_only(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("page")
    (tmp_path / "notes.txt").write_text("not served")
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text("1")
    (tmp_path / "secret.js").symlink_to("/etc/hostname")
    found = load_pages(tmp_path)
    assert sorted(found) == ["/", "/index.html", "/js/a.js"]
    assert found["/js/a.js"].media_type == TYPES[".js"]
    assert found["/"].tag == found["/index.html"].tag


def test_policy_allows_nothing_but_own_files_and_the_named_origins() -> None:
    rules = dict(rule.split(" ", 1) for rule in policy(("http://127.0.0.1:8545",)).split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["connect-src"] == "'self' http://127.0.0.1:8545"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy(())


def test_urls_lose_what_could_be_a_secret() -> None:
    assert without_user("http://user:word@node.example:8545/x") == "http://node.example:8545/x"
    assert origin("http://127.0.0.1:8545/path") == "http://127.0.0.1:8545"
