"""How a devnet gets its signers: keys, money, stake, registration and the first epoch.

`found_devnet` finds what it did before and goes on from there, however often it was killed. A
public chain is never founded: its operators register their signers one by one (`registering`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from zerog.chain.signer import DEVNET_DEPLOYER, Signer, devnet_signer
from zerog.chain.tx import Call, Sender
from zerog.config import DEVNET_CHAIN_IDS, Settings
from zerog.da.onchain.errors import NoEpoch, NotADevnet
from zerog.da.onchain.keeper import IDLE, Keeper
from zerog.da.onchain.network import DISPERSER, DaNetwork, disperser_keys
from zerog.da.onchain.registering import move, register, set_labels
from zerog.da.onchain.seats import Seat, make_seat
from zerog.da.onchain.sending import fresh

VOTES: Final = 10
FUEL_WEI: Final = 20 * 10**18
"""What a signer and the disperser have for gas at least, when a devnet is founded."""
FIRST_PORT: Final = 34_000
HOST: Final = "127.0.0.1"
REGIONS: Final = ("eu", "us")
"""Regions of a devnet's signers, in turn, so that a policy can be tried."""
FOUNDING_SECONDS: Final = 120.0


def signer_name(number: int) -> str:
    """The name of a devnet's signer, from 1."""
    return f"signer-{number}"


def found_devnet(
    home: Path, signers: int, ports: Mapping[str, int] | None = None, votes: int = VOTES
) -> list[Seat]:
    """Signers 1 to `signers` of a devnet's home, and an epoch of them; the disperser's account.

    ports: by name where each listens on the loopback, 34000 and up by default; one that changed
    is registered anew. Later epochs are the keeper's. Raises NotADevnet, NoDaHere, NoEpoch, and
    what the chain raises.
    """
    settings = Settings.load(home)
    if settings.chain_id not in DEVNET_CHAIN_IDS:
        raise NotADevnet(settings.chain_id)
    return found(DaNetwork.open(settings), signers, ports or {}, votes)


def found(
    network: DaNetwork, signers: int, ports: Mapping[str, int], votes: int = VOTES
) -> list[Seat]:
    """As `found_devnet`, on a chain that is known to be one."""
    home, chain_id = network.settings.home, network.chain.chain_id()
    if chain_id not in DEVNET_CHAIN_IDS:
        raise NotADevnet(chain_id)
    payer = network.sender(devnet_signer(DEVNET_DEPLOYER))
    fund(network, payer, disperser_account(home, chain_id), FUEL_WEI)
    seats = []
    for number in range(1, signers + 1):
        seat = make_seat(home, chain_id, signer_name(number))
        port = ports.get(seat.name, FIRST_PORT + number - 1)
        _settle(network, payer, seat, f"{HOST}:{port}", REGIONS[(number - 1) % 2], votes)
        seats.append(seat)
    if seats and not network.entrance.epoch():
        first_epoch(network, seats, payer)
    return seats


def disperser_account(home: Path, chain_id: int) -> Signer:
    """The account of HOME/da/disperser, made where there is none."""
    keys = disperser_keys(home, chain_id)
    return keys.signer(DISPERSER) if DISPERSER in keys.names() else keys.create(DISPERSER)


def fund(network: DaNetwork, payer: Sender, account: Signer, wei: int) -> None:
    """Bring an account's balance to so much when it has less than half of it."""
    intent = fresh(payer, f"da-fund:{network.entrance.address}:{account.address}")
    balance = network.chain.balance(account.address)
    if balance < wei // 2:
        payer.run(intent, Call(account.address, b"", wei - balance))


def _settle(
    network: DaNetwork, payer: Sender, seat: Seat, socket: str, region: str, votes: int
) -> None:
    missing = votes * network.registry.vote_wei() - network.registry.staked_wei(seat.address)
    known = network.signers.is_signer(seat.address)
    fund(network, payer, seat.account, FUEL_WEI if known else max(missing, 0) + FUEL_WEI)
    sender = network.sender(seat.account)
    if known:
        votes = 0  # what was slashed since is for its operator to bring
    if seat.is_leaving:
        move(network, sender, socket)
        return
    register(network, seat, sender, socket, votes)
    if not any(network.signers.labels(seat.address).region):
        set_labels(network, sender, region, seat.name)


def first_epoch(network: DaNetwork, seats: Sequence[Seat], payer: Sender) -> None:
    """Bring the first epoch about as a keeper would, mining the blocks that it waits for.

    Only on a development chain. Raises NoEpoch.
    """
    keeper = Keeper(network, seats, payer, network.settings.home / "da")
    end = time.monotonic() + FOUNDING_SECONDS
    while not network.entrance.epoch():
        if keeper.step() in IDLE and (blocks := keeper.blocks_left()):
            network.chain.rpc("anvil_mine", [hex(blocks)])
        if time.monotonic() > end:
            raise NoEpoch(network.signers.round().phase.name.lower())
