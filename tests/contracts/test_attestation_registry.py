"""Oracle keys: proposed in the open, good after a delay, ended at once, never a promise alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.agents import SIMULATED, House, Person
from tests.support.contracts import Deployed, Evm, Reverted, artifact, compiled
from tests.support.evm import AnvilProcess
from tests.support.handovers import ZERO
from zerog.chain.params import Attestation, DeployParams
from zerog.chain.steps import Call, Deploy
from zerog.chain.steps_market import DEVELOPMENT_DELAY_SECONDS, PUBLIC_DELAY_SECONDS, steps
from zerog.crypto.keccak import keccak256
from zerog.inft.market.quote import (
    QUOTE_BYTES,
    NotATdxQuote,
    read_quote,
    report_data_for,
)

pytestmark = pytest.mark.contracts

QUOTED = 2
DAY = 86_400
DELAY = 2 * DAY
YEAR = 365 * DAY
PUBLIC_CHAIN = 16602
ORACLE = Person.named("oracle of the registry").address


def quote_for(report_data: bytes, version: int = 4, tee: int = 0x81, tail: bytes = b"") -> bytes:
    """A TDX quote of this report data, with registers 1, 2, 3... and no signature that holds."""
    header = struct.pack("<HHI", version, 2, tee).ljust(48, bytes(1))
    body = bytearray(584)
    for place, register in ((136, 1), (328, 2), (376, 3), (424, 4), (472, 5)):
        body[place : place + 48] = bytes([register]) * 48
    body[520:552] = report_data
    return bytes(header + body + tail)


MEASUREMENT = keccak256(b"".join(bytes([register]) * 48 for register in range(1, 6)))


@pytest.fixture(scope="module")
def registry(house: House) -> Deployed:
    """One with a delay, on the shared chain."""
    return house.evm.deploy(artifact("AttestationRegistry"), DELAY, house.authority.address)


@pytest.fixture(scope="module")
def reader(house: House) -> Deployed:
    """The library alone."""
    return house.evm.deploy(compiled("QuoteReader"))


@dataclass(frozen=True, slots=True)
class PublicChain:
    """A chain whose id is no development chain's, with an Authority."""

    anvil: AnvilProcess
    evm: Evm
    authority: Deployed


@pytest.fixture
def public(tmp_path: Path) -> Iterator[PublicChain]:
    process = AnvilProcess.start(tmp_path, chain_id=PUBLIC_CHAIN)
    try:
        evm = Evm(process.url)
        yield PublicChain(process, evm, evm.deploy(artifact("Authority"), evm.accounts[1]))
    finally:
        process.stop()


def pass_time(anvil: AnvilProcess, seconds: int) -> None:
    """Let the chain's clock run."""
    anvil.rpc("evm_increaseTime", seconds)
    anvil.rpc("evm_mine")


# ------------------------------------------------------------------------------------- the life


def test_key_counts_from_the_delay_to_its_expiry(
    own_house: House, fresh_anvil: AnvilProcess
) -> None:
    house = own_house
    registry = house.evm.deploy(artifact("AttestationRegistry"), DELAY, house.authority.address)
    receipt = registry.send("propose", ORACLE, SIMULATED, bytes(32), b"why", DAY)
    start = house.now() + DELAY
    (event,) = registry.events("OracleProposed", receipt)
    assert event == {
        "oracle": ORACLE,
        "kind": SIMULATED,
        "measurement": bytes(32),
        "validFrom": start,
        "expiry": start + DAY,
        "evidence": b"why",
    }
    record = (SIMULATED, start, start + DAY, bytes(32), keccak256(b"why"))
    assert registry.read("attestationOf", ORACLE) == record
    assert registry.read("isOracle", ORACLE) is False
    with pytest.raises(Reverted, match="AlreadyRegistered"):
        registry.send("propose", ORACLE, SIMULATED, bytes(32), b"", DAY)
    pass_time(fresh_anvil, DELAY)
    assert registry.read("isOracle", ORACLE) is True
    pass_time(fresh_anvil, DAY)
    assert registry.read("isOracle", ORACLE) is False
    registry.send("propose", ORACLE, SIMULATED, bytes(32), b"again", DAY)
    assert registry.read("isOracle", ORACLE) is False


def test_guardian_ends_a_key_before_it_counts_and_can_do_nothing_else(house: House) -> None:
    """F18: whoever stole the administrator's key is seen, and stopped, before it is of use."""
    evm, authority = house.evm, house.authority
    registry = evm.deploy(artifact("AttestationRegistry"), DELAY, authority.address)
    guardian, selector = evm.accounts[7], keccak256(b"revoke(address)")[:4]
    authority.send("setTargetFunctionRole", registry.address, [selector], 7)
    authority.send("grantRole", 7, guardian, 0)
    stolen = Person.named("stolen").address
    registry.send("propose", stolen, SIMULATED, bytes(32), b"", DAY)
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        registry.send("propose", stolen, SIMULATED, bytes(32), b"", DAY, sender=guardian)
    receipt = registry.send("revoke", stolen, sender=guardian)
    assert registry.events("OracleRevoked", receipt) == [{"oracle": stolen}]
    assert registry.read("attestationOf", stolen) == (0, 0, 0, bytes(32), bytes(32))
    with pytest.raises(Reverted, match="NotRegistered"):
        registry.send("revoke", stolen, sender=guardian)
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        registry.send("revoke", stolen, sender=evm.accounts[8])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((ZERO, SIMULATED, bytes(32), b"", DAY), "ZeroOracle"),
        ((ORACLE, 0, bytes(32), b"", DAY), "NoAttestation"),
        ((ORACLE, SIMULATED, bytes(32), b"", 0), "LifetimeOutOfRange"),
        ((ORACLE, SIMULATED, bytes(32), b"", 2**64 - 1), "LifetimeOutOfRange"),
        ((ORACLE, QUOTED, bytes(32), bytes(QUOTE_BYTES - 1), DAY), "QuoteTooShort"),
        ((ORACLE, QUOTED, bytes(32), bytes(QUOTE_BYTES), DAY), "NotTdxQuote"),
    ],
)
def test_proposal_without_meaning_reverts(
    registry: Deployed, arguments: tuple[object, ...], error: str
) -> None:
    with pytest.raises(Reverted, match=error):
        registry.send("propose", *arguments)


# ---------------------------------------------------------------------------------- quotes


def test_quote_must_name_the_key_and_the_program(registry: Deployed) -> None:
    report = report_data_for(ORACLE, registry.evm.w3.eth.chain_id, registry.address)
    assert registry.read("reportDataFor", ORACLE) == report
    other = quote_for(report_data_for(registry.address, 31337, registry.address))
    with pytest.raises(Reverted, match="QuoteOfAnotherKey"):
        registry.send("propose", ORACLE, QUOTED, MEASUREMENT, other, DAY)
    quote = quote_for(report, tail=b"signatures")
    with pytest.raises(Reverted, match="MeasurementMismatch"):
        registry.send("propose", ORACLE, QUOTED, bytes(32), quote, DAY)
    with pytest.raises(Reverted, match="LifetimeOutOfRange"):
        registry.send("propose", ORACLE, QUOTED, MEASUREMENT, quote, YEAR + 1)
    registry.send("propose", ORACLE, QUOTED, MEASUREMENT, quote, YEAR)
    assert read_quote(quote).measurement == MEASUREMENT
    registry.send("revoke", ORACLE)


@settings(max_examples=25, deadline=None)
@given(
    data=st.binary(min_size=600, max_size=700),
    head=st.sampled_from([b"", struct.pack("<HHI", 4, 2, 0x81), struct.pack("<HHI", 3, 2, 0x81)]),
)
def test_quote_reads_the_same_in_python(reader: Deployed, data: bytes, head: bytes) -> None:
    quote = head + data[len(head) :]
    try:
        report = read_quote(quote)
    except NotATdxQuote:
        with pytest.raises(Reverted, match="QuoteTooShort|NotTdxQuote"):  # noqa: RUF043
            reader.read("read", quote)
        return
    assert reader.read("read", quote) == (report.measurement, report.report_data)


# ----------------------------------------------------------------------------- public chains


def test_public_chain_refuses_promises_and_haste(
    public: PublicChain,
) -> None:
    evm, authority, anvil = public.evm, public.authority, public.anvil
    with pytest.raises(Reverted, match="DelayTooShort"):
        evm.deploy(artifact("AttestationRegistry"), DAY - 1, authority.address)
    registry = evm.deploy(artifact("AttestationRegistry"), DAY, authority.address)
    with pytest.raises(Reverted, match="SimulatedOnPublicChain"):
        registry.send("propose", ORACLE, SIMULATED, bytes(32), b"", DAY)
    quote = quote_for(report_data_for(ORACLE, PUBLIC_CHAIN, registry.address))
    registry.send("propose", ORACLE, QUOTED, MEASUREMENT, quote, YEAR)
    assert registry.read("isOracle", ORACLE) is False
    pass_time(anvil, DAY)
    assert registry.read("isOracle", ORACLE) is True


def test_plan_delays_keys_everywhere_and_simulates_on_devnets_only() -> None:
    def made(params: DeployParams) -> tuple[tuple[object, ...], list[str]]:
        found = steps(params)
        (deployed,) = (
            one for one in found if isinstance(one, Deploy) and one.name == "AttestationRegistry"
        )
        return deployed.args, [one.function for one in found if isinstance(one, Call)]

    admin = Person.named("admin").address
    devnet = DeployParams(admin=admin, oracle=ORACLE, attestation=Attestation.SIMULATED)
    arguments, calls = made(devnet)
    assert arguments[0] == DEVELOPMENT_DELAY_SECONDS > 0
    assert "propose" in calls
    arguments, calls = made(DeployParams(admin=admin))
    assert arguments[0] == PUBLIC_DELAY_SECONDS >= DAY
    assert "propose" not in calls
