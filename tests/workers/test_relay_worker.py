"""The relayer as a Celery worker on a real broker: what people without coin sign gets done."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.evm import AnvilProcess
from tests.support.life_home import life_home
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from workers.queue import CeleryJobs
from workers.relay_beat import BEAT
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.config import Settings
from zerog.crypto.curve import random_scalar, scalar
from zerog.inft.envelope import DataKey, seal
from zerog.inft.life.permits import Permit
from zerog.inft.life.relay import PermitUseless, RelayHouse, post, post_permit
from zerog.inft.life.relaybook import AllowanceSpent, RelayBook
from zerog.inft.life.signing import burn_nonce, sign_permit
from zerog.inft.steps import DONE, FAILED, FINAL

pytestmark = pytest.mark.workers

POLLS_PER_SWEEP = 20


@dataclass(slots=True)
class Office:
    """A relayer, its worker, and a person whose account has nothing."""

    home: Path
    anvil: AnvilProcess
    broker: BrokerProcess
    house: RelayHouse
    token_id: int
    worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """The worker of the queue `relay`, as `zerog up` starts it."""
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", "relay"]
        quiet = ("--without-gossip", "--without-mingle", "-P", "solo", "-l", "INFO")
        variables = {"ZEROG_HOME": str(self.home), "ZEROG_BROKER_URL": self.broker.url}
        with (self.home / "relay.log").open("ab") as out:
            self.worker = subprocess.Popen(
                [*command, *quiet, "-I", "workers.relay"],
                env={**os.environ, **variables},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9."""
        if self.worker is not None:
            os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait(timeout=PATIENCE_SECONDS)
            self.worker = None

    def sweep(self) -> None:
        """What beat sends."""
        (entry,) = BEAT.values()
        options = entry["options"]
        assert isinstance(options, dict)
        app = Celery(broker=self.broker.url)
        app.send_task(str(entry["task"]), queue=options["queue"], ignore_result=True)

    def ends(self, job_id: str) -> str:
        """Wait for the end of a permit's row, swept as by beat."""

        polls = itertools.count()

        def ended() -> str | None:
            state = self.house.rows.get(job_id).state
            if state in DONE:
                return state
            if next(polls) % POLLS_PER_SWEEP == 0:
                self.anvil.rpc("evm_mine")
                self.sweep()
            return None

        return wait_for(ended, f"the end of {job_id}")

    def permit(self, user: str) -> Permit:
        """The poor person lets somebody use their agent."""
        address = self.house.stack.keys.resolve(user)
        return sign_permit(self.house.stack, "eve", "authorizeUsage", [self.token_id, address])

    def users(self) -> object:
        """Who may use the agent."""
        return self.house.stack.nft.read("authorizedUsersOf", self.token_id)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("relay-worker")
    home, anvil = folder / "home", AnvilProcess.start(folder)
    broker = BrokerProcess.start(folder, free_port())
    try:
        life_home(anvil, home)
        house = RelayHouse.open(Settings.load(home))
        house.stack.keys.add("eve", scalar(random_scalar()))
        made = Office(home, anvil, broker, house, gift(house, house.stack.keys.signer("eve")))
        made.start()
        try:
            yield made
        finally:
            made.kill()
    finally:
        broker.stop()
        anvil.stop()


def gift(house: RelayHouse, to: Signer) -> int:
    """A token that alice mints for somebody else."""
    stack = house.stack
    token_id = stack.nft.next_token_id()
    key = seal(DataKey.generate(), to.public_key, stack.seal_context(token_id))
    data = stack.nft.calldata("mint", to.address, [("agent", b"\x11" * 32)], [key], token_id)
    alice = stack.sender(stack.keys.signer("alice"))
    alice.run("test:gift", Call(stack.nft.address, data))
    return token_id


def test_wallet_without_coin_acts_through_the_relayer_once(office: Office) -> None:
    stack, jobs = office.house.stack, CeleryJobs(office.broker.url)
    eve = stack.keys.signer("eve").address
    permit = office.permit("bob")
    told = post_permit(office.house, permit, jobs)
    assert (told.function, told.signer, told.state) == ("authorizeUsage", eve, "posted")
    assert office.ends(told.job_id) == FINAL
    assert office.users() == (stack.keys.resolve("bob"),)
    assert (stack.chain.balance(eve), stack.chain.nonce(eve)) == (0, 0)
    # The same paper again is the same row, and is not sent again.
    spent = stack.chain.nonce(office.house.signer.address)
    again = post_permit(office.house, permit, jobs)
    assert (again.job_id, again.state) == (told.job_id, FINAL)
    other = replace(office.house, rows=type(office.house.rows)(office.home / "other.db"))
    with pytest.raises(PermitUseless, match="PermitNonceUsed"):
        post(other, permit)
    assert stack.chain.nonce(office.house.signer.address) == spent


def test_permits_of_a_dead_worker_are_swept_and_a_void_one_costs_nothing(office: Office) -> None:
    """Their messages are lost; one was made void by its signer after it was taken on."""
    stack, payer = office.house.stack, office.house.signer.address
    office.anvil.rpc("anvil_setBalance", stack.keys.resolve("eve"), hex(10**18))
    office.kill()
    good, void = office.permit("carol"), office.permit("alice")
    rows = [post(office.house, permit).job_id for permit in (good, void)]
    burn_nonce(stack, "eve", void.nonce)
    spent = stack.chain.nonce(payer)
    office.start()
    assert [office.ends(job_id) for job_id in rows] == [FINAL, FAILED]
    assert office.users() == tuple(stack.keys.resolve(name) for name in ("bob", "carol"))
    assert stack.chain.nonce(payer) == spent + 1


def test_signer_who_would_drain_the_relayer_is_stopped(office: Office) -> None:
    book = RelayBook(office.home / "relay" / "mean.db")
    rules = replace(office.house.rules, gas_per_signer=300_000)
    mean = replace(office.house, book=book, rules=rules)
    post(mean, office.permit("alice"))
    with pytest.raises(AllowanceSpent):
        post(mean, office.permit("alice"))
