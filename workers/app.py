"""The Celery application: JSON only, a queue per kind of work, no result backend.

Job rows in the library's own stores are the truth; a message is only a nudge, so it is
acknowledged early and a lost one is sent again by the sweeps of `workers.schedule`.
"""

from __future__ import annotations

import os

from celery import Celery
from kombu import Queue

import workers.logs  # noqa: F401  (what it hears of must be told before anything begins)
from workers.rooms import ROOMS, RoomLoader
from workers.schedule import schedule
from zerog.config import Settings


def settings() -> dict[str, object]:
    """Celery's configuration, read when the app is first used; the broker is the home's."""
    return {
        "broker_url": Settings.load().broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {"socket_timeout": 10, "socket_connect_timeout": 5},
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_default_queue": "default",
        "task_queues": [Queue(name) for name in ("default", "oracle", "mining", "relay")],
        "task_create_missing_queues": True,  # one for each member of a committee
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "beat_schedule": schedule(os.environ),
        "timezone": "UTC",
    }


app = Celery("zerog", loader=RoomLoader, include=[*ROOMS])
app.add_defaults(settings)
