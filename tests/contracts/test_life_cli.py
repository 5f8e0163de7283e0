"""The commands of an agent's life on a deployed home: what they print, and what they refuse."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.support.broker import BrokerProcess
from tests.support.evm import AnvilProcess
from tests.support.house import mint_token
from tests.support.life_home import PEOPLE, life_home
from zerog.chain.signer import devnet_signer
from zerog.cli.inft_life import ENTRIES
from zerog.errors import ZerogError

pytestmark = pytest.mark.contracts

BOB = devnet_signer(PEOPLE["bob"]).address


@pytest.fixture(scope="module")
def home(anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the people's keys, on the shared chain."""
    folder = tmp_path_factory.mktemp("life-cli")
    life_home(anvil, folder)
    return folder


@pytest.fixture
def token(anvil: AnvilProcess, home: Path, request: pytest.FixtureRequest) -> str:
    """A token of alice's."""
    alice = devnet_signer(PEOPLE["alice"])
    return str(mint_token(anvil, home, alice, f"mint {request.node.name}"))


def command(name: str) -> click.Command:
    """What the table names."""
    module, _, attribute = ENTRIES[name].target.partition(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, click.Command)
    return found


def run(home: Path, *words: str, env: dict[str, str] | None = None) -> dict[str, object]:
    """Run a command with --json; gives what it prints."""
    found = json.loads(said(home, *words, "--json", env=env))
    assert isinstance(found, dict)
    return found


def said(home: Path, *words: str, env: dict[str, str] | None = None) -> str:
    """Run a command; gives its text, or raises what stopped it."""
    arguments = [*words[1:], "--home", str(home)]
    done = CliRunner(env=env).invoke(command(words[0]), arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_command_of_the_table_is_there_and_says_what_it_is_for(name: str) -> None:
    done = CliRunner().invoke(command(name), ["--help"])
    assert (done.exit_code, "--json" in done.output) == (0, True)


def test_users_come_and_go(home: Path, token: str) -> None:
    run(home, "authorize", token, "--user", "bob", "--user", "carol", "--as", "alice")
    assert BOB in str(run(home, "users", token)["authorized"])
    run(home, "revoke", token, "--user", "bob", "--as", "alice")
    assert BOB not in said(home, "users", token)


def test_lease_from_offer_to_earnings(home: Path, token: str, tmp_path: Path) -> None:
    offer = run(home, "rent", "offer", token, "--price", "5wei", "--calls", "9", "--as", "alice")[
        "offer_id"
    ]
    assert str(offer) in said(home, "rent", "offers", token)
    lease = str(run(home, "rent", "take", str(offer), "--periods", "2", "--as", "bob")["lease_id"])
    assert run(home, "rent", "extend", lease, "--as", "bob")["periods"] == 3
    paper = str(tmp_path / "receipt.json")
    run(home, "rent", "receipt", lease, "--calls", "4", "--out", paper, "--as", "bob")
    run(home, "rent", "record", paper, "--as", "alice")
    run(home, "rent", "cancel", lease, "--as", "bob")
    run(home, "rent", "collect", lease, "--as", "carol")
    assert BOB in said(home, "rent", "leases", token)
    assert run(home, "earnings", "show", "--as", "alice")["rent"] == "5"
    assert "withdrawCredit" in said(home, "earnings", "withdraw", "--as", "bob")
    assert said(home, "earnings", "withdraw", "--as", "bob") == "nothing to take out\n"
    run(home, "rent", "close", str(offer), "--as", "alice")
    assert said(home, "rent", "offers", token) == "no offer\n"
    run(home, "rent", "lend", token, "--user", "carol", "--days", "1", "--as", "alice")
    assert run(home, "users", token)["user"] == devnet_signer(PEOPLE["carol"]).address


def test_line_and_end_of_an_agent(
    home: Path, anvil: AnvilProcess, token: str, tmp_path: Path
) -> None:
    alice = devnet_signer(PEOPLE["alice"])
    child = str(mint_token(anvil, home, alice, "mint a child"))
    paper = str(tmp_path / "consent.json")
    share = ("--percent", "12.5", "--out", paper, "--as", "alice")
    run(home, "consent-child", token, "--child", child, *share)
    run(home, "derive", child, paper, "--as", "alice")
    found = run(home, "lineage", child)
    assert json.dumps(found["parents"]).count('"weight_bps": 1250') == 1
    assert said(home, "history", child).startswith("as minted\nroot 0x00")
    run(home, "earnings", "lower", child, "--percent", "2.5", "--as", "alice")
    assert run(home, "lineage", child)["royalty_bps"] == 250
    run(home, "burn", child, "--yes", "--as", "alice")
    asked = CliRunner().invoke(command("burn"), [token, "--as", "alice", "--home", str(home)])
    assert asked.exit_code == 1


def test_permit_is_signed_sent_posted_and_voided(
    home: Path, token: str, tmp_path: Path, free_port: int
) -> None:
    paper, other = str(tmp_path / "one.json"), str(tmp_path / "two.json")
    by_alice = ("--as", "alice")
    run(home, "permit", "sign", "authorizeUsage", token, "bob", "--out", paper, *by_alice)
    run(home, "permit", "send", paper, "--as", "carol")
    assert BOB in said(home, "users", token)
    run(home, "permit", "sign", "revokeAuthorization", token, "bob", "--out", other, *by_alice)
    broker = BrokerProcess.start(tmp_path, free_port)
    try:
        posted = run(home, "permit", "post", other, env={"ZEROG_BROKER_URL": broker.url})
    finally:
        broker.stop()
    assert (posted["state"], posted["function"]) == ("posted", "revokeAuthorization")
    assert run(home, "permit", "status", str(posted["job_id"])) == posted
    nonce = json.loads(Path(other).read_text())["nonce"]
    run(home, "permit", "void", nonce, *by_alice)


@pytest.mark.parametrize(
    "words",
    [
        ("derive", "1", "missing.json", "--as", "alice"),
        ("permit", "sign", "burn", "1", "--as", "alice"),
        ("permit", "sign", "closeOffer", "one", "--as", "alice"),
        ("users", "9999"),
        ("permit", "status", "relay-none"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(home: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(ZerogError) as refused:
        said(home, *words)
    assert "\n" not in str(refused.value)
