"""Labels and policies from the command line, to the signers that keep a policy's blob."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from pathlib import Path

import pytest

from tests.support.da import stream
from tests.support.da_onchain import DaPlace
from tests.support.da_street import Street, Terminal, next_epoch, serving
from zerog.chain.bindings_da import RoundPhase
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call
from zerog.da.onchain.duties import Duties
from zerog.da.onchain.errors import PolicyOver
from zerog.da.policies import MAX_POLICIES

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Served until the module ends."""
    with serving(tmp_path_factory.mktemp("da-cli")) as street:
        yield street


@pytest.fixture
def terminal(
    street: Street, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.delenv("ZEROG_HOME", raising=False)
    return Terminal(street, capfd)


def test_policy_is_added_once_and_labels_are_vouched_for(
    terminal: Terminal, street: Street
) -> None:
    epoch = street.place.network.signers.epoch()
    assert terminal.type("policy", "list") == "no policies\n"
    assert terminal.type("policy", "add", "--region", "eu", "--confirmed") == "policy 1\n"
    assert terminal.type("policy", "add", "--region", "eu", "--confirmed") == "policy 1\n"
    assert terminal.type("policy", "add", "--operator", "acme", "--region", "us") == "policy 2\n"
    assert "names regions or operators" in terminal.type("policy", "add", code=2)
    said = terminal.json("policy", "list")
    assert said == [
        {
            "policy": 1,
            "regions": ["eu"],
            "operators": [],
            "confirmed": True,
            "first_epoch": epoch + 2,
            "end_epoch": None,
        },
        {
            "policy": 2,
            "regions": ["us"],
            "operators": ["acme"],
            "confirmed": False,
            "first_epoch": epoch + 2,
            "end_epoch": None,
        },
    ]
    terminal.type("label", "signer-3", "--region", "ch", "--operator", "acme")
    account = next(s.address for s in street.place.seats() if s.name == "signer-3")
    terminal.type("policy", "confirm", account)
    labels = street.place.network.signers.labels(account)
    assert (labels.region.rstrip(b"\0"), labels.confirmed) == (b"ch", True)
    for _ in range(2):
        said = terminal.json("policy", "revoke", account)
        counts = {"from_epoch": counted_from(street.place)}
        assert said == {"account": account, "region": "ch", "operator": "acme", **counts}
        assert not street.place.network.signers.labels(account).confirmed
    nobody = "0x" + "11" * 20
    assert "SignerNotFound" in terminal.type("policy", "revoke", nobody, code=1)
    assert "AccessManagedUnauthorized" in terminal.type(
        "policy", "retire", "2", "--as", "alice", code=1
    )
    assert "no key called" in terminal.type("unlabel", "nobody", code=1)
    for _ in range(2):
        said = {"name": "signer-3", "account": account, "from_epoch": counted_from(street.place)}
        assert terminal.json("unlabel", "signer-3") == said
    labels = street.place.network.signers.labels(account)
    assert (labels.region, labels.operator) == (bytes(32), bytes(32))
    refused = terminal.type("policy", "add", "--region", "fr", "--as", "alice", code=1)
    assert "AccessManagedUnauthorized" in refused
    assert "no label" in terminal.type("policy", "add", "--region", "é", code=2)


def counted_from(place: DaPlace) -> int:
    """The epoch that counts labels of now: registration for the next one is open, or was."""
    now = place.network.signers.round()
    return now.epoch + (now.phase is not RoundPhase.REGISTRATION)


def test_labels_that_change_behind_registration_say_from_which_epoch_they_count(
    terminal: Terminal, street: Street
) -> None:
    next_epoch(street.place)
    duties = Duties.open(street.place.network.settings)
    assert duties is not None
    while not street.place.network.signers.round().signers:
        duties.keeper.step()
    now = street.place.network.signers.round()
    account = street.place.seats()[0].address
    for close, epoch in ((0, now.epoch), (now.close_block + 1, now.epoch + 1)):
        street.place.mine(max(close - street.place.head().number, 1))
        text = f"not confirmed from epoch {epoch} on\n"
        assert terminal.type("policy", "revoke", account).endswith(text)
        text = f"no labels from epoch {epoch} on\n"
        assert terminal.type("unlabel", "signer-1").endswith(text)


def test_policy_that_is_retired_before_its_first_epoch_never_has_quorums(
    terminal: Terminal,
) -> None:
    made = terminal.json("policy", "add", "--region", "nowhere")
    assert isinstance(made, dict)
    terminal.type("policy", "retire", str(made["policy"]))
    (line,) = [row for row in terminal.type("policy", "list").splitlines() if "nowhere" in row]
    assert line.endswith("never")


def fill_slots(place: DaPlace) -> None:
    """As many policies as may be, of which the second is retired: the next one has its slot."""
    signers, sender = place.network.signers, place.network.sender(devnet_signer(1))
    for number in range(signers.policy_count() + 1, MAX_POLICIES + 1):
        data = signers.calldata("registerPolicy", ([bytes([number]) * 32], [], False))
        sender.run(f"fill {number}", Call(signers.address, data))
    sender.run("free", Call(signers.address, signers.calldata("retirePolicy", 2)))


def test_blob_of_a_policy_is_kept_by_its_signers_and_certified_as_theirs(
    terminal: Terminal, street: Street, tmp_path: Path
) -> None:
    fill_slots(street.place)
    said = terminal.json("policy", "add", "--region", "us")
    assert isinstance(said, dict)
    policy = said["policy"]
    assert policy == MAX_POLICIES + 1
    assert street.place.network.signers.policy_term(policy).slot == 2
    for _ in range(2):
        next_epoch(street.place)
    data = stream("only there", 3000)
    blob = street.place.publish(data, policy)
    root, other = "0x" + blob.data_root.hex(), str(policy + 1)
    words = [root, "--epoch", str(blob.where.epoch), "--quorum", str(blob.where.quorum_id)]
    terminal.type("verify", *words, "--policy", str(policy))
    terminal.type("verify", *words, "--policy", other, code=1)
    terminal.type("verify", street.root, *street.where, "--policy", str(policy), code=1)
    roster = terminal.json("signers")
    assert isinstance(roster, dict)
    keepers = {one["operator"] for one in roster["signers"] if one["policy"] == policy}
    assert keepers == {"signer-2"}
    terminal.type("get", *words, "-o", str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == data

    # it ends: nothing is announced for it any more, and what was certified stays so
    ended = terminal.json("policy", "retire", str(policy))
    assert isinstance(ended, dict)
    end = ended["end_epoch"]
    assert ended == {"policy": policy, "end_epoch": end}
    assert terminal.json("policy", "retire", str(policy)) == ended
    assert f"before {end}\n" in terminal.type("policy", "list")
    assert "there is no policy 99" in terminal.type("policy", "retire", "99", code=1)
    while street.place.network.signers.epoch() < end:
        next_epoch(street.place)
    with pytest.raises(PolicyOver) as caught:
        street.place.door().upload([bytes(32)], policy, "too late")
    assert (caught.value.policy, caught.value.end) == (policy, end)
    again = copy(caught.value)
    assert (again.cause, again.policy, again.mined) == (caught.value.cause, policy, False)
    terminal.type("verify", *words, "--policy", str(policy))
    assert terminal.json("policy", "add", "--region", "us") == {"policy": policy + 1}
