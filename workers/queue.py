"""The Jobs port over Celery: a job becomes a message with a name and an id."""

from __future__ import annotations

from celery import Celery
from kombu.exceptions import OperationalError

from zerog.errors import Unreachable
from zerog.jobs import Job, ReEncrypt


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
        if isinstance(job, ReEncrypt):
            return self._send("zerog.oracle.reencrypt", job.transfer_id, "oracle")
        return self._send("zerog.inft.resume", job.job_id, "default")

    def _send(self, task: str, key: str, queue: str) -> str:
        try:
            sent = self._app.send_task(task, args=[key], queue=queue, retry=False)
        except OperationalError as error:
            raise BrokerUnreachable(self._app.connection().as_uri()) from error
        return str(sent.id)
