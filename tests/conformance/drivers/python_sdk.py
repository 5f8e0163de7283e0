"""Drives the official Python SDK (PyPI 0g-storage-sdk), unmodified, through lines of the matrix.

Runs in the SDK's own environment and asserts nothing: facts go to the report, the harness
judges them. Usage: python python_sdk.py JOB.json
"""

from __future__ import annotations

from pathlib import Path

from core.file import ZgFile
from core.indexer import Indexer
from core.kv.client import KvClient
from eth_account import Account
from reporting import Facts, read_job, run_lines

JOB = read_job()
INPUTS, OUTPUTS = Path(JOB["inputs"]), Path(JOB["outputs"])
SECRET = Path(JOB["keyFile"]).read_text().strip()
ACCOUNT = Account.from_key(SECRET)
INDEXER = Indexer(JOB["indexer"])


def options(**more: object) -> Facts:
    chosen = {"tags": b"\x00", "finalityRequired": True, "taskSize": 10, "expectedReplica": 1}
    return {**chosen, "skipTx": False, "fee": 0, "account": ACCOUNT, **more}


def send(file: ZgFile, **more: object) -> dict[str, str]:
    done, error = INDEXER.upload(file, JOB["rpc"], ACCOUNT, options(**more))
    if error is not None:
        raise error
    return dict(done)


def fetch_to(root: str, out: Path, **keys: object) -> None:
    out.unlink(missing_ok=True)
    error = INDEXER.download(root, str(out), True, **keys)
    if error is not None:
        raise error


def round_trip(line: str, name: str) -> Facts:
    file = ZgFile.from_file_path(str(INPUTS / name))
    tree, error = file.merkle_tree()
    if error is not None:
        raise error
    sent = send(file)
    file.close()
    out = OUTPUTS / f"{line}-{name}"
    fetch_to(sent["rootHash"], out)
    return {"name": name, "root": tree.root_hash(), "sent": sent, "out": str(out)}


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


def decrypt(line: str) -> Facts:
    one = JOB["sealed"]
    out = OUTPUTS / f"{line}-{one['name']}"
    fetch_to(one["root"], out, private_key=Path(JOB["sealedFor"]).read_text().strip())
    header, error = INDEXER.peek_header(one["root"])
    if error is not None:
        raise error
    return {"files": [{**one, "out": str(out)}], "version": header.version}


def unseal(line: str) -> Facts:
    symmetric = bytes.fromhex(Path(JOB["symmetricFile"]).read_text().strip().removeprefix("0x"))
    found = []
    for one in JOB["sealedByUs"]:
        out = OUTPUTS / f"{line}-{one['scheme']}-{one['name']}"
        keys = {"private_key": SECRET} if one["scheme"] == "ecies" else {"symmetric_key": symmetric}
        fetch_to(one["root"], out, **keys)
        found.append({**one, "out": str(out)})
    return {"files": found}


def kv_read(_line: str) -> Facts:
    client = KvClient(JOB["kv"])
    found: dict[str, Facts] = {}
    for key in JOB["pairs"]:
        value = client.get_value(JOB["stream"], key.encode())
        found[key] = {"data": str(value.data), "size": value.size, "version": value.version}
    version = max(int(str(one["version"])) for one in found.values())
    return {
        "values": found,
        "result": client.get_transaction_result(version),
        "streams": client.get_holding_stream_ids(),
        "admin": client.is_admin(JOB["writer"], JOB["stream"]),
    }


def kv_iterator(_line: str) -> Facts:
    iterator = KvClient(JOB["kv"]).new_iterator(JOB["stream"])
    error = iterator.seek_to_first()
    if error is not None:
        raise error
    return {"key": bytes(iterator.get_current_pair().key).decode()}


def encrypted_upload(_line: str) -> Facts:
    public = ACCOUNT._key_obj.public_key.to_compressed_bytes()
    file = ZgFile.from_file_path(str(INPUTS / JOB["small"]))
    sealed = {"type": "ecies", "recipient_pub_key": public}
    return {"sent": send(file, encryption=sealed)}


def splitable_upload(_line: str) -> Facts:
    from core.uploader import Uploader

    uploader, error = INDEXER.new_uploader_from_indexer_nodes(JOB["rpc"], ACCOUNT, 1, None)
    if error is not None:
        raise error
    assert isinstance(uploader, Uploader)
    file = ZgFile.from_file_path(str(INPUTS / JOB["middle"]))
    done, error = uploader.splitable_upload(file, options(fragmentSize=131072))
    if error is not None:
        raise error
    return {"sent": done}


LINES = {
    "files": files,
    "duplicate": duplicate,
    "fetch": fetch,
    "decrypt": decrypt,
    "unseal": unseal,
    "kv-read": kv_read,
    "kv-iterator": kv_iterator,
    "encrypted-upload": encrypted_upload,
    "splitable-upload": splitable_upload,
}

run_lines(JOB, LINES)
