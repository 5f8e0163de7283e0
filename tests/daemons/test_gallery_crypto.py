"""The page's cryptography in a real browser, held to what Python makes; hostile input refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.gallery import lone_page, run
from zerog.chain.hexes import to_address
from zerog.chain.signer import devnet_signer
from zerog.crypto import container
from zerog.crypto.curve import add, generate, multiply, public_key
from zerog.inft.envelope import DataKey, SealContext, seal, unproven_seal
from zerog.inft.proofs import TRANSFER, Statement, access_digest
from zerog.storage.codec import SEGMENT, TreeBuilder
from zerog.types import Json, PublicKey

pytestmark = pytest.mark.daemons

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "inft"
TOKEN = to_address("0x5FbDB2315678afecb367f032d93F642f64180aa3")
CONTEXT = SealContext(31337, TOKEN, 7)
PLACE: Json = {"chainId": 31337, "contract": TOKEN, "tokenId": 7}
ALICE = bytes([0x22]) * 32
KEY = DataKey(generate(0x33))
SALT = bytes(range(32))
ROOM = SEGMENT - 16 - 64


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with lone_page(tmp_path_factory.mktemp("gallery")) as tab:
        yield tab


def sealed_by(suite: int, plain: bytes) -> bytes:
    """The container of these bytes under KEY."""
    out = io.BytesIO()
    cipher = container.cipher_of(suite)
    cipher.seal_stream(KEY.data_key(), SALT, io.BytesIO(plain), len(plain), out.write)
    return out.getvalue()


def opened(page: Page, file: bytes) -> Json:
    """SHA-256 of what the page decrypts, or the name of its refusal."""
    body = """
      const [key, file] = given.map(B.fromHex);
      let plain;
      const work = async () => { plain = await C.openContainer(key, file); };
      const error = await failed(work);
      return error || B.toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", plain)));
    """
    return run(page, body, [KEY.data_key().hex(), file.hex()])


# ------------------------------------------------------------------------------- viewing keys


def test_viewing_keys_are_those_of_the_vectors(page: Page) -> None:
    vectors = json.loads((VECTORS / "viewing.json").read_text())
    body = """
      const made = [];
      for (const { index, signature } of given.keys) {
        const text = V.viewingText(given.chainId, given.directory, given.owner, index);
        const secret = await V.derive(async () => "0x" + signature, text);
        const [digest, key] = [V.viewingDigest(text), V.viewingKeyOf(secret)];
        made.push([digest.slice(2), B.toHex(secret).slice(2), B.toHex(key).slice(2)]);
      }
      return made;
    """
    wanted = [[one["digest"], one["secret"], one["publicKey"]] for one in vectors["keys"]]
    assert run(page, body, vectors) == wanted


def test_signatures_that_differ_or_are_anothers_make_no_key(page: Page) -> None:
    vectors = json.loads((VECTORS / "viewing.json").read_text())
    digest = bytes.fromhex(vectors["keys"][0]["digest"])
    mallory = devnet_signer(4).sign_digest(digest).hex()
    signatures = [vectors["keys"][0]["signature"], mallory, "00" * 65, "11" * 64]
    body = """
      const text = V.viewingText(given[0].chainId, given[0].directory, given[0].owner, 0);
      const asked = (answers) => V.derive(async () => "0x" + answers.shift(), text);
      const [good, ...bad] = given[1];
      return Promise.all(bad.map((one) => failed(() => asked([good, one]))));
    """
    assert run(page, body, [vectors, signatures]) == ["NotTheWallet"] * 3


# ----------------------------------------------------------------------------------- sealed keys


def seals() -> dict[str, bytes]:
    """Seals of KEY to ALICE, one of each form."""
    mine, r = public_key(ALICE), 0x44
    masked = add(KEY.point, multiply(mine, r))
    return {
        "suite 1": seal(KEY, mine, CONTEXT),
        "suite 2": seal(KEY, mine, CONTEXT, 2),
        "committee": unproven_seal(1, mine, generate(r), PublicKey(masked)),
    }


@pytest.mark.parametrize("form", ["suite 1", "suite 2", "committee"])
def test_sealed_key_opens_in_the_page_for_its_owner_alone(page: Page, form: str) -> None:
    body = """
      const [sealed, mine, other] = given.slice(0, 3).map(B.fromHex);
      const key = B.toHex(await E.openSeal(sealed, mine));
      return [key.slice(2), await failed(() => E.openSeal(sealed, other))];
    """
    given: Json = [seals()[form].hex(), ALICE.hex(), "11" * 32]
    assert run(page, body, given) == [KEY.data_key().hex(), "WrongKey"]


def test_old_sealed_key_opens_in_the_page(page: Page) -> None:
    old = json.loads((VECTORS / "envelope_v1.json").read_text())
    body = "return B.toHex(await E.openSeal(B.fromHex(given[0]), B.fromHex(given[1]))).slice(2);"
    assert run(page, body, [old["sealed"], old["secret"]]) == KEY.data_key().hex()


def test_changed_sealed_key_never_opens_to_something_else(page: Page) -> None:
    whole = seals()["suite 1"]
    changed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, 323, 17)]
    changed += [whole[:-1], whole + b"\0", whole[:323], b"", bytes(387), b"\xff" * 387]
    body = """
      const secret = B.fromHex(given[0]);
      const open = (text) => E.openSeal(B.fromHex(text || "0x"), secret);
      return Promise.all(given[1].map((text) => failed(() => open(text))));
    """
    found = run(page, body, [ALICE.hex(), [one.hex() for one in changed]])
    assert isinstance(found, list)
    refusals = {"NotAnEnvelope", "NotAPoint", "WrongKey", "PartsDiffer"}
    assert set(found) <= refusals


def test_seal_is_proven_for_its_token_only(page: Page) -> None:
    whole, mine = seals()["suite 1"], public_key(ALICE)
    others = [replace(CONTEXT, token_id=8), replace(CONTEXT, chain_id=1)]
    bad = [seal(KEY, mine, other) for other in others]
    bad += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in (0, 330, 386)]
    bad.append(whole[:130] + b"\x02" + whole[131:])
    bad.append(seals()["committee"])
    body = """
      const fits = (text) => {
        const seal = E.parse(B.fromHex(text));
        return E.isMadeFor(seal, seal.owner, given[1]);
      };
      return given[0].map(fits);
    """
    found = run(page, body, [[one.hex() for one in (whole, *bad)], PLACE])
    assert found == [True] + [False] * len(bad)


def test_consent_is_the_text_that_the_chain_checks(page: Page) -> None:
    parties = (devnet_signer(3).address, devnet_signer(4).address)
    root, wanted = b"\x11" * 32, public_key(ALICE)
    statement = Statement(31337, TOKEN, parties[0], TRANSFER, 9, *parties, root, root)
    body = """
      const { TypedDataEncoder } = await import("/vendor/ethers.min.js");
      const network = { chainId: 31337, address: (name) => given.addresses[name] };
      const agent = { id: 9, dataHash: given.root, listing: { seller: given.seller } };
      const text = M.consentText(network, agent, given.buyer, B.fromHex(given.wanted), 5n, 6n);
      return TypedDataEncoder.hash(...text);
    """
    given: Json = {
        "addresses": {"AgentNFT": TOKEN, "DataVerifier": parties[0]},
        "root": "0x" + root.hex(),
        "seller": parties[0],
        "buyer": parties[1],
        "wanted": wanted.hex(),
    }
    assert run(page, body, given) == "0x" + access_digest(statement, wanted, 5, 6).hex()


# ------------------------------------------------------------------------------ stored containers


@pytest.mark.parametrize("size", [0, 1, ROOM - 1, ROOM, ROOM + 1, 600_000])
def test_container_of_suite_1_opens_in_the_page(page: Page, size: int) -> None:
    plain = os.urandom(size)
    assert opened(page, sealed_by(1, plain)) == "0x" + hashlib.sha256(plain).hexdigest()


@pytest.mark.parametrize("size", [0, 1, 1024, 260_000])
def test_container_of_suite_2_opens_in_the_page(page: Page, size: int) -> None:
    plain = os.urandom(size)
    assert opened(page, sealed_by(2, plain)) == "0x" + hashlib.sha256(plain).hexdigest()


def test_hostile_container_is_refused_whole(page: Page) -> None:
    plain = bytes(300_000)
    file = sealed_by(1, plain)

    def flip(at: int) -> bytes:
        return file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]

    cases = {
        "format": (flip(0), "NotAContainer"),
        "version": (flip(6), "NotAContainer"),
        "suite": (flip(7)[:40], "NotAContainer"),
        "size": (flip(15), "WrongKeyOrTampered"),
        "huge size": (file[:8] + b"\xff" * 8 + file[16:], "NotAContainer"),
        "salt": (flip(20), "WrongKeyOrTampered"),
        "key check": (flip(50), "WrongKeyOrTampered"),
        "first chunk": (flip(100), "WrongKeyOrTampered"),
        "last tag": (flip(len(file) - 1), "WrongKeyOrTampered"),
        "cut": (file[:-1], "Truncated"),
        "first segment only": (file[:SEGMENT], "Truncated"),
        "bytes behind": (file + b"\0\0\1", "TrailingData"),
        "nothing": (b"\0", "NotAContainer"),
    }
    found = {name: opened(page, changed) for name, (changed, _) in cases.items()}
    assert found == {name: wanted for name, (_, wanted) in cases.items()}
    assert opened(page, file + bytes(100)) == "0x" + hashlib.sha256(plain).hexdigest()


def test_hostile_container_of_suite_2_is_refused_whole(page: Page) -> None:
    file = sealed_by(2, bytes(3_000))

    def flip(at: int) -> bytes:
        return file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]

    changed = [flip(15), flip(20), flip(60), flip(256), flip(len(file) - 1)]
    assert [opened(page, one) for one in changed] == ["WrongKeyOrTampered"] * 5
    assert opened(page, file[:-1]) == "Truncated"


@pytest.mark.parametrize("size", [1, 256, 257, 4_000, SEGMENT, SEGMENT + 1, 700_001])
def test_data_root_is_that_of_storage(page: Page, size: int) -> None:
    file = os.urandom(size)
    builder = TreeBuilder()
    builder.update(file)
    root = builder.finish().data_root.hex()
    body = """
      const [file, root] = given.map(B.fromHex);
      const found = B.toHex(await T.dataRoot(file)).slice(2);
      file[0] ^= 1;
      return [found, await failed(() => T.checkFile(file, root))];
    """
    assert run(page, body, [file.hex(), root]) == [root, "WrongData"]
