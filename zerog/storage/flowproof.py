"""Proofs that a subtree belongs to the flow, at its present or any earlier length (pure).

The flow's tree is made of the submissions' nodes, of zero sectors in the gaps between and behind
them, and of sector 0, whose leaf hash is the zero word. So a proof hashes the few levels above
the nodes, and needs hashes of file data only inside the one node that it starts in.
(0gfoundation/0g-storage-contracts: contracts/dataFlow/Flow.sol, contracts/miner/Mine.sol)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from zerog.crypto.merkle import ZERO_HASHES, Proof, levels, node, prove_in
from zerog.errors import NotFound, Tampered, UsageError
from zerog.storage.codec import HASH, SEGMENT_HEIGHT, SEGMENT_SECTORS, SubmissionNode
from zerog.storage.flow import RESERVED_LEAF

Log: TypeAlias = Sequence[tuple[int, Sequence[SubmissionNode]]]
"""(first sector, nodes) of each submission in order, as FlowModel places them."""

Hashes: TypeAlias = Callable[[int, int, int, int], bytes]
"""hashes(submission, sector, height, count): roots of `count` neighbouring subtrees of `height`,
the first at `sector` of the padded file of that submission, joined; 32 bytes each.

Asked for at most 1,024 subtrees inside one segment, or for the segment roots of one node.
Padding is zeros: ZERO_HASHES[height].
"""

EMPTY_FLOW: Final = 1
"""Length of a flow without submissions: the reserved sector."""


class NotAFlowLength(UsageError):
    """No submission of the log ends there, so the flow never had that length."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"the flow never had {length} sectors")


class NoSuchSubtree(NotFound):
    """A subtree that is not aligned to its size, or that reaches beyond the tree."""

    def __init__(self, position: int, height: int, length: int) -> None:
        self.position, self.height, self.length = position, height, length
        super().__init__(
            f"a flow of {length} sectors has no subtree of height {height} at sector {position}"
        )


class NodeDataDiffers(Tampered):
    """The hashes given for a submission's data do not make the root of its node."""

    def __init__(self, submission: int, sector: int) -> None:
        self.submission, self.sector = submission, sector
        super().__init__(f"the data of submission {submission} differs from its root")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A submission node in the flow; sector: where it begins in its file."""

    start: int
    end: int
    root: bytes
    height: int
    submission: int
    sector: int


class FlowTree:
    """The flow at one length. Remembers the hashes above the nodes: two per submission at most."""

    __slots__ = ("_joined", "_pieces", "_starts", "height", "length")

    def __init__(self, log: Log, length: int | None = None) -> None:
        """length: in sectors, of any moment of the log; its end if not given.

        Raises NotAFlowLength.
        """
        pieces = _pieces(log)
        end = pieces[-1].end if pieces else EMPTY_FLOW
        self.length = end if length is None else length
        self._pieces = [piece for piece in pieces if piece.end <= self.length]
        self._starts = [piece.start for piece in self._pieces]
        last = self._pieces[-1] if self._pieces else None
        if self.length != (last.end if last else EMPTY_FLOW):
            raise NotAFlowLength(self.length)
        following = pieces[len(self._pieces) :]
        if last and following and following[0].submission == last.submission:
            raise NotAFlowLength(self.length)
        self.height = (self.length - 1).bit_length()
        self._joined: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        """The flow root: `flowRoot` of a context, `computeFlowRoot` at the end of the log."""
        return self._root(0, self.height)

    def prove(self, position: int, height: int, hashes: Hashes) -> Proof:
        """That the subtree over 2^height sectors from `position` on belongs to the root.

        The lemma begins with the subtree's own root and ends with the flow's. Raises
        NoSuchSubtree, NodeDataDiffers, and what `hashes` raises.
        """
        size = 1 << height
        if position < 0 or position % size or position + size > 1 << self.height:
            raise NoSuchSubtree(position, height, self.length)
        lemma: list[bytes] = []
        path: list[bool] = []
        piece = self._over(position, size)
        if piece is None or piece.height == height:
            lemma.append(self._root(position, height))
        else:
            inside = _inside(piece, position, height, hashes)
            lemma += inside.lemma[:-1]
            path += inside.path
        for level in range(height + len(path), self.height):
            at = position >> level
            lemma.append(self._root((at ^ 1) << level, level))
            path.append(at % 2 == 0)
        if path:
            lemma.append(self.root())
        return Proof(tuple(lemma), tuple(path))

    def node_over(self, position: int, height: int) -> tuple[int, int] | None:
        """(first sector, height) of the submission node that this subtree is a part of."""
        piece = self._over(position, 1 << height)
        return None if piece is None else (piece.start, piece.height)

    def _over(self, position: int, size: int) -> _Piece | None:
        """The node that covers all of these sectors."""
        index = bisect_right(self._starts, position) - 1
        if index < 0 or self._pieces[index].end < position + size:
            return None
        return self._pieces[index]

    def _is_empty(self, position: int, size: int) -> bool:
        """Whether no node has any of these sectors; the reserved one counts as taken."""
        if position == 0:
            return False
        index = bisect_right(self._starts, position + size - 1) - 1
        return index < 0 or self._pieces[index].end <= position

    def _root(self, position: int, height: int) -> bytes:
        """Root of a subtree that does not lie inside a node."""
        size = 1 << height
        piece = self._over(position, size)
        if piece is not None:
            return piece.root
        if self._is_empty(position, size):
            return _zeros(height)
        if height == 0:
            return RESERVED_LEAF
        found = self._joined.get((position, height))
        if found is None:
            left = self._root(position, height - 1)
            found = node(left, self._root(position + size // 2, height - 1))
            self._joined[position, height] = found
        return found


def prove(log: Log, length: int, position: int, height: int, hashes: Hashes) -> Proof:
    """One proof in the flow of `length` sectors; for several, keep a FlowTree.

    Raises NotAFlowLength, NoSuchSubtree, NodeDataDiffers.
    """
    return FlowTree(log, length).prove(position, height, hashes)


def _zeros(height: int) -> bytes:
    """Root over 2^height zero sectors; the contract's own limit lies above the table's end."""
    if height < len(ZERO_HASHES):
        return ZERO_HASHES[height]
    below = _zeros(height - 1)
    return node(below, below)


def _pieces(log: Log) -> list[_Piece]:
    """Nodes of a submission lie side by side: their heights descend from an aligned start."""
    found: list[_Piece] = []
    for submission, (start, nodes) in enumerate(log):
        sector = 0
        for each in nodes:
            at, size = start + sector, 1 << each.height
            found.append(_Piece(at, at + size, each.root, each.height, submission, sector))
            sector += size
    return found


def _inside(piece: _Piece, position: int, height: int, hashes: Hashes) -> Proof:
    """From a subtree inside a node up to the node's root.

    Below the segments only those hashes are asked for that lie in the subtree's own one.
    """
    at = piece.sector + position - piece.start
    top = min(piece.height, SEGMENT_HEIGHT)
    if height >= top:
        return _within(piece, piece.sector, at, height, piece.height, hashes)
    segment = max(piece.sector, at // SEGMENT_SECTORS * SEGMENT_SECTORS)
    low = _within(piece, segment, at, height, top, hashes)
    if piece.height == top:
        return low
    high = _within(piece, piece.sector, segment, top, piece.height, hashes)
    if low.lemma[-1] != high.lemma[0]:
        raise NodeDataDiffers(piece.submission, segment)
    return Proof(low.lemma[:-1] + high.lemma[1:], low.path + high.path)


def _within(piece: _Piece, first: int, at: int, height: int, top: int, hashes: Hashes) -> Proof:
    """From height `height` at file sector `at` to the subtree of height `top` at `first`."""
    joined = hashes(piece.submission, first, height, 1 << (top - height))
    tree = levels([joined[i : i + HASH] for i in range(0, len(joined), HASH)])
    if len(tree) != top - height + 1 or (top == piece.height and tree[-1][0] != piece.root):
        raise NodeDataDiffers(piece.submission, first)
    return prove_in(tree, (at - first) >> height)
