"""What each call of data availability costs in a small network, to the unit.

Twelve rows of three signers; a row has three pieces. What does not depend on the draw is exact.
"""

from __future__ import annotations

import pytest

from tests.support.contracts import check_gas
from tests.support.da import stream
from tests.support.da_town import BOND, DaTown
from tests.support.evm import AnvilProcess

pytestmark = pytest.mark.contracts
ROOTS = [bytes([i]) * 32 for i in (1, 2)]


def test_gas_of_a_blobs_life_is_the_committed_figure(fresh_anvil: AnvilProcess) -> None:
    town = DaTown.open(fresh_anvil)
    town.next_epoch()
    for count in (1, 2):
        receipt = town.entrance.send("submitOriginalData(bytes32[])", ROOTS[:count])
        check_gas(f"DAEntrance.submitOriginalData {count}", receipt["gasUsed"])
    blob = town.blob(stream("gas", 4 * 2100))
    used = town.certify(town.submission(blob))["gasUsed"]
    check_gas("DAEntrance.submitVerifiedCommitRoots all signed", used)
    used = town.certify(town.submission(blob))["gasUsed"]
    check_gas("DAEntrance.submitVerifiedCommitRoots certified already", used)
    receipt = town.challenge.send("challenge", blob.request(1, 1), value=BOND)
    check_gas("DAChallenge.challenge", receipt["gasUsed"])
    (opened,) = town.challenge.events("ChallengeOpened", receipt)
    receipt = town.challenge.send("answer", opened["challengeId"], blob.piece(1, 1))
    check_gas("DAChallenge.answer", receipt["gasUsed"])
    receipt = town.challenge.send("challengeHeader", blob.header_request(1), value=BOND)
    check_gas("DAChallenge.challengeHeader", receipt["gasUsed"])
    (opened,) = town.challenge.events("HeaderChallengeOpened", receipt)
    receipt = town.challenge.send("answerHeader", opened["challengeId"], blob.header_answer())
    check_gas("DAChallenge.answerHeader", receipt["gasUsed"])
