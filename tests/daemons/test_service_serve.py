"""A daemon answers /health and leaves in order when it is told to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for

pytestmark = pytest.mark.daemons

# The second request is still being answered when the signal comes.
DAEMON = """
import sys, time
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from zerog.service import Cycle, health_route, serve

def slow(request):
    sys.stdout.write("busy\\n"); sys.stdout.flush()
    time.sleep(0.5)
    return PlainTextResponse("answered")

def fail():
    raise ValueError("broken step")

cycles = [Cycle("good", lambda: None, 0.01, 5).start()]
if sys.argv[2] == "sick":
    cycles.append(Cycle("bad", fail, 0.01, 5).start())
app = Starlette(routes=[Route("/slow", slow), health_route(lambda: {"height": 7}, cycles)])
serve(app, "127.0.0.1", int(sys.argv[1]))
"""


def start(port: int, kind: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", DAEMON, str(port), kind]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def health(port: int, wanted: int) -> dict[str, object]:
    """What /health says once its status is the wanted one."""

    def look() -> dict[str, object] | None:
        try:
            url = f"http://127.0.0.1:{port}/health"
            with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        except (urllib.error.URLError, ConnectionError):
            return None
        found: dict[str, object] = json.loads(body)
        return found if status == wanted else None

    return wait_for(look, f"{wanted} from /health")


def test_sigterm_lets_open_requests_end(free_port: int) -> None:
    process = start(free_port, "well")
    try:
        document = health(free_port, 200)
        assert document["ok"] is True
        assert document["height"] == 7
        url = f"http://127.0.0.1:{free_port}/slow"
        request = f"import urllib.request as u; print(u.urlopen('{url}').read())"
        client = subprocess.Popen(
            [sys.executable, "-c", request], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "busy\n"
        process.send_signal(signal.SIGTERM)
        assert client.communicate(timeout=PATIENCE_SECONDS)[0] == "b'answered'\n"
        assert process.wait(timeout=PATIENCE_SECONDS) in {0, -signal.SIGTERM}
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_failing_cycle_makes_the_daemon_unwell_and_does_not_end_it(free_port: int) -> None:
    process = start(free_port, "sick")
    try:
        document = health(free_port, 503)
        assert document["ok"] is False
        cycles = document["cycles"]
        assert isinstance(cycles, dict)
        assert cycles["good"]["ok"] is True
        assert cycles["bad"]["last_error"] == "ValueError: broken step"
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
