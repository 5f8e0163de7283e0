"""What each line of the matrix must have done, judged from outside the client that did it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.conformance.harness import Facts, Rig
from tests.conformance.matrix import TYPESCRIPT, Client
from zerog.chain.rpc import Chain
from zerog.storage.client.sdk import Storage
from zerog.storage.codec import tree_of
from zerog.storage.encryption import PrivateKey, SymmetricKey, WrongScheme
from zerog.storage.remote import Remote, make_pool


class Fault(AssertionError):
    """The client did not do what its line says."""


def require(good: object, text: str) -> None:
    """Raise Fault with the text unless it is good."""
    if not good:
        raise Fault(text)


def judge(rig: Rig, client: Client, line: str, facts: Facts) -> None:
    """Raise Fault unless the facts, and the stack itself, show what the line says."""
    JUDGES[line](rig, client, facts)


def _files(rig: Rig, client: Client, facts: Facts) -> None:
    for one in members(facts, "files"):
        path = rig.input_of(client, text(one, "name"))
        _same_bytes(path, one)
        require(text(one, "root") == root_of(path), f"{path.name}: another data root")
        _paid(rig, one.get("sent"))
        _stored(rig, text(one, "root"))


def _duplicate(rig: Rig, client: Client, facts: Facts) -> None:
    _files(rig, client, facts)
    roots = {text(one, "root") for one in members(facts, "files")}
    require(len(roots) == 1, f"one file, {len(roots)} roots")
    hashes = {_hash_of(one.get("sent")) for one in members(facts, "files")}
    require(len(hashes) == 2, "the second upload sent no transaction")


def _skip(rig: Rig, client: Client, facts: Facts) -> None:
    _files(rig, client, facts)
    again = facts["again"]
    require(not _hash_of(again), f"paid again: {again}")


def _memory(rig: Rig, client: Client, facts: Facts) -> None:
    _files(rig, client, facts)


def _fragments(rig: Rig, client: Client, facts: Facts) -> None:
    path = rig.input_of(client, text(facts, "name"))
    _same_bytes(path, facts)
    roots, hashes = strings(facts, "roots"), strings(facts, "txs")
    data = path.read_bytes()
    cut = [data[at : at + 131072] for at in range(0, len(data), 131072)]
    require(len(roots) == len(cut) == len(hashes), f"{len(roots)} roots, {len(hashes)} txs")
    for root, piece in zip(roots, cut, strict=True):
        scratch = path.with_suffix(".piece")
        scratch.write_bytes(piece)
        require(root == root_of(scratch), "a fragment has another data root")
        _stored(rig, root)
    for tx_hash in hashes:
        _mined(rig, tx_hash)


def _sealed(rig: Rig, client: Client, facts: Facts) -> None:
    for one in members(facts, "files"):
        path = rig.input_of(client, text(one, "name"))
        _same_bytes(path, one)
        require(text(one, "root") != root_of(path), "the stored file is the plain one")
        _opens_here(rig, client, text(one, "root"), path)
        _paid(rig, one.get("sent"))


def _opens_here(rig: Rig, client: Client, root: str, path: Path) -> None:
    """Our own client opens it, with whichever of the two keys its header asks for."""
    store = Storage.connect(rig.stack.home)
    out = path.with_suffix(".opened")
    out.unlink(missing_ok=True)
    packed = bytes.fromhex(root.removeprefix("0x"))
    try:
        store.download(packed, out, decryption=SymmetricKey(rig.symmetric()))
    except WrongScheme:
        key = rig.stack.home / "keys" / f"{client.person}.key"
        secret = bytes.fromhex(key.read_text().strip().removeprefix("0x"))
        store.download(packed, out, decryption=PrivateKey(secret))
    require(out.read_bytes() == path.read_bytes(), f"{root} opens to other bytes here")


def _replicas(rig: Rig, client: Client, facts: Facts) -> None:
    root = text(facts, "root")
    require(root == root_of(rig.input_of(client, text(facts, "name"))), "another data root")
    _stored(rig, root, rig.endpoints["node"], rig.endpoints["node-2"])


def _fetch(rig: Rig, client: Client, facts: Facts) -> None:
    found = members(facts, "files")
    require(found, "nothing was fetched")
    for one in found:
        _same_bytes(rig.folder / "ours" / text(one, "name"), one)


def _decrypt(rig: Rig, client: Client, facts: Facts) -> None:
    require(facts["version"] == 2, f"header version {facts['version']}")
    (one,) = members(facts, "files")
    _same_bytes(rig.input_of(TYPESCRIPT, text(one, "name")), one)


def _kv(rig: Rig, client: Client, facts: Facts) -> None:
    expected = [["a", "one"], ["b", "two"], ["c", "three"]]
    require(facts["seen"] == expected, f"the iterator saw {facts['seen']}")
    require(facts["last"] == "c", f"the last key is {facts['last']}")
    require(facts["result"] == "Commit", f"the transaction's result is {facts['result']}")
    require(facts["admin"] is True, "the first writer is no admin")
    require(facts["may"] is True, "the first writer may not write")
    require(facts["remaining"] == ["a", "c"], f"after the deletion: {facts['remaining']}")
    require(isinstance(facts["streams"], list), "no list of streams")


def _kv_read(rig: Rig, client: Client, facts: Facts) -> None:
    values = facts["values"]
    found = {key: one["data"] for key, one in values.items()} if isinstance(values, dict) else {}
    require(found == {"a": "b25l", "c": "dGhyZWU="}, f"read {found}")
    require(facts["result"] == "Commit", f"the transaction's result is {facts['result']}")
    require(facts["admin"] is True, "the first writer is no admin")


def _kv_cached(rig: Rig, client: Client, facts: Facts) -> None:
    require(facts["local"] == "first", f"cached {facts['local']}")
    require(facts["seen"] == [["k1", "first"], ["k2", "second"]], f"saw {facts['seen']}")


def _selected(rig: Rig, client: Client, facts: Facts) -> None:
    known = {url for name, url in rig.endpoints.items() if name in ("node", "node-2")}
    require(facts["urls"], "no node was chosen")
    require(set(strings(facts, "urls")) <= known, f"chose {facts['urls']}")


JUDGES: Final[Mapping[str, Callable[[Rig, Client, Facts], None]]] = {
    "files": _files,
    "duplicate": _duplicate,
    "skip": _skip,
    "memory": _memory,
    "fragments": _fragments,
    "ecies": _sealed,
    "aes": _sealed,
    "replicas": _replicas,
    "fetch": _fetch,
    "unseal": _fetch,
    "decrypt": _decrypt,
    "kv": _kv,
    "kv-read": _kv_read,
    "kv-cached": _kv_cached,
    "selected": _selected,
}


def root_of(path: Path) -> str:
    """The data root by our own codec."""
    return f"0x{tree_of(path).data_root.hex()}"


def members(facts: Facts, name: str) -> Sequence[Facts]:
    """A list of objects in the facts; raises Fault."""
    found = facts.get(name)
    require(isinstance(found, list), f"no list {name}")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def strings(facts: Facts, name: str) -> list[str]:
    """A list of strings in the facts; raises Fault."""
    found = facts.get(name)
    require(isinstance(found, list), f"no list {name}")
    return [str(one) for one in found] if isinstance(found, list) else []


def text(facts: Facts, name: str) -> str:
    """A string in the facts; raises Fault."""
    found = facts.get(name)
    if not isinstance(found, str):
        raise Fault(f"{name} is {found!r}")
    return found


def _same_bytes(path: Path, facts: Facts) -> None:
    out = Path(text(facts, "out"))
    require(out.read_bytes() == path.read_bytes(), f"{out} is not {path}")


def _hash_of(sent: object) -> str:
    """The transaction hash in what the three kinds of clients answer to an upload."""
    if isinstance(sent, dict):
        return str(sent.get("txHash") or "")
    if isinstance(sent, list) and sent:
        return str(sent[0])
    return str(sent or "")


def _paid(rig: Rig, sent: object) -> None:
    _mined(rig, _hash_of(sent))


def _mined(rig: Rig, tx_hash: str) -> None:
    require(tx_hash, "no transaction hash")
    receipt = Chain(rig.endpoints["chain"]).receipt(bytes.fromhex(tx_hash.removeprefix("0x")))
    require(receipt is not None and receipt.succeeded, f"{tx_hash} was not mined well")


def _stored(rig: Rig, root: str, *urls: str) -> None:
    """The file is final at each of these nodes; with none named, at one of the stack's."""
    known = [url for name, url in rig.endpoints.items() if name in ("node", "node-2")]
    final = [url for url in known if _final(url, root)]
    require(final and set(urls) <= set(final), f"{root} is final at {final or 'no node'}")


def _final(url: str, root: str) -> bool:
    info = Remote(url, make_pool()).info(bytes.fromhex(root.removeprefix("0x")))
    return info is not None and info.finalized
