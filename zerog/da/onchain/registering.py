"""An operator's own signers on any chain: stake, registration, where they listen, labels.

Each step reads first what the chain has and sends only what is missing, so it may be run again
after any crash.
"""

from __future__ import annotations

from zerog.chain.bindings_da_signers import SignerDetail, g1_values
from zerog.chain.hexes import to_bytes
from zerog.chain.tx import Call, Sender
from zerog.da.messages import participation, possession
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.seats import Seat
from zerog.da.onchain.sending import fresh, run
from zerog.da.policies import NO_LABEL
from zerog.errors import UsageError


class BadLabel(UsageError):
    """A label is 1 to 32 ASCII characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is no label", "use 1 to 32 ASCII characters")


def label(text: str) -> bytes:
    """A label as the contract has it: ASCII, padded with zeros to 32 bytes. Raises BadLabel."""
    if not text.isascii() or not text.isprintable() or not 1 <= len(text) <= 32:
        raise BadLabel(text)
    return text.encode("ascii").ljust(32, b"\0")


def register(network: DaNetwork, seat: Seat, sender: Sender, socket: str, votes: int) -> None:
    """Stake what `votes` votes cost, as far as it is missing, and register keys and socket.

    socket: host:port, at most 96 bytes; one that changed is changed. A signer that was leaving
    stays. Raises TxReverted, InsufficientFunds, TxTimeout, ChainUnreachable.
    """
    seat.stay()
    stake(network, sender, votes * network.registry.vote_wei())
    intent = fresh(sender, f"da-register:{network.signers.address}:{seat.address}")
    if not network.signers.is_signer(seat.address):
        detail = SignerDetail(seat.address, socket, seat.key.public_g1, seat.key.public_g2)
        digest = possession(to_bytes(seat.address, 20), network.chain.chain_id())
        proof = g1_values(seat.key.sign(digest))
        data = network.registry.calldata("registerSigner", detail.values(), proof)
        run(sender, intent, Call(network.registry.address, data))
    move(network, sender, socket)


def stake(network: DaNetwork, sender: Sender, wei: int) -> None:
    """Bring an account's stake to at least so much."""
    registry = network.registry
    intent = fresh(sender, f"da-stake:{registry.address}:{sender.address}")
    missing = wei - registry.staked_wei(sender.address)
    if missing > 0:
        run(sender, intent, Call(registry.address, registry.calldata("stake"), missing))


def move(network: DaNetwork, sender: Sender, socket: str) -> None:
    """Say where a registered signer listens, when it is not what it said before."""
    signers = network.signers
    intent = fresh(sender, f"da-socket:{signers.address}:{sender.address}")
    if signers.details([sender.address])[0].socket != socket:
        run(sender, intent, Call(signers.address, signers.calldata("updateSocket", socket)))


def set_labels(network: DaNetwork, sender: Sender, region: str, operator: str) -> None:
    """Say where a registered signer stands and who runs it; raises BadLabel."""
    signers, wanted = network.signers, (label(region), label(operator))
    intent = fresh(sender, f"da-labels:{signers.address}:{sender.address}")
    found = signers.labels(sender.address)
    if (found.region, found.operator) != wanted:
        run(sender, intent, Call(signers.address, signers.calldata("setLabels", *wanted)))


def drop_labels(network: DaNetwork, sender: Sender) -> int:
    """Say nothing of a registered signer any more; the first epoch for which that counts.

    It fits no policy then, but one that names a label of zeros: contracts took such before.
    """
    signers = network.signers
    intent = fresh(sender, f"da-unlabel:{signers.address}:{sender.address}")
    data = signers.calldata("setLabels", NO_LABEL, NO_LABEL)
    return counted_from(network, run(sender, intent, Call(signers.address, data)).block_number)


def counted_from(network: DaNetwork, block: int) -> int:
    """The first epoch for which labels count that changed in a block: the next one while
    registration for it is open, else the one behind.
    """
    prepared = network.signers.round(block)
    is_open = not prepared.close_block or block <= prepared.close_block
    return prepared.epoch if is_open else prepared.epoch + 1


def entering(network: DaNetwork, seat: Seat, epoch: int) -> Call:
    """The transaction with which a signer registers for the next epoch."""
    account = to_bytes(seat.address, 20)
    digest = participation(account, epoch, network.chain.chain_id())
    data = network.registry.calldata("registerNextEpoch", g1_values(seat.key.sign(digest)))
    return Call(network.registry.address, data)


def withdraw(network: DaNetwork, sender: Sender) -> int:
    """Take the stake of a signer that left back; gives it in wei, 0 when there is none.

    Raises TxReverted (StakeLocked, ErrSenderRegisteredCurrentOrNextEpoch) while it can still be
    challenged for what it signed.
    """
    registry = network.registry
    intent = fresh(sender, f"da-withdraw:{registry.address}:{sender.address}")
    wei = registry.staked_wei(sender.address)
    if wei:
        run(sender, intent, Call(registry.address, registry.calldata("withdraw")))
    return wei
