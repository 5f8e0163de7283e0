"""The archive of an agent in a real browser: what is accepted, refused, and how it is shown."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.folders import write_agent
from tests.support.gallery import lone_page, run
from tests.unit.test_inft_folder_hostile import HOSTILE, member
from zerog.inft.entries import END, Entry, Kind
from zerog.inft.folder import pack_stream, scan
from zerog.types import Json

pytestmark = pytest.mark.daemons

KINDS = {Kind.FILE: "file", Kind.DIR: "folder", Kind.LINK: "link"}
UNPACKED = """
  const entries = A.unpack(B.fromHex(given));
  return entries.map((one) => [one.path, one.kind, one.executable, one.target, B.toHex(one.bytes)]);
"""
NAMES = ("plain.txt", "ünïcode-é", "x" * 120, "sub/" + "y" * 99, "😀" * 30, "a b'c\"d")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with lone_page(tmp_path_factory.mktemp("gallery")) as tab:
        yield tab


def packed(folder: Path) -> bytes:
    """The archive of a folder."""
    plan = scan(folder)
    return pack_stream(plan).read(plan.tar_size)


def test_archive_of_a_folder_is_read_entry_by_entry(page: Page, tmp_path: Path) -> None:
    folder = write_agent(tmp_path / "agent", 5_000)
    (folder / "sub").mkdir()
    for name in NAMES:
        (folder / name).write_text(name)
    wanted: Json = [
        [
            entry.path,
            KINDS[entry.kind],
            entry.executable,
            entry.target,
            "0x" + ((folder / entry.path).read_bytes().hex() if entry.kind is Kind.FILE else ""),
        ]
        for entry in scan(folder).entries
    ]
    assert run(page, UNPACKED, packed(folder).hex()) == wanted


@pytest.mark.parametrize("size", [0, 7, 8**11 - 1])
def test_headers_are_the_canonical_ones(page: Page, size: int) -> None:
    entries = [Entry(name, Kind.FILE, size, bool(size)) for name in NAMES]
    entries += [Entry(name, Kind.DIR) for name in NAMES]
    entries += [Entry("l", Kind.LINK, target=name) for name in NAMES]
    given: Json = [
        {
            "path": one.path,
            "kind": KINDS[one.kind],
            "size": one.size,
            "executable": one.executable,
            "target": one.target,
        }
        for one in entries
    ]
    found = run(page, "return given.map((one) => B.toHex(A.headerOf(one)));", given)
    assert found == ["0x" + one.header().hex() for one in entries]


def test_hostile_archives_are_refused(page: Page) -> None:
    whole = member("a", content=b"x" * 400) + END
    bad = [one + END for one in HOSTILE.values()]
    bad += [whole[:size] for size in (0, 100, 512, 700, 1024, 1536, 2047)]
    bad += [whole + b"\0", whole[:-1] + b"\1"]
    body = """
      const read = (text) => A.unpack(B.fromHex(text || "0x"));
      return Promise.all(given.map((text) => failed(async () => read(text))));
    """
    found = run(page, body, [one.hex() for one in bad])
    assert found == ["BadArchive"] * len(bad)


def test_flipped_bits_give_the_flipped_content_or_a_refusal(page: Page) -> None:
    """Whatever is accepted is canonical: only the content of the file may differ."""
    head, content = member("a", Kind.DIR), b"c" * 512
    whole = head + member("a/é" + "x" * 120, content=content) + END
    start = len(whole) - len(END) - len(content)
    places = [*random.Random(7).sample(range(start), 150), start, len(whole) - 1]
    flips = [whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :] for at in places]
    body = """
      const [whole, flips] = [A.unpack(B.fromHex(given[0])), given[1]];
      const shape = (entries) => JSON.stringify(entries.map((one) => [one.path, one.kind]));
      const judged = (text) => {
        try { return shape(A.unpack(B.fromHex(text))) === shape(whole) ? "same" : "other"; }
        catch (error) { return error.name; }
      };
      return flips.map(judged);
    """
    found = run(page, body, [whole.hex(), [one.hex() for one in flips]])
    assert isinstance(found, list)
    accepted = [place for place, said in zip(places, found, strict=True) if said == "same"]
    assert accepted == [start]
    # A flip in a name can give another name that is as canonical; nothing else is accepted.
    assert set(found) <= {"BadArchive", "same", "other"}


def test_hostile_names_and_contents_stay_text(page: Page) -> None:
    evil = "<img src=x onerror=alert(1)>"
    entries: Json = [
        {"path": evil, "kind": "file", "target": "", "text": evil},
        {"path": "a\u202egpj.exe", "kind": "file", "target": "", "text": "\u202ex"},
        {"path": "l", "kind": "link", "target": evil, "text": ""},
    ]
    body = """
      const { filesView } = await import("/js/pages/files.js");
      const entries = given.map((one) => {
        const bytes = B.ascii(one.text);
        return { ...one, bytes, size: bytes.length, executable: false };
      });
      const view = filesView(entries);
      document.body.append(view);
      const seen = [];
      for (const button of view.querySelectorAll(".tree button")) {
        button.click();
        seen.push(view.textContent);
      }
      const images = document.querySelectorAll("img").length;
      view.remove();
      return [images, seen.join("\\n")];
    """
    images, text = run(page, body, entries)  # type: ignore[misc]
    assert images == 0
    assert str(text).count(evil) >= 3
    assert "a\\u{202e}gpj.exe" in str(text)
    assert "a\u202egpj.exe" not in str(text)


def test_hostile_descriptions_give_empty_fields(page: Page) -> None:
    texts = [
        *("", "null", "[]", "7", '"x"', "{", "[" * 100_000, '{"__proto__": {"role": "x"}}'),
        '{"role": 7, "storage_ptr": {"size": -1}, "encryption": "toString"}',
        '{"role": "x", "storage_ptr": {"size": 1e99}, "encryption": "AES-GCM-256"}',
    ]
    body = """
      const { readDescription } = await import("/js/agents.js");
      return given.map((text) => Object.values(readDescription(text)));
    """
    assert run(page, body, texts) == [["", 0, 0]] * 9 + [["x", 1, 0]]


def test_labels_say_with_which_protection_an_agent_is_sold(page: Page) -> None:
    """Escrow or none; who hands the key over; an oracle that no hardware vouches for."""
    sales: Json = [
        {"suite": 1, "escrow": None, "listing": None},
        {"suite": 2, "escrow": None, "listing": None},
        {"suite": 2, "escrow": {"id": 1}, "listing": None},
        {"suite": 1, "escrow": None, "listing": {"mode": "proof"}},
        {"suite": 2, "escrow": None, "listing": {"mode": "committee"}},
        {"suite": 1, "escrow": None, "listing": {"mode": "oracle"}},
    ]
    body = """
      const { protection } = await import("/js/agents.js");
      const labels = (sale) => protection(sale, { attestation: "simulated" });
      return given.map((sale) => labels(sale).map((one) => `${one.kind}: ${one.label}`));
    """
    bare = "warn: Without fair-exchange protection"
    assert run(page, body, sales) == [
        [],
        ["plain: Escrow possible"],
        ["good: Fair-exchange protection"],
        ["plain: Proof mode", bare],
        ["plain: Committee mode", bare],
        ["plain: Oracle mode", bare, "warn: Simulated attestation"],
    ]


def test_errors_are_one_line_with_the_mend(page: Page) -> None:
    body = """
      const { GalleryError, lineOf } = await import("/js/errors.js");
      const errors = [
        new GalleryError("cause", "mend"),
        { code: "ACTION_REJECTED" },
        { info: { error: { code: 4001 } } },
        { code: "CALL_EXCEPTION", revert: { name: "NotDeposited" } },
        { revert: { name: "SomethingElse" } },
        new Error("first\\nsecond"),
        "x".repeat(999),
      ];
      return errors.map(lineOf);
    """
    found = run(page, body)
    assert found == [
        "cause; mend",
        "you refused in the wallet; nothing was sent",
        "you refused in the wallet; nothing was sent",
        "the committee does not hold this agent's key; zerog inft committee deposit",
        "the chain refuses: SomethingElse",
        "first",
        "x" * 200,
    ]


def test_policy_of_the_page_refuses_markup_and_foreign_servers(page: Page) -> None:
    body = """
      const work = async () => { document.body.innerHTML = "<b>x</b>"; };
      const asked = async () => { await fetch("http://127.0.0.1:3/"); };
      return [await failed(work), await failed(asked), await failed(async () => eval("1"))];
    """
    assert run(page, body) == ["TypeError", "TypeError", "EvalError"]
