"""A committee at work: contracts, a market, a home with members' keys, the board as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from tests.support.agents import CHAIN_ID, Person, root
from tests.support.committee_chain import DEPOSIT
from tests.support.contracts import Deployed, artifact
from tests.support.evm import AnvilProcess
from tests.support.market import COMMITTEE, WINDOW, Bazaar
from tests.support.patience import PATIENCE_SECONDS
from zerog.chain.registry import Deployed as Registered
from zerog.chain.registry import Registry
from zerog.chain.signer import DEVNET_DEPLOYER, Signer, devnet_signer
from zerog.chain.steps_committee import MIN_BOND_WEI, PENALTY_WEI
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.inft.committee.dkg import point_of
from zerog.inft.committee.founding import DEVNET_FUEL_WEI, found, join_member
from zerog.inft.committee.member import Member
from zerog.inft.committee.network import Network
from zerog.inft.envelope import DataKey, SealContext, open_seal, seal
from zerog.inft.proofs import Statement
from zerog.inft.sealproof import Handed, transfer_seal
from zerog.jobs import InlineJobs, ReleaseKey
from zerog.types import PublicKey

ROUND_SECONDS = (1200, 1200, 60)
"""To deal, to judge, to leave. Rounds take their time on a busy machine, and no test lets one run
out here."""


def wait_until(look: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Look until it is so; TimeoutError names what was awaited."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


@dataclass(slots=True)
class Congress:
    """Everything that a committee needs, and people who sell through it."""

    anvil: AnvilProcess
    home: Path
    bazaar: Bazaar
    committee: Deployed
    vault: Deployed
    desk: Deployed
    board_url: str
    board: subprocess.Popen[bytes]
    members: dict[int, Member] = field(default_factory=dict)
    keys: dict[int, DataKey] = field(default_factory=dict)

    @classmethod
    def build(cls, anvil: AnvilProcess, home: Path, board_port: int) -> Congress:
        """Contracts, registry and board; nobody has joined."""
        bazaar = Bazaar.build(anvil)
        evm, authority = bazaar.house.evm, bazaar.house.authority.address
        money = (MIN_BOND_WEI, PENALTY_WEI, *ROUND_SECONDS, evm.accounts[1])
        committee = evm.deploy_proxy(artifact("Committee"), "initialize", money, authority)
        names = (committee.address, authority)
        vault = evm.deploy_proxy(artifact("CommitteeVault"), "initialize", *names)
        desk = evm.deploy(artifact("CommitteeDesk"), vault.address)
        committee.send("setJudge", vault.address)
        bazaar.house.verifier.send("setCommittee", vault.address)
        bazaar.market.send("setCommittee", vault.address)
        contracts = {
            "Committee": committee,
            "CommitteeVault": vault,
            "CommitteeDesk": desk,
            "AgentMarket": bazaar.market,
            "AgentNFT": bazaar.house.token,
            "DataVerifier": bazaar.house.verifier,
        }
        registered = {
            name: Registered(one.address, 0, bytes(32), bytes(32))
            for name, one in contracts.items()
        }
        url = f"http://127.0.0.1:{board_port}"
        home.mkdir(parents=True, exist_ok=True)
        Registry(CHAIN_ID, registered, {"chain": anvil.url, "committee": url}).save(home)
        board = _start_board(home, board_port)
        made = cls(anvil, home, bazaar, committee, vault, desk, url, board)
        wait_until(made._board_answers, "the board")
        return made

    def _board_answers(self) -> bool:
        if self.board.poll() is not None:
            raise RuntimeError((self.home / "board.log").read_text())
        try:
            with urllib.request.urlopen(
                f"{self.board_url}/health", timeout=PATIENCE_SECONDS
            ) as answer:
                return bool(json.load(answer)["ok"])
        except (urllib.error.URLError, ConnectionError):
            return False

    def stop(self) -> None:
        """End the board."""
        self.board.terminate()
        self.board.wait(timeout=PATIENCE_SECONDS)

    # ------------------------------------------------------------------- members

    def join(self, number: int) -> Member:
        """One more member, with money, keys and a bond."""
        network = Network.open(self.settings(), {})
        join_member(network, number, self._payer(network), fuel_wei=DEVNET_FUEL_WEI)
        return self._open(number)

    def _open(self, number: int) -> Member:
        self.members[number] = Member.open(self.settings(), number, {})
        return self.members[number]

    def _payer(self, network: Network) -> Sender:
        store = TxStore(self.home / "tx.db")
        return Sender(network.chain, store, self.deployer(), 0)

    def deployer(self) -> Signer:
        """Who administers, and pays for members."""
        return devnet_signer(DEVNET_DEPLOYER)

    def settings(self) -> Settings:
        """The home's."""
        return Settings.load(self.home, {})

    def jobs(self, *numbers: int) -> InlineJobs:
        """Runs releases at once, of all members or of these alone."""

        def run(key: str) -> None:
            number, release_id = key.split("/", 1)
            if not numbers or int(number) in numbers:
                self.members[int(number)].release(release_id)

        return InlineJobs({ReleaseKey: run})

    def tick(self, *numbers: int) -> None:
        """One step of each member, or of these alone."""
        for number in numbers or tuple(self.members):
            self.members[number].step(self.jobs())

    def found(self, size: int, threshold: int) -> None:
        """So many members join, generate a key together, and it is final."""
        found(Network.open(self.settings(), {}), self.deployer(), size, threshold)
        for number in range(1, size + 1):
            self._open(number)

    def new_round(self, threshold: int, slots: tuple[int, ...] = (), key_id: int = 0) -> None:
        """A round among members, driven by their own steps to its end."""
        chosen = list(slots or self.members)
        self.committee.send("openRound", key_id, threshold, chosen)
        round_id = self.committee.read("lastRound")

        def is_final() -> bool:
            self.tick()
            state = cast("tuple[object, ...]", self.committee.read("roundOf", round_id))[0]
            return state == 2

        wait_until(is_final, "the end of a round")

    def bond(self, slot: int) -> int:
        """A member's bond in wei."""
        return cast(int, cast("tuple[object, ...]", self.committee.read("memberOf", slot))[4])

    # --------------------------------------------------------------------- sales

    def mint(self, owner: Person, sealed: bytes | None = None) -> int:
        """A token with one item, sealed to its owner or as given."""
        token = self.bazaar.house.token
        token_id = cast(int, token.read("nextTokenId"))
        key = DataKey.generate()
        context = SealContext(CHAIN_ID, token.address, token_id)
        made = sealed or seal(key, PublicKey(owner.public_key), context)
        items = [("{}", root(f"committee {token_id}"))]
        token.send("mint", owner.address, items, [made], token_id, sender=owner.address)
        self.keys[token_id], self.bazaar.seals[token_id] = key, [made]
        return token_id

    def handed(self, token_id: int, owner: Person, index: int = 0) -> Handed:
        """The owner's seal of one item to the committee, with its proof."""
        data_hash = self.bazaar.house.hashes_of(token_id)[index]
        vault = self.vault.address
        act = Statement(
            chain_id=CHAIN_ID,
            token=self.bazaar.house.token.address,
            verifier=vault,
            operation=DEPOSIT,
            token_id=token_id,
            sender=owner.address,
            receiver=vault,
            old_data_hash=data_hash,
            new_data_hash=data_hash,
        )
        newest = self.committee.read("activeKey")
        point, _ = cast("tuple[object, int]", self.committee.read("keyOf", newest))
        current = self.bazaar.seals[token_id][index]
        return transfer_seal(owner.secret, current, point_of(point), act, index)

    def deposit(self, token_id: int, owner: Person) -> None:
        """Deposit every key of the token."""
        token = self.bazaar.house.token.address
        for index in range(len(self.bazaar.seals[token_id])):
            made = self.handed(token_id, owner, index)
            self.vault.send("deposit", token, token_id, index, made.sealed_key, made.proof)

    def wish(self, token_id: int, owner: Person, receiver: Person, window: int = WINDOW) -> int:
        """Ask the committee to hand a token over without a sale; gives the wish."""
        token, bazaar = self.bazaar.house.token, self.bazaar
        token.send("approve", self.desk.address, token_id, sender=owner.address)
        consents = bazaar.consents(bazaar.statement(token_id, owner, receiver), receiver)
        terms = (token.address, token_id, receiver.address, window, receiver.public_key)
        self.desk.send("wish", *terms, consents, sender=owner.address)
        return cast(int, self.desk.read("wishes"))

    def put_up(self, owner: Person, window: int = WINDOW) -> int:
        """Mint, deposit, list; gives the listing."""
        token_id = self.mint(owner)
        self.deposit(token_id, owner)
        return self.bazaar.put_up(token_id, owner, mode=COMMITTEE, window=window)

    def sold(self, seller: Person, buyer: Person, window: int = WINDOW) -> int:
        """The same, and paid; gives the listing."""
        listing = self.put_up(seller, window)
        self.bazaar.buy(listing, buyer)
        return listing

    def is_settled(self, listing: int) -> bool:
        """Whether the market says so."""
        return self.bazaar.state(listing) == 3

    def buyer_opens(self, token_id: int, buyer: Person) -> bool:
        """Whether the seal that the chain has now opens to the key that was minted."""
        token = next(iter(self.members.values())).network.token
        return open_seal(token.published_keys(token_id)[-1], buyer.secret) == self.keys[token_id]

    def token_of(self, listing: int) -> int:
        """The token that a listing sells."""
        return cast(int, self.bazaar.sale(listing)[5])


def _start_board(home: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "zerog.inft.committee.board", "--home", str(home)]
    with (home / "board.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "--port", str(port)],
            env={**os.environ, "ZEROG_HOME": str(home)},
            stdout=log,
            stderr=log,
        )
