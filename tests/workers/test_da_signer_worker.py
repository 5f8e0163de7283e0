"""The duties of signers as a Celery worker does them, over a real broker and chain."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.celery_worker import running_worker
from tests.support.da import SMALL, stream
from tests.support.da_onchain import DaPlace, Terms
from tests.support.evm import AnvilProcess
from tests.support.ports import free_port
from tests.support.stack import wait_for
from workers.da_signer_beat import BEAT, QUEUE
from workers.rooms import rooms_of
from workers.schedule import schedule
from zerog.chain.signer import devnet_signer
from zerog.da.onchain.challenging import Challenger, Outcome
from zerog.da.onchain.evidence import gather

pytestmark = pytest.mark.workers

POLLS_PER_BEAT = 5


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    process = BrokerProcess.start(tmp_path, free_port())
    try:
        yield process
    finally:
        process.stop()


def test_beat_sends_the_duties_where_signers_are() -> None:
    assert not schedule({}).keys() & BEAT.keys()
    assert schedule({"ZEROG_DA_SIGNERS": "4"}).items() >= BEAT.items()
    assert {str(one["task"]) for one in BEAT.values()} == {
        f"zerog.da.{name}" for name in ("keep", "sample", "answer", "prune")
    }
    assert rooms_of([QUEUE]) == ("workers.da_signer",)


def network_signers(place: DaPlace, epoch: int) -> int:
    """Signers that registered for an epoch."""
    return len(place.network.signers.registrations(epoch, 0, 10))


def test_worker_keeps_epochs_answers_challenges_and_shows_samples(
    tmp_path: Path, fresh_anvil: AnvilProcess, broker: BrokerProcess
) -> None:
    place = DaPlace.build(fresh_anvil, tmp_path / "home")
    beat = Celery(broker=broker.url)

    def done(task: str, seen: Callable[[], object], what: str, mine: int = 0) -> None:
        """Send a task now and then, as beat does, until its deed is seen."""
        polls = itertools.count()

        def ask() -> object:
            if seen():
                return True
            if next(polls) % POLLS_PER_BEAT == 0:
                place.mine(mine)
                beat.send_task(f"zerog.da.{task}", queue=QUEUE)
            return None

        wait_for(ask, what)

    with running_worker(place.home, broker, tmp_path / "worker.log", QUEUE):
        beat.send_task("zerog.da.keep", queue=QUEUE)  # before there is a signer
        honest = place.found(3)[0]
        # a round has a hit with one in 33,000 of 8,900 pieces
        blobs = [place.publish(stream(f"kept by workers {n}", SMALL.max_length)) for n in range(24)]
        blob = blobs[0]
        row = place.door().quorum(*blob.place[1:]).members[honest.address].rows[0]
        asking = Challenger(place.network, place.network.sender(devnet_signer(4)))
        header = blob.encoded.commitment.header
        evidence = gather(place.network, *blob.place)
        asked = (asking.ask(evidence, header, row, 2), asking.ask_header(evidence, row))

        def answered() -> bool:
            return all(asking.outcome(number) is Outcome.ANSWERED for number in asked)

        done("answer", answered, "a piece and a header")
        bonds = place.network.challenge.credit_wei(honest.address)
        assert bonds == len(asked) * Terms().bond
        epoch = place.network.signers.epoch()
        done("keep", lambda: place.network.entrance.epoch() > epoch, "the next epoch", mine=4)
        entrance = place.network.entrance
        assert network_signers(place, epoch) == 3
        late = place.found(4)[3]  # its keys come while the worker runs

        def enters() -> bool:  # on a slow machine a later epoch than the next
            signers = place.network.signers
            return signers.is_registered(late.address, signers.round().epoch)

        done("keep", enters, "a late signer", mine=2)
        place.reward_hits(4 * 10**15)
        done("sample", lambda: entrance.events("DAReward"), "a hit", mine=Terms().period)
        log = (tmp_path / "worker.log").read_text()
        assert "Traceback" not in log, log
        secrets = [seat.account.secret.hex() for seat in place.seats()]
        assert not any(secret in log for secret in secrets)
    kept = {kept.data_root for kept in honest.rows(SMALL).kept()}
    assert kept == {blob.data_root for blob in blobs}
