"""Every segment of a root from every node that claims it, proved one node at a time."""

from __future__ import annotations

from zerog.errors import ZerogError
from zerog.storage.client.client import StorageClient
from zerog.storage.client.placement import Meter
from zerog.storage.client.reading import Holder, Reading
from zerog.storage.client.results import NodeReport, Verified
from zerog.storage.codec import segment_count
from zerog.storage.errors import FileUnknown
from zerog.storage.selection import EVERYTHING, coverage
from zerog.storage.shards import owns
from zerog.types import Progress, no_progress


def verify_root(client: StorageClient, root: bytes, progress: Progress = no_progress) -> Verified:
    """Fetch all that each node should have; nothing is kept.

    Raises FileUnknown when no node knows the root, NodeUnreachable when none answers.
    """
    holders = client.holders(root)
    if not holders:
        raise FileUnknown(root)
    total = sum(holder.info.size for holder in holders if holder.info.finalized)
    meter = Meter("verify", total, progress)
    reports = [_report(root, holder, meter) for holder in holders]
    meter.finish()
    pairs = zip(holders, reports, strict=True)
    whole = [holder.config for holder, report in pairs if report.state == "whole"]
    return Verified(root, holders[0].info.size, coverage(EVERYTHING, whole), reports)


def _report(root: bytes, holder: Holder, meter: Meter) -> NodeReport:
    info, config = holder.info, holder.config
    shard = f"{config.shard_id}/{config.num_shard}"
    count = segment_count(info.size)
    own = [index for index in range(count) if owns(config, info.start, index)]
    if not info.finalized or info.pruned:
        reason = "pruned" if info.pruned else "the upload is unfinished"
        state = "incomplete"
        return NodeReport(
            holder.remote.url, shard, state, min(info.uploaded_segments, len(own)), len(own), reason
        )
    proved = 0
    try:
        for _, data in Reading(root, info.size, [holder]).run(own):
            proved += 1
            meter.add(len(data))
    except ZerogError as error:
        return NodeReport(holder.remote.url, shard, "damaged", proved, len(own), error.cause)
    return NodeReport(holder.remote.url, shard, "whole", proved, len(own))
