"""The Authority is the one source of permission, and a proxy is never without an owner."""

from __future__ import annotations

import pytest

from tests.support.contracts import Deployed, Evm, Reverted, artifact
from tests.support.evm import AnvilProcess

pytestmark = pytest.mark.contracts

ADMIN_ROLE = 0


@pytest.fixture
def evm(anvil: AnvilProcess) -> Evm:
    return Evm(anvil.url)


@pytest.fixture
def authority(evm: Evm) -> Deployed:
    return evm.deploy(artifact("Authority"), evm.accounts[1])


def test_authority_after_deploy_has_exactly_the_named_admin(evm: Evm, authority: Deployed) -> None:
    assert authority.read("hasRole", ADMIN_ROLE, evm.accounts[1]) == (True, 0)
    assert authority.read("hasRole", ADMIN_ROLE, evm.accounts[2]) == (False, 0)


def test_authority_when_admin_is_zero_refuses_to_exist(evm: Evm) -> None:
    with pytest.raises(Reverted, match="AccessManagerInvalidInitialAdmin"):
        evm.deploy(artifact("Authority"), "0x" + "00" * 20)


def test_authority_when_a_stranger_grants_a_role_reverts(evm: Evm, authority: Deployed) -> None:
    stranger = evm.accounts[5]
    with pytest.raises(Reverted, match="AccessManagerUnauthorizedAccount") as caught:
        authority.send("grantRole", ADMIN_ROLE, stranger, 0, sender=stranger)
    assert caught.value.values == (stranger.lower(), ADMIN_ROLE)


def test_proxy_without_initialiser_cannot_be_made(evm: Evm, authority: Deployed) -> None:
    with pytest.raises(Reverted, match="ERC1967ProxyUninitialized"):
        evm.deploy(artifact("Proxy"), authority.address, b"")
