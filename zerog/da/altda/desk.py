"""What the server does with a batch: put it where it stays available, and get it back."""

from __future__ import annotations

from zerog.da.altda.batches import Batches
from zerog.da.altda.commitment import BadCommitment, Commitment, Generic, Keccak
from zerog.da.client.results import Wait
from zerog.da.client.sdk import Da
from zerog.errors import NotFound, Tampered, Unreachable
from zerog.types import Buffer


class NotCertified(NotFound):
    """A commitment without certificate, when there can be none any more: for all the same."""

    def __init__(self, data_root: bytes) -> None:
        self.data_root = data_root
        super().__init__(f"the contract holds no certificate of blob 0x{data_root.hex()} there")


class NotCertifiedYet(Unreachable):
    """A commitment without certificate, of an epoch for which there may still be one."""

    def __init__(self, data_root: bytes, epoch: int) -> None:
        self.data_root, self.epoch = data_root, epoch
        super().__init__(
            f"the contract holds no certificate of blob 0x{data_root.hex()} in epoch {epoch} yet"
        )


class CertifiedButAway(Unreachable):
    """A blob with certificate that no signer gives: somebody may have it all the same."""

    def __init__(self, data_root: bytes, reason: str) -> None:
        self.data_root, self.reason = data_root, reason
        super().__init__(f"blob 0x{data_root.hex()} is certified, but not to be had now: {reason}")


class WrongBatch(Tampered):
    """A blob that does not hash to the keccak256 it was asked for by."""

    def __init__(self, wanted: bytes, found: bytes) -> None:
        self.wanted, self.found = wanted, found
        super().__init__(f"the batch hashes to 0x{found.hex()}, not 0x{wanted.hex()}")


class Desk:
    """One rollup's server, or several rollups'."""

    def __init__(
        self, da: Da, batches: Batches, wait: Wait, policy: int | None, timeout_s: float
    ) -> None:
        """wait: how far a blob must get before its commitment is given out, not ACCEPTED;
        policy: whose signers alone get the rows; timeout_s: for a put."""
        self._da, self._batches = da, batches
        self._wait, self._policy, self._timeout_s = wait, policy, timeout_s

    def put(self, data: Buffer) -> Generic:
        """Disperse a batch; its commitment. Raises as `Da.put`."""
        placed = self._da.put(data, self._policy, self._wait, timeout_s=self._timeout_s)
        return Generic(placed.epoch, placed.quorum_id, placed.data_root)

    def put_as(self, wanted: Commitment, data: Buffer) -> None:
        """Disperse a batch whose keccak256 the rollup computed; raises BadCommitment.

        The same batch again is not dispersed again.
        """
        if not isinstance(wanted, Keccak):
            raise BadCommitment(wanted.encode().hex(), "only keccak256 is known before a put")
        if (found := Keccak.of(data)) != wanted:
            raise BadCommitment(wanted.encode().hex(), f"the body's is 0x{found.encode().hex()}")
        try:
            known = self._batches.where(wanted)
        except NotFound:
            known = None
        if known is None or not self._holds(known):
            self._batches.keep(wanted, self.put(data))

    def get(self, wanted: Commitment) -> Buffer:
        """The batch of a commitment, verified against it.

        All nodes of a rollup must agree on what there is not: whose signers a blob had is for
        `put`. Raises NotCertified, NotCertifiedYet, CertifiedButAway, UnknownBatch, WrongBatch, and
        as `Da.get`.
        """
        where = self._batches.where(wanted) if isinstance(wanted, Keccak) else wanted
        closed = self._da.is_closed(where.epoch)  # before the contract is asked, not after
        if not self._da.verify(where.data_root, where.epoch, where.quorum_id):
            if closed:
                raise NotCertified(where.data_root)
            raise NotCertifiedYet(where.data_root, where.epoch)
        try:
            data = self._da.get(where.data_root, where.epoch, where.quorum_id)
        except NotFound as error:
            raise CertifiedButAway(where.data_root, error.cause) from error
        if isinstance(wanted, Keccak) and (found := Keccak.of(data)) != wanted:
            raise WrongBatch(wanted.digest, found.digest)
        return data

    def _holds(self, where: Generic) -> bool:
        return self._da.verify(where.data_root, where.epoch, where.quorum_id, self._policy)
