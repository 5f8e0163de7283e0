"""What a release is about: deposits that members have checked, and the receiver's consents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eth_abi.abi import encode

from zerog.chain.bindings_committee import Deposit, Sharing
from zerog.crypto.curve import BadSignature, check_point, recover
from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered
from zerog.inft.committee.errors import MayNotRelease
from zerog.inft.committee.network import Network
from zerog.inft.committee.release import ShareCase
from zerog.inft.envelope import Envelope, SealContext, check_seal
from zerog.inft.proofs import (
    TRANSFER,
    AccessProof,
    Statement,
    access_digest,
    split_nonce,
)
from zerog.types import Address, PublicKey


@dataclass(frozen=True, slots=True)
class Item:
    """One item of data to release. case: of slot 0, for each member to fill in its own."""

    case: ShareCase
    deposit: Envelope
    sharing: Sharing


@dataclass(frozen=True, slots=True)
class Release:
    """A release that the rule allows.

    consents: the receiver's access proofs, one per item; none for a move.
    """

    release_id: str
    items: tuple[Item, ...]
    consents: tuple[AccessProof, ...] = ()

    @property
    def tag(self) -> str:
        """What the shares of this release are bound to, in short: another sharing has another."""
        return keccak256(b"".join(item.case.head for item in self.items)).hex()

    def threshold(self) -> int:
        """How many members must share."""
        return self.items[0].sharing.threshold


# ---------------------------------------------------------------------- hand-overs


def handed_over(
    network: Network,
    name: str,
    token_id: int,
    parties: tuple[Address, Address],
    told: tuple[PublicKey, tuple[AccessProof, ...]],
) -> Release:
    """A token's whole data for a receiver who consented; raises MayNotRelease.

    parties: owner, receiver; told: the key to seal to, and the consents, as an event told them.
    """
    target, consents = told
    if network.token.owner_of(token_id) != parties[0]:
        raise MayNotRelease(name, "the seller does not own the token")
    data = network.token.data_of(token_id)
    items = tuple(
        release_item(network, name, (TRANSFER, token_id, index), parties, target)
        for index in range(len(data))
    )
    if not items or len(consents) != len(items):
        raise MayNotRelease(name, f"{len(consents)} consents to {len(items)} items")
    for item, consent in zip(items, consents, strict=True):
        _check_consent(network, name, item.case, consent)
    return Release(name, items, consents)


def told_by(
    name: str, args: Mapping[str, object], key_hash: bytes
) -> tuple[PublicKey, tuple[AccessProof, ...]]:
    """Target key and consents out of an event; raises MayNotRelease, NotAPoint."""
    target, consents = args["targetKey"], args["consents"]
    if not isinstance(target, bytes) or keccak256(target) != key_hash:
        raise MayNotRelease(name, "its event names another key")
    listed = consents if isinstance(consents, tuple) else ()
    return check_point(target), tuple(_consent(name, one) for one in listed)


def _consent(name: str, found: object) -> AccessProof:
    match found:
        case (bytes(old), bytes(new), bytes(nonce), bytes(wanted), bytes(proof)):
            return AccessProof(old, new, nonce, wanted, proof)
        case _:
            raise MayNotRelease(name, "a consent is malformed")


def _check_consent(network: Network, name: str, case: ShareCase, consent: AccessProof) -> None:
    """The receiver's own signature: what others sign for them can be taken back meanwhile."""
    if (consent.old_data_hash, consent.new_data_hash) != (case.data_hash, case.data_hash):
        raise MayNotRelease(name, "a consent speaks of other data")
    statement = Statement(
        chain_id=case.chain_id,
        token=case.token,
        verifier=network.verifier,
        operation=TRANSFER,
        token_id=case.token_id,
        sender=case.sender,
        receiver=case.receiver,
        old_data_hash=case.data_hash,
        new_data_hash=case.data_hash,
    )
    nonce, deadline = split_nonce(consent.nonce)
    digest = access_digest(statement, consent.encrypted_pub_key, nonce, deadline)
    try:
        signer = recover(digest, consent.proof)
    except BadSignature:
        signer = None
    if signer != case.receiver:
        raise MayNotRelease(name, "a consent is not signed by the receiver's own key")


# ----------------------------------------------------------------------- deposits


def release_item(
    network: Network,
    name: str,
    what: tuple[int, int, int],
    parties: tuple[Address, Address],
    target: PublicKey,
) -> Item:
    """The deposit of an item, checked; what: operation, token id, index."""
    operation, token_id, index = what
    data = network.token.data_of(token_id)
    seals = network.token.sealed_key_hashes(token_id)
    if index >= len(data) or index >= len(seals):
        raise MayNotRelease(name, f"the token has no item {index}")
    held = network.vault.deposit(network.token.address, token_id, index)
    bound = keccak256(encode(["bytes32", "bytes32"], [data[index].data_hash, seals[index]]))
    if not held.key_id or held.bound != bound:
        raise MayNotRelease(name, f"no key of item {index} is deposited for its data as it is")
    key = network.committee.key(held.key_id)
    if not key.sharing_id:
        raise MayNotRelease(name, f"key {held.key_id} of the committee is retired")
    envelope = _deposited(network, name, (token_id, index), held, key.point)
    case = ShareCase(
        chain_id=network.settings.chain_id,
        vault=network.vault.address,
        key_id=held.key_id,
        sharing_id=key.sharing_id,
        slot=0,
        token=network.token.address,
        operation=operation,
        token_id=token_id,
        sender=parties[0],
        receiver=parties[1],
        index=index,
        data_hash=data[index].data_hash,
        seal_hash=seals[index],
        target=target,
        e1=envelope.e1,
    )
    return Item(case, envelope, network.committee.sharing(key.sharing_id))


def _deposited(
    network: Network, name: str, what: tuple[int, int], held: Deposit, key: PublicKey
) -> Envelope:
    """The seal that the vault's hash stands for, with its proof of knowledge."""
    token, (token_id, index) = network.token.address, what
    for raw in reversed(network.vault.seals(token, token_id, index, None)):
        envelope = Envelope.parse(raw)
        if keccak256(envelope.e1 + envelope.e2) != held.points_hash:
            continue
        if envelope.owner != key:
            raise MayNotRelease(name, "its deposit is sealed to another key")
        if not held.by_committee:
            try:
                check_seal(raw, key, SealContext(network.settings.chain_id, token, token_id))
            except Tampered as error:
                raise MayNotRelease(name, f"its deposit proves nothing ({error})") from error
        return envelope
    raise MayNotRelease(name, "the chain does not show its deposit")
