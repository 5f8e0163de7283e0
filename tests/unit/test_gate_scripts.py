"""The project's own gates: each rule finds its violation and lets good code pass."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scripts.check import GATES
from scripts.check_docs import check_page
from scripts.check_locks import HASH, PINNED
from scripts.check_tree import check_length, check_python, check_text
from scripts.prove_gates import SEEDS

pytestmark = pytest.mark.unit

BAD_PYTHON = {
    "has no docstring": "x = 1\n",
    "does not say what it is for": '"""M."""\nclass Public:\n    pass\n',
    "has Any in its signature": '"""M."""\ndef f(x: dict[str, Any]) -> None:\n    """F."""\n',
    "catches every error": '"""M."""\ntry:\n    x = 1\nexcept (Exception, OSError):\n    x = 2\n',
    "silences an error": '"""M."""\ntry:\n    x = 1\nexcept OSError:\n    pass\n',
    "lines, 60 are allowed": '"""M."""\ndef f() -> None:\n    """F."""\n' + "    f()\n" * 60,
}
BAD_TESTS = {
    "imports a mock": '"""M."""\nfrom unittest.mock import patch\n',
    "skips": '"""M."""\npytest.mark.skipif(True)\n',
    "sleeps": '"""M."""\ntime.sleep(1)\n',
}
BAD_TEXT = {
    "names a path of one machine": "open('/home" + "/someone/x')",
    "leaves work for later": "# TO" + "DO",
    "names the host": "see https:" + "//packages.somewhere.org/simple",
}


@pytest.mark.parametrize("what", BAD_PYTHON)
def test_bad_python_is_found(what: str) -> None:
    problems = [text for _, text in check_python("zerog/x.py", ast.parse(BAD_PYTHON[what]))]
    assert len(problems) == 1
    assert what in problems[0]


@pytest.mark.parametrize("what", BAD_TESTS)
def test_pretending_test_is_found(what: str) -> None:
    problems = list(check_python("tests/unit/test_x.py", ast.parse(BAD_TESTS[what])))
    assert [what in text for _, text in problems] == [True]


@pytest.mark.parametrize("what", BAD_TEXT)
def test_bad_text_is_found_with_its_line(what: str) -> None:
    problems = list(check_text("x.md", f"fine\n{BAD_TEXT[what]}\n"))
    assert [(line, what in text) for line, text in problems] == [(2, True)]


def test_clean_up_that_raises_again_may_catch_everything() -> None:
    source = '"""M."""\ntry:\n    x = 1\nexcept BaseException:\n    x = 2\n    raise\n'
    assert not list(check_python("zerog/x.py", ast.parse(source)))


def test_functions_inside_a_function_count_for_themselves() -> None:
    inner = "    def g() -> None:\n" + "        f()\n" * 40
    source = '"""M."""\ndef f() -> None:\n    """F."""\n' + inner + inner.replace("g()", "h()", 1)
    assert not list(check_python("zerog/x.py", ast.parse(source)))


def test_hosts_of_this_machine_and_made_up_ones_are_no_problem() -> None:
    text = "http://127.0.0.1:8545 https://rpc.example http://[::1]:1 http://indexer\n"
    assert not list(check_text("x.py", text))


def test_long_file_is_found_only_among_sources() -> None:
    assert list(check_length("x.sol", "\n" * 351))
    assert not list(check_length("x.sol", "\n" * 350))
    assert not list(check_length("x.json", "\n" * 351))


def test_lock_lines_are_pins_or_hashes() -> None:
    assert PINNED.match("aiohttp==3.14.5 \\")
    assert PINNED.match("uvicorn[standard]==1 ; sys_platform == 'linux'")
    assert not PINNED.match("--index-url x")
    assert HASH.match("    --hash=sha256:" + "0" * 64)
    assert not HASH.match("    --hash=md5:00")


def test_dead_link_and_unknown_block_are_found(tmp_path: Path) -> None:
    (tmp_path / "here.md").touch()
    page = tmp_path / "page.md"
    page.write_text("[a](here.md#x) [b](https://x.example)\n[c](gone.md)\n```ruby\n```\n```json\n")
    assert list(check_page(page, tmp_path)) == [
        "page.md:2: no such page: gone.md",
        "page.md:3: a block of kind 'ruby'",
        "page.md: a block is not closed",
    ]


def test_every_gate_has_one_seed() -> None:
    assert sorted(seed.gate for seed in SEEDS) == sorted(gate.name for gate in GATES)
