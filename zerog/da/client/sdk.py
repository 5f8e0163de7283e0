"""Blobs on 0G DA, in one typed call each; what a disperser or a signer says is checked here.

from zerog.da.client.sdk import Da
da = Da.connect()
placed = da.put(b"what must stay available")
da.get(placed.data_root)
da.sample(placed.data_root).verdict
da.verify(placed.data_root)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from zerog.config import Settings
from zerog.da.client.chain import Certificates, OnChain, Site
from zerog.da.client.disperser import Disperser
from zerog.da.client.errors import (
    BadPolicyNumber,
    BlobFailed,
    DisperserBusy,
    DisperserLies,
    DisperserUnreachable,
    HalfAPlace,
    NotConfirmed,
    NotEnoughSigned,
    NotOurRequest,
    NotPlaced,
    StillOnItsWay,
)
from zerog.da.client.ledger import PlacedBlobs
from zerog.da.client.light import DOUBT, ROWS, Confidence, LightClient
from zerog.da.client.results import Placed, State, Wait
from zerog.da.codec import encode
from zerog.da.collector import Collector, Quorums
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.params import Header
from zerog.da.status import Status
from zerog.errors import ZerogError
from zerog.types import Buffer, Progress, no_progress

PATIENCE_SECONDS: Final = 300.0
LAG_SECONDS: Final = 10.0
"""How long a chain may take to show what the disperser says is in it."""
MOST_POLICIES: Final = 2**31
"""Quorums of policy p are numbered from p * 2^32 on, in 63 bits."""
FIRST_POLL_SECONDS, LAST_POLL_SECONDS = 0.02, 1.0
_FAR: Final = {
    Wait.CONFIRMED: (Status.CONFIRMED, Status.FINALIZED),
    Wait.FINALIZED: (Status.FINALIZED,),
}


class Da:
    """Data availability on one network; safe for many threads."""

    def __init__(
        self,
        site: Site,
        disperser: Disperser,
        certificates: Certificates,
        quorums: Quorums,
        placed: PlacedBlobs,
        lag_s: float = LAG_SECONDS,
        final_epoch: Callable[[], int] = lambda: 0,
    ) -> None:
        """placed: where what was put is remembered; final_epoch: of the newest final block."""
        self.site, self.disperser = site, disperser
        self._certificates, self._placed, self._lag_s = certificates, placed, lag_s
        self._final_epoch = final_epoch
        where = site.chain_id, site.entrance, site.profile
        self._collector, self._light = Collector(quorums, *where), LightClient(quorums, *where)

    @classmethod
    def connect(cls, home: str | os.PathLike[str] | None = None) -> Da:
        """The network that the home's registry names; home: default $ZEROG_HOME, else ~/.zerog.

        Raises BadRegistry, BadSetting, NoDaHere, ChainUnreachable, WrongChain.
        """
        return cls.open(Settings.load(Path(home) if home is not None else None))

    @classmethod
    def open(cls, settings: Settings) -> Da:
        """The network of settings; raises NoDaHere, ChainUnreachable, WrongChain."""
        network = DaNetwork.open(settings)
        site = Site(network.chain.chain_id(), network.entrance_bytes, network.profile())
        return cls(
            site,
            Disperser(settings.da_url),
            OnChain(network),
            QuorumBook(network),
            PlacedBlobs(settings.home / "da" / "placed.db", site.name),
            final_epoch=lambda: network.signers.epoch(network.final_block()),
        )

    # ------------------------------------------------------------------- put

    def put(
        self,
        data: Buffer,
        policy: int | None = None,
        wait: Wait | str = Wait.CONFIRMED,
        *,
        check: bool = True,
        timeout_s: float = PATIENCE_SECONDS,
        on_progress: Progress = no_progress,
    ) -> Placed:
        """Disperse 1 to 32,505,852 bytes, and come back when they are as far as `wait` says.

        policy: id of a quorum policy, whose signers alone get the rows. check: compare the data
        root with the data here, and ask the contract for the certificate (and the policy), so that
        a disperser that lies is found out. on_progress: told rows, not bytes.
        Raises BadBlobSize, BadPolicyNumber, DisperserUnreachable, DisperserBusy, DisperserRefused,
        BlobFailed, NotEnoughSigned, StillOnItsWay (it goes on: `wait` again), DisperserLies,
        ChainUnreachable; `errors.worth_again` says which may pass.
        """
        until = Wait(wait)
        view = memoryview(data).cast("B")
        Header.of(len(view), self.site.profile)
        rule = policy or 0
        if not 0 <= rule < MOST_POLICIES:
            raise BadPolicyNumber(rule)
        with ThreadPoolExecutor(1, thread_name_prefix="root") as beside:
            rooting = beside.submit(self.root, view)
            request_id = self.disperser.disperse(data, policy)
            placed = Placed(request_id, rooting.result(), len(view), Status.PROCESSING, policy=rule)
        self._placed.keep(placed)
        on_progress(f"accepted as {request_id}", 0, 0)
        return self._wait(placed, until, check, timeout_s, on_progress)

    def root(self, data: Buffer) -> bytes:
        """The data root of a blob on this network; asks nobody. Raises BadBlobSize."""
        commitment = encode(data, self.site.profile).commitment
        return commitment.data_root(self.site.chain_id, self.site.entrance)

    def wait(
        self,
        request_id: str,
        wait: Wait | str = Wait.CONFIRMED,
        *,
        timeout_s: float = PATIENCE_SECONDS,
        on_progress: Progress = no_progress,
    ) -> Placed:
        """Go on waiting for what this home put, and check it as `put` does.

        Raises NotOurRequest, and what `put` raises once a blob is accepted.
        """
        placed = self._placed.of_request(request_id)
        if placed is None:
            raise NotOurRequest(request_id)
        return self._wait(placed, Wait(wait), True, timeout_s, on_progress)

    def status(self, request_id: str) -> State:
        """What the disperser says of a request, by whomever; it is not checked.

        Of what this home put it is remembered, so that `get` knows where to ask. Raises
        NoSuchRequest, DisperserUnreachable, DisperserBusy, DisperserRefused, DisperserLies.
        """
        state = self.disperser.status(request_id)
        placed = self._placed.of_request(request_id)
        if placed is not None and state.status is not Status.UNKNOWN:
            self._placed.keep(_told(placed, state))
        return state

    def placed(self) -> list[Placed]:
        """What this home put on this network, oldest first."""
        return self._placed.rows()

    def length_of(self, data_root: bytes) -> int:
        """Bytes of a blob that this home put, 0 when it did not."""
        known = self._placed.of_root(data_root)
        return 0 if known is None else known.length

    # ------------------------------------------------------------------- get

    def get(
        self, data_root: bytes, epoch: int | None = None, quorum_id: int | None = None
    ) -> Buffer:
        """The blob of a root, from its signers, verified; no disperser is believed.

        epoch, quorum_id: default where this home put it. Raises NotPlaced, NotConfirmed, NotFound
        (no such quorum; no signer has it), Unavailable, BadEncoding (there is no data, for
        anybody), ChainUnreachable.
        """
        return self._collector.collect(data_root, *self.place(data_root, epoch, quorum_id))

    def sample(
        self,
        data_root: bytes,
        epoch: int | None = None,
        quorum_id: int | None = None,
        rows: int = ROWS,
    ) -> Confidence:
        """Whether a blob can be read, from a few of its rows, and how sure that is.

        Raises NotPlaced, NotFound (no such quorum), BadSample, ChainUnreachable.
        """
        place = self.place(data_root, epoch, quorum_id)
        return self._light.sample(data_root, *place, rows, DOUBT)

    def verify(
        self,
        data_root: bytes,
        epoch: int | None = None,
        quorum_id: int | None = None,
        policy: int | None = None,
    ) -> bool:
        """Whether the contract holds a certificate, by everybody's quorums or by the policy's.

        Without place and policy, of the blob as this home put it. Raises NotPlaced,
        ChainUnreachable.
        """
        place = self.place(data_root, epoch, quorum_id)
        if policy is None and epoch is None and (known := self._placed.of_root(data_root)):
            policy = known.policy or None
        return self._certificates.verify(data_root, *place, policy)

    def is_closed(self, epoch: int) -> bool:
        """Whether no certificate of an epoch can come any more; raises ChainUnreachable."""
        return epoch + 1 < self._final_epoch()

    def place(
        self, data_root: bytes, epoch: int | None = None, quorum_id: int | None = None
    ) -> tuple[int, int]:
        """Epoch and quorum of a blob: as given, else where this home put it.

        When nobody waited for it, the disperser is asked now. Raises NotPlaced, NotConfirmed,
        HalfAPlace.
        """
        if epoch is not None and quorum_id is not None:
            return epoch, quorum_id
        if (epoch is None) != (quorum_id is None):
            raise HalfAPlace
        known = self._placed.of_root(data_root)
        if known is None:
            raise NotPlaced("0x" + data_root.hex())
        if known.epoch:
            return known.epoch, known.quorum_id
        return self._place_told(known)

    def _place_told(self, known: Placed) -> tuple[int, int]:
        try:
            state = self.status(known.request_id)
        except ZerogError as error:
            reason = error.cause
        else:
            if state.data_root == known.data_root:
                return state.epoch, state.quorum_id
            reason = state.status.name
        raise NotConfirmed("0x" + known.data_root.hex(), known.request_id, reason)

    # --------------------------------------------------------------- waiting

    def _wait(
        self,
        placed: Placed,
        until: Wait,
        check: bool,
        timeout_s: float,
        on_progress: Progress,
    ) -> Placed:
        if until is Wait.ACCEPTED:
            return placed
        end = time.monotonic() + timeout_s
        place, doubted = (0, 0), 0.0
        while True:
            state = self._reach(placed.request_id, until, timeout_s, end, on_progress)
            found = self._check_root(placed, state) if check else _with(placed, state)
            if not check or self._certified(found, until):
                self._placed.keep(found)
                on_progress(found.status.name.lower(), 0, 0)
                return found
            # A node behind the disperser's, or a reorg: the disperser is asked again.
            if place != (found.epoch, found.quorum_id):
                place, doubted = (found.epoch, found.quorum_id), time.monotonic() + self._lag_s
            if time.monotonic() > doubted:
                raise DisperserLies(placed.request_id, "the contract holds no such certificate")
            time.sleep(min(self._lag_s, LAST_POLL_SECONDS))

    def _reach(
        self, request_id: str, until: Wait, timeout_s: float, end: float, on_progress: Progress
    ) -> State:
        """Ask until a blob is as far as wanted; a disperser that is away for a while is no end."""
        pause, last = FIRST_POLL_SECONDS, Status.PROCESSING
        while True:
            try:
                state = self.disperser.status(request_id)
            except (DisperserUnreachable, DisperserBusy):
                if time.monotonic() > end:
                    raise
            else:
                last = state.status
                if last in _FAR[until]:
                    return state
                _raise_if_over(state)
                if state.total_rows:
                    on_progress("signed rows", state.signed_rows, state.total_rows)
            if time.monotonic() > end:
                raise StillOnItsWay(request_id, last.name, timeout_s)
            time.sleep(pause)
            pause = min(pause * 1.3, LAST_POLL_SECONDS)

    def _check_root(self, placed: Placed, state: State) -> Placed:
        if state.data_root != placed.data_root:
            said, ours = state.data_root.hex(), placed.data_root.hex()
            raise DisperserLies(
                placed.request_id, f"the data root is 0x{said}, but the data's is 0x{ours}"
            )
        return _with(placed, state)

    def _certified(self, placed: Placed, until: Wait) -> bool:
        where = placed.data_root, placed.epoch, placed.quorum_id
        return self._certificates.verify(
            *where, placed.policy or None, final=until is Wait.FINALIZED
        )


def _with(placed: Placed, state: State) -> Placed:
    return replace(
        placed,
        status=state.status,
        data_root=state.data_root,
        epoch=state.epoch,
        quorum_id=state.quorum_id,
        confirmation_tx=state.confirmation_tx,
        signed_rows=state.signed_rows,
        total_rows=state.total_rows,
    )


def _told(placed: Placed, state: State) -> Placed:
    """What is remembered of what a disperser says: a place only with the root of the data."""
    if state.data_root:
        return _with(placed, state) if state.data_root == placed.data_root else placed
    return replace(placed, status=state.status, signed_rows=state.signed_rows)


def _raise_if_over(state: State) -> None:
    if state.status is Status.FAILED:
        raise BlobFailed(state.request_id, state.error)
    if state.status is Status.INSUFFICIENT_SIGNATURES:
        raise NotEnoughSigned(state.request_id, state.signed_rows, state.total_rows, state.error)
