"""A small network of data availability on a test chain: three signers, four rows each of twelve.

town = DaTown.build(anvil)
town.next_epoch()
blob = town.publish(b"data", signing=[0, 1])       # certified by two of three
town.entrance.read("verifyCertificate(bytes32,uint256,uint256)", *blob.place) -> True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from typing import cast

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from web3.types import TxReceipt

from tests.support.contracts import Deployed, Evm, artifact
from tests.support.da import SMALL
from tests.support.evm import AnvilProcess
from zerog.chain import rlp
from zerog.crypto.bn254 import G1, G2, SecretKey, add, add2
from zerog.da.codec import Encoded, ProvenPiece, encode
from zerog.da.messages import availability, participation, possession
from zerog.da.sampling import Sampled, quality

CHAIN_ID = 31337
ETHER = 10**18
VOTES = 4
EPOCH_BLOCKS = 12
REGISTRATION_BLOCKS = 40
PERIOD = 5
BOND, PENALTY, WINDOW, LIABILITY = ETHER // 100, ETHER, 6, 2

Submission = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Blob:
    """A published blob: where it is, and what its signers keep."""

    encoded: Encoded
    data_root: bytes
    epoch: int
    quorum_id: int
    bitmap: bytes

    @property
    def place(self) -> tuple[bytes, int, int]:
        """What certificates are asked for."""
        return self.data_root, self.epoch, self.quorum_id

    def piece(self, row: int, piece: int = 0) -> tuple[int, int, bytes, bytes]:
        """The struct of a piece."""
        return shown(self.encoded.piece_proof(row, piece))

    def request(self, row: int, piece: int = 0) -> Submission:
        """The struct of a challenge."""
        header = astuple(self.encoded.commitment.header)
        return (*self.place, row, piece, header, self.bitmap)


@dataclass(frozen=True, slots=True)
class Hit:
    """A piece whose quality reaches the target of a round."""

    blob: Blob
    seed: bytes
    quality: int
    row: int
    piece: int

    @property
    def response(self) -> Submission:
        """The struct of a sampling response."""
        header = astuple(self.blob.encoded.commitment.header)
        found = self.blob.piece(self.row, self.piece)
        return (self.seed, *self.blob.place, header, self.quality, found)


def shown(piece: ProvenPiece) -> tuple[int, int, bytes, bytes]:
    """A proven piece as the contracts take it."""
    return piece.row, piece.piece, bytes(piece.data), piece.path


@dataclass(slots=True)
class DaTown:
    """The four contracts, and the signers with their keys."""

    process: AnvilProcess
    evm: Evm
    signers: Deployed
    registry: Deployed
    entrance: Deployed
    challenge: Deployed
    authority: Deployed
    keys: dict[str, SecretKey]
    paged: bool = field(default=False)

    @classmethod
    def build(cls, process: AnvilProcess) -> DaTown:
        """Deploy all of it and register the signers; no epoch is under way."""
        evm = Evm(process.url)
        authority = evm.deploy(artifact("Authority"), evm.accounts[1])
        logics = {name: evm.deploy(artifact(name)) for name in ("DASigners", "DARegistry")}
        registry_at = _created(evm, 1)
        shape = (ETHER, VOTES, 10, EPOCH_BLOCKS, SMALL.rows)
        times = (REGISTRATION_BLOCKS, 1)
        start = logics["DASigners"].calldata(
            "initialize", registry_at, shape, *times, authority.address
        )
        signers = _proxy(evm, logics["DASigners"], "DASigners", start)
        terms = (signers.address, ETHER, VOTES, LIABILITY + 1, authority.address)
        start = logics["DARegistry"].calldata("initialize", *terms)
        registry = _proxy(evm, logics["DARegistry"], "DARegistry", start)
        assert registry.address == registry_at
        entrance = evm.deploy_proxy(
            artifact("DAEntrance"),
            "initialize",
            (signers.address, authority.address, evm.accounts[9], SMALL.k, PERIOD),
        )
        about = (entrance.address, registry.address, authority.address)
        challenge = evm.deploy_proxy(
            artifact("DAChallenge"), "initialize", (*about, BOND, PENALTY, WINDOW, LIABILITY)
        )
        registry.send("setChallenge", challenge.address)
        keys = {str(evm.accounts[2 + i]): SecretKey(1000 + i) for i in range(3)}
        town = cls(process, evm, signers, registry, entrance, challenge, authority, keys)
        for account in keys:
            town._register(account)
        return town

    # --------------------------------------------------------------- epochs

    def mine(self, blocks: int) -> None:
        """Empty blocks."""
        self.process.rpc("anvil_mine", hex(blocks))

    def next_epoch(self) -> int:
        """All register, the quorum is drawn, and the next epoch begins; gives its number."""
        epoch = cast(int, self.signers.read("epochNumber")) + 1
        for account, key in self.keys.items():
            signed = key.sign(participation(bytes.fromhex(account[2:]), epoch, CHAIN_ID))
            self.registry.send("registerNextEpoch", astuple(signed), sender=account)
        self.mine(REGISTRATION_BLOCKS + 2)
        self.signers.send("captureBeacon")
        if not self.paged:
            self.signers.send("pageKeys", 0)
            self.paged = True
        self.signers.send("prepareQuorum", 0, self._ballots(epoch))
        self.signers.send("sumQuorum", 0)
        self.mine(EPOCH_BLOCKS)
        self.entrance.send("sync")
        assert self.entrance.read("currentEpoch") == epoch
        return epoch

    def _register(self, account: str) -> None:
        key = self.keys[account]
        self.registry.send("stake", sender=account, value=VOTES * ETHER)
        detail = (account, "127.0.0.1:1", astuple(key.public_g1), astuple(key.public_g2))
        proof = key.sign(possession(bytes.fromhex(account[2:]), CHAIN_ID))
        self.registry.send("registerSigner", detail, astuple(proof), sender=account)

    def _ballots(self, epoch: int) -> bytes:
        """All ballots in ascending order, as the contract takes them."""
        beacon = cast(bytes, self.signers.read("beaconOf", epoch))
        known = cast("list[tuple[bytes, int, int, int]]", self._registrations(epoch))
        found = []
        for index, (seed, _, votes, _) in enumerate(known):
            for nth in range(votes):
                hashed = keccak(seed.ljust(32, b"\0") + beacon + nth.to_bytes(32))
                found.append((hashed, index.to_bytes(2) + nth.to_bytes(3)))
        return b"".join(ballot for _, ballot in sorted(found))

    def _registrations(self, epoch: int) -> object:
        return self.signers.read("registrations", epoch, 0, len(self.keys))

    # ---------------------------------------------------------------- blobs

    def blob(self, data: bytes, signing: Iterable[int] = (0, 1, 2), quorum_id: int = 0) -> Blob:
        """A blob of the epoch under way, with the bitmap of the signers who sign."""
        encoded = encode(data, SMALL)
        root = encoded.commitment.data_root(CHAIN_ID, bytes.fromhex(self.entrance.address[2:]))
        epoch = cast(int, self.entrance.read("currentEpoch"))
        accounts = [list(self.keys)[i] for i in signing]
        bits = sum(1 << row for row, owner in enumerate(self.owners(epoch)) if owner in accounts)
        return Blob(encoded, root, epoch, quorum_id, bits.to_bytes(-(-SMALL.rows // 8), "little"))

    def owners(self, epoch: int) -> list[str]:
        """Who owns each row."""
        rows = cast("tuple[str, ...]", self.signers.read("getQuorum", epoch, 0))
        return [to_checksum_address(account) for account in rows]

    def submission(self, blob: Blob, signing: Iterable[int] = (0, 1, 2)) -> Submission:
        """The struct of a blob with its signatures."""
        commitment = blob.encoded.commitment
        roots = (commitment.row_root, commitment.rlc_root)
        digest = availability(*blob.place, *roots)
        keys = [list(self.keys.values())[i] for i in signing]
        signature: G1 = add([key.sign(digest) for key in keys])
        key2: G2 = add2([key.public_g2 for key in keys]).eip197()
        words = tuple(int.from_bytes(root) for root in roots)
        return (*blob.place, words, blob.bitmap, astuple(key2), astuple(signature))

    def certify(self, *submissions: Submission) -> TxReceipt:
        """Send submissions."""
        return self.entrance.send("submitVerifiedCommitRoots", list(submissions))

    def publish(self, data: bytes, signing: Sequence[int] = (0, 1, 2)) -> Blob:
        """A certified blob of the epoch under way."""
        blob = self.blob(data, signing)
        self.certify(self.submission(blob, signing))
        return blob

    # ------------------------------------------------------------- sampling

    def find_hit(self, blobs: Sequence[Blob], rounds: int = 3000) -> Hit:
        """Mine blocks until a round has a hit among some blobs."""
        for _ in range(rounds):
            seed, target, _ = cast("tuple[bytes, int, int]", self.entrance.read("sampleTask"))
            for blob in blobs:
                if hit := hit_of(blob, seed, target):
                    return hit
            self.mine(PERIOD)
        raise AssertionError(f"no hit in {rounds} rounds")


def hit_of(blob: Blob, seed: bytes, target: int) -> Hit | None:
    """The first hit of a blob in a round."""
    sampled = Sampled(seed, *blob.place)
    header = blob.encoded.commitment.header
    for row in range(header.rows):
        if (line := sampled.line_quality(row)) > target:
            continue
        for piece in range(header.pieces):
            data = blob.encoded.piece_proof(row, piece).data
            found = quality(line, piece, data)
            if found is not None and found <= target:
                return Hit(blob, seed, found, row, piece)
    return None


def _created(evm: Evm, ahead: int) -> str:
    """Address of the contract that the deployer creates after so many others."""
    deployer = evm.account(None)
    nonce = evm.w3.eth.get_transaction_count(deployer) + ahead
    hashed = keccak(rlp.encode([bytes.fromhex(deployer[2:]), nonce]))
    return to_checksum_address(hashed[12:])


def _proxy(evm: Evm, logic: Deployed, name: str, start: str) -> Deployed:
    made = evm.deploy(artifact("Proxy"), logic.address, start)
    return evm.at(made.address, artifact(name), made.receipt)
