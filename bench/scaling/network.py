"""A network on paper: blobs come, are encoded, announced, signed and certified.

One layer is one chain with its own signers. Every step takes the time that bench/da.py measured
for it on one core, queues where its core, line, block or seat is taken, and nothing else.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from bench.scaling.engine import Clock, Servers

ROWS: Final = 3072
NEEDED: Final = 2048
PATH_BYTES: Final = 12 * 32 + 4
HEAD_BYTES: Final = 16 * 1024 + 200
"""Of a sign request, whatever its rows: the combinations, the commitment."""
SEATS: Final = 10
WALLS: Final = (
    "encoding cores",
    "the largest signer's line",
    "the busiest signer's cores",
    "gas of the chain",
)


@dataclass(frozen=True, slots=True)
class Rates:
    """What one core does, measured; bytes a second unless a name says otherwise."""

    encode: float
    """Of data, all rows and the commitment made."""
    check: float
    """Of rows, a signer's check."""
    check_fixed_s: float
    """Of that check, what a blob costs whatever the number of rows."""
    send: float
    """Of messages, by gRPC, at the sender."""
    receive: float
    keep: float
    """Of rows, written durably."""
    sign_s: float
    verify_s: float
    """The sum of some signatures, at the disperser."""
    join_s: float
    """And for each of them, to be read and added up."""


@dataclass(frozen=True, slots=True)
class Gas:
    """Of one blob: its announcement, and its certificate by the number of absent signers."""

    announce: int
    certificate: Sequence[tuple[int, int]]

    def certified(self, absent: int) -> int:
        """Between measured points on a line, beyond them as at the last."""
        known = [at for at, _ in self.certificate]
        place = bisect_right(known, absent)
        if place == len(known):
            return self.certificate[-1][1]
        (low, cheap), (high, dear) = self.certificate[place - 1], self.certificate[place]
        return cheap + (dear - cheap) * (absent - low) // (high - low)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated. Bandwidths in bytes a second, both ways apart.

    stake_exponent: 0 gives all signers the same stake, 1 is Zipf's. slow: share of the signers
    that have a fifth of line and cores; dead: share that answers nothing. one_machine: encoders
    and signers share `encoders` cores.
    """

    rates: Rates
    gas: Gas
    layers: int = 1
    encoders: int = 2
    signers: int = 100
    signer_cores: int = 4
    line: float = 125e6
    rtt_s: float = 0.05
    stake_exponent: float = 0.5
    slow: float = 0.0
    dead: float = 0.0
    block_s: float = 1.0
    block_gas: int = 15_000_000
    finality_blocks: int = 2
    grace_s: float = 0.5
    """Signers may still answer for so long when two thirds have."""
    timeout_s: float = 10.0
    hop_s: float = 0.02
    """Between two steps of the disperser."""
    blob: int = 32_505_852
    load: float = 100e6
    """Bytes of data that come in a second, over all layers."""
    seconds: float = 40.0
    burst: int = 0
    """Instead of a load: so many blobs at once at the beginning."""
    one_machine: bool = False


@dataclass(slots=True)
class Blob:
    """One blob on its way. signed: rows; absent: signers that were not waited for."""

    born: float
    layer: int
    signed: int = 0
    answers: int = 0
    called: bool = False
    gas: int = 0
    confirmed: float = math.inf
    steps: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a plan. Rates in bytes of data a second; latencies from arrival on, seconds."""

    offered: float
    throughput: float
    p50_s: float
    p99_s: float
    use: dict[str, float]
    lost: int
    work_s: float
    """Of the encoding cores; of the whole machine, if there is only one."""
    blobs: Sequence[Blob]

    @property
    def wall(self) -> str:
        """What is used most."""
        return max(self.use, key=self.use.__getitem__)


class Signer:
    """A line in, cores behind it, ten seats. rows: of each blob."""

    def __init__(self, clock: Clock, rows: int, cores: Servers, slowness: float) -> None:
        """slowness: how many times longer its line takes than the plan says."""
        self.rows, self.cores = rows, cores
        self.line = Servers(clock, 1, 1 / slowness)
        self.seated = 0


def shares(signers: int, exponent: float, dice: random.Random) -> list[int]:
    """Rows of each signer: 3,072 ballots over stakes of a power law."""
    stakes = [(place + 1) ** -exponent for place in range(signers)]
    drawn = Counter(dice.choices(range(signers), stakes, k=ROWS))
    return [drawn[signer] for signer in range(signers)]


class Layer:
    """One chain and its signers."""

    def __init__(self, clock: Clock, plan: Plan, encoders: Servers, dice: random.Random) -> None:
        self._clock, self._plan, self._encoders = clock, plan, encoders
        rows = shares(plan.signers, plan.stake_exponent, dice)
        order = dice.sample(range(plan.signers), plan.signers)
        dead, slow = round(plan.dead * plan.signers), round(plan.slow * plan.signers)
        self._dead = set(order[:dead])
        slowness = dict.fromkeys(order[dead : dead + slow], 5.0)
        self.signers = [
            Signer(clock, n, self._cores(slowness.get(who, 1)), slowness.get(who, 1))
            for who, n in enumerate(rows)
        ]
        self._to_announce: deque[Blob] = deque()
        self._to_certify: deque[Blob] = deque()
        self.gas_used = 0
        """After the first quarter, in which queues fill."""
        self.lost = 0

    def _cores(self, slowness: float) -> Servers:
        if self._plan.one_machine:
            return self._encoders
        return Servers(self._clock, self._plan.signer_cores, 1 / slowness)

    def announce(self, blob: Blob) -> None:
        """An encoded blob waits for the next block."""
        self._to_announce.append(blob)

    def block(self) -> None:
        """Put in what its gas holds: certificates first, since announced blobs wait for them."""
        left = self._plan.block_gas
        left, certified = _filled(left, self._to_certify)
        left, announced = _filled(left, self._to_announce)
        if self._clock.now >= self._plan.seconds / 4:
            self.gas_used += self._plan.block_gas - left
        for blob in certified:
            blob.confirmed = blob.steps["confirmed"] = self._clock.now
        wait = self._plan.finality_blocks * self._plan.block_s + self._plan.hop_s
        for blob in announced:
            blob.steps["announced"] = self._clock.now
            self._clock.after(wait, partial(self._ask_all, blob))
        self._clock.after(self._plan.block_s, self.block)

    def _ask_all(self, blob: Blob) -> None:
        blob.steps["asked"] = self._clock.now
        for who, signer in enumerate(self.signers):
            if signer.rows and who not in self._dead:
                send = self._bytes(signer) / self._plan.rates.send
                self._encoders.work(send, partial(self._deliver, blob, signer))
        self._clock.after(self._plan.timeout_s, partial(self._close, blob))

    def _bytes(self, signer: Signer) -> float:
        row = -(-self._plan.blob // (64 * 1024)) * 64
        return signer.rows * (row + PATH_BYTES) + HEAD_BYTES

    def _deliver(self, blob: Blob, signer: Signer) -> None:
        """Over its line, unless that is full beyond the deadline of the call."""
        if signer.line.backlog_s < self._plan.timeout_s:
            took = self._bytes(signer) / self._plan.line
            signer.line.work(took, partial(self._received, blob, signer))

    def _received(self, blob: Blob, signer: Signer) -> None:
        if signer.seated >= SEATS:
            # "request pool is full": the whole request comes again
            self._clock.after(self._plan.rtt_s, partial(self._deliver, blob, signer))
            return
        signer.seated += 1
        rates, size = self._plan.rates, self._bytes(signer)
        took = size * (1 / rates.receive + 1 / rates.check + 1 / rates.keep)
        took += rates.check_fixed_s + rates.sign_s
        signer.cores.work(took, partial(self._checked, blob, signer))

    def _checked(self, blob: Blob, signer: Signer) -> None:
        signer.seated -= 1
        self._clock.after(self._plan.rtt_s, partial(self._answered, blob, signer))

    def _answered(self, blob: Blob, signer: Signer) -> None:
        def joined() -> None:
            if blob.called:
                return
            had = blob.signed
            blob.signed, blob.answers = had + signer.rows, blob.answers + 1
            if blob.signed == ROWS:
                self._close(blob)
            elif had < NEEDED <= blob.signed:
                self._clock.after(self._plan.grace_s, partial(self._close, blob))

        self._encoders.work(self._plan.rates.join_s, joined)

    def _close(self, blob: Blob) -> None:
        """Make the certificate of who has answered; below two thirds the blob is lost here."""
        if blob.called:
            return
        blob.called = True
        if blob.signed < NEEDED:
            self.lost += 1
            return
        holding = sum(1 for signer in self.signers if signer.rows)
        blob.gas = self._plan.gas.certified(holding - blob.answers)
        self._encoders.work(self._plan.rates.verify_s, partial(self._certify, blob))

    def _certify(self, blob: Blob) -> None:
        blob.steps["signed"] = self._clock.now
        self._clock.after(self._plan.hop_s, partial(self._to_certify.append, blob))


def _filled(gas: int, queue: deque[Blob]) -> tuple[int, list[Blob]]:
    """As many blobs of a queue as the gas holds; what is left of it, and they."""
    taken: list[Blob] = []
    while queue and queue[0].gas <= gas:
        gas -= queue[0].gas
        taken.append(queue.popleft())
    return gas, taken


def simulate(plan: Plan, seed: int = 1) -> Outcome:
    """Run a plan; the same seed gives the same."""
    clock, dice = Clock(), random.Random(seed)  # noqa: S311
    encoders = Servers(clock, plan.encoders)
    layers = [Layer(clock, plan, encoders, dice) for _ in range(plan.layers)]
    blobs: list[Blob] = []

    def arrive() -> None:
        blob = Blob(clock.now, len(blobs) % plan.layers, gas=plan.gas.announce)
        blobs.append(blob)
        took = plan.blob / plan.rates.encode
        encoders.work(took, partial(encoded, blob))
        if not plan.burst:
            clock.after(dice.expovariate(plan.load / plan.blob), arrive)

    def encoded(blob: Blob) -> None:
        blob.steps["encoded"] = clock.now
        clock.after(plan.hop_s, partial(layers[blob.layer].announce, blob))

    for layer in layers:
        clock.at(dice.random() * plan.block_s, layer.block)
    for _ in range(plan.burst or 1):
        clock.at(0, arrive)
    clock.run(plan.seconds)
    return _outcome(plan, blobs, layers, encoders)


def _outcome(
    plan: Plan, blobs: Sequence[Blob], layers: Sequence[Layer], encoders: Servers
) -> Outcome:
    """Leaves out the first quarter, in which queues fill, unless it was a burst."""
    start = 0 if plan.burst else plan.seconds / 4
    done = [blob for blob in blobs if start <= blob.confirmed <= plan.seconds]
    span = max((b.confirmed for b in done), default=1) if plan.burst else plan.seconds - start
    waits = sorted(blob.confirmed - blob.born for blob in done) or [math.inf]
    busiest = [signer for layer in layers for signer in layer.signers]
    counted = plan.seconds * 3 / 4
    gas = max(layer.gas_used for layer in layers) * plan.block_s
    use = {
        WALLS[0]: encoders.use(plan.seconds),
        WALLS[1]: max(signer.line.use(plan.seconds) for signer in busiest),
        WALLS[2]: max(signer.cores.use(plan.seconds) for signer in busiest),
        WALLS[3]: gas / (plan.block_gas * counted),
    }
    offered = len([b for b in blobs if b.born >= start]) * plan.blob / span
    return Outcome(
        offered,
        len(done) * plan.blob / span,
        waits[len(waits) // 2],
        waits[min(len(waits) - 1, len(waits) * 99 // 100)],
        use,
        sum(layer.lost for layer in layers),
        encoders.busy_s,
        blobs,
    )


def saturated(plan: Plan, share: float = 0.8) -> Plan:
    """The same plan with a load of a share of what its encoders can do."""
    rates = plan.rates
    sent = plan.blob * 3 / rates.send
    each = plan.blob / rates.encode + sent + rates.verify_s + plan.signers * rates.join_s
    return replace(plan, load=share * plan.encoders * plan.blob / each)
