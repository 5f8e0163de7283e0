"""Flow.submit and batchSubmit, branch by branch (flow.tree)."""

from __future__ import annotations

import pytest

from tests.support.contracts import Deployed, Evm, Reverted, artifact, compiled
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import (
    BATCH,
    BATCH_LEGACY,
    PRICE,
    SUBMIT,
    SUBMIT_LEGACY,
    Data,
    Storage,
    columns,
    fee_of,
    full,
)

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20
RICH = 10**18


@pytest.fixture
def evm(anvil: AnvilProcess) -> Evm:
    return Evm(anvil.url)


@pytest.fixture
def storage(evm: Evm) -> Storage:
    return Storage.deploy(evm)


def _resized(data: Data, length: int) -> Data:
    return (length, data[1], data[2])


def _invalid(storage: Storage, function: str, *args: object) -> None:
    """The call is refused in the words that clients match, and changes nothing."""
    before = storage.state()
    with pytest.raises(Reverted) as caught:
        storage.flow.send(function, *args, value=RICH)
    assert (caught.value.name, caught.value.values) == ("Error", ("Invalid submission",))
    assert storage.state() == before


# ------------------------------------------------------------------- validity

JUST_OUTSIDE = {
    "no node": (1, b"", []),
    "heights equal": full(3, 3),
    "heights ascend": full(2, 3),
    "heights span four": full(7, 3),
    "height is 64": full(64),
    "height overflows": (1, b"", [(b"\1" * 32, 2**256 - 1)]),
    "length is zero": (0, b"", [(b"\1" * 32, 0)]),
    "one byte more than fits": _resized(full(3), (8 << 8) + 1),
    "fits one sector less, small": _resized(full(3), 7 << 8),
    "fits a sixteenth less, one node": _resized(full(4), 15 << 8),
    "fits a sixteenth less, one large node": _resized(full(10), 960 << 8),
    "fits one unit less, two nodes": _resized(full(4, 3), 22 << 8),
}
JUST_INSIDE = {
    "heights span three": full(7, 6, 5, 4),
    "height is 63": full(63),
    "one byte": _resized(full(0), 1),
    "last byte": full(3),
    "first byte of the last sector, small": _resized(full(3), (7 << 8) + 1),
    "first byte of the last sixteenth, one node": _resized(full(4), (15 << 8) + 1),
    "first byte of the last sixteenth, one large node": _resized(full(10), (960 << 8) + 1),
    "first byte of the last unit, two nodes": _resized(full(4, 3), (22 << 8) + 1),
}


@pytest.mark.parametrize("name", JUST_OUTSIDE)
def test_submit_when_shape_is_just_outside_the_rule_reverts(storage: Storage, name: str) -> None:
    _invalid(storage, SUBMIT_LEGACY, JUST_OUTSIDE[name])


@pytest.mark.parametrize("name", JUST_INSIDE)
def test_submit_when_shape_is_just_inside_the_rule_is_taken(evm: Evm, name: str) -> None:
    free = Storage.deploy(evm, price=0)
    free.flow.send(SUBMIT_LEGACY, JUST_INSIDE[name])
    assert free.flow.read("numSubmissions") == 1


def test_submit_when_submitter_is_zero_reverts(storage: Storage) -> None:
    _invalid(storage, SUBMIT, (full(0), NOBODY))


def test_batch_when_one_item_is_invalid_takes_none(storage: Storage) -> None:
    _invalid(storage, BATCH_LEGACY, [full(0), full(2, 3)])
    _invalid(storage, BATCH, [(full(0), storage.evm.accounts[3]), (full(1), NOBODY)])


# ------------------------------------------------------------------- the fee


def test_submit_when_fee_is_short_by_one_wei_reverts(storage: Storage) -> None:
    data = full(2, 1)
    before = storage.state()
    with pytest.raises(Reverted, match="NotEnoughFee") as caught:
        storage.flow.send(SUBMIT_LEGACY, data, value=fee_of(data) - 1)
    assert caught.value.values == (PRICE, 6, fee_of(data) - 1)
    assert storage.state() == before


def test_submit_when_others_left_value_in_the_contract_still_pays_itself(storage: Storage) -> None:
    evm, flow = storage.evm, storage.flow
    evm.w3.provider.make_request("anvil_setBalance", [flow.address, hex(RICH)])  # type: ignore[arg-type]
    with pytest.raises(Reverted, match="NotEnoughFee"):
        flow.send(SUBMIT_LEGACY, full(0))
    flow.send(SUBMIT_LEGACY, full(0), value=PRICE + 5)
    assert evm.balance(flow.address) == RICH


@pytest.mark.parametrize("surplus", [0, 1, 10**15])
@pytest.mark.parametrize("function", [SUBMIT, SUBMIT_LEGACY, BATCH, BATCH_LEGACY])
def test_submit_when_paid_too_much_gives_the_change_back(
    storage: Storage, function: str, surplus: int
) -> None:
    evm, caller = storage.evm, storage.evm.accounts[6]
    data = full(3, 1)
    named: object = data if function in (SUBMIT_LEGACY, BATCH_LEGACY) else (data, evm.accounts[3])
    argument = [named] if function in (BATCH, BATCH_LEGACY) else named
    before = evm.balance(caller)
    receipt = storage.flow.send(function, argument, sender=caller, value=fee_of(data) + surplus)
    gas = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert evm.balance(caller) == before - fee_of(data) - gas
    assert evm.balance(storage.market.address) == fee_of(data)
    assert evm.balance(storage.flow.address) == 0


def test_batch_when_value_pays_only_the_first_item_names_the_second(storage: Storage) -> None:
    batch = [full(0), full(3)]
    before = storage.state()
    with pytest.raises(Reverted, match="NotEnoughFee") as caught:
        storage.flow.send(BATCH_LEGACY, batch, value=fee_of(*batch) - 1)
    assert caught.value.values == (PRICE, 8, fee_of(batch[1]) - 1)
    assert storage.state() == before


def test_batch_when_empty_gives_the_whole_value_back(storage: Storage) -> None:
    storage.flow.send(BATCH_LEGACY, [], value=77)
    assert storage.flow.read("numSubmissions") == 0
    assert storage.evm.balance(storage.flow.address) == 0


def test_batch_of_both_abis_gives_the_results_of_single_submits(evm: Evm) -> None:
    batch = [full(0), full(12, 10), full(3, 2)]
    one, many = Storage.deploy(evm), Storage.deploy(evm)
    rows = []
    for data in batch:
        rows.append(one.flow.read(SUBMIT_LEGACY, data, value=fee_of(data)))
        one.flow.send(SUBMIT_LEGACY, data, value=fee_of(data))
    named = [(data, evm.accounts[2]) for data in batch]
    for function, argument in ((BATCH_LEGACY, batch), (BATCH, named)):
        answer = many.flow.read(function, argument, value=fee_of(*batch))
        assert answer == columns(rows)  # type: ignore[arg-type]


def test_submit_when_caller_cannot_be_paid_back_needs_the_exact_fee(storage: Storage) -> None:
    data = full(1)
    caller = storage.evm.deploy(compiled("StubbornSubmitter"))
    with pytest.raises(Reverted, match="RefundFailed") as caught:
        caller.send("submit", storage.flow.address, data, value=fee_of(data) + 3)
    assert caught.value.values == (caller.address.lower(), 3)
    caller.send("submit", storage.flow.address, data, value=fee_of(data))
    assert storage.flow.read("numSubmissions") == 1


def test_submit_when_the_change_is_spent_on_a_reentrant_submit_both_are_paid(
    storage: Storage,
) -> None:
    evm, data = storage.evm, full(1)
    caller = evm.deploy(compiled("ReentrantSubmitter"))
    caller.send("submit", storage.flow.address, data, value=2 * fee_of(data) + 9)
    assert storage.flow.read("numSubmissions") == 2
    assert evm.balance(storage.market.address) == 2 * fee_of(data)
    assert evm.balance(caller.address) == 9
    assert evm.balance(storage.flow.address) == 0


def test_submit_when_a_reentrant_submit_is_not_paid_for_reverts(storage: Storage) -> None:
    data = full(1)
    caller = storage.evm.deploy(compiled("ReentrantSubmitter"))
    before = storage.state()
    with pytest.raises(Reverted, match="RefundFailed"):
        caller.send("submit", storage.flow.address, data, value=2 * fee_of(data) - 1)
    assert storage.state() == before


# ----------------------------------------------------- who may, and upgrades


@pytest.mark.parametrize("function", [SUBMIT, SUBMIT_LEGACY, BATCH, BATCH_LEGACY])
def test_submit_when_paused_reverts_until_unpaused(storage: Storage, function: str) -> None:
    data = full(0)
    named: object = data if function in (SUBMIT_LEGACY, BATCH_LEGACY) else (data, NOBODY[:-1] + "1")
    argument = [named] if function in (BATCH, BATCH_LEGACY) else named
    storage.flow.send("pause")
    assert storage.flow.read("paused") is True
    with pytest.raises(Reverted, match="EnforcedPause"):
        storage.flow.send(function, argument, value=fee_of(data))
    storage.flow.send("unpause")
    storage.flow.send(function, argument, value=fee_of(data))


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("pause", ()),
        ("unpause", ()),
        ("upgradeToAndCall", (NOBODY, b"")),
        ("setAuthority", (NOBODY,)),
    ],
)
def test_restricted_functions_when_called_by_a_stranger_revert(
    storage: Storage, function: str, args: tuple[object, ...]
) -> None:
    stranger = storage.evm.accounts[9]
    with pytest.raises(Reverted, match="AccessManagedUnauthorized") as caught:
        storage.flow.send(function, *args, sender=stranger)
    assert caught.value.values == (stranger.lower(),)


def test_pause_when_its_role_is_granted_is_allowed_to_that_account_only(storage: Storage) -> None:
    guard, other = storage.evm.accounts[8], storage.evm.accounts[9]
    selector = bytes.fromhex(storage.flow.calldata("pause")[2:])
    storage.authority.send("setTargetFunctionRole", storage.flow.address, [selector], 7)
    storage.authority.send("grantRole", 7, guard, 0)
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        storage.flow.send("pause", sender=other)
    storage.flow.send("pause", sender=guard)
    assert storage.flow.read("paused") is True


def test_upgrade_keeps_the_tree_and_brings_the_new_function(storage: Storage) -> None:
    flow, evm = storage.flow, storage.evm
    flow.send(SUBMIT_LEGACY, full(3), value=fee_of(full(3)))
    before = storage.state()
    logic = evm.deploy(compiled("FlowNext"))
    flow.send("upgradeToAndCall", logic.address, b"")
    assert evm.at(flow.address, compiled("FlowNext")).read("version") == 2
    assert storage.state() == before


def test_initialize_a_second_time_reverts(storage: Storage) -> None:
    admin = storage.evm.accounts[1]
    with pytest.raises(Reverted, match="InvalidInitialization"):
        storage.flow.send("initialize", storage.market.address, 20, admin)


def test_initialize_on_the_logic_itself_reverts(evm: Evm) -> None:
    logic: Deployed = evm.deploy(artifact("Flow"))
    with pytest.raises(Reverted, match="InvalidInitialization"):
        logic.send("initialize", evm.accounts[1], 20, evm.accounts[1])


@pytest.mark.parametrize("missing", [0, 2])
def test_initialize_with_a_zero_address_reverts(storage: Storage, missing: int) -> None:
    args: list[object] = [storage.market.address, 20, storage.authority.address]
    args[missing] = NOBODY
    with pytest.raises(Reverted, match="ZeroAddress"):
        storage.evm.deploy_proxy(artifact("Flow"), "initialize", *args)


def test_transfer_of_plain_value_to_the_flow_reverts(storage: Storage) -> None:
    evm = storage.evm
    with pytest.raises(Reverted):
        evm.transact({"from": evm.accounts[1], "to": storage.flow.address, "value": 1})  # type: ignore[typeddict-item]
