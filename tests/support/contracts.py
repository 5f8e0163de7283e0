"""Contracts under test on a real EVM: load, deploy, read, send, and reverts by name.

evm = Evm(anvil.url)
flow = evm.deploy(artifact("Flow"))
flow.read("tree") -> (1, 1)
flow.send("pause", sender=evm.accounts[1]) -> receipt
with pytest.raises(Reverted, match="EnforcedPause"): ...
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import cast

from eth_abi.abi import decode
from eth_typing import ABIError, ABIEvent, ChecksumAddress, HexStr
from eth_utils.abi import abi_to_signature, collapse_if_tuple
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3
from web3._utils.events import get_event_data
from web3.contract import Contract
from web3.exceptions import ContractLogicError
from web3.types import TxParams, TxReceipt, Wei

from scripts.export_artifacts import FOLDER, contract_type
from scripts.solidity import Json, build_test_contracts
from tests.support.patience import PATIENCE_SECONDS

GAS_SNAPSHOT = Path(__file__).resolve().parents[1] / "contracts" / "gas_snapshot.json"
PANIC = bytes.fromhex("4e487b71")
ERROR_STRING = bytes.fromhex("08c379a0")


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled contract: its name, ABI, and creation and runtime code."""

    name: str
    abi: Sequence[Mapping[str, Json]]
    creation_code: str
    runtime_code: str


def _artifact(document: Mapping[str, Json]) -> Artifact:
    creation = cast(dict[str, str], document["deploymentBytecode"])
    runtime = cast(dict[str, str], document["runtimeBytecode"])
    return Artifact(
        str(document["contractName"]),
        cast("Sequence[Mapping[str, Json]]", document["abi"]),
        creation["bytecode"],
        runtime["bytecode"],
    )


def artifact(name: str) -> Artifact:
    """A shipped artifact, as zerog/chain/artifacts holds it."""
    return _artifact(json.loads((FOLDER / f"{name}.json").read_text()))


def joined(*names: str) -> Artifact:
    """One ABI of several shipped artifacts: what an address with facets speaks."""
    entries = {
        str(sorted(entry.items(), key=str)): entry for name in names for entry in artifact(name).abi
    }
    return Artifact("+".join(names), list(entries.values()), "0x", "0x")


@cache
def _test_contracts() -> Mapping[str, Mapping[str, Json]]:
    return build_test_contracts().by_name()


def compiled(name: str) -> Artifact:
    """A contract of tests/contracts/sources/, compiled when its sources changed."""
    return _artifact(contract_type(name, _test_contracts()[name]))


class Reverted(AssertionError):
    """The EVM reverted: error name and arguments ("Error" for a string, "Panic" for a code)."""

    def __init__(self, name: str, args: tuple[object, ...], data: bytes) -> None:
        self.name = name
        self.values = args
        self.data = data
        super().__init__(f"{name}({', '.join(map(repr, args))})")


def decode_revert(data: bytes, abis: Iterable[Sequence[Mapping[str, Json]]]) -> Reverted:
    """Name a revert by the errors of the given ABIs; "Unknown" when none has it."""
    if data[:4] == ERROR_STRING:
        return Reverted("Error", decode(["string"], data[4:]), data)
    if data[:4] == PANIC:
        return Reverted("Panic", decode(["uint256"], data[4:]), data)
    errors = [entry for abi in abis for entry in abi if entry["type"] == "error"]
    for error in cast(list[ABIError], errors):
        if keccak(text=abi_to_signature(error))[:4] == data[:4]:
            types = [collapse_if_tuple(part) for part in error.get("inputs", ())]
            return Reverted(error["name"], decode(types, data[4:]), data)
    return Reverted("Unknown", (data.hex(),), data)


class Evm:
    """A chain whose development accounts are unlocked."""

    def __init__(self, url: str) -> None:
        self.w3 = Web3(HTTPProvider(url, request_kwargs={"timeout": PATIENCE_SECONDS}))
        self.accounts: Sequence[ChecksumAddress] = self.w3.eth.accounts
        self.abis: list[Sequence[Mapping[str, Json]]] = []

    def deploy(
        self, made_of: Artifact, *args: object, sender: str | None = None, value: int = 0
    ) -> Deployed:
        """Create a contract; its ABI's errors are known to every later call."""
        self.abis.append(made_of.abi)
        factory = self.w3.eth.contract(abi=made_of.abi, bytecode=made_of.creation_code)
        receipt = self.transact(
            {
                "from": self.account(sender),
                "value": Wei(value),
                "data": factory.constructor(*args).data_in_transaction,
            }
        )
        address = receipt["contractAddress"]
        assert address is not None, "a creation has an address"
        return self.at(address, made_of, receipt)

    def deploy_proxy(
        self, logic: Artifact, initializer: str, *args: object, sender: str | None = None
    ) -> Deployed:
        """Create the logic and a Proxy that initialises itself with the given call."""
        implementation = self.deploy(logic, sender=sender)
        call = implementation.calldata(initializer, *args)
        proxy = self.deploy(artifact("Proxy"), implementation.address, call, sender=sender)
        return self.at(proxy.address, logic, proxy.receipt)

    def at(self, address: str, made_of: Artifact, receipt: TxReceipt | None = None) -> Deployed:
        """A contract that is there already, under the ABI of an artifact."""
        self.abis.append(made_of.abi)
        checked = Web3.to_checksum_address(address)
        return Deployed(self, checked, self.w3.eth.contract(checked, abi=made_of.abi), receipt)

    def account(self, sender: str | None) -> ChecksumAddress:
        """The sender, or development account 1: account 0 stays at nonce 0."""
        return Web3.to_checksum_address(sender) if sender else self.accounts[1]

    def transact(self, transaction: TxParams) -> TxReceipt:
        """Send and wait until it is mined; raises Reverted with the decoded reason."""
        try:
            sent = self.w3.eth.send_transaction(transaction)
        except ContractLogicError as error:
            raise self.reason(error) from error
        receipt = self.w3.eth.wait_for_transaction_receipt(
            sent, timeout=PATIENCE_SECONDS, poll_latency=0.01
        )
        assert receipt["status"] == 1, "a transaction that passed its estimate succeeds"
        return receipt

    def call(self, transaction: TxParams) -> bytes:
        """Execute without a transaction; raises Reverted with the decoded reason."""
        try:
            return bytes(self.w3.eth.call(transaction))
        except ContractLogicError as error:
            raise self.reason(error) from error

    def reason(self, error: ContractLogicError) -> Reverted:
        """The revert behind web3's exception."""
        data = error.data if isinstance(error.data, str) else "0x"
        return decode_revert(bytes.fromhex(data.removeprefix("0x")), self.abis)

    def balance(self, address: str) -> int:
        """Balance in wei at the head."""
        return self.w3.eth.get_balance(Web3.to_checksum_address(address))


@dataclass(slots=True)
class Deployed:
    """A contract on the chain, with the receipt of its creation when we made it."""

    evm: Evm
    address: ChecksumAddress
    contract: Contract
    receipt: TxReceipt | None = field(default=None, repr=False)

    def calldata(self, function: str, *args: object) -> HexStr:
        """Selector and arguments. An overload is named by its whole signature."""
        return HexStr(self.contract.encode_abi(function, args=list(args)))

    def read(
        self, function: str, *args: object, sender: str | None = None, value: int = 0
    ) -> object:
        """Result of an eth_call: one value, a tuple of several, None of none."""
        data = self.calldata(function, *args)
        raw = self.evm.call(self._transaction(data, sender, value))
        selector = bytes.fromhex(data[2:10])
        abi = self.contract.get_function_by_selector(selector).abi
        outputs = cast("list[dict[str, object]]", abi.get("outputs", []))
        values = decode([collapse_if_tuple(part) for part in outputs], raw)
        return values[0] if len(values) == 1 else (values or None)

    def send(
        self,
        function: str,
        *args: object,
        sender: str | None = None,
        value: int = 0,
        gas: int | None = None,
    ) -> TxReceipt:
        """A mined transaction; raises Reverted.

        gas: its limit, where an estimate (of the block before) would not do.
        """
        made = self._transaction(self.calldata(function, *args), sender, value)
        if gas is not None:
            made["gas"] = gas
        return self.evm.transact(made)

    def events(self, name: str, receipt: TxReceipt) -> list[dict[str, object]]:
        """Arguments of this contract's events of one name in a receipt.

        Events of one name but other arguments are all meant, unless it is the whole signature.
        """
        known = {
            keccak(text=abi_to_signature(entry)): entry
            for entry in cast("list[ABIEvent]", self.contract.abi)
            if entry["type"] == "event" and name in (entry["name"], abi_to_signature(entry))
        }
        codec = self.evm.w3.codec
        return [
            dict(get_event_data(codec, known[bytes(log["topics"][0])], log)["args"])
            for log in receipt["logs"]
            if log["address"] == self.address and log["topics"] and bytes(log["topics"][0]) in known
        ]

    def _transaction(self, data: HexStr, sender: str | None, value: int) -> TxParams:
        return {
            "from": self.evm.account(sender),
            "to": self.address,
            "data": data,
            "value": Wei(value),
        }


def check_gas(name: str, used: int) -> None:
    """Compare with the committed figure; ZEROG_GAS_UPDATE=1 writes it instead.

    Exact figures need a chain of the test's own: addresses are part of what calldata costs.
    """
    known: dict[str, int] = json.loads(GAS_SNAPSHOT.read_text()) if GAS_SNAPSHOT.exists() else {}
    if os.environ.get("ZEROG_GAS_UPDATE") == "1":
        known[name] = used
        GAS_SNAPSHOT.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    assert known.get(name) == used, f"gas of {name}: {used}, the snapshot says {known.get(name)}"
