"""The oracle's desk over real HTTP and a real chain: which orders and consents it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import uvicorn

from tests.support.evm import AnvilProcess
from tests.support.house import ALICE, BOB, CAROL, ORACLE, ROOT, deployed_home, mint_token
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from zerog.chain.bindings import AgentNft
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer
from zerog.inft.envelope import DataKey, SealContext, seal
from zerog.inft.jobstore import JobStore
from zerog.inft.oracle import MAX_BODY, make_app
from zerog.inft.oracle_desk import Desk
from zerog.inft.oracle_wire import Consent, TransferRequest
from zerog.inft.proofs import TRANSFER, Statement, access_digest
from zerog.jobs import InlineJobs, ReEncrypt

pytestmark = pytest.mark.daemons


@dataclass(frozen=True, slots=True)
class Office:
    """A desk that listens, and what its queue was asked for."""

    url: str
    desk: Desk
    asked: list[str]
    token_id: int
    http: httpx.Client

    @property
    def context(self) -> SealContext:
        """What a seal for the token is bound to."""
        return SealContext(31337, self.desk.nft.address, self.token_id)

    def order(self, **changes: object) -> TransferRequest:
        """Alice's order to hand the token to bob, signed by her after `changes`."""
        grant = seal(DataKey.generate(), ORACLE.public_key, self.context)
        made = TransferRequest(
            chain_id=31337,
            token=self.desk.nft.address,
            token_id=self.token_id,
            sender=ALICE.address,
            receiver=BOB.address,
            old_data_hash=ROOT,
            target_key=BOB.public_key,
            grant=grant,
            deadline=int(time.time()) + 3600,
            signature=b"",
        )
        made = replace(made, **changes)  # type: ignore[arg-type]
        return replace(made, signature=ALICE.sign_digest(made.digest()))

    def post(self, order: TransferRequest) -> httpx.Response:
        """Send an order."""
        return self.http.post(f"{self.url}/v1/transfers", json=order.to_json())


@pytest.fixture(scope="module")
def office(anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("oracle")
    registry = deployed_home(anvil, home)
    nft = AgentNft.of(Chain(anvil.url), registry.contract("AgentNFT"))
    token_id = mint_token(anvil, home, ALICE, "test:mint")
    asked: list[str] = []
    jobs = InlineJobs({ReEncrypt: asked.append})
    oracle = registry.oracle
    assert oracle is not None
    desk = Desk(registry, oracle, nft, JobStore(home / "oracle.db"), jobs)
    config = uvicorn.Config(make_app(desk), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, "the oracle listens")
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(timeout=PATIENCE_SECONDS) as http:
        yield Office(f"http://127.0.0.1:{port}", desk, asked, token_id, http)
    server.should_exit = True
    thread.join(PATIENCE_SECONDS)


def test_order_of_the_owner_is_taken_and_work_is_asked_for(office: Office) -> None:
    order = office.order()
    answer = office.post(order)
    assert answer.status_code == 202
    assert answer.json()["state"] == "accepted"
    assert office.asked[-1] == order.transfer_id


def test_order_sent_twice_is_one_row(office: Office) -> None:
    order = office.order()
    first, second = office.post(order), office.post(order)
    assert first.json()["transferId"] == second.json()["transferId"]
    ids = [row.job_id for row in office.desk.jobs.rows()]
    assert ids.count(order.transfer_id) == 1


def test_answer_never_tells_the_grant(office: Office) -> None:
    order = office.order()
    office.post(order)
    told = office.http.get(f"{office.url}/v1/transfers/{order.transfer_id}").text
    assert order.grant.hex() not in told
    assert "grant" not in told


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"chain_id": 1}, "this oracle serves"),
        ({"token": CAROL.address}, "this oracle serves"),
        ({"token_id": 99}, "no token 99"),
        ({"sender": BOB.address}, "is signed by"),
        ({"old_data_hash": b"\x22" * 32}, "oldDataHash"),
        ({"receiver": CAROL.address}, "targetPubkey is not"),
        ({"deadline": 1}, "deadline"),
        ({"deadline": 2**40}, "deadline"),
        ({"grant": b"\x04" * 323}, ""),
        ({"grant": b""}, ""),
    ],
)
def test_order_that_is_wrong_is_refused_with_the_reason(
    office: Office, changes: dict[str, object], reason: str
) -> None:
    before = len(office.desk.jobs.rows())
    answer = office.post(office.order(**changes))
    assert answer.status_code == 400
    assert reason in answer.json()["error"]
    assert len(office.desk.jobs.rows()) == before


def test_order_of_someone_who_is_not_the_owner_is_refused(office: Office) -> None:
    order = office.order(sender=BOB.address)
    order = replace(order, signature=BOB.sign_digest(order.digest()))
    answer = office.post(order)
    assert answer.status_code == 400
    assert "belongs to" in answer.json()["error"]


def test_grant_stolen_from_another_token_is_refused(office: Office) -> None:
    elsewhere = SealContext(31337, office.desk.nft.address, office.token_id + 1)
    stolen = seal(DataKey.generate(), ORACLE.public_key, elsewhere)
    assert office.post(office.order(grant=stolen)).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b"{", 400), (b"{}", 400), (b"x" * (MAX_BODY + 1), 400)],
)
def test_body_that_is_no_order_is_refused(office: Office, body: bytes, status: int) -> None:
    answer = office.http.post(f"{office.url}/v1/transfers", content=body)
    assert answer.status_code == status
    assert "error" in answer.json()


def test_transfer_that_nobody_ordered_is_not_found(office: Office) -> None:
    assert office.http.get(f"{office.url}/v1/transfers/{'0' * 64}").status_code == 404


def test_consent_before_the_oracle_signed_is_refused(office: Office) -> None:
    order = office.order()
    office.post(order)
    consent = Consent(b"", 1, int(time.time()) + 60, BOB.sign_digest(bytes(32)))
    answer = office.http.post(
        f"{office.url}/v1/transfers/{order.transfer_id}/consent", json=consent.to_json()
    )
    assert answer.status_code == 400
    assert "nothing to consent to" in answer.json()["error"]


def signed_row(office: Office) -> str:
    """A row that the oracle's worker has brought to `signed`."""
    order = office.order()
    office.post(order)
    with office.desk.jobs.lease(order.transfer_id):
        row = office.desk.jobs.get(order.transfer_id)
        office.desk.jobs.advance(
            row,
            row.to(
                "signed",
                data_root="0x" + "22" * 32,
                sealed_key="04" * 323,
                nonce="0x1",
                deadline=order.deadline,
                signature="01" * 65,
            ),
        )
    return order.transfer_id


def consent_by(
    office: Office,
    signer: Signer,
    new_root: bytes = b"\x22" * 32,
    deadline: int | None = None,
) -> Consent:
    """An access proof for bob's token, signed by whoever."""
    nonce, deadline = 7, int(time.time()) + 60 if deadline is None else deadline
    statement = Statement(
        chain_id=31337,
        token=office.desk.nft.address,
        verifier=office.desk.registry.contract("DataVerifier").address,
        operation=TRANSFER,
        token_id=office.token_id,
        sender=ALICE.address,
        receiver=BOB.address,
        old_data_hash=ROOT,
        new_data_hash=new_root,
    )
    digest = access_digest(statement, b"", nonce, deadline)
    return Consent(b"", nonce, deadline, signer.sign_digest(digest))


@pytest.mark.parametrize(
    ("signer", "root"), [(ALICE, b"\x22" * 32), (CAROL, b"\x22" * 32), (BOB, b"\x33" * 32)]
)
def test_consent_that_the_receiver_did_not_give_is_refused(
    office: Office, signer: Signer, root: bytes
) -> None:
    transfer_id = signed_row(office)
    answer = office.http.post(
        f"{office.url}/v1/transfers/{transfer_id}/consent",
        json=consent_by(office, signer, root).to_json(),
    )
    assert answer.status_code == 400
    assert "consent was signed by" in answer.json()["error"]


def test_consent_of_the_receiver_is_kept_and_the_first_one_stays(office: Office) -> None:
    transfer_id = signed_row(office)
    url = f"{office.url}/v1/transfers/{transfer_id}/consent"
    first = consent_by(office, BOB)
    assert office.http.post(url, json=first.to_json()).json()["consent"] == first.to_json()
    second = consent_by(office, BOB)
    assert office.http.post(url, json=second.to_json()).json()["consent"] == first.to_json()
    found = office.http.get(
        f"{office.url}/v1/transfers", params={"tokenId": office.token_id, "to": BOB.address}
    ).json()
    assert transfer_id in [one["transferId"] for one in found]


def test_consent_that_expired_makes_room_for_another(office: Office) -> None:
    transfer_id = signed_row(office)
    url = f"{office.url}/v1/transfers/{transfer_id}"
    stale = consent_by(office, BOB, deadline=int(time.time()) - 1)
    office.http.post(f"{url}/consent", json=stale.to_json())
    assert "consent" not in office.http.get(url).json()
    fresh = consent_by(office, BOB)
    assert (
        office.http.post(f"{url}/consent", json=fresh.to_json()).json()["consent"]
        == fresh.to_json()
    )


@pytest.mark.parametrize("token", ["", "x", "-1", "\u00b2", "9" * 5000])
def test_token_id_that_is_no_number_is_refused(office: Office, token: str) -> None:
    answer = office.http.get(f"{office.url}/v1/transfers", params={"tokenId": token})
    assert answer.status_code == 400


def test_daemon_says_that_its_attestation_is_simulated(office: Office) -> None:
    assert office.http.get(f"{office.url}/v1/info").json()["attestation"] == "simulated"
    assert office.http.get(f"{office.url}/health").json()["attestation"] == "simulated"


def test_home_of_the_desk_holds_no_key(office: Office, tmp_path: Path) -> None:
    secret = ORACLE.secret
    for path in office.desk.jobs.database.path.parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert secret not in content
            assert secret.hex().encode() not in content
