"""A dishonest oracle: whatever it answers for another transfer, the seller signs nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils.address import to_checksum_address

from zerog.inft.errors import OracleRefused, WrongAnswer
from zerog.inft.jobstore import Row
from zerog.inft.oracle_wire import OracleTransfer, Resealed
from zerog.inft.transfer import require_ordered, require_shown

pytestmark = pytest.mark.unit

ALICE, BOB, MALLORY = (to_checksum_address("0x" + digit * 40) for digit in "123")
ROW = Row(
    1,
    "transfer-1",
    "transfer",
    "consented",
    {
        "transfer_id": "ab" * 32,
        "token_id": 1,
        "owner": ALICE,
        "to": BOB,
        "old_data_root": "0x" + "11" * 32,
        "target_key": "22" * 64,
        "new_data_root": "0x" + "33" * 32,
        "sealed_key": "44" * 323,
    },
)
HONEST = OracleTransfer(
    transfer_id="ab" * 32,
    state="signed",
    token_id=1,
    sender=ALICE,
    receiver=BOB,
    old_data_hash=b"\x11" * 32,
    target_key=b"\x22" * 64,
    result=Resealed(b"\x33" * 32, b"\x44" * 323, 1, 2, b"\x55" * 65),
)


def test_answer_to_this_order_is_taken() -> None:
    assert require_ordered(ROW, HONEST) is HONEST
    assert require_shown(ROW, HONEST) is HONEST


@pytest.mark.parametrize(
    "lie",
    [
        {"transfer_id": "cd" * 32},
        {"token_id": 9},
        {"sender": MALLORY},
        {"receiver": MALLORY},
        {"old_data_hash": b"\x99" * 32},
        {"target_key": b"\x99" * 64},
    ],
)
def test_answer_for_another_order_is_refused(lie: dict[str, object]) -> None:
    told = replace(HONEST, **lie)  # type: ignore[arg-type]
    with pytest.raises(WrongAnswer):
        require_ordered(ROW, told)
    with pytest.raises(WrongAnswer):
        require_shown(ROW, told)


@pytest.mark.parametrize(
    "result",
    [
        Resealed(b"\x99" * 32, b"\x44" * 323, 1, 2, b"\x55" * 65),
        Resealed(b"\x33" * 32, b"\x99" * 323, 1, 2, b"\x55" * 65),
    ],
)
def test_result_that_changed_since_it_was_shown_is_refused(result: Resealed) -> None:
    with pytest.raises(WrongAnswer):
        require_shown(ROW, replace(HONEST, result=result))


def test_result_that_was_lost_is_refused() -> None:
    with pytest.raises(OracleRefused):
        require_shown(ROW, replace(HONEST, result=None))
