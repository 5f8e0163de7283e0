"""What can keep a stack from starting or stopping."""

from __future__ import annotations

from pathlib import Path

from zerog.errors import NotFound, Unreachable, UsageError, ZerogError


class PortTaken(UsageError):
    """Another process listens where a part of the stack would."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name = port, name
        super().__init__(
            f"port {port} ({name}) is taken", "stop what holds it, or: zerog up --ports auto"
        )


class NoFreePort(UsageError):
    """Every port that a stack takes by itself is held by somebody."""

    def __init__(self, name: str, band: range) -> None:
        self.name, self.band = name, band
        super().__init__(
            f"no port of {band.start} to {band.stop - 1} is free for {name}", "stop what holds them"
        )


class AnvilMissing(UsageError):
    """No anvil binary was found."""

    def __init__(self, looked: str) -> None:
        self.looked = looked
        super().__init__(f"no anvil at {looked}", "run: make setup, or set ZEROG_ANVIL")


class BrokerMissing(UsageError):
    """The embedded broker is not installed."""

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(
            f"the package {package} is not installed",
            "pip install 'zerog[devnet]', or set ZEROG_BROKER_URL",
        )


class AltDaAlone(UsageError):
    """A server for rollups in a stack without a disperser."""

    def __init__(self, signers: int) -> None:
        self.signers = signers
        super().__init__(
            f"--alt-da needs data availability, and this stack has {signers} signers",
            "zerog up --signers 4 --alt-da, or set ZEROG_DA_URL to a disperser",
        )


class HomeNotWritable(UsageError):
    """The home directory cannot be made or written."""

    def __init__(self, home: Path, reason: str) -> None:
        self.home, self.reason = home, reason
        super().__init__(f"{home} cannot be used: {reason}", "choose another: --home DIR")


class UnknownPart(UsageError):
    """No process of the stack has that name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        super().__init__(f"no process called {name!r}", f"one of: {', '.join(known)}")


class NoLog(NotFound):
    """The process never wrote a log in this home."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        super().__init__(f"{name} has no log at {path}", "start the stack: zerog up")


class StartFailed(ZerogError):
    """A part of the stack did not become healthy; everything was stopped again."""

    def __init__(self, name: str, reason: str, log: Path) -> None:
        self.name, self.reason, self.log = name, reason, log
        super().__init__(f"{name} did not start: {reason}", f"see {log}")


class PartElsewhereSilent(Unreachable):
    """A part that the environment names elsewhere does not answer there."""

    def __init__(self, name: str, url: str, variable: str) -> None:
        self.name, self.url, self.variable = name, url, variable
        super().__init__(
            f"the {name} at {url} does not answer", f"start it there, or unset {variable}"
        )


class StopFailed(ZerogError):
    """The supervisor did not end in time."""

    def __init__(self, pid: int, seconds: float) -> None:
        self.pid, self.seconds = pid, seconds
        super().__init__(f"the supervisor (pid {pid}) runs after {seconds:.0f} s", f"kill {pid}")


class ChainSilent(Unreachable):
    """The chain's RPC does not answer, or answers an error."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"the chain at {url} does not answer: {reason}", "zerog status")


class FewerSigners(UsageError):
    """A home has more signers than its stack is to run: nobody would serve the others' rows."""

    def __init__(self, known: int, asked: int) -> None:
        self.known, self.asked = known, asked
        super().__init__(
            f"this home has {known} signers, and {asked} of them cannot do the work of all",
            f"zerog up --signers {known}, or --signers 0 for no data availability",
        )


class NothingDeployed(UsageError):
    """A chain that is not a devnet, and a home without a registry for it."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(
            f"chain {chain_id} is no devnet and this home has no registry for it",
            "deploy first: ape run deploy --network ...",
        )
