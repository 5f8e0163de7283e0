"""Gate: every contract, external function, event and error of ours says what it is for.

Read from solc's own documents, so `@inheritdoc` counts: a notice for each, a @param for each
parameter, a @return for each value.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from eth_utils.crypto import keccak

from scripts.solidity import Build, Json, SolidityErrors, build_contracts

Node: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Item:
    """A documented thing: what it is, its id as in the ABI, its named and unnamed values."""

    kind: str
    name: str
    id: str
    params: tuple[str, ...]
    returns: int


def items(contract: Node) -> Iterator[Item]:
    """What a contract itself defines for the outside; what it inherits is checked at its home."""
    for node in cast(list[Node], contract["nodes"]):
        kind = node["nodeType"]
        params = _names(node.get("parameters"))
        if kind == "FunctionDefinition" and node.get("functionSelector"):
            returns = len(_names(node["returnParameters"]))
            yield Item(
                "function", str(node["name"]), str(node["functionSelector"]), params, returns
            )
        elif kind == "FunctionDefinition" and node["kind"] == "constructor" and params:
            yield Item("function", "constructor", "constructor", params, 0)
        elif kind == "VariableDeclaration" and node.get("functionSelector"):
            yield Item("function", str(node["name"]), str(node["functionSelector"]), (), 0)
        elif kind == "EventDefinition":
            yield Item("event", str(node["name"]), str(node["eventSelector"]), params, 0)
        elif kind == "ErrorDefinition":
            yield Item("error", str(node["name"]), str(node["errorSelector"]), params, 0)


def _names(parameters: Json) -> tuple[str, ...]:
    if not isinstance(parameters, dict):
        return ()
    return tuple(
        str(cast(Node, part)["name"]) for part in cast(list[Json], parameters["parameters"])
    )


def documents(output: Mapping[str, Json], book: str, item: Item) -> Node:
    """solc's entry for an item in `devdoc` or `userdoc`; empty when there is none."""
    section = {"function": "methods", "event": "events", "error": "errors"}[item.kind]
    entries = cast(dict[str, Json], cast(Node, output[book]).get(section, {}))
    for signature, entry in entries.items():
        digest = keccak(text=signature).hex()
        if signature == item.id or digest[: len(item.id)] == item.id:
            # Errors of one name may be declared in several parents: a list.
            return cast(Node, entry[0] if isinstance(entry, list) else entry)
    return {}


def lacks(output: Mapping[str, Json], item: Item) -> Iterator[str]:
    """What the documentation of an item does not say."""
    user, dev = documents(output, "userdoc", item), documents(output, "devdoc", item)
    if not user.get("notice"):
        yield "@notice"
    told = cast(dict[str, Json], dev.get("params", {}))
    named = [name for name in item.params if name]  # an unused parameter has no name to document
    if len(told) < len(named):
        yield from (f"@param {name}" for name in named if name not in told)
    if len(cast(dict[str, Json], dev.get("returns", {}))) < item.returns:
        yield "@return"


def title(output: Mapping[str, Json]) -> Json:
    """The @title of a contract."""
    return cast(Node, output["devdoc"]).get("title")


def gaps(build: Build) -> list[str]:
    """One line for each thing that lacks a part of its documentation."""
    found = []
    for path, tree in build.trees.items():
        for node in cast(list[Node], cast(Node, tree)["nodes"]):
            if node["nodeType"] != "ContractDefinition":
                continue
            name = str(node["name"])
            output = build.contracts[path][name]
            place = f"{path}: {name}"
            if not (cast(Node, output["userdoc"]).get("notice") or title(output)):
                found.append(f"{place} lacks @title or @notice")
            for item in items(node):
                missing = ", ".join(lacks(output, item))
                if missing:
                    found.append(f"{place}.{item.name} ({item.kind}) lacks {missing}")
    return found


def main() -> int:
    """Exit code 1 when something is undocumented."""
    try:
        found = gaps(build_contracts())
    except SolidityErrors as error:
        print(error, file=sys.stderr)
        return 1
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
