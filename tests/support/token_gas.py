"""Gas of the token's functions with one item of data, in the situations of the references' figures.

Receivers own nothing yet and signers have burnt no nonce: every slot that can be new is new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tests.support.agents import CHAIN_ID, House, Person, root, sealed
from tests.support.evm import AnvilProcess
from tests.support.handovers import (
    AGENT_NFT,
    AGENTIC_ID,
    FINAL,
    P_AGENT_NFT,
    P_AGENTIC_ID,
    old_style,
    safe,
)
from zerog.chain.steps_token import POLICY
from zerog.inft.envelope import DataKey, SealContext, seal
from zerog.inft.legacy import Generation
from zerog.inft.proofs import CLONE, RESEAL, TRANSFER, ZKP, OwnershipProof, Statement
from zerog.inft.sealproof import transfer_seal

TIME = 2_000_000_000
DEADLINE = TIME + 3_600
ITEM = ("agent", root("gas"))
SHAPES: Mapping[Generation, str] = {AGENT_NFT: P_AGENT_NFT, AGENTIC_ID: P_AGENTIC_ID}
NAMES: Mapping[Generation, str] = {AGENT_NFT: "0g-agent-nft", AGENTIC_ID: "0g-agentic-id"}

REFERENCE: Mapping[str, int] = {
    "0g-agent-nft mint": 150_000,
    "0g-agent-nft iTransferFrom": 275_000,
    "0g-agent-nft iTransferFrom, legacy": 275_000,
    "0g-agent-nft iCloneFrom": 377_000,
    "0g-agent-nft iCloneFrom, legacy": 377_000,
}
"""Measured of the reference with one item of data (0gfoundation/0g-agent-nft, main)."""
REFERENCE_BY_PROOF: Mapping[str, int] = {
    "0g-agent-nft iTransferFrom, proof on chain": 275_000,
    "0g-agentic-id iTransferFrom, proof on chain": 234_000,
}
"""The references' figures of the same functions, there with an oracle's word; 0g-agentic-id's is
of the execution alone, ours are whole transactions."""
ON_CHAIN = "AgentNFT.iTransfer, proof on chain"
ON_CHAIN_LIMIT = 200_000
"""Of our own: the reference has no such proof. The sealed key is kept as a hash and an event."""


def newcomer(number: int) -> Person:
    """A receiver who owns nothing and has signed nothing."""
    return Person.named(f"newcomer {number}")


@dataclass(frozen=True, slots=True)
class Meter:
    """A house on a chain whose clock stands, and the figures so far."""

    house: House
    anvil: AnvilProcess
    figures: dict[str, int]

    @classmethod
    def start(cls, anvil: AnvilProcess) -> Meter:
        """Deploy; the time of every later block is fixed."""
        meter = cls(House.build(anvil), anvil, {})
        anvil.rpc("evm_setNextBlockTimestamp", TIME)
        return meter

    def take(self, name: str, function: str, *args: object) -> None:
        """Call as alice; the figure is the whole transaction."""
        alice = self.house.alice.address
        used = self.house.token.send(function, *args, sender=alice)["gasUsed"]
        self.figures[name] = used

    def mint(self, owner: Person, key: bytes = b"") -> int:
        """A token with one item whose hash nobody else has."""
        token_id = int(str(self.house.token.read("nextTokenId")))
        data = [("agent", root(f"gas {token_id}"))]
        keys = [key or sealed(token_id)]
        self.house.token.send("mint", owner.address, data, keys, token_id, sender=owner.address)
        return token_id

    def act(self, token_id: int, receiver: Person, operation: int, kept: bool) -> Statement:
        """Alice's act; kept: the data stays as it is."""
        made = self.house.statement(token_id, self.house.alice, receiver, operation)
        new = made.old_data_hash if kept else root(f"renewed {token_id}")
        return replace(made, new_data_hash=new)


def minting(meter: Meter) -> None:
    """Every form of mint."""
    to = meter.house.alice.address
    meter.take("0g-agent-nft mint", "mint((string,bytes32)[],address)", [ITEM], to)
    branch = "mint((string,bytes32)[],address,bytes[])"
    meter.take("0g-agent-nft mint with keys", branch, [ITEM], to, [sealed("gas")])
    next_id = meter.house.token.read("nextTokenId")
    own = "mint(address,(string,bytes32)[],bytes[],uint256)"
    meter.take("AgentNFT.mint", own, to, [ITEM], [sealed("gas")], next_id)


def by_oracle(meter: Meter) -> None:
    """Hand-overs with an oracle's word, in every generation's structs and digests."""
    house, number = meter.house, 0
    house.verifier.send("setLegacy", house.token.address, True)
    for generation in (AGENT_NFT, AGENTIC_ID):
        shape = f"address,address,uint256,{SHAPES[generation]}[]"
        for operation, function in ((TRANSFER, "iTransferFrom"), (CLONE, "iCloneFrom")):
            for style, make in (("", safe), (", legacy", old_style)):
                number += 1
                receiver = newcomer(number)
                token_id = meter.mint(house.alice)
                act = meter.act(token_id, receiver, operation, kept=True)
                nonce: object = root(f"nonce {number}") if style else 2**20 + number * 256
                pair = make(
                    house,
                    generation,
                    act,
                    receiver,
                    nonce=nonce,
                    deadline=DEADLINE,
                    sealed_key=sealed(1),
                )
                name = f"{NAMES[generation]} {function}{style}"
                call = (f"{function}({shape})", house.alice.address, receiver.address, token_id)
                meter.take(name, *call, [pair.own])
    for operation, function in ((TRANSFER, "iTransfer"), (CLONE, "iClone")):
        number += 1
        receiver = newcomer(number)
        token_id = meter.mint(house.alice)
        act = meter.act(token_id, receiver, operation, kept=False)
        made = safe(house, FINAL, act, receiver, nonce=2**30 + number * 256, deadline=DEADLINE)
        meter.take(f"AgentNFT.{function}", function, receiver.address, token_id, [made.pair])
    house.verifier.send("setLegacy", house.token.address, False)


def owners_acts(meter: Meter) -> None:
    """What owners do with a token of theirs."""
    house = meter.house
    token_id = meter.mint(house.alice)
    users = [Person.named(f"user {n}").address for n in range(4)]
    meter.take("AgentNFT.authorizeUsage", "authorizeUsage(uint256,address)", token_id, users[0])
    meter.take("0g-agent-nft batchAuthorizeUsage of 3", "batchAuthorizeUsage", token_id, users[1:])
    meter.take("0g-agent-nft clearAuthorizedUsers", "clearAuthorizedUsers", token_id)
    data = [("agent", root("gas, updated"))]
    meter.take("0g-agent-nft update", "update(uint256,(string,bytes32)[])", token_id, data)
    changed = ("agent", root("gas, updated again"))
    meter.take("0g-agentic-id updateAt", "updateAt", token_id, 0, changed, sealed("again"))
    meter.take("AgentNFT.lock", "lock", token_id)
    meter.take("AgentNFT.unlock", "unlock", token_id)
    meter.take("AgentNFT.burn", "burn", token_id)


def by_chain(meter: Meter, name: str, number: int, generation: Generation = FINAL) -> None:
    """A transfer with the proof that the chain itself checks; its bytes are random."""
    house, receiver = meter.house, newcomer(number)
    token_id = int(str(house.token.read("nextTokenId")))
    context = SealContext(CHAIN_ID, house.token.address, token_id)
    current = seal(DataKey.generate(), house.alice.public_key, context)
    meter.mint(house.alice, current)
    act = meter.act(token_id, receiver, TRANSFER, kept=True)
    handed = transfer_seal(house.alice.secret, current, receiver.public_key, act)
    shape = safe(house, generation, act, receiver, nonce=2**40, deadline=DEADLINE)
    hashes, key = (act.old_data_hash, act.new_data_hash), receiver.public_key
    nonce = bytes(32) if generation is AGENTIC_ID else b""
    word = OwnershipProof(ZKP, *hashes, handed.sealed_key, key, nonce, handed.proof)
    proofs = [replace(shape, pair=(shape.pair[0], word)).own]
    if generation is FINAL:
        meter.take(name, "iTransfer", receiver.address, token_id, proofs)
        return
    function = f"iTransferFrom(address,address,uint256,{SHAPES[generation]}[])"
    meter.take(name, function, house.alice.address, receiver.address, token_id, proofs)


def resealing(meter: Meter) -> None:
    """The owner's own key changes; random bytes too."""
    house, target = meter.house, newcomer(0)
    token_id = int(str(house.token.read("nextTokenId")))
    context = SealContext(CHAIN_ID, house.token.address, token_id)
    current = seal(DataKey.generate(), house.alice.public_key, context)
    meter.mint(house.alice, current)
    act = replace(meter.act(token_id, house.alice, RESEAL, kept=True), verifier=house.token.address)
    handed = transfer_seal(house.alice.secret, current, target.public_key, act)
    key = target.public_key
    meter.take("SealFacet.reseal", "reseal", token_id, 0, handed.sealed_key, key, handed.proof)


def exact(anvil: AnvilProcess) -> dict[str, int]:
    """Figures that come out the same every time."""
    meter = Meter.start(anvil)
    for part in (minting, by_oracle, owners_acts):
        part(meter)
    return meter.figures


def random(anvil: AnvilProcess) -> dict[str, int]:
    """Figures that vary by some dozens of gas with the zero bytes of random seals."""
    meter = Meter.start(anvil)
    by_chain(meter, ON_CHAIN, 1)
    for number, generation in enumerate((AGENT_NFT, AGENTIC_ID), 4):
        name = f"{NAMES[generation]} iTransferFrom, proof on chain"
        by_chain(meter, name, number, generation)
    plain, oracle, _, final, agentic = POLICY
    meter.house.token.send("setPolicy", (plain, oracle, False, final, True))
    by_chain(meter, f"{ON_CHAIN}, events of 0g-agentic-id too", 2)
    meter.house.token.send("setPolicy", (plain, oracle, True, final, agentic))
    by_chain(meter, f"{ON_CHAIN}, key stored whole", 3)
    meter.house.token.send("setPolicy", POLICY)
    resealing(meter)
    return meter.figures


MEASURES: tuple[Callable[[AnvilProcess], dict[str, int]], ...] = (exact, random)
