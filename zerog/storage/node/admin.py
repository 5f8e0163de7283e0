"""The admin_ methods of a storage node, for its operator on the same machine.

(0gfoundation/0g-storage-node: node/rpc/src/admin)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from zerog.chain.errors import ChainUnreachable
from zerog.errors import NotFound, ZerogError
from zerog.rpcserver import Method
from zerog.storage import wire
from zerog.storage.codec import SEGMENT_SECTORS, sector_count
from zerog.storage.errors import BadField
from zerog.storage.node.counters import Counters
from zerog.storage.node.entries import Entry, State
from zerog.storage.node.filesync import FileSync
from zerog.storage.node.logsync import LogSync
from zerog.storage.node.peers import Peer, PeerView
from zerog.storage.node.rpc import as_rpc
from zerog.storage.node.serving import LOOPBACK, Servers
from zerog.storage.node.store import NodeStore
from zerog.storage.node.syncreport import UNKNOWN, Report
from zerog.storage.selection import EVERYTHING, coverage
from zerog.types import Json

DONE: Final = 0


class NoSuchFile(NotFound):
    """The log has no submission with this number."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        super().__init__(f"there is no submission {seq}", "see nextTxSeq of zgs_getStatus")


class LoopbackOnly:
    """Lets programs of this machine in, and no web page that runs in a browser on it.

    A page of any site may post to a loopback port; its browser then names the page's origin,
    or, under a rebound name, a host that is not ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        """app: what is guarded."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """403 for whatever a browser sends on behalf of a page."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
            if "origin" in headers or host.strip("[]").lower() not in LOOPBACK:
                refusal = PlainTextResponse("for programs on this machine only", 403)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


class AdminRpc:
    """The operator's side of a node; `methods` are registered by name."""

    def __init__(
        self,
        store: NodeStore,
        sync: LogSync,
        files: FileSync,
        counters: Counters,
        servers: Servers,
        wake: Callable[[], None],
    ) -> None:
        """servers: of this node; wake: begins a step of the file sync at once."""
        self._store, self._sync, self._files, self._counters = store, sync, files, counters
        self._servers, self._wake = servers, wake

    def methods(self) -> dict[str, Method]:
        """By wire name."""
        plain: dict[str, Method] = {
            "admin_findFile": self.find_file,
            "admin_shutdown": self.shutdown,
            "admin_startSyncFile": self.start_sync_file,
            "admin_startSyncChunks": self.start_sync_chunks,
            "admin_terminateSync": self.terminate_sync,
            "admin_getSyncStatus": self.sync_status,
            "admin_getSyncServiceState": self.sync_service_state,
            "admin_getSyncInfo": self.sync_info,
            "admin_getNetworkInfo": self.network_info,
            "admin_getPeers": self.peers,
            "admin_getFileLocation": self.file_location,
            "admin_getMetrics": self.metrics,
        }
        return {name: as_rpc(name, method, self._counters) for name, method in plain.items()}

    def find_file(self, tx_seq: Json) -> Json:
        """Ask the peers for a file now; 0."""
        self._ask(self._known(tx_seq))
        return DONE

    def start_sync_file(self, tx_seq: Json) -> Json:
        """Fetch a file from the peers, also one whose fetching was stopped; 0."""
        self._ask(self._known(tx_seq))
        return DONE

    def start_sync_chunks(self, tx_seq: Json, start: Json, end: Json) -> Json:
        """Fetch the segments that hold sectors start..end-1 of a file; 0."""
        entry = self._known(tx_seq)
        first = wire.to_number(start, "start_chunk")
        last = wire.to_number(end, "end_chunk")
        if not first < last <= sector_count(entry.content.size):
            raise BadField("end_chunk", "invalid chunk index")
        self._ask(entry, first // SEGMENT_SECTORS, (last - 1) // SEGMENT_SECTORS + 1)
        return DONE

    def terminate_sync(self, tx_seq: Json) -> Json:
        """Fetch no more of a file until it is asked for again; whether it was being fetched."""
        return self._files.reports.stop(wire.to_number(tx_seq, "tx_seq"))

    def sync_status(self, tx_seq: Json) -> Json:
        """In a few words, how the fetching of a file is going."""
        seq = wire.to_number(tx_seq, "tx_seq")
        if seq in self._files.reports.asked():
            return "waiting"
        if self._files.reports.stopped(seq):
            return "stopped"
        report = self._files.reports.get(seq)
        return UNKNOWN if report is None else report.state

    def sync_service_state(self) -> Json:
        """What is being fetched, and whether the log is followed to the chain's head."""
        counts = self._store.counts()
        serial: Mapping[str, Json] = {
            "open": counts["open"],
            "asked": len(self._files.reports.asked()),
            "livePeers": self._files.live_peers(),
        }
        return {
            "numSyncing": self._files.reports.fetching(),
            "catchedUp": self._caught_up(),
            "autoSyncSerial": serial,
            "autoSyncRandom": None,
        }

    def sync_info(self, tx_seq: Json = None) -> Json:
        """{seq: what is stored, what is wanted, what each peer said}, of one file or of all.

        A file that is not final is always explained, whether it was looked for or not.
        """
        if tx_seq is None:
            return {str(one.seq): one.to_json() for one in self._files.reports.every()}
        seq = wire.to_number(tx_seq, "tx_seq")
        report = self._files.reports.get(seq)
        entry = self._store.entry(seq)
        if entry is None:
            return {}
        if report is None:
            report = Report(seq, 0, entry.wanted, state=_state(entry, bool(self._files.peers)))
        report.stored, report.wanted = entry.stored, entry.wanted
        return {str(seq): report.to_json()}

    def network_info(self) -> Json:
        """How many peers there are and how they are."""
        states = [view.state for view in self._views()]
        return {
            "peerId": self._servers.urls[0],
            "listenAddresses": list(self._servers.urls),
            "totalPeers": len(states),
            "bannedPeers": states.count("banned"),
            "disconnectedPeers": states.count("disconnected"),
            "connectedPeers": states.count("connected"),
            "connectedOutgoingPeers": states.count("connected"),
            "connectedIncomingPeers": 0,
        }

    def peers(self) -> Json:
        """Each configured peer by its URL: HTTP peers have no other name."""
        return {view.url: _peer(view) for view in self._views()}

    def file_location(self, tx_seq: Json, all_shards: Json = False) -> Json:
        """[{ip, shardConfig}] of the peers with a final file; null when none.

        all_shards: null too unless they and this node together keep all of it.
        """
        entry = self._known(tx_seq)
        found = [peer for peer in self._files.peers if _has(peer, entry)]
        views = [view for view in (peer.view() for peer in found) if view.shard is not None]
        shards = [view.shard for view in views if view.shard is not None]
        own = [self._store.shard] if entry.final else []
        if not views or (all_shards is True and not coverage(EVERYTHING, [*shards, *own])):
            return None
        return [{"ip": view.host, "shardConfig": _shard(view)} for view in views]

    def metrics(self, prefix: Json = None) -> Json:
        """Counts since the start and sizes of now, as text by name."""
        if prefix is not None and not isinstance(prefix, str):
            raise BadField("prefix", "not a string")
        now = {f"files.{name}": count for name, count in self._store.counts().items()}
        now["store.sectors"] = self._store.stored_sectors()
        now["log.height"] = self._sync.height()
        now["peers.live"] = self._files.live_peers()
        found = {**self._counters.read(), **now}
        wanted = prefix or ""
        return {name: str(found[name]) for name in sorted(found) if name.startswith(wanted)}

    def shutdown(self) -> Json:
        """End the process as soon as this is answered; 0."""
        self._servers.stop()
        return DONE

    def _ask(self, entry: Entry, first: int = 0, last: int | None = None) -> None:
        if entry.state is State.OPEN:
            self._files.reports.ask(entry.seq, first, last)
            self._wake()

    def _caught_up(self) -> bool | None:
        """None while the chain is away."""
        try:
            return self._sync.caught_up()
        except ChainUnreachable:
            return None

    def _known(self, tx_seq: Json) -> Entry:
        seq = wire.to_number(tx_seq, "tx_seq")
        found = self._store.entry(seq)
        if found is None:
            raise NoSuchFile(seq)
        return found

    def _views(self) -> list[PeerView]:
        return [peer.view() for peer in self._files.peers]


def _has(peer: Peer, entry: Entry) -> bool:
    if peer.shard() is None:
        return False
    try:
        (info,) = peer.infos([entry.seq])
    except ZerogError as error:
        peer.failed(str(error))
        return False
    return info is not None and info.finalized and info.data_root == entry.content.root


def _shard(view: PeerView) -> Json:
    return None if view.shard is None else view.shard.to_json()


def _state(entry: Entry, has_peers: bool) -> str:
    if entry.state is not State.OPEN:
        return entry.state.name.lower()
    return "waiting" if has_peers else "waiting for an upload: no peers configured"


def _peer(view: PeerView) -> Json:
    seen = None if view.seen_ago_s is None else round(view.seen_ago_s)
    return {
        "client": {"version": "", "os": "", "protocol": "http", "agent": ""},
        "connectionStatus": {
            "status": view.state,
            "connectionsIn": 0,
            "connectionsOut": 1 if view.state == "connected" else 0,
            "lastSeenSecs": seen,
        },
        "listeningAddresses": [view.url],
        "seenIps": [view.host],
        "isTrusted": True,
        "connectionDirection": "Outgoing",
        "enr": "",
        "shardConfig": _shard(view),
        "failures": view.failures,
        "lies": view.lies,
        "lastError": view.last_error,
    }
