"""Executes the deploy plan from the shipped artifacts; goes on where a killed run stopped.

Each step is a transaction with the intent `deploy:STEP`, so a second run finds what the first
one did. In the end each contract's code is compared with the artifact that it was made from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from zerog.chain.abi import abi_of, added_selectors, creation
from zerog.chain.artifacts import Artifact, load
from zerog.chain.errors import CodeMismatch, NoSuchContract, NotThere
from zerog.chain.placing import Placed, is_ours, place
from zerog.chain.plan import DeployPlan
from zerog.chain.registry import Deployed
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer
from zerog.chain.steps import Call, Deploy, Encoded, Payer, Place, Ref, Selectors, Step, Value
from zerog.chain.tx import Call as Transaction
from zerog.chain.tx import Sender, TxStore
from zerog.config import DEVNET_CHAIN_IDS
from zerog.crypto.keccak import keccak256
from zerog.errors import ZerogError


class NoCode(NoSuchContract):
    """A contract that was deployed has no code on this chain."""


class NotCreated(ZerogError):
    """A creation was mined without an address."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the deployment of {name} created nothing")


class Deployer:
    """Walks a plan's steps with one account."""

    def __init__(self, chain: Chain, store: TxStore, signer: Signer) -> None:
        """signer: pays and, where the plan says so, is the first admin."""
        self._chain, self._store = chain, store
        self._sender = Sender(chain, store, signer)
        self._made: dict[str, Deployed] = {}

    def run(self, plan: DeployPlan) -> dict[str, Deployed]:
        """Execute every step that was not executed yet; gives the plan's named contracts.

        Raises TxReverted, NoCode, CodeMismatch, NotThere, ChainUnreachable.
        """
        for step in plan.steps:
            self._execute(step)
        return {name: self._made[name] for name in plan.contracts}

    def _execute(self, step: Step) -> None:
        if isinstance(step, Deploy):
            self._deploy(step)
        elif isinstance(step, Place):
            self._place(step)
        else:
            self._call(step)

    def _place(self, step: Place) -> None:
        runtime = self._chain.code(step.address)
        on_devnet = self._chain.chain_id() in DEVNET_CHAIN_IDS
        # A devnet may have it from another home, whose calls were made.
        if on_devnet and (not runtime or is_ours(self._store, step.address)):
            self._deploy(step.logic)
            logic = self._made[step.logic.name]
            proxy = Placed(step.address, logic.address, load("Proxy").runtime_code)
            place(self._chain, self._store, proxy)
            self._made[step.name] = replace(
                logic, address=step.address, code_hash=keccak256(proxy.code)
            )
            for call in step.setup:
                self._call(call)
            return
        if not runtime:
            raise NotThere(step.name, step.address)
        self._made[step.name] = Deployed(step.address, 0, bytes(32), keccak256(runtime))

    def _deploy(self, step: Deploy) -> None:
        artifact = load(step.artifact)
        code = creation(artifact, self._values(step.args))
        receipt = self._sender.run(f"deploy:{step.name}", Transaction(None, code))
        address = receipt.contract_address
        if address is None:
            raise NotCreated(step.name)
        runtime = self._chain.code(address)
        if not runtime:
            raise NoCode(step.name, address)
        if not is_code_of(artifact, runtime):
            raise CodeMismatch(step.name, address)
        self._made[step.name] = Deployed(
            address, receipt.block_number, receipt.tx_hash, keccak256(runtime)
        )

    def _call(self, step: Call) -> None:
        data = self._encoded(Encoded(step.artifact, step.function, step.args))
        target = self._made[step.target].address
        self._sender.run(f"deploy:{step.name}", Transaction(target, data))

    def _values(self, args: Sequence[Value]) -> list[object]:
        return [self._value(arg) for arg in args]

    def _value(self, arg: Value) -> object:
        if isinstance(arg, Ref):
            return self._made[arg.step].address
        if isinstance(arg, Payer):
            return self._sender.address
        if isinstance(arg, Encoded):
            return self._encoded(arg)
        if isinstance(arg, Selectors):
            return added_selectors(arg.facet, arg.core)
        return tuple(self._values(arg)) if isinstance(arg, tuple) else arg

    def _encoded(self, call: Encoded) -> bytes:
        args = self._values(call.args)
        return abi_of(call.artifact).function(call.function, len(args)).encode_call(args)


def is_code_of(artifact: Artifact, runtime: bytes) -> bool:
    """Whether `runtime` was made from the artifact.

    Immutables are zeros in the artifact and values on chain, so only its other bytes must agree.
    """
    if len(runtime) != len(artifact.runtime_code):
        return False
    pairs = zip(runtime, artifact.runtime_code, strict=True)
    return all(found == known or not known for found, known in pairs)


def deploy(chain: Chain, home: Path, signer: Signer, plan: DeployPlan) -> dict[str, Deployed]:
    """Deploy a plan with the transaction rows of a home; a second run does nothing."""
    return Deployer(chain, TxStore(home / "tx.db"), signer).run(plan)
