"""The table of facets: what is served by whom, who may change it, and what ERC-165 says."""

from __future__ import annotations

from typing import cast

import pytest
from eth_typing import HexStr
from eth_utils.crypto import keccak
from web3.types import Wei

from tests.support.agents import House, Person, root
from tests.support.contracts import Reverted, artifact, compiled
from zerog.chain.abi import abi_of, added_selectors
from zerog.chain.steps_token import CORE, FACETS

pytestmark = pytest.mark.contracts

SELECTOR = keccak(text="answer()")[:4]
CODE_SIZE_LIMIT = 24_576  # EIP-170


def served(house: House) -> dict[str, tuple[bytes, ...]]:
    """Lower-case address of each facet -> its functions."""
    return dict(cast("tuple[tuple[str, tuple[bytes, ...]], ...]", house.token.read("facets")))


def test_deployment_serves_every_function_of_every_facet(house: House) -> None:
    assert set(served(house)) == {one.lower() for one in house.facets.values()}
    for name in FACETS:
        address = house.facets[name].lower()
        expected = set(added_selectors(name, CORE))
        assert set(served(house)[address]) == expected, name
        for selector in expected:
            assert house.token.read("facetAddress", selector) == address
    assert set(cast("tuple[str, ...]", house.token.read("facetAddresses"))) == set(served(house))


def test_no_function_is_added_by_two_facets() -> None:
    """The table has one facet per function: the later would silently take it from the earlier."""
    added = [one for name in FACETS for one in added_selectors(name, CORE)]
    assert len(added) == len(set(added))


def test_core_and_facets_fit_into_a_contract() -> None:
    for name in (CORE, *FACETS):
        assert len(bytes.fromhex(artifact(name).runtime_code[2:])) <= CODE_SIZE_LIMIT, name


def test_facet_runs_on_the_storage_of_the_token_and_can_be_replaced(own_house: House) -> None:
    house = own_house
    facet = house.evm.deploy(compiled("AnswerFacet"))
    other = house.evm.deploy(compiled("OtherAnswerFacet"))
    receipt = house.token.send("setFacets", [(facet.address, [SELECTOR])])
    assert house.token.events("FacetSet", receipt) == [
        {"selector": SELECTOR, "facet": facet.address}
    ]
    answering = house.evm.at(house.token.address, compiled("AnswerFacet"))
    assert answering.read("answer") == (house.token.address.lower(), 1)
    house.token.send("setFacets", [(other.address, [SELECTOR])])
    assert answering.read("answer") == (house.token.address.lower(), 2)
    assert house.token.read("facetFunctionSelectors", facet.address) == ()
    house.token.send("setFacets", [("0x" + "00" * 20, [SELECTOR])])
    with pytest.raises(Reverted, match="UnknownFunction"):
        answering.read("answer")
    assert other.address.lower() not in served(house)
    house.token.send("setFacets", [(facet.address, [SELECTOR])])
    listed = cast("tuple[bytes, ...]", house.token.read("facetFunctionSelectors", facet.address))
    assert listed == (SELECTOR,), "listed once although it was set three times"


def test_table_never_replaces_a_function_of_the_core(own_house: House) -> None:
    house = own_house
    token_id = house.mint(house.alice)
    facet = house.evm.deploy(compiled("AnswerFacet"))
    owner_of = keccak(text="ownerOf(uint256)")[:4]
    house.token.send("setFacets", [(facet.address, [owner_of])])
    assert house.owner_of(token_id) == house.alice.address.lower()


def test_unknown_function_and_bare_money_revert(house: House) -> None:
    sender = house.evm.account(None)
    with pytest.raises(Reverted, match="UnknownFunction") as caught:
        house.evm.call({"from": sender, "to": house.token.address, "data": HexStr("0x12345678")})
    assert caught.value.values == (bytes.fromhex("12345678"),)
    with pytest.raises(Reverted, match="UnknownFunction"):
        house.evm.transact({"from": sender, "to": house.token.address, "value": Wei(1)})


def test_facet_without_code_reverts(house: House) -> None:
    nobody = Person.named("no contract").address
    with pytest.raises(Reverted, match="FacetWithoutCode"):
        house.token.send("setFacets", [(nobody, [SELECTOR])])


def test_interfaces_are_set_and_taken_away(own_house: House) -> None:
    house, made_up = own_house, bytes.fromhex("12345678")
    assert house.token.read("supportsInterface", made_up) is False
    house.token.send("setInterfaces", [made_up], True)
    assert house.token.read("supportsInterface", made_up) is True
    receipt = house.token.send("setInterfaces", [made_up], False)
    assert house.token.read("supportsInterface", made_up) is False
    told = house.token.events("InterfaceSet", receipt)
    assert told == [{"interfaceId": made_up, "supported": False}]


def test_administration_by_a_stranger_reverts_unauthorized(house: House) -> None:
    calls: tuple[tuple[str, *tuple[object, ...]], ...] = (
        ("setFacets", []),
        ("setInterfaces", [], True),
        ("setPolicy", (True, True, True, True, True)),
        ("setVerifier", house.verifier.address),
        ("updateVerifier", house.verifier.address),
        ("pause",),
        ("unpause",),
        ("setMintFee", 1),
        ("setBaseURI", "x"),
        ("setStorageInfo", "x"),
        ("setCreator", 1, house.alice.address),
        ("withdrawFees",),
        ("mintWithRole(address)", house.alice.address),
        ("mintWithRole(address,string)", house.alice.address, "x"),
        ("mintWithRole(address,string,address)", house.alice.address, "x", house.bob.address),
        ("mintWithRole((string,bytes32)[],address)", [("", root(1))], house.alice.address),
        (
            "mintWithRole((string,bytes32)[],address,address)",
            [("", root(1))],
            house.alice.address,
            house.bob.address,
        ),
    )
    for call in calls:
        with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
            house.token.send(*call, sender=house.alice.address)


def test_pause_twice_and_unpause_unpaused_revert(own_house: House) -> None:
    house = own_house
    with pytest.raises(Reverted, match="ExpectedPause"):
        house.token.send("unpause")
    receipt = house.token.send("pause")
    assert house.token.events("Paused", receipt) == [{"account": house.evm.account(None)}]
    assert house.token.read("paused") is True
    with pytest.raises(Reverted, match="EnforcedPause"):
        house.token.send("pause")
    receipt = house.token.send("unpause")
    assert len(house.token.events("Unpaused", receipt)) == 1
    assert house.token.read("paused") is False


def test_selectors_of_the_references_are_served() -> None:
    """0gfoundation/0g-agent-nft and 0g-agentic-id, both main, and the sample of 0g-doc."""
    data = "(string,bytes32)"
    p2 = "((bytes32,bytes,bytes,bytes),(uint8,bytes32,bytes,bytes,bytes,bytes))[]"
    p3 = "((bytes32,bytes,bytes,uint256,bytes),(uint8,bytes32,bytes,bytes,bytes,uint256,bytes))[]"
    known = {one for name in (CORE, *FACETS) for one in abi_of(name).selectors}
    for signature, selector in {
        f"iTransferFrom(address,address,uint256,{p2})": "eafcbf9c",
        f"iCloneFrom(address,address,uint256,{p2})": "c07038b7",
        "intelligentDatasOf(uint256)": "40fbd72f",
        f"mint({data}[],address)": "a3acac17",
        f"mint({data}[],address,bytes[])": "f68fbf0a",
        "mint(address)": "6a627842",
        "mint(address,string)": "d0def521",
        "mintWithRole(address)": "3ce15291",
        "mintWithRole(address,string)": "d67827a3",
        "mintWithRole(address,string,address)": "5a95b750",
        f"mintWithRole({data}[],address)": "50293445",
        f"mintWithRole({data}[],address,address)": "fde35171",
        f"update(uint256,{data}[])": "9aadc159",
        "batchAuthorizeUsage(uint256,address[])": "f30c6a0c",
        "clearAuthorizedUsers(uint256)": "0f5cbc03",
        "creatorOf(uint256)": "589a1743",
        "setCreator(uint256,address)": "91686f53",
        "tokenURI(uint256)": "c87b56dd",
        "setBaseURI(string)": "55f804b3",
        "setTokenURI(uint256,string)": "162094c4",
        "updateVerifier(address)": "97fc007c",
        "setMintFee(uint256)": "eddd0d9c",
        "getMintFee()": "7a5caab3",
        "withdrawFees()": "476343ee",
        "admin()": "f851a440",
        "storageInfo()": "e7347375",
        f"iTransferFrom(address,address,uint256,{p3})": "01812e1a",
        f"iCloneFrom(address,address,uint256,{p3})": "74f8628b",
        "setAccessDelegate(address)": "d63e965f",
        "getAccessDelegate(address)": "f6ef1f84",
        f"update(uint256,{data}[],bytes[])": "7912ede0",
        f"updateAt(uint256,uint256,{data},bytes)": "b4786f37",
        "sealedKeysOf(uint256)": "4ec5d962",
        "authorizeUsage(uint256,address,bytes)": "7b297a6f",
        "getMetadataHash(uint256)": "f448f871",
        "getEncryptedURI(uint256)": "acbb3f7c",
    }.items():
        assert keccak(text=signature)[:4].hex() == selector, signature
        assert bytes.fromhex(selector) in known, signature


def test_topics_of_the_references_are_emitted_by_the_abi() -> None:
    data = "(string,bytes32)"
    known = {one.hex()[:8] for name in (CORE, *FACETS) for one in abi_of(name).topics}
    for signature, topic in {
        f"Updated(uint256,{data}[],{data}[])": "0950ea0f",
        "CreatorSet(uint256,address)": "6cd34185",
        "AuthorizedUsersCleared(address,uint256)": "8ffc1c75",
        "VerifierUpdated(address,address)": "0243549a",
        "MintFeeUpdated(uint256,uint256)": "7864bf70",
        "BaseURIUpdated(string,string)": "309b29de",
        "TokenURIUpdated(uint256,string)": "931f495b",
        "ITransferred(address,address,uint256,(bytes32,bytes)[])": "a9060084",
        "Cloned(uint256,uint256,address,address,(bytes32,bytes)[])": "b828ae42",
        f"Updated(uint256,{data}[],{data}[],bytes[])": "1146987c",
        f"EntryUpdated(uint256,uint256,{data},{data},bytes)": "ff67fe57",
        "AuthorizationGranted(address,address,uint256)": "c061fcf2",
        "AuthorizationCleared(address,uint256)": "b290b5d7",
        "DelegateUpdated(address,address)": "305bf063",
    }.items():
        assert keccak(text=signature).hex()[:8] == topic, signature
        assert topic in known, signature
