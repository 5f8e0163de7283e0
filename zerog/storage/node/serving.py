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
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


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


class Servers:
    """Serves until a signal comes or `stop` is called; then every port closes."""

    def __init__(self, host: str, port: int, admin_port: int | None) -> None:
        """admin_port: on loopback; `port` itself has it all, None or 0 takes a free one.

        Raises AdminInPublic.
        """
        self._host, self._port = host, port
        self.shared = admin_port == port
        if self.shared and host not in LOOPBACK:
            raise AdminInPublic(host)
        self._admin_port = admin_port or 0
        self._socket: socket.socket | None = None
        self._public: uvicorn.Server | None = None

    @property
    def urls(self) -> tuple[str, str]:
        """The public one, and where the operator's methods are; port 0 before `bind`."""
        port = self._port if self.shared else self._admin_port
        return f"http://{self._host}:{self._port}", f"http://{ADMIN_HOST}:{port}"

    def bind(self) -> None:
        """Take the operator's port; raises AdminPortTaken."""
        if self.shared:
            return
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((ADMIN_HOST, self._admin_port))
        except OSError as error:
            self._socket.close()
            raise AdminPortTaken(self._admin_port) from error
        self._admin_port = self._socket.getsockname()[1]

    def run(self, app: ASGIApp, operators: ASGIApp) -> None:
        """Blocks until the end; a signal ends the process itself behind that."""
        self._public = service.server(app, self._host, self._port)
        if self._socket is None:
            self._public.run()
            return
        admin = service.server(operators, ADMIN_HOST, self._admin_port)
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
