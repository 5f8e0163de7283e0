"""Asks signers for what they signed, a piece or the header, and takes their stake for silence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zerog.chain.errors import TxReverted
from zerog.chain.tx import Call, Sender
from zerog.da.onchain.evidence import Evidence
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.pieces import header_values
from zerog.da.onchain.sending import fresh, run
from zerog.da.params import Header
from zerog.errors import NotFound


class NoSuchChallenge(NotFound):
    """There never was a challenge of that number."""

    def __init__(self, challenge_id: int) -> None:
        self.challenge_id = challenge_id
        super().__init__(f"there is no challenge {challenge_id}")


class Outcome(StrEnum):
    """What became of a challenge."""

    OPEN = "open"
    """The signer may still answer."""
    ANSWERED = "answered"
    """What was asked for was shown: the bond is the signer's."""
    SLASHED = "slashed"
    """It was not: the bond is back, and half of the stake that was taken is the challenger's."""
    RETURNED = "returned"
    """It was not, but no stake was taken: the signer had none left, or another contract judges.

    The bond is back.
    """


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was paid out to an account, in wei: samples, bonds, stake of others."""

    samples_wei: int
    bonds_wei: int
    slashed_wei: int


class Challenger:
    """One account's challenges."""

    def __init__(self, network: DaNetwork, sender: Sender) -> None:
        """sender: of the account that puts down the bonds."""
        self._network, self._contract, self._sender = network, network.challenge, sender

    def ask(self, evidence: Evidence, header: Header, row: int, piece: int) -> int:
        """Ask for a piece of a row, for the bond; the challenge's number.

        One that is open already, whoever asked, is not asked again. Raises WrongDataRoot for a
        header that is not the blob's, TxReverted by the contract's rule, InsufficientFunds.
        """
        chain_id = self._network.chain.chain_id()
        commitment = evidence.commitment(header)
        commitment.require(evidence.data_root, chain_id, self._network.entrance_bytes)
        place = (evidence.data_root, evidence.epoch, evidence.quorum_id, row)
        request = (*place, piece, header_values(header), evidence.bitmap)
        return self._ask(evidence, f"{row}:{piece}", "challenge", request, "ChallengeOpened")

    def ask_header(self, evidence: Evidence, row: int) -> int:
        """Ask who signed for a row for the header of the blob; the rest as for `ask`.

        For a certificate that no header leads to: of a data root that is no hash, or of other
        roots than those that it is the hash of. Whoever can find the header loses the bond.
        """
        request = (evidence.data_root, evidence.epoch, evidence.quorum_id, row, evidence.bitmap)
        what = f"{row}:header"
        return self._ask(evidence, what, "challengeHeader", request, "HeaderChallengeOpened")

    def _ask(
        self,
        evidence: Evidence,
        what: str,
        function: str,
        request: tuple[object, ...],
        opened: str,
    ) -> int:
        """Put down the bond; opened: the event that has the number."""
        name = f"da-ask:{self._contract.address}:{evidence.data_root.hex()}"
        name += f":{evidence.epoch}:{evidence.quorum_id}:{what}"
        bond = self._contract.terms().bond_wei
        call = Call(self._contract.address, self._contract.calldata(function, request), bond)
        try:
            receipt = run(self._sender, fresh(self._sender, name), call)
        except TxReverted as error:
            match error.name, error.args:
                case "AlreadyAsked", (int(number),):
                    return number
            raise
        return next(self._contract.decode(receipt, opened)).number("challengeId")

    def settle(self, challenge_id: int) -> Outcome:
        """End a challenge whose deadline is over; what became of it. Raises NoSuchChallenge."""
        found = self._contract.challenge(challenge_id)
        if found is None:
            return self.outcome(challenge_id)
        if self._network.chain.head().number <= found.deadline:
            return Outcome.OPEN
        call = Call(self._contract.address, self._contract.calldata("settle", challenge_id))
        name = f"da-settle:{self._contract.address}:{challenge_id}:{found.row_root.hex()}"
        try:
            run(self._sender, fresh(self._sender, name), call)
        except TxReverted:
            if self._contract.challenge(challenge_id) is not None:
                raise
        return self.outcome(challenge_id)

    def outcome(self, challenge_id: int) -> Outcome:
        """What became of a challenge; raises NoSuchChallenge."""
        if self._contract.challenge(challenge_id) is not None:
            return Outcome.OPEN
        if self._contract.events("ChallengeAnswered", challengeId=challenge_id):
            return Outcome.ANSWERED
        for event in self._contract.events("ChallengeLost", challengeId=challenge_id):
            return Outcome.SLASHED if event.number("slashed") else Outcome.RETURNED
        raise NoSuchChallenge(challenge_id)


def claim(network: DaNetwork, sender: Sender) -> Claimed:
    """Have everything paid out that the contracts owe an account; what that was.

    Raises TxReverted, InsufficientFunds, TxTimeout, ChainUnreachable.
    """
    account = sender.address
    entrance, challenge, registry = network.entrance, network.challenge, network.registry
    intents = [
        fresh(sender, f"da-claim:{contract.address}:{account}")
        for contract in (entrance, challenge, registry)
    ]
    due = Claimed(
        entrance.payments_wei(account), challenge.credit_wei(account), registry.owed_wei(account)
    )
    calls = (
        (due.samples_wei, entrance, "withdrawPayments"),
        (due.bonds_wei, challenge, "withdraw"),
        (due.slashed_wei, registry, "takeOwed"),
    )
    for intent, (wei, contract, function) in zip(intents, calls, strict=True):
        if wei:
            run(sender, intent, Call(contract.address, contract.calldata(function, account)))
    return due
