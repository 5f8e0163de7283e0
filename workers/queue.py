"""The Jobs port over Celery: a job becomes a message with a name and an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from celery import Celery
from kombu.exceptions import OperationalError

from zerog.errors import Unreachable
from zerog.jobs import (
    CarryPermit,
    EncodeBlob,
    Job,
    MoveBlobs,
    ReEncrypt,
    ReleaseKey,
    Resume,
    SearchNonces,
)


@dataclass(frozen=True, slots=True)
class Route:
    """The task that runs a job, its queue, and after how many seconds the job is stale."""

    task: str
    queue: str
    expires_s: float | None = None


ROUTES: Final[Mapping[type[Job], Route]] = {
    ReEncrypt: Route("zerog.oracle.reencrypt", "oracle"),
    Resume: Route("zerog.inft.resume", "default"),
    SearchNonces: Route("zerog.mining.search", "mining", 5.0),
    ReleaseKey: Route("zerog.committee.release", "committee"),
    CarryPermit: Route("zerog.relay.carry", "relay"),
    EncodeBlob: Route("zerog.da.encode", "da-encode"),
    MoveBlobs: Route("zerog.da.move", "da", 5.0),
}


def queue_of(job: Job) -> str:
    """Each member of a committee has a queue of its own: only its worker holds its keys."""
    queue = ROUTES[type(job)].queue
    return f"{queue}-{job.member}" if isinstance(job, ReleaseKey) else queue


class BrokerUnreachable(Unreachable):
    """The broker does not take messages; the row is kept and the sweep will find it."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"the broker at {url} does not answer", "zerog status")


class CeleryJobs:
    """Sends jobs by name; needs no worker code."""

    def __init__(self, broker_url: str) -> None:
        """broker_url: redis:// or amqp://."""
        self._app = Celery("zerog-client", broker=broker_url)
        self._app.conf.update(
            task_serializer="json",
            task_ignore_result=True,
            broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
        )

    def submit(self, job: Job) -> str:
        """Send the message; raises BrokerUnreachable."""
        route = ROUTES[type(job)]
        try:
            sent = self._app.send_task(
                route.task,
                args=[job.key],
                queue=queue_of(job),
                expires=route.expires_s,
                retry=False,
            )
        except OperationalError as error:
            raise BrokerUnreachable(self._app.connection().as_uri()) from error
        return str(sent.id)
