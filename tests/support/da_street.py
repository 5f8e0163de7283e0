"""A home of data availability whose signers are served, and where `zerog da` is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.da import SMALL, stream
from tests.support.da_onchain import DaPlace, Published
from tests.support.evm import AnvilProcess
from tests.support.ports import free_port
from zerog.chain.signer import Keys, devnet_signer
from zerog.cli.main import run
from zerog.da.client.chain import Site
from zerog.da.client.ledger import PlacedBlobs
from zerog.da.grpcserver import Server
from zerog.da.onchain.duties import Duties
from zerog.da.onchain.founding import found, signer_name
from zerog.da.rpcs import MIB
from zerog.da.signer_api import SignerApi

SIGNERS = 3


@dataclass(slots=True)
class Street:
    """A place whose signers answer, and a blob that they keep."""

    place: DaPlace
    servers: dict[str, Server]
    blob: Published
    data: bytes

    @property
    def root(self) -> str:
        """Of the blob."""
        return "0x" + self.blob.data_root.hex()

    @property
    def where(self) -> list[str]:
        """Options that say where the blob is."""
        return ["--epoch", str(self.blob.where.epoch), "--quorum", str(self.blob.where.quorum_id)]

    def placed(self) -> PlacedBlobs:
        """What the home remembers."""
        site = Site(31337, self.place.network.entrance_bytes, SMALL)
        return PlacedBlobs(self.place.home / "da" / "placed.db", site.name)


@contextmanager
def serving(folder: Path) -> Iterator[Street]:
    """A chain, three signers and a blob, until the block ends. folder: of logs, and the home."""
    process = AnvilProcess.start(folder)
    servers: dict[str, Server] = {}
    try:
        place = DaPlace.build(process, folder / "home")
        Keys(place.home, 31337).add("alice", devnet_signer(3).secret)
        ports = {signer_name(number + 1): free_port() for number in range(SIGNERS)}
        found(place.network, SIGNERS, ports, 4)
        desks = place.desks()
        for seat in place.seats():
            api = SignerApi(desks[seat.address], place.network.entrance_bytes, SMALL)
            servers[seat.name] = Server([api.service()], MIB)
            servers[seat.name].start("127.0.0.1", ports[seat.name])
        data = stream("command line", 5000)
        yield Street(place, servers, place.publish(data), data)
    finally:
        for server in servers.values():
            server.stop(0)
        process.stop()


def next_epoch(place: DaPlace) -> None:
    """Let the keeper of the home bring the next epoch about."""
    duties = Duties.open(place.network.settings)
    assert duties is not None
    before = place.network.signers.epoch()
    while place.network.entrance.epoch() == before:
        duties.keeper.run(10)
        if place.network.entrance.epoch() == before:
            place.mine(max(duties.keeper.blocks_left(), 1))


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where commands of one home are typed."""

    street: Street
    captured: pytest.CaptureFixture[str]

    def type(self, *words: str, code: int = 0) -> str:
        """What `zerog da` prints; it must end with `code`."""
        found = run(["da", *words, "--home", str(self.street.place.home)])
        told = self.captured.readouterr()
        assert found == code, told.err
        assert told.err.count("error: ") == (1 if told.err and not told.out and code else 0)
        return told.out + told.err

    def json(self, *words: str, code: int = 0) -> object:
        """The document that it prints."""
        assert run(["da", *words, "--json", "--home", str(self.street.place.home)]) == code
        return json.loads(self.captured.readouterr().out)
