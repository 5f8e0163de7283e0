"""Drives PyPI zg-storage, unmodified, through lines of the matrix; facts go to the report.

Usage: python zg_storage_client.py JOB.json (in the package's own environment)
"""

from __future__ import annotations

from pathlib import Path

from reporting import Facts, read_job, run_lines, wait_until
from zg_storage.evm import EvmClient
from zg_storage.indexer import IndexerClient
from zg_storage.kv.cached_client import CachedKvClient
from zg_storage.kv.client import KvClient
from zg_storage.transfer.downloader import DownloadOption, NodeDownloader, NodeDownloaderConfig
from zg_storage.transfer.uploader import UploadOption

JOB = read_job()
INPUTS, OUTPUTS = Path(JOB["inputs"]), Path(JOB["outputs"])
EVM = EvmClient(rpc_url=JOB["rpc"], private_key=Path(JOB["keyFile"]).read_text().strip())
INDEXER = IndexerClient(JOB["indexer"], evm_client=EVM, flow_address=JOB["flow"])


def fetch_to(root: str, out: Path) -> None:
    out.unlink(missing_ok=True)
    downloader = NodeDownloader.from_config(NodeDownloaderConfig(nodes=[JOB["node"]]))
    downloader.download(root=root, target=str(out), option=DownloadOption(with_proof=True))


def round_trip(line: str, name: str) -> Facts:
    option = UploadOption(skip_tx=False)
    sent = INDEXER.upload(file_path=str(INPUTS / name), tags=b"", option=option)
    root = sent[1]
    wait_final(root)
    out = OUTPUTS / f"{line}-{name}"
    fetch_to(root, out)
    return {"name": name, "root": root, "sent": [str(one) for one in sent], "out": str(out)}


def wait_final(root: str) -> None:
    from zg_storage.node.zgs_node import ZgsNodeClient

    node = ZgsNodeClient(JOB["node"])
    wait_until(lambda: node.get_file_info(root, True).finalized, "finality", JOB["seconds"])


def files(line: str) -> Facts:
    return {"files": [round_trip(line, name) for name in JOB["files"]]}


def duplicate(line: str) -> Facts:
    return {"files": [round_trip(f"{line}-{turn}", JOB["small"]) for turn in (1, 2)]}


def fetch(line: str) -> Facts:
    found = []
    for one in JOB["foreign"]:
        out = OUTPUTS / f"{line}-{one['name']}"
        fetch_to(one["root"], out)
        found.append({**one, "out": str(out)})
    return {"files": found}


def selected(_line: str) -> Facts:
    found = INDEXER.get_selected_nodes(1, "min", True, [])
    return {"urls": [node.url for node in found.trusted]}


def kv_cached(_line: str) -> Facts:
    with CachedKvClient(
        kv_url=JOB["kv"], indexer_url=JOB["indexer"], evm_client=EVM, flow_address=JOB["flow"]
    ) as client:
        client.set(JOB["stream"], b"k1", b"first").set(JOB["stream"], b"k2", b"second")
        client.commit()
        client.flush()
        local = client.get_bytes(JOB["stream"], b"k1").decode()
    plain = KvClient(kv_rpc_url=JOB["kv"])
    wait_until(lambda: plain.get_value(JOB["stream"], b"k2").size, "k2", JOB["seconds"])
    seen = []
    iterator = plain.new_iterator(JOB["stream"])
    iterator.seek_to_first()
    while iterator.valid():
        seen.append([iterator.key.decode(), iterator.data.decode()])
        iterator.next()
    return {"local": local, "seen": seen}


def indexer_download(line: str) -> Facts:
    one = JOB["foreign"][0]
    INDEXER.download(one["root"], str(OUTPUTS / f"{line}-{one['name']}"))
    return {}


LINES = {
    "files": files,
    "duplicate": duplicate,
    "fetch": fetch,
    "selected": selected,
    "kv-cached": kv_cached,
    "indexer-download": indexer_download,
}

run_lines(JOB, LINES)
