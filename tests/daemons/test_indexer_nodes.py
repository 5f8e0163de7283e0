"""The indexer over several nodes: who lives, who has a file, and nobody waits for the dead."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import pytest

from tests.support.fleet import Fleet, Server, running_fleet
from tests.support.storage_daemons import wait_for
from zerog.storage.errors import NodeRefused
from zerog.storage.indexer.daemon import open_indexer
from zerog.storage.indexer.nodes import ANSWER_SECONDS, NodeUrls
from zerog.storage.remote import Remote, make_pool
from zerog.types import Json

pytestmark = pytest.mark.daemons

DEAD = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with running_fleet(tmp_path_factory.mktemp("fleet"), 4) as made:
        yield made


@pytest.fixture(autouse=True)
def _healed(fleet: Fleet) -> None:
    fleet.heal()


@contextmanager
def indexer(urls: NodeUrls) -> Iterator[Remote]:
    app, poll = open_indexer(urls, poll_s=0.1)
    poll.start()
    server = Server(app)
    try:
        yield Remote(server.url, make_pool(), attempts=1)
    finally:
        server.stop()
        poll.stop()


def urls_of(found: Json) -> list[str]:
    return [str(one["url"]) for one in cast("Sequence[dict[str, Json]]", found)]


def listed(remote: Remote) -> tuple[list[str], list[str]]:
    found = cast("dict[str, Json]", remote.call("indexer_getShardedNodes"))
    return urls_of(found["trusted"]), urls_of(found["discovered"])


def blob(seed: int, size: int = 3000) -> bytes:
    return random.Random(seed).randbytes(size)


def test_nodes_are_listed_by_how_they_are_known_and_the_dead_are_not(fleet: Fleet) -> None:
    first, second, third, fourth = fleet.urls
    wanted, began = (sorted([first, second]), [third]), int(time.time())

    def living(remote: Remote) -> tuple[list[str], list[str]]:
        trusted, discovered = listed(remote)
        return sorted(trusted), discovered

    with indexer(NodeUrls((first, second, DEAD), (third, first))) as remote:
        wait_for(lambda: living(remote) == wanted, "the living nodes listed")
        node = cast("dict[str, dict[str, Json]]", remote.call("indexer_getShardedNodes"))
        shown = cast("list[dict[str, Json]]", node["trusted"])[0]
        assert shown["config"] == {"shardId": 0, "numShard": 1}
        assert began <= cast(int, shown["since"]) <= time.time()
        assert isinstance(shown["latency"], int)
        assert fourth not in itertools.chain(*living(remote))


def test_node_that_dies_leaves_the_list_and_comes_back(fleet: Fleet) -> None:
    with indexer(NodeUrls(fleet.urls)) as remote:
        wait_for(lambda: len(listed(remote)[0]) == 4, "all nodes listed")
        fleet.members[1].liar.mode = "gone"
        wait_for(lambda: fleet.urls[1] not in listed(remote)[0], "the dead one is gone")
        fleet.heal()
        wait_for(lambda: len(listed(remote)[0]) == 4, "all nodes listed again")


def test_indexer_without_a_living_node_answers_and_finds_them_later(fleet: Fleet) -> None:
    for member in fleet.members:
        member.liar.mode = "gone"
    with indexer(NodeUrls(fleet.urls)) as remote:
        assert listed(remote) == ([], [])
        with pytest.raises(NodeRefused, match="no answer"):
            remote.call("indexer_getFileLocations", "0x" + "12" * 32)
        with pytest.raises(NodeRefused, match="cannot select a subset"):
            remote.call("indexer_getSelectedNodes", 1, "min", True, [])
        fleet.heal()
        assert listed(remote) != ([], [])


ASKED = 10


def test_hanging_node_delays_nobody(fleet: Fleet) -> None:
    stored = fleet.put(blob(1), [0])
    with indexer(NodeUrls(fleet.urls)) as remote:
        assert urls_of(remote.call("indexer_getFileLocations", stored.root)) == [fleet.urls[0]]
        fleet.members[3].liar.mode = "silent"
        start = time.monotonic()
        for _ in range(ASKED):
            assert urls_of(remote.call("indexer_getFileLocations", stored.root)) == [fleet.urls[0]]
        assert time.monotonic() - start < ASKED * ANSWER_SECONDS / 2


def test_file_locations_are_its_holders_null_without_one_and_an_error_when_unknown(
    fleet: Fleet,
) -> None:
    stored = fleet.submit(blob(2))
    with indexer(NodeUrls(fleet.urls)) as remote:
        assert remote.call("indexer_getFileLocations", stored.root) is None
        fleet.upload(stored, 2)
        fleet.upload(stored, 3)
        holders = sorted([fleet.urls[2], fleet.urls[3]])
        wait_for(  # whoever answers late is left out
            lambda: (
                sorted(urls_of(remote.call("indexer_getFileLocations", stored.root))) == holders
            ),
            "both holders",
        )
        with pytest.raises(NodeRefused, match="file not found"):
            remote.call("indexer_getFileLocations", "0x" + "13" * 32)


def test_selected_nodes_leave_out_the_dropped_and_mix_in_discovered_ones(fleet: Fleet) -> None:
    first, second, third, fourth = fleet.urls
    with indexer(NodeUrls((first, second), (third, fourth))) as remote:
        wait_for(lambda: sum(map(len, listed(remote))) == 4, "all nodes listed")
        call = "indexer_getSelectedNodes"
        found = cast("dict[str, Json]", remote.call(call, 1, "min", True, [first]))
        assert (urls_of(found["trusted"]), found["discovered"]) == ([second], [])
        mixed = cast("dict[str, Json]", remote.call(call, 2, "random", False, []))
        assert (len(urls_of(mixed["trusted"])), len(urls_of(mixed["discovered"]))) == (1, 1)
        with pytest.raises(NodeRefused, match="cannot select a subset from the returned nodes"):
            remote.call(call, 1, "min", True, [first, second])
        for least in ([], [1], [None, None, None, None], [1, "", None]):
            assert len(urls_of(cast("dict[str, Json]", remote.call(call, *least))["trusted"])) == 1


@pytest.mark.parametrize(
    "params",
    [
        ["x"],
        [-1],
        [1.5],
        [True],
        [1, "best"],
        [1, {}],
        [1, "min", "yes"],
        [1, "min", True, "http://a"],
        [1, "min", True, [1]],
    ],
)
def test_malformed_selection_is_invalid_params(fleet: Fleet, params: list[Json]) -> None:
    with indexer(NodeUrls(fleet.urls[:1])) as remote:
        with pytest.raises(NodeRefused) as caught:
            remote.call("indexer_getSelectedNodes", *params)
        assert caught.value.code == -32602


def test_clients_are_told_public_urls(fleet: Fleet) -> None:
    first, second, *_ = fleet.urls
    public = {first: "http://node.example:5678"}
    with indexer(NodeUrls((first, second), (), public)) as remote:
        wait_for(lambda: len(listed(remote)[0]) == 2, "both nodes listed")
        assert sorted(listed(remote)[0]) == sorted(["http://node.example:5678", second])
        stored = fleet.put(blob(3), [0])
        found = urls_of(remote.call("indexer_getFileLocations", stored.root))
        assert found == ["http://node.example:5678"]
        places = cast("dict[str, Json]", remote.call("indexer_getNodeLocations"))
        assert set(places) == {"node.example", "127.0.0.1"}
