"""The life of a daemon: serve until told to stop, run cycles beside it, say how it is.

`GET /health` answers {"ok": true, ...}; 503 when a check or a cycle says otherwise.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from zerog.httpbody import BoundedProtocol

GRACE_SECONDS = 5
log = logging.getLogger(__name__)

Check = Callable[[], Mapping[str, object]]
"""Gives what /health shows; an "ok" that is False makes it 503."""


def server(
    app: ASGIApp, host: str, port: int, protocol: type[BoundedProtocol] = BoundedProtocol
) -> uvicorn.Server:
    """A server of `app` that is not yet running."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        http=protocol,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Run `app` until SIGTERM or SIGINT, then let open requests end within five seconds."""
    server(app, host, port).run()


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a cycle is: counts, the last error's text, and times on the monotonic clock."""

    runs: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    last_error: str = ""
    began_at: float | None = None
    ended_at: float | None = None


class Cycle:
    """A background thread that runs `step` again and again.

    One failing step is logged and counted and does not end the thread. A step that takes longer
    than its deadline, or a thread that is gone, shows as not ok.
    """

    def __init__(
        self, name: str, step: Callable[[], object], interval_s: float, deadline_s: float
    ) -> None:
        """interval_s: pause after a step; longer, up to 30 times, while steps fail."""
        self.name = name
        self._step = step
        self._interval_s = interval_s
        self._deadline_s = deadline_s
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._pulse = Pulse()
        self._thread = threading.Thread(target=self._run, name=f"cycle-{name}", daemon=True)

    def start(self) -> Cycle:
        """Start the thread; gives the cycle itself."""
        self._thread.start()
        return self

    def wake(self) -> None:
        """Begin the next step now instead of after the pause."""
        self._wake.set()

    def stop(self, timeout_s: float = 5) -> bool:
        """Ask the thread to end after its step and wait; False when it is still busy."""
        self._stop.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            self._pulse = replace(self._pulse, began_at=time.monotonic())
            self._pulse = self._once(self._pulse)
            factor = min(2 ** min(self._pulse.failures_in_a_row, 5), 30)
            self._wake.wait(self._interval_s * factor)

    def _once(self, before: Pulse) -> Pulse:
        error = ""
        try:
            self._step()
        except Exception as caught:
            error = f"{type(caught).__name__}: {caught}"
            log.error("cycle %s failed", self.name, exc_info=caught)
        return replace(
            before,
            runs=before.runs + 1,
            failures=before.failures + bool(error),
            failures_in_a_row=before.failures_in_a_row + 1 if error else 0,
            last_error=error or before.last_error,
            ended_at=time.monotonic(),
        )

    def health(self) -> dict[str, object]:
        """{"ok", "runs", "failures", "last_error", "age_s"}; age since a step ended."""
        pulse, now = self._pulse, time.monotonic()
        running = pulse.began_at is not None and (
            pulse.ended_at is None or pulse.ended_at < pulse.began_at
        )
        late = running and now - (pulse.began_at or now) > self._deadline_s
        return {
            "ok": self._thread.is_alive() and not late and pulse.failures_in_a_row == 0,
            "runs": pulse.runs,
            "failures": pulse.failures,
            "last_error": pulse.last_error,
            "age_s": None if pulse.ended_at is None else round(now - pulse.ended_at, 3),
            "late": late,
        }


def health_route(check: Check, cycles: Sequence[Cycle] = ()) -> Route:
    """`GET /health`: what `check` gives, the pulse of each cycle, and "ok" over all."""

    def answer(_request: Request) -> JSONResponse:
        document: dict[str, object] = {"ok": True, **check()}
        pulses = {cycle.name: cycle.health() for cycle in cycles}
        good = bool(document["ok"]) and all(pulse["ok"] for pulse in pulses.values())
        document["ok"] = good
        if pulses:
            document["cycles"] = pulses
        return JSONResponse(document, status_code=200 if good else 503)

    return Route("/health", answer, methods=["GET"])
