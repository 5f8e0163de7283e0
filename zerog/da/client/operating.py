"""What operators of signers, and those who administer a network, do from a home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zerog.chain.bindings_da_signers import QuorumPolicy
from zerog.chain.errors import TxReverted
from zerog.chain.signer import DEVNET_DEPLOYER, Keys, Signer, devnet_signer
from zerog.chain.tx import Call, Sender
from zerog.config import DEVNET_CHAIN_IDS
from zerog.da.client.roster import label_text
from zerog.da.onchain import registering
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.seats import make_seat, open_seat
from zerog.da.onchain.sending import fresh, run
from zerog.da.policies import NoSuchPolicy
from zerog.errors import UsageError
from zerog.types import Address, Json

LABEL_BYTES: Final = 32


class NoAdministrator(UsageError):
    """Only a devnet has an administrator whose key everybody knows."""

    def __init__(self) -> None:
        super().__init__("this is no devnet: nobody administers it by default", "give --as NAME")


class NoRule(UsageError):
    """A policy that names nobody."""

    def __init__(self) -> None:
        super().__init__("a policy names regions or operators", "give --region or --operator")


@dataclass(frozen=True, slots=True)
class Registered:
    """A signer of this home, as it stands on the chain."""

    name: str
    account: Address
    socket: str
    staked_wei: int

    def to_json(self) -> dict[str, Json]:
        """For --json."""
        return {
            "name": self.name,
            "account": self.account,
            "socket": self.socket,
            "staked_wei": self.staked_wei,
        }


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy; empty lists take anybody; confirmed: labels that the authority vouches for only.

    Epochs first_epoch to end_epoch, exclusive, have its quorums; end_epoch 0: it is live.
    """

    number: int
    regions: tuple[str, ...]
    operators: tuple[str, ...]
    confirmed: bool
    first_epoch: int
    end_epoch: int

    def to_json(self) -> dict[str, Json]:
        """For --json."""
        return {
            "policy": self.number,
            "regions": list(self.regions),
            "operators": list(self.operators),
            "confirmed": self.confirmed,
            "first_epoch": self.first_epoch,
            "end_epoch": self.end_epoch or None,
        }


def account_of(network: DaNetwork, name: str) -> Address:
    """The account of a signer of this home, with new keys where it has none: it needs money."""
    return make_seat(network.settings.home, network.chain.chain_id(), name).address


def register(network: DaNetwork, name: str, socket: str, votes: int) -> Registered:
    """Stake and register a signer of this home, or say that it listens elsewhere now.

    Raises BadKeyName, PasswordMissing, InsufficientFunds, TxReverted.
    """
    seat = make_seat(network.settings.home, network.chain.chain_id(), name)
    registering.register(network, seat, network.sender(seat.account), socket, votes)
    return Registered(name, seat.address, socket, network.registry.staked_wei(seat.address))


def set_labels(network: DaNetwork, name: str, region: str, operator: str) -> Address:
    """Say where a signer of this home stands and who runs it; raises BadLabel, TxReverted."""
    seat = make_seat(network.settings.home, network.chain.chain_id(), name)
    registering.set_labels(network, network.sender(seat.account), region, operator)
    return seat.address


def drop_labels(network: DaNetwork, name: str) -> tuple[Address, int]:
    """Say nothing of a signer of this home any more; its account, and from which epoch that counts.

    Raises TxReverted, NoSuchKey.
    """
    seat = open_seat(network.settings.home, network.chain.chain_id(), name)
    return seat.address, registering.drop_labels(network, network.sender(seat.account))


def administrator(network: DaNetwork, person: str | None) -> Sender:
    """Who may administer: a key of this home, on a devnet its deployer; raises NoAdministrator."""
    return network.sender(_administrator(network, person))


def _administrator(network: DaNetwork, person: str | None) -> Signer:
    settings = network.settings
    if person is not None:
        return Keys(settings.home, settings.chain_id).signer(person)
    if network.chain.chain_id() not in DEVNET_CHAIN_IDS:
        raise NoAdministrator
    return devnet_signer(DEVNET_DEPLOYER)


def confirm_labels(network: DaNetwork, sender: Sender, account: Address) -> tuple[str, str]:
    """Vouch for the labels that a signer has now; region and operator. Raises TxReverted.

    Once more, like revoking once more, has the signer judged again where registration is open.
    """
    signers = network.signers
    intent = fresh(sender, f"da-confirm:{signers.address}:{account}")
    found = signers.labels(account)
    data = signers.calldata("confirmLabels", account, found.region, found.operator)
    run(sender, intent, Call(signers.address, data))
    return label_text(found.region), label_text(found.operator)


def revoke_labels(network: DaNetwork, sender: Sender, account: Address) -> tuple[str, str, int]:
    """Vouch for a signer's labels no more; region, operator, and from which epoch that counts.

    Raises TxReverted.
    """
    signers = network.signers
    intent = fresh(sender, f"da-revoke:{signers.address}:{account}")
    found = signers.labels(account)
    call = Call(signers.address, signers.calldata("revokeLabels", account))
    epoch = registering.counted_from(network, run(sender, intent, call).block_number)
    return label_text(found.region), label_text(found.operator), epoch


def add_policy(
    network: DaNetwork,
    sender: Sender,
    regions: tuple[str, ...],
    operators: tuple[str, ...],
    confirmed: bool,
) -> int:
    """Register a policy, or find the live one that says the same; its number.

    It has quorums from the epoch after the next on. Raises NoRule, BadLabel, TxReverted.
    """
    if not regions and not operators:
        raise NoRule
    wanted = QuorumPolicy(
        tuple(registering.label(one) for one in regions),
        tuple(registering.label(one) for one in operators),
        confirmed,
    )
    signers = network.signers
    intent = fresh(sender, f"da-policy:{signers.address}:{wanted.values()!r}")
    if (known := _number_of(network, wanted)) is not None:
        return known
    run(sender, intent, Call(signers.address, signers.calldata("registerPolicy", wanted.values())))
    made = _number_of(network, wanted)
    if made is None:
        raise TxReverted(intent, "", (), b"", mined=True)
    return made


def _number_of(network: DaNetwork, wanted: QuorumPolicy) -> int | None:
    signers = network.signers
    return next(
        (
            number
            for number in range(1, signers.policy_count() + 1)
            if signers.policy(number) == wanted and not signers.policy_term(number).end
        ),
        None,
    )


def retire_policy(network: DaNetwork, sender: Sender, number: int) -> int:
    """Retire a policy for ever; the first epoch without quorums of it, also when it was before.

    Raises NoSuchPolicy, TxReverted.
    """
    signers = network.signers
    intent = fresh(sender, f"da-retire:{signers.address}:{number}")
    if not 1 <= number <= signers.policy_count():
        raise NoSuchPolicy(number)
    if not signers.policy_term(number).end:
        run(sender, intent, Call(signers.address, signers.calldata("retirePolicy", number)))
    return signers.policy_term(number).end


def policies(network: DaNetwork) -> list[PolicyView]:
    """All that were ever registered, retired ones among them."""
    found = []
    for number in range(1, network.signers.policy_count() + 1):
        rule, term = network.signers.policy(number), network.signers.policy_term(number)
        regions, operators = (
            tuple(map(label_text, labels)) for labels in (rule.regions, rule.operators)
        )
        view = PolicyView(number, regions, operators, rule.confirmed, term.first, term.end)
        found.append(view)
    return found
