"""An agent is listed, bought and opened through the page, in a real browser on a real stack."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from coincurve import PrivateKey
from coincurve._libsecp256k1 import ffi
from eth_account.messages import encode_typed_data
from playwright.sync_api import Browser, Route

from tests.support.gallery import PATIENCE_MS, Visit, chromium
from tests.support.stack import RunningStack
from zerog.chain.rpc import Chain
from zerog.chain.signer import Keys, Signer, devnet_signer
from zerog.chain.tx import Call
from zerog.config import Settings
from zerog.crypto.keccak import keccak256
from zerog.inft.stack import Stack

pytestmark = pytest.mark.e2e

TEXT = "# Ada\nYou say when you do not know. <b>never markup</b>\n"
WALLET = """
window.ethereum = {
  request: async ({ method, params }) => {
    if (method === "eth_requestAccounts" || method === "eth_accounts") return walletAccounts();
    if (method === "eth_signTypedData_v4") return walletSigns(params[1]);
    return JSON.parse(await walletForwards(method, JSON.stringify(params ?? [])));
  },
  on: () => {},
};
"""
"""A wallet as extensions put it into a page; Python holds its key."""


@dataclass(frozen=True, slots=True)
class World:
    """A stack with alice's agents, and a browser."""

    stack: RunningStack
    browser: Browser
    plain: str
    protected: str

    @property
    def url(self) -> str:
        """Of the page."""
        return self.stack.parts()["gallery"]["endpoint"] + "/"

    def visit(self, width: int = 1200) -> Visit:
        """A tab of its own on the gallery."""
        context = self.browser.new_context(viewport={"width": width, "height": 900})
        return Visit.of(context.new_page(), self.url)


def minted(stack: RunningStack, folder: Path, *more: str, person: str = "alice") -> str:
    """The id of somebody's new agent with one text and some bytes."""
    folder.mkdir()
    (folder / "persona.md").write_text(TEXT)
    (folder / "weights.bin").write_bytes(os.urandom(400_000 if not more else 3_000))
    said = stack.json("inft", "mint", str(folder), "--as", person, *more)
    return str(said["token_id"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("gallery")
    stack = RunningStack.start(place / "home", "--gallery")
    try:
        plain = minted(stack, place / "one")
        protected = minted(stack, place / "two", "--suite", "keccak-ctr")
        with chromium() as browser:
            yield World(stack, browser, plain, protected)
    finally:
        stack.stop()


def test_agent_is_listed_bought_and_opened_through_the_page(world: World, tmp_path: Path) -> None:
    alice = world.visit()
    alice.connect("alice")
    alice.go(f"/agent/{world.plain}")
    alice.page.get_by_label("Price in 0G").fill("1.25")
    alice.button("List for sale").click()
    alice.status(f"Agent {world.plain} is listed for 1.25 0G")
    assert "Without fair-exchange protection" in alice.text()
    bob = world.visit()
    bob.connect("bob")
    bob.go(f"/agent/{world.plain}")
    bob.button("Buy for 1.25 0G").click()
    bob.alert("you have no viewing key yet; make one on the page Viewing key")
    bob.go("/key")
    bob.page.get_by_text("This signature opens every agent that is sealed").wait_for()
    bob.button("Make a viewing key").click()
    bob.status("Your viewing key is registered")
    bob.go(f"/agent/{world.plain}")
    bob.button("Buy for 1.25 0G").click()
    bob.status(f"Agent {world.plain} has changed hands")
    bob.button("Open").click()
    bob.status("all of them verified")
    assert bob.page.get_by_label("Content").text_content() == TEXT
    assert bob.page.locator("b").count() == 0
    out = tmp_path / "opened"
    words = ("inft", "open", world.plain, "--as", "bob", "--out", str(out))
    assert world.stack.run(*words).returncode == 0
    assert (out / "persona.md").read_text() == TEXT
    with bob.page.expect_download() as saved:
        bob.page.get_by_role("button", name="Save this file").click()
    assert Path(saved.value.path()).read_text() == TEXT
    assert saved.value.suggested_filename == "persona.md"
    assert bob.faults == alice.faults == []


def test_agent_whose_cipher_a_contract_can_judge_is_listed_delisted_and_opened(
    world: World,
) -> None:
    alice = world.visit(380)
    alice.connect("alice")
    alice.go(f"/agent/{world.protected}")
    alice.button("List for sale").wait_for()
    assert "Escrow possible" in alice.text()
    assert alice.page.evaluate("document.documentElement.scrollWidth") == 380
    alice.button("Open").click()
    alice.alert(f"seal it to your viewing key: zerog inft rekey {world.protected}")
    alice.page.get_by_label("Price in 0G").fill("one")
    alice.button("List for sale").click()
    alice.alert("this is no price")
    alice.page.get_by_label("Price in 0G").fill("2")
    alice.button("List for sale").click()
    alice.status("is listed for 2 0G")
    assert "This agent could also be sold in escrow" in alice.text()
    alice.button("Delist").click()
    alice.status("is no longer for sale")
    sold = world.stack.run(
        "inft", "escrow", "sell", world.protected, "--price", "2", "--as", "alice"
    )
    assert sold.returncode == 0, sold.stderr
    alice.page.reload()
    alice.page.get_by_text("Fair-exchange protection").wait_for()
    assert "2 0G, in escrow" in alice.text()
    assert alice.faults == []


def test_nobody_connects_before_the_page_knows_its_network(world: World) -> None:
    """Else whoever is quick is shown a dialog without the accounts of the chain."""
    disabled: list[bool] = []

    def answer(route: Route) -> None:
        disabled.append(page.locator("#wallet").is_disabled())
        route.continue_()

    with world.browser.new_page() as page:
        page.set_default_timeout(PATIENCE_MS)
        page.route("**/network.json", answer)
        page.goto(world.url)
        page.locator("#wallet").click()
        page.locator("dialog").get_by_role("button", name="alice").wait_for()
    assert disabled == [True]


def test_stolen_seal_is_named_and_not_listed(world: World) -> None:
    """Bob mints alice's data and sealed key again: the page says so to whoever looks at it."""
    stack = Stack.open(Settings.load(world.stack.home))
    token_id, bob = stack.nft.next_token_id(), stack.keys.signer("bob")
    data = stack.nft.data_of(int(world.protected))[0]
    key = stack.nft.published_keys(int(world.protected))[0]
    items = [(data.description, data.data_hash)]
    call = stack.nft.calldata("mint", bob.address, items, [key], token_id)
    stack.sender(bob).run("steal", Call(stack.nft.address, call))
    visit = world.visit()
    visit.connect("bob")
    visit.go(f"/agent/{token_id}")
    visit.page.get_by_text("it may be stolen").wait_for()
    visit.page.get_by_label("Price in 0G").fill("1")
    visit.button("List for sale").click()
    visit.alert(f"the sealed key of agent {token_id} was not made for it")
    assert visit.faults == []


def test_wallet_whose_signatures_differ_buys_and_opens_with_a_stored_key(
    world: World, tmp_path: Path
) -> None:
    token = minted(world.stack, tmp_path / "agent")
    said = world.stack.json("inft", "sell", token, "--price", "0.5", "--as", "alice")
    assert said["state"] == "listed"
    visit = with_wallet(world, devnet_signer(5))
    visit.connect("Browser wallet")
    visit.go("/key")
    visit.button("Make a viewing key").click()
    assert visit.alert("signs the same text differently each time").endswith("use a stored key")
    with visit.page.expect_download() as saved:
        visit.button("Make a stored key").click()
    visit.status("Your stored key is registered")
    visit.go(f"/agent/{token}")
    visit.button("Buy for 0.5 0G").click()
    visit.status(f"Agent {token} has changed hands")
    visit.button("Open").click()
    visit.status("all of them verified")
    visit.page.reload()
    visit.connect("Browser wallet")
    visit.button("Open").click()
    visit.alert("sealed to your stored key; give its file on the page Viewing key")
    visit.go("/key")
    visit.page.get_by_text("Use a stored key instead").click()
    visit.page.get_by_label("Or use the file that you have").set_input_files(saved.value.path())
    visit.status("The stored key is in this tab")
    visit.go(f"/agent/{token}")
    visit.button("Open").click()
    visit.status("all of them verified")
    assert visit.page.get_by_label("Content").text_content() == TEXT
    assert visit.faults == []


def test_payment_that_nobody_answers_comes_back(world: World, tmp_path: Path) -> None:
    """The seller's key is in no home: account 7 of the node lists, and its home never settles."""
    home = world.stack.home
    keys = Keys(home, 31337)
    seller = keys.add("erin", devnet_signer(7).secret)
    token = minted(world.stack, tmp_path / "agent", person="erin")
    (home / "keys" / "erin.key").unlink()
    page = world.visit()
    page.connect("account 7")
    page.go(f"/agent/{token}")
    page.page.get_by_label("Price in 0G").fill("3")
    page.page.get_by_label("Time for the hand-over").select_option("10 minutes")
    page.button("List for sale").click()
    page.status("is listed for 3 0G")
    page.connect("dave")
    page.go("/key")
    page.button("Make a viewing key").click()
    page.status("Your viewing key is registered")
    page.go(f"/agent/{token}")
    page.button("Buy for 3 0G").click()
    page.page.get_by_role("heading", name="Paid, waiting for the hand-over").wait_for()
    chain = Chain(Settings.load(home).rpc_url)
    chain.rpc("evm_increaseTime", [1000])
    chain.rpc("evm_mine", [])
    page.button("Take the payment back").click()
    page.status("The payment is back: 3 0G")
    page.go("/mine")
    page.button("Withdraw").click()
    page.status("3 0G are in your account")
    nft = Stack.open(Settings.load(home)).nft
    assert nft.owner_of(int(token)) == seller.address
    assert page.faults == []


def with_wallet(world: World, signer: Signer) -> Visit:
    """A tab with a wallet of `signer` that signs with fresh randomness each time."""

    def sign(text: str) -> str:
        digest = typed_digest_of(text)
        nonce = (ffi.NULL, ffi.new("unsigned char[32]", os.urandom(32)))
        key = PrivateKey(signer.secret)
        made = key.sign_recoverable(digest, hasher=None, custom_nonce=nonce)
        return "0x" + (made[:64] + bytes([27 + made[64]])).hex()

    chain = Chain(Settings.load(world.stack.home).rpc_url)
    context = world.browser.new_context()
    context.expose_function("walletAccounts", lambda: [signer.address])
    context.expose_function("walletSigns", sign)
    context.expose_function(
        "walletForwards", lambda name, text: json.dumps(chain.rpc(name, json.loads(text)))
    )
    context.add_init_script(WALLET)
    return Visit.of(context.new_page(), world.url)


def typed_digest_of(text: str) -> bytes:
    """The digest of a viewing key's text, as a wallet that reads JSON finds it."""
    message = encode_typed_data(full_message=json.loads(text))
    return keccak256(b"\x19" + message.version + message.header + message.body)
