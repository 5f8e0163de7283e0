"""A small network of data availability on a test chain: three signers, four rows each of twelve.

town = DaTown.open(anvil)
town.next_epoch()
blob = town.publish(b"data", signing=[0, 1])       # certified by two of three
town.entrance.read("verifyCertificate(bytes32,uint256,uint256)", *blob.place) -> True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import cast

from eth_utils.address import to_checksum_address
from web3.types import TxReceipt

from tests.support.contracts import Deployed, Evm, artifact
from tests.support.da import SMALL
from tests.support.da_signers import EPOCH_BLOCKS, Rules, SignersTown, placed
from tests.support.evm import AnvilProcess
from zerog.crypto.bn254 import G1, G2, SecretKey, add, add2
from zerog.da.codec import Encoded, Header, ProvenPiece, encode
from zerog.da.messages import availability
from zerog.da.sampling import Sampled, quality

CHAIN_ID = 31337
ETHER = 10**18
VOTES = 4
WHO = (2, 3, 4)
"""Development accounts of the signers."""
PERIOD = 5
BOND, PENALTY, WINDOW, LIABILITY = ETHER // 100, ETHER, 6, 2
RULES = Rules(rows=SMALL.rows, quorums=10, max_votes=VOTES, lock_epochs=LIABILITY + 1)

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

    def header_request(self, row: int) -> Submission:
        """The struct of a challenge for the header."""
        return (*self.place, row, self.bitmap)

    def header_answer(self, header: Header | None = None) -> Submission:
        """The struct of an answer with a header, its own by default."""
        return (*self.place, astuple(header or self.encoded.commitment.header))


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
class DaTown(SignersTown):
    """The four contracts, and three signers with their keys."""

    entrance: Deployed
    challenge: Deployed

    @classmethod
    def open(cls, process: AnvilProcess) -> DaTown:
        """Deploy all of it and register the signers; no epoch is under way."""
        found = placed(Evm(process.url), RULES)
        evm, authority, signers, registry, _ = found
        entrance = _entrance(evm, signers, authority)
        beside = (entrance.address, registry.address, authority.address)
        challenge = evm.deploy_proxy(
            artifact("DAChallenge"), "initialize", (*beside, BOND, PENALTY, WINDOW, LIABILITY)
        )
        registry.send("setChallenge", challenge.address)
        town = cls(*found, process, entrance, challenge)
        for who in WHO:
            town.join(who, VOTES)
        return town

    def twin_entrance(self) -> Deployed:
        """A second entrance over the same signers."""
        return _entrance(self.evm, self.signers, self.authority)

    @property
    def keys(self) -> dict[str, SecretKey]:
        """Account and key of each signer, in order."""
        return {str(self.evm.accounts[who]): self.key(who) for who in WHO}

    # --------------------------------------------------------------- epochs

    def next_epoch(self, *policies: int) -> int:
        """All register, the quorums of all draws are drawn, the next epoch begins."""
        epoch = self.epoch() + 1
        for who in WHO:
            self.enter(who)
        self.capture()
        self.page()
        for policy in (0, *policies):
            self.prepare(policy)
        self.mine(EPOCH_BLOCKS)
        self.entrance.send("sync")
        assert self.entrance.read("currentEpoch") == epoch
        return epoch

    # ---------------------------------------------------------------- blobs

    def blob(self, data: bytes, signing: Iterable[int] = (0, 1, 2), quorum_id: int = 0) -> Blob:
        """A blob of the epoch under way, with the bitmap of the signers who sign."""
        encoded = encode(data, SMALL)
        root = encoded.commitment.data_root(CHAIN_ID, bytes.fromhex(self.entrance.address[2:]))
        epoch = cast(int, self.entrance.read("currentEpoch"))
        accounts = [list(self.keys)[i] for i in signing]
        owners = self.owners(epoch, quorum_id)
        bits = sum(1 << row for row, owner in enumerate(owners) if owner in accounts)
        return Blob(encoded, root, epoch, quorum_id, bits.to_bytes(-(-SMALL.rows // 8), "little"))

    def owners(self, epoch: int, quorum_id: int = 0) -> list[str]:
        """Who owns each row."""
        rows = cast("tuple[str, ...]", self.signers.read("getQuorum", epoch, quorum_id))
        return [to_checksum_address(account) for account in rows]

    def submission(self, blob: Blob, signing: Iterable[int] = (0, 1, 2)) -> Submission:
        """The struct of a blob with its signatures."""
        return self._signed(blob, blob.encoded.commitment.row_root, signing)

    def resigned(self, blob: Blob, row_root: bytes) -> Submission:
        """The struct of a blob whose signers all signed another row root."""
        return self._signed(blob, row_root, (0, 1, 2))

    def _signed(self, blob: Blob, row_root: bytes, signing: Iterable[int]) -> Submission:
        roots = (row_root, blob.encoded.commitment.rlc_root)
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


def _entrance(evm: Evm, signers: Deployed, authority: Deployed) -> Deployed:
    about = (signers.address, authority.address, evm.accounts[9], SMALL.k, PERIOD)
    return evm.deploy_proxy(artifact("DAEntrance"), "initialize", about)
