"""Deposit a token's keys with the committee, as its owner."""

from __future__ import annotations

from typing import Final

from zerog.chain.rpc import Receipt
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.crypto.keccak import keccak256
from zerog.inft.committee.errors import NoCommitteeHere
from zerog.inft.committee.network import Network
from zerog.inft.envelope import NotAnEnvelope
from zerog.inft.errors import NoSealToProve, NotTheOwner, SealedKeyMissing, UnknownToken
from zerog.inft.proofs import Statement
from zerog.inft.readers import secret_for
from zerog.inft.sealproof import transfer_seal
from zerog.inft.stack import Stack

DEPOSIT: Final = 4


def deposit_token(stack: Stack, network: Network, token_id: int, owner: Signer) -> list[Receipt]:
    """Deposit every key of a token under the committee's newest key; a receipt per item.

    Run again, it finds what it did. Raises UnknownToken, NotTheOwner, NoCommitteeHere,
    NoSealToProve.
    """
    found = network.token.owner_of(token_id)
    if found is None:
        raise UnknownToken(token_id)
    if found != owner.address:
        raise NotTheOwner(token_id, found, owner.address)
    if not network.committee.active_key():
        raise NoCommitteeHere(stack.registry.chain_id)
    count = len(network.token.data_of(token_id))
    return [_deposit_item(stack, network, (token_id, index), owner) for index in range(count)]


def is_deposited(network: Network, token_id: int) -> bool:
    """Whether the committee can hand over every item of a token as it is."""
    count = len(network.token.data_of(token_id))
    token = network.token.address
    return all(network.vault.is_live(token, token_id, index) for index in range(count))


def _deposit_item(stack: Stack, network: Network, item: tuple[int, int], owner: Signer) -> Receipt:
    """A deposit of the same seal under the same key is made once; item: token id, index."""
    vault, token, (token_id, index) = network.vault, network.token, item
    committed = token.sealed_key_hashes(token_id)[index]
    published = token.published_keys(token_id)
    sealed = next((one for one in published if keccak256(one) == committed), None)
    if sealed is None:
        raise SealedKeyMissing(token_id)
    data_hash = token.data_of(token_id)[index].data_hash
    statement = Statement(
        chain_id=stack.registry.chain_id,
        token=token.address,
        verifier=vault.address,
        operation=DEPOSIT,
        token_id=token_id,
        sender=owner.address,
        receiver=vault.address,
        old_data_hash=data_hash,
        new_data_hash=data_hash,
    )
    key = network.committee.key(network.committee.active_key())
    try:
        secret = secret_for(stack, owner, sealed)
    except NotAnEnvelope:
        raise NoSealToProve(token_id, len(sealed)) from None
    handed = transfer_seal(secret, sealed, key.point, statement, index)
    args = (token.address, token_id, index, handed.sealed_key, handed.proof)
    what = keccak256(committed + data_hash).hex()
    intent = f"deposit:{vault.address}:{token_id}:{index}:{key.key_id}:{what}"
    return stack.sender(owner).run(intent, Call(vault.address, vault.calldata("deposit", *args)))
