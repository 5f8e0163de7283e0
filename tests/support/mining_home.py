"""A miner in the home of a running stack of node and chain, driven step by step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.storage_daemons import Storage
from zerog.chain.signer import Keys, devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.storage.mining.earnings import earnings
from zerog.storage.mining.fetch import Fetcher
from zerog.storage.mining.miner import Miner, Outcome
from zerog.storage.mining.network import Network
from zerog.storage.mining.pora import SEAL_UNIT, unit_root, unseal_unit
from zerog.storage.mining.ranges import LOAD_SECTORS, UNIT_SECTORS
from zerog.storage.mining.search import Window

DAVE = 6


def miner_of(storage: Storage, env: Mapping[str, str] | None = None) -> Miner:
    """The home's miner, whose key is dave's."""
    keys = Keys(storage.home, storage.chain.chain_id())
    if "dave" not in keys.names():
        keys.add("dave", devnet_signer(DAVE).secret)
    return Miner.open(Settings.load(storage.home, {}), {"ZEROG_MINE_LANES": "1", **(env or {})})


def other_miner(storage: Storage, home: Path, account: int) -> Miner:
    """A miner of another account in a home of its own."""
    network = Network.open(storage.home, storage.anvil.url)
    sender = Sender(network.chain, TxStore(home / "tx.db"), devnet_signer(account))
    config = miner_of(storage).config
    return Miner(network, sender, Fetcher([storage.node.url]), home / "miner", config)


def mine_blocks(storage: Storage, count: int) -> None:
    """Empty blocks, one second apart; anvil alone would give them all the same second."""
    storage.anvil.rpc("anvil_mine", hex(count), "0x1")


def roll(storage: Storage, miner: Miner) -> None:
    """Let the open epoch end, and open the next one; all of them after a reorg's silence."""
    end = miner.network.flow.epoch_end()
    head = storage.chain.head().number
    if head < end:
        mine_blocks(storage, end - head)
    rolled = 0
    while count := miner.keeper.step():
        rolled += count
    assert rolled


def open_window(storage: Storage, miner: Miner) -> Window:
    """Roll until a window is open, with all that is closed sealed."""
    found = miner.window()
    while not isinstance(found, Window):
        roll(storage, miner)
        found = miner.window()
    seal_all(miner)
    return found


def seal_all(miner: Miner) -> int:
    """Seal until there is nothing left."""
    total = 0
    while done := miner.seal():
        total += done
    return total


def search_until_found(miner: Miner, window: Window) -> Outcome:
    """Search as long as the window is open."""
    while True:
        found = miner.search("0x" + window.context.digest.hex())
        if found.state != "nothing":
            return found


def chunks_not_full(miner: Miner) -> int:
    """Pricing chunks that an answer can recall and that pay nothing yet."""
    return sum(chunk.start_time == 0 for chunk in earnings(miner, 1000).chunks)


def sealed_units(miner: Miner) -> int:
    """Units that count under the chain's present epochs."""
    own_id, last = miner.known_id(), miner.log.last_epoch()
    if own_id is None or last is None:
        return 0
    total = 0
    for load in range(-(-last.beyond // LOAD_SECTORS)):
        base = load * LOAD_SECTORS
        epochs = miner.log.epochs(base, base + LOAD_SECTORS)
        total += len(miner.store.load(load, own_id, epochs).units)
    return total


def check_sealed(miner: Miner) -> None:
    """Every unit that counts unseals, under its digest, to what its root says."""
    own_id, last = miner.known_id(), miner.log.last_epoch()
    if own_id is None or last is None:
        return
    for load in range(-(-last.beyond // LOAD_SECTORS)):
        base = load * LOAD_SECTORS
        rows = miner.store.load(load, own_id, miner.log.epochs(base, base + LOAD_SECTORS))
        data = miner.store.read(load)
        for unit, one in rows.units.items():
            sealed = data[unit * SEAL_UNIT : (unit + 1) * SEAL_UNIT]
            place = base + unit * UNIT_SECTORS
            assert unit_root(unseal_unit(sealed, own_id, one.digest, place)) == one.root


def sealable_units(miner: Miner) -> int:
    """Units of closed epochs, the reserved one left out."""
    last = miner.log.last_epoch()
    return 0 if last is None else max(last.beyond // UNIT_SECTORS - 1, 0)
