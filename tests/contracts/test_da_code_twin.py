"""Headers, data roots and pieces: the EVM and zerog.da say the same of any blob."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, Reverted, check_gas, compiled
from tests.support.da import CHAIN_ID, ENTRANCE, SMALL, stream
from tests.support.evm import AnvilProcess
from tests.support.examples import on_chain
from zerog.da.codec import FULL, MAX_BLOB_BYTES, Encoded, Header, Profile, ProvenPiece, encode
from zerog.da.codec import check_piece as twin_check
from zerog.errors import ZerogError

pytestmark = pytest.mark.contracts

CODES = st.sampled_from([SMALL, Profile(1, 1), Profile(3, 5), Profile(8, 16)])
ODD = Profile(3, 5)


@pytest.fixture(scope="module")
def harness(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(compiled("DaHarness"))


def shown(piece: ProvenPiece) -> tuple[int, int, bytes, bytes]:
    """The struct of a piece."""
    return piece.row, piece.piece, bytes(piece.data), piece.path


def agree(harness: Deployed, encoded: Encoded, piece: ProvenPiece) -> bool:
    """Whether contract and twin take a piece; they must say the same."""
    commitment = encoded.commitment
    header = commitment.header
    try:
        twin_check(commitment, piece)
        expected = True
    except ZerogError:
        expected = False
    try:
        harness.read(
            "requirePiece", header.rows, header.row_size, shown(piece), commitment.row_root
        )
        found = True
    except Reverted:
        found = False
    assert found == expected
    return found


@on_chain()
@given(CODES, st.integers(1, 9000), st.data())
def test_piece_of_any_blob_proves_in_contract_and_twin(
    harness: Deployed, code: Profile, length: int, data: st.DataObject
) -> None:
    encoded = encode(stream(f"{code.k}-{length}", length), code)
    header = encoded.commitment.header
    row = data.draw(st.integers(0, header.rows - 1))
    piece = data.draw(st.integers(0, header.pieces - 1))
    assert agree(harness, encoded, encoded.piece_proof(row, piece))


@on_chain()
@given(st.data())
def test_changed_piece_is_refused_by_contract_and_twin(
    harness: Deployed, data: st.DataObject
) -> None:
    encoded = encode(stream("changed", ODD.k * 2400), ODD)
    good = encoded.piece_proof(data.draw(st.integers(0, 7)), data.draw(st.integers(0, 2)))
    field = data.draw(st.sampled_from(["row", "piece", "data", "path"]))
    before = getattr(good, field)
    if field in ("row", "piece"):
        after: object = data.draw(st.integers(0, 9).filter(lambda value: value != before))
    else:
        raw = bytearray(before)
        change = data.draw(st.sampled_from(["flip", "cut", "grow"]))
        if change == "flip":
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        after = {"flip": bytes(raw), "cut": bytes(raw[:-32]), "grow": bytes(raw) + bytes(32)}[
            change
        ]
    assert not agree(harness, encoded, replace(good, **{field: after}))  # type: ignore[arg-type]


@on_chain()
@given(CODES, st.integers(1, 100_000), st.integers(1, 2**64), st.binary(min_size=20, max_size=20))
def test_data_root_is_that_of_the_twin(
    harness: Deployed, code: Profile, length: int, chain_id: int, entrance: bytes
) -> None:
    length = min(length, code.max_length)
    commitment = encode(stream("root", length), code).commitment
    found = harness.read(
        "dataRoot",
        astuple(commitment.header),
        commitment.row_root,
        commitment.rlc_root,
        chain_id,
        to_checksum_address(entrance),
    )
    assert found == commitment.data_root(chain_id, entrance)


def test_other_data_root_is_refused_with_both(harness: Deployed) -> None:
    commitment = encode(b"blob", SMALL).commitment
    roots = (commitment.row_root, commitment.rlc_root, to_checksum_address(ENTRANCE))
    right = commitment.data_root(CHAIN_ID, ENTRANCE)
    harness.read("requireDataRoot", astuple(commitment.header), *roots, right)
    other = commitment.data_root(CHAIN_ID + 1, ENTRANCE)
    with pytest.raises(Reverted, match="WrongDataRoot") as caught:
        harness.read("requireDataRoot", astuple(commitment.header), *roots, other)
    assert caught.value.values == (other, right)


HEADERS = [Header(4, 8, 64, length) for length in (0, 1, 256, 257)]
FULL_HEADERS = [
    Header.of(1),
    Header.of(MAX_BLOB_BYTES),
    Header(1024, 2048, 31_744, MAX_BLOB_BYTES + 1),
    Header(1024, 2048, 128, 1),
    Header(1024, 2047, 64, 1),
    Header(1023, 2048, 64, 1),
    Header(1024, 2048, 0, 1),
]


@pytest.mark.parametrize(
    ("code", "header"),
    [*((SMALL, header) for header in HEADERS), *((FULL, header) for header in FULL_HEADERS)],
)
def test_header_is_judged_as_by_the_twin(harness: Deployed, code: Profile, header: Header) -> None:
    call = ("requireHeader", astuple(header), code.k, code.n)
    if header.contradiction(code) is None:
        harness.read(*call)
        return
    with pytest.raises(Reverted, match="BadHeader") as caught:
        harness.read(*call)
    assert caught.value.values == astuple(header)


@pytest.mark.parametrize(
    ("change", "name", "values"),
    [
        ({"row": 8}, "NoSuchRow", (8, 8)),
        ({"piece": 3}, "NoSuchPiece", (3, 3)),
        ({"data": bytes(1023)}, "WrongPieceLength", (1023, 1024)),
        ({"path": bytes(128)}, "WrongPathLength", (128, 160)),
    ],
)
def test_piece_out_of_shape_is_refused_by_name(
    harness: Deployed, change: dict[str, object], name: str, values: tuple[int, int]
) -> None:
    encoded = encode(stream("shape", 3 * 2400), ODD)
    header, root = encoded.commitment.header, encoded.commitment.row_root
    piece = replace(encoded.piece_proof(0, 0), **change)  # type: ignore[arg-type]
    with pytest.raises(Reverted) as caught:
        harness.read("requirePiece", header.rows, header.row_size, shown(piece), root)
    assert (caught.value.name, caught.value.values) == (name, values)


def test_piece_of_the_largest_row_costs_what_was_measured(fresh_anvil: AnvilProcess) -> None:
    evm = Evm(fresh_anvil.url)
    contract = evm.deploy(compiled("DaHarness"))
    encoded = encode(stream("gas", 5000), Profile(4, 8))
    header, root = encoded.commitment.header, encoded.commitment.row_root
    arguments = (header.rows, header.row_size, shown(encoded.piece_proof(5, 0)), root)
    check_gas(
        "DaCode.requirePiece, 1024 bytes", contract.send("requirePiece", *arguments)["gasUsed"]
    )
