"""The indexer_ methods (0gfoundation/0g-storage-client: indexer/api.go)."""

from __future__ import annotations

import random
from collections.abc import Sequence

from zerog.rpcserver import SERVER_ERROR, Method, RpcError, invalid_params
from zerog.storage import wire
from zerog.storage.errors import CANNOT_SELECT, BadField, NotEnoughNodes
from zerog.storage.indexer.files import Cid, Files
from zerog.storage.selection import choose
from zerog.storage.wire import ShardedNode
from zerog.types import Json

FILE_NOT_FOUND = "file not found"


class IndexerRpc:
    """The indexer's answers; `methods` are registered by name."""

    def __init__(self, files: Files) -> None:
        """files: over the nodes that are told of."""
        self._files, self._nodes = files, files.nodes
        self._chance = random.Random()  # noqa: S311  (spreads load, guards nothing)

    def methods(self) -> dict[str, Method]:
        """By wire name."""
        return {
            "indexer_getShardedNodes": self.sharded_nodes,
            "indexer_getSelectedNodes": self.selected_nodes,
            "indexer_getFileLocations": self.file_locations,
            "indexer_getNodeLocations": self.node_locations,
        }

    def sharded_nodes(self) -> Json:
        """Every node that lives; both lists are always there."""
        return _lists(self._nodes.shown(True), self._nodes.shown(False))

    def selected_nodes(
        self,
        replicas: Json = 1,
        method: Json = "min",
        full_trusted: Json = True,
        dropped: Json = None,
    ) -> Json:
        """Nodes that hold everything `replicas` times, without the dropped URLs."""
        try:
            count = max(1, wire.to_number(1 if replicas is None else replicas, "expected_replica"))
            wanted = _method(method)
            trusting = _flag(full_trusted)
            urls = _texts(dropped)
        except BadField as error:
            raise invalid_params(error.field, error.text) from error
        trusted = [one for one in self._nodes.shown(True) if one.url not in urls]
        discovered = [one for one in self._nodes.shown(False) if one.url not in urls]
        try:
            found = choose(trusted, discovered, count, wanted, trusting, self._chance)
        except BadField as error:
            raise invalid_params(error.field, error.text) from error
        except NotEnoughNodes as error:
            raise RpcError(SERVER_ERROR, CANNOT_SELECT, error.cause) from error
        return _lists(found.trusted, found.discovered)

    def file_locations(self, root: Json) -> Json:
        """Nodes that have their share of the file complete; null while they lack a segment of it.

        The error `file not found` for a root of which no node knows.
        """
        try:
            cid = Cid(wire.to_hash(root, "root"))
        except BadField as error:
            raise invalid_params(error.field, error.text) from error
        found = self._files.find(cid)
        if found is None:
            raise RpcError(SERVER_ERROR, FILE_NOT_FOUND)
        if not found.info.finalized:
            return None
        return [one.link.seen.to_json() for one in found.holders if one.link.seen]

    def node_locations(self) -> Json:
        """Each node's host with an empty place: no outside service is asked where it stands."""
        empty = {"city": "", "region": "", "country": "", "loc": "", "timezone": ""}
        return dict.fromkeys(self._nodes.hosts(), empty)


def _lists(trusted: Sequence[ShardedNode], discovered: Sequence[ShardedNode]) -> Json:
    return {
        "trusted": [node.to_json() for node in trusted],
        "discovered": [node.to_json() for node in discovered],
    }


def _method(value: Json) -> str:
    """`min` when it is missing; a number may come as one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None or value == "":
        return "min"
    if not isinstance(value, str):
        raise BadField("method", "not a string")
    return value


def _flag(value: Json) -> bool:
    if value is None:
        return True
    if not isinstance(value, bool):
        raise BadField("full_trusted", "not a boolean")
    return value


def _texts(value: Json) -> frozenset[str]:
    found = [] if value is None else wire.items(value, "dropped")
    texts = [one for one in found if isinstance(one, str)]
    if len(texts) != len(found):
        raise BadField("dropped", "not a list of strings")
    return frozenset(texts)
