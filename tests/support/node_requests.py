"""Generated calls of a storage node's published methods: true ones, near misses, and junk."""

from __future__ import annotations

import base64
import copy
import random
from collections.abc import Callable, Sequence
from typing import Final

from tests.support.node_wire import SECTOR, SEGMENT, Known, Sample
from zerog.types import Json

METHODS: Final = (
    "zgs_getStatus",
    "zgs_getShardConfig",
    "zgs_getFlowContext",
    "zgs_uploadSegment",
    "zgs_uploadSegments",
    "zgs_uploadSegmentByTxSeq",
    "zgs_uploadSegmentsByTxSeq",
    "zgs_downloadSegment",
    "zgs_downloadSegmentByTxSeq",
    "zgs_downloadSegmentWithProof",
    "zgs_downloadSegmentWithProofByTxSeq",
    "zgs_checkFileFinalized",
    "zgs_getFileInfo",
    "zgs_getFileInfoByTxSeq",
    "zgs_getSectorProof",
    "zgs_getHashAtNodeIndex",
    "zgs_getMetaDataByNodeIndex",
    "zgs_getDataByNodeIndex",
)
RARE: Final = {"zgs_getDataByNodeIndex": 0.1}
"""A megabyte of JSON an answer: one in ten of the others."""
JUNK: Final[tuple[Json, ...]] = (
    *(None, True, False, -1, 2**63, 2**64 - 1, 2**64, 2**70, 0.5, 1e300, "", "0x", "0x00"),
    *("0x" + "g" * 64, "x" * 66, "null", "1", [], [[]], {}, {"a": []}, "ä", "\u0000", "A" * 70_000),
)


class Requests:
    """A stream of calls from a seed."""

    def __init__(
        self, seed: int, log: Sequence[Known], loose: Sequence[Sample], roots: Sequence[str] = ()
    ) -> None:
        """log: the node's submissions; loose: files nobody submitted; roots: of the flow."""
        self._roots: list[Json] = [None, None, *roots]
        self._end = log[-1].start + 5000
        self._chance = random.Random(seed)
        self._log, self._loose = log, loose
        self._samples = [*{id(one.sample): one.sample for one in log}.values(), *loose]

    def one(self) -> tuple[str, list[Json]]:
        """(method, params)."""
        roll = self._chance.random()
        if roll < 0.02:
            return self._chance.choice(["zgs_nothing", "eth_chainId", "", "zgs_getstatus"]), []
        method = self._chance.choice(METHODS)
        if self._chance.random() > RARE.get(method, 1):
            return self.one()
        params = self._params(method)
        if self._chance.random() < 0.15:
            params = self._spoil(params)
        return method, params

    def _params(self, method: str) -> list[Json]:
        if method.startswith("zgs_upload"):
            return self._upload(method)
        if method == "zgs_getSectorProof" or method.endswith("NodeIndex"):
            return self._in_the_flow(method)
        named: Json = self._seq() if method.endswith("ByTxSeq") else self._root()
        further: list[Json] = []
        if "WithProof" in method:
            further = [self._chance.choice([0, 0, 1, 2, 3, 9])]
        elif method.startswith("zgs_downloadSegment"):
            further = self._range()
        elif method == "zgs_checkFileFinalized":
            either: list[Json] = [self._seq(), self._root()]
            named = self._chance.choice(either)
        elif method == "zgs_getFileInfo" and self._chance.random() < 0.7:
            further = [self._chance.choice([True, False, None])]
        asks = method.startswith(("zgs_download", "zgs_check", "zgs_getFile"))
        return [named, *further] if asks else []

    def _in_the_flow(self, method: str) -> list[Json]:
        if method == "zgs_getSectorProof":
            known = self._chance.choice([self._chance.choice(self._log).start, 0])
            near = self._chance.choice([0, 1, 255, 1023, 1024, 2048, 3500])
            sector = self._chance.choice([known + near, self._chance.randrange(self._end)])
            return [sector, self._chance.choice(self._roots)]
        return [self._chance.randrange(self._end // 1024 + 2)]

    def _seq(self) -> int:
        return self._chance.randrange(len(self._log) + 2)

    def _root(self) -> str:
        root = self._chance.choice(self._samples).root
        return root.upper().replace("X", "x", 1) if self._chance.random() < 0.1 else root

    def _range(self) -> list[Json]:
        start = self._chance.choice([0, 0, 1, 1000, 1023, 1024, 2047, 5000])
        return [start, start + self._chance.choice([0, 1, 1, 2, 30, 1024, 1025, 4000])]

    # ---------------------------------------------------------------- uploads

    def _upload(self, method: str) -> list[Json]:
        known = self._chance.choice(self._log)
        if self._chance.random() < 0.2 and self._loose:
            sample = self._chance.choice(self._loose)
            seq, size = len(self._log) + 5, len(sample.data)
        else:
            sample, seq, size = known.sample, known.seq, known.size
        count = self._chance.randrange(0, 4) if "Segments" in method else 1
        parts = [self._segment(sample, size) for _ in range(count)]
        value: Json = list(parts) if "Segments" in method else parts[0]
        if not method.endswith("ByTxSeq"):
            return [value]
        if self._chance.random() < 0.05:
            seq = self._seq()
        return [value, seq]

    def _segment(self, sample: Sample, size: int) -> dict[str, Json]:
        last = -(-len(sample.data) // SEGMENT) - 1
        made = sample.wire(self._chance.randint(0, last), size)
        if self._chance.random() < 0.45:
            self._chance.choice(self._mutations())(made)
        return made

    def _mutations(self) -> list[Callable[[dict[str, Json]], None]]:
        return [
            self._flip,
            self._shorten,
            self._lengthen,
            self._empty,
            self._odd,
            self._resize,
            self._reindex,
            self._swap_root,
            self._bend_lemma,
            self._bend_path,
            self._cut_proof,
            self._drop_member,
            self._huge,
            self._early_large,
        ]

    def _edit(self, made: dict[str, Json], change: Callable[[bytearray], object]) -> None:
        data = bytearray(base64.b64decode(str(made["data"])))
        change(data)
        made["data"] = base64.b64encode(data).decode()

    def _flip(self, made: dict[str, Json]) -> None:
        def flip(data: bytearray) -> None:
            data[self._chance.randrange(len(data))] ^= 1 << self._chance.randrange(8)

        self._edit(made, flip)

    def _shorten(self, made: dict[str, Json]) -> None:
        self._edit(made, lambda data: data.__delitem__(slice(-SECTOR, None)))

    def _lengthen(self, made: dict[str, Json]) -> None:
        self._edit(made, lambda data: data.extend(bytes(SECTOR)))

    def _empty(self, made: dict[str, Json]) -> None:
        made["data"] = ""

    def _odd(self, made: dict[str, Json]) -> None:
        self._edit(made, lambda data: data.append(0))

    def _resize(self, made: dict[str, Json]) -> None:
        size = made["fileSize"]
        assert isinstance(size, int)
        made["fileSize"] = max(0, size + self._chance.choice([-SEGMENT, -1, 1, SEGMENT]))

    def _reindex(self, made: dict[str, Json]) -> None:
        made["index"] = self._chance.choice([0, 1, 2, 7, 2**40])

    def _swap_root(self, made: dict[str, Json]) -> None:
        made["root"] = self._chance.choice([self._root(), "0x" + self._chance.randbytes(32).hex()])

    def _proof(self, made: dict[str, Json]) -> tuple[list[Json], list[Json]]:
        proof = copy.deepcopy(made["proof"])
        assert isinstance(proof, dict)
        made["proof"] = proof
        lemma, path = proof["lemma"], proof["path"]
        assert isinstance(lemma, list)
        assert isinstance(path, list)
        return lemma, path

    def _bend_lemma(self, made: dict[str, Json]) -> None:
        lemma, _ = self._proof(made)
        lemma[self._chance.randrange(len(lemma))] = "0x" + self._chance.randbytes(32).hex()

    def _bend_path(self, made: dict[str, Json]) -> None:
        _, path = self._proof(made)
        if path:
            at = self._chance.randrange(len(path))
            path[at] = not path[at]
        else:
            path.append(True)

    def _cut_proof(self, made: dict[str, Json]) -> None:
        lemma, path = self._proof(made)
        self._chance.choice([lemma, path]).clear()

    def _drop_member(self, made: dict[str, Json]) -> None:
        del made[self._chance.choice(sorted(made))]

    def _huge(self, made: dict[str, Json]) -> None:
        made["fileSize"] = self._chance.choice([2**63 - 1, 2**63, 2**64 - 1])

    def _early_large(self, made: dict[str, Json]) -> None:
        made["root"] = "0x" + self._chance.randbytes(32).hex()
        made["fileSize"] = 11 * 1024 * 1024

    def _spoil(self, params: list[Json]) -> list[Json]:
        """Too few, too many, or junk in one place."""
        spoilt = list(params)
        roll = self._chance.random()
        if roll < 0.2 or not spoilt:
            spoilt.append(self._chance.choice(JUNK))
        elif roll < 0.4:
            spoilt.pop(self._chance.randrange(len(spoilt)))
        else:
            spoilt[self._chance.randrange(len(spoilt))] = self._chance.choice(JUNK)
        return spoilt
