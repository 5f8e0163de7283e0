"""A node's two ports as one thing: the public one, and the operator's on loopback."""

from __future__ import annotations

import socket
import threading
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from zerog import service
from zerog.errors import UsageError

ADMIN_HOST: Final = "127.0.0.1"
ADMIN_PORT: Final = 5679
PUBLIC_PORT: Final = 5678


class AdminPortTaken(UsageError):
    """Another process listens on the operator's port."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"port {port} for the operator is taken", "give another --admin-port")


class AdminInPublic(UsageError):
    """One port for all, and not only for this machine: anybody could end the node."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"the operator's methods would be open on {host}", "give another --admin-port"
        )


def admin_socket(port: int) -> socket.socket:
    """A bound socket on loopback; 0 takes a free port. Raises AdminPortTaken."""
    made = socket.socket()
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((ADMIN_HOST, port))
    except OSError as error:
        made.close()
        raise AdminPortTaken(port) from error
    return made


class Servers:
    """Serves until a signal comes or `stop` is called; then every port closes."""

    def __init__(self, host: str, port: int, admin: socket.socket | None) -> None:
        """admin: the operator's bound socket; None when one port has it all."""
        self._host, self._port, self._socket = host, port, admin
        self._public: uvicorn.Server | None = None

    @property
    def admin_url(self) -> str:
        """Where the operator's methods are."""
        port = self._port if self._socket is None else self._socket.getsockname()[1]
        return f"http://{ADMIN_HOST}:{port}"

    def run(self, app: ASGIApp, operators: ASGIApp) -> None:
        """Blocks until the end; a signal ends the process itself behind that."""
        self._public = service.server(app, self._host, self._port)
        if self._socket is None:
            self._public.run()
            return
        admin = service.server(operators, ADMIN_HOST, 0)
        thread = threading.Thread(
            target=admin.run, args=([self._socket],), name="admin", daemon=True
        )
        thread.start()
        try:
            self._public.run()
        finally:
            admin.should_exit = True
            thread.join(service.GRACE_SECONDS)

    def stop(self) -> None:
        """From any thread: let open requests end and return from `run`."""
        if self._public is not None:
            self._public.should_exit = True
