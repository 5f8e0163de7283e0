"""A home whose chain has the four contracts of data availability, small enough for tests.

place = DaPlace.build(anvil, tmp_path)
place.found(3)                                   # signers with keys, and epoch 1
blob = place.publish(b"data")                    # announced, kept, signed, certified
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tests.support.contracts import Deployed as Made
from tests.support.contracts import Evm, artifact
from tests.support.da import SMALL
from tests.support.evm import AnvilProcess
from zerog.chain import rlp
from zerog.chain.registry import Deployed, Registry
from zerog.chain.rpc import BlockRef
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender
from zerog.config import Settings
from zerog.da.certificate import Certificate, Tally
from zerog.da.codec import Encoded, encode
from zerog.da.desk import Desk
from zerog.da.messages import availability
from zerog.da.onchain.door import ChainDoor
from zerog.da.onchain.duties import Duties
from zerog.da.onchain.founding import found
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.onchain.seats import Seat, open_seats
from zerog.da.onchain.views import UploadLog, open_desk
from zerog.da.status import Assignment
from zerog.da.wire import SignOrder

CHAIN_ID = 31337
ETHER = 10**18
VOTE = ETHER


@dataclass(frozen=True, slots=True)
class Terms:
    """Blocks of an epoch, of registration, of a round and of an answer; epochs of liability."""

    epoch: int = 40
    registration: int = 12
    delay: int = 2
    period: int = 5
    window: int = 8
    liability: int = 3
    bond: int = ETHER // 100
    penalty: int = ETHER


@dataclass(frozen=True, slots=True)
class Published:
    """A certified blob."""

    encoded: Encoded
    data_root: bytes
    where: Assignment
    certificate: Certificate

    @property
    def place(self) -> tuple[bytes, int, int]:
        """What certificates are asked for."""
        return self.data_root, self.where.epoch, self.where.quorum_id


@dataclass(slots=True)
class DaPlace:
    """One home and its chain."""

    process: AnvilProcess
    evm: Evm
    authority: Made
    network: DaNetwork
    made: int = 0

    @classmethod
    def build(
        cls, process: AnvilProcess, home: Path, depth: int = 0, terms: Terms | None = None
    ) -> DaPlace:
        """Deploy the contracts for blobs of 12 rows, and write the home's registry."""
        evm, terms = Evm(process.url), terms or Terms()
        authority = evm.deploy(artifact("Authority"), evm.accounts[1])
        contracts = {name: one.address for name, one in _contracts(evm, authority, terms).items()}
        Registry(
            chain_id=CHAIN_ID,
            contracts={
                name: Deployed(to_checksum_address(at), 0, bytes(32), bytes(32))
                for name, at in contracts.items()
            },
            endpoints={"chain": process.url},
        ).save(home)
        network = network_of(home, depth)
        return cls(process, evm, authority, network)

    @property
    def home(self) -> Path:
        """The home."""
        return self.network.settings.home

    def mine(self, blocks: int = 1) -> None:
        """Let blocks pass."""
        self.process.rpc("anvil_mine", hex(blocks))

    def head(self) -> BlockRef:
        """The newest block."""
        return self.network.chain.head()

    def reward_hits(self, wei: int) -> None:
        """Let a hit of a whole piece earn so much; there is an ether of it."""
        entrance = self.network.entrance
        donor, admin = (self.network.sender(devnet_signer(index)) for index in (4, 1))
        donor.run("donate", Call(entrance.address, entrance.calldata("donate"), ETHER))
        admin.run("reward", Call(entrance.address, entrance.calldata("setBaseReward", wei)))

    # ----------------------------------------------------------------- people

    def found(self, signers: int = 3, votes: int = 4) -> list[Seat]:
        """Signers with keys and stake, and the first epoch."""
        return found(self.network, signers, {}, votes)

    def seats(self) -> list[Seat]:
        """Every signer of the home."""
        return open_seats(self.home, CHAIN_ID)

    def desks(self) -> dict[str, Desk]:
        """Desk of each signer, by account, as a daemon opens them."""
        uploads, book = UploadLog(self.network), QuorumBook(self.network, final=True)
        return {seat.address: open_desk(self.network, seat, uploads, book) for seat in self.seats()}

    def door(self) -> ChainDoor:
        """The disperser's door."""
        return ChainDoor.open(self.network.settings)

    # ------------------------------------------------------------------ blobs

    def encode(self, data: bytes) -> tuple[Encoded, bytes]:
        """Rows and data root of a blob."""
        encoded = encode(data, SMALL)
        root = encoded.commitment.data_root(CHAIN_ID, self.network.entrance_bytes)
        return encoded, root

    def publish(self, data: bytes, policy: int = 0, silent: Iterable[str] = ()) -> Published:
        """A blob that is announced, kept, signed by all but `silent` accounts, and certified."""
        encoded, root = self.encode(data)
        self.made += 1
        door = self.door()
        where = door.upload([root], policy, f"test-upload:{self.made}")[0]
        certificate = self.sign(encoded, root, where, silent)
        self.confirm(certificate)
        return Published(encoded, root, where, certificate)

    def sign(
        self, encoded: Encoded, root: bytes, where: Assignment, silent: Iterable[str] = ()
    ) -> Certificate:
        """Give each signer its rows, and make a certificate of what they sign."""
        quorum = self.door().quorum(where.epoch, where.quorum_id)
        roots = (encoded.commitment.row_root, encoded.commitment.rlc_root)
        keys = {account: member.key for account, member in quorum.members.items()}
        tally = Tally(root, where.epoch, where.quorum_id, roots, quorum.rows, keys)
        desks = self.desks()
        for account, member in quorum.members.items():
            if account not in set(silent):
                rows = [encoded.row_proof(row) for row in member.rows]
                place = (where.epoch, where.quorum_id, root)
                order = SignOrder(*place, encoded.commitment, encoded.values, rows)
                tally.add(account, desks[account].sign([order])[0])
        return tally.certificate()

    def conspire(self, data_root: bytes, roots: tuple[bytes, bytes]) -> Certificate:
        """A certificate of whatever data root, beside whatever roots: all sign, nobody looks."""
        epoch, door = self.network.signers.epoch(), self.door()
        quorum = door.quorum(epoch, 0)
        keys = {account: member.key for account, member in quorum.members.items()}
        tally = Tally(data_root, epoch, 0, roots, quorum.rows, keys)
        for seat in self.seats():
            if seat.address in keys:
                digest = availability(data_root, epoch, 0, *roots)
                tally.add(seat.address, seat.key.sign(digest))
        return tally.certificate()

    def confirm(self, certificate: Certificate) -> None:
        """Have it certified."""
        self.made += 1
        confirmation = self.door().confirm([certificate], f"test-confirm:{self.made}")
        assert not confirmation.refused, confirmation.refused


def duties_of(place: DaPlace) -> Duties:
    """The duties of the home's signers, as a worker opens them."""
    opened = Duties.open(place.network.settings)
    assert opened is not None
    return opened


def challenger(place: DaPlace) -> Sender:
    """Somebody who challenges."""
    return place.network.sender(devnet_signer(4))


def row_of(place: DaPlace, seat: Seat, epoch: int, quorum_id: int) -> int:
    """A row of a signer in a quorum."""
    return place.door().quorum(epoch, quorum_id).members[seat.address].rows[0]


def network_of(home: Path, depth: int = 0) -> DaNetwork:
    """A home's network, with a finality depth."""
    return DaNetwork.open(Settings.load(home, {"ZEROG_FINALITY_DEPTH": str(depth)}))


def _contracts(evm: Evm, authority: Made, terms: Terms) -> dict[str, Made]:
    logics = {name: evm.deploy(artifact(name)) for name in ("DASigners", "DARegistry")}
    registry_at = _created(evm, 1)
    shape = (VOTE, 1000, 10, terms.epoch, SMALL.rows)
    times = (terms.registration, terms.delay, authority.address)
    signers = _proxy(evm, logics["DASigners"], "DASigners", (registry_at, shape, *times))
    stakes = (signers.address, VOTE, 1000, terms.liability + 1, authority.address)
    registry = _proxy(evm, logics["DARegistry"], "DARegistry", stakes)
    assert registry.address == registry_at
    about = (signers.address, authority.address, evm.accounts[9], SMALL.k, terms.period)
    entrance = evm.deploy_proxy(artifact("DAEntrance"), "initialize", about)
    asked = (entrance.address, registry.address, authority.address)
    costs = (terms.bond, terms.penalty, terms.window, terms.liability)
    challenge = evm.deploy_proxy(artifact("DAChallenge"), "initialize", (*asked, *costs))
    registry.send("setChallenge", challenge.address, sender=evm.accounts[1])
    return {
        "DASigners": signers,
        "DARegistry": registry,
        "DAEntrance": entrance,
        "DAChallenge": challenge,
    }


def _proxy(evm: Evm, logic: Made, name: str, args: tuple[object, ...]) -> Made:
    start = logic.calldata("initialize", *args)
    made = evm.deploy(artifact("Proxy"), logic.address, start)
    return evm.at(made.address, artifact(name), made.receipt)


def _created(evm: Evm, ahead: int) -> str:
    """Address of the contract that the deployer creates after so many others."""
    deployer = evm.account(None)
    nonce = evm.w3.eth.get_transaction_count(deployer) + ahead
    hashed = keccak(rlp.encode([bytes.fromhex(deployer[2:]), nonce]))
    return to_checksum_address(hashed[12:])
