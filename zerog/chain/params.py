"""What differs between the networks that the contracts are deployed to. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields, replace
from enum import IntEnum

from eth_utils.address import is_address, to_checksum_address

from zerog.crypto.curve import NotAPoint, address_of, check_point
from zerog.errors import UsageError
from zerog.types import Address, PublicKey

DEFAULT_PRICE_PER_SECTOR_WEI = 232_830_643
"""0gfoundation/0g-storage-contracts: the local default, three months at one token per GiB-year."""

DEFAULT_BLOCKS_PER_EPOCH = 20
DEFAULT_SECTORS_PER_PRICE = 4096
"""1 MiB in a pricing chunk: a chunk fills, and so pays miners, on a small network too."""
DEFAULT_RELEASE_SECONDS = 3 * 365 * 86_400
MAX_MINE_BLOCKS = 256
CANONICAL_IDENTITY = to_checksum_address("0x8004A818BFB912233c491871b3d84c89A494BD9e")
CANONICAL_REPUTATION = to_checksum_address("0x8004B663056A597Dffe9eCcC1965A193B7388713")
"""ERC-8004's registries on test networks (0gfoundation/0g-agentic-id: contracts/src/interfaces)."""

NUMBERS: Mapping[str, int] = {
    "price_per_sector_wei": 0,
    "blocks_per_epoch": 1,
    "sectors_per_price": 1,
    "release_seconds": 1,
}
"""Parameters that are whole numbers, and the least that each may be."""

REGISTRIES: Mapping[str, Address] = {
    "identity_registry": CANONICAL_IDENTITY,
    "reputation_registry": CANONICAL_REPUTATION,
}
"""Parameters that say where ERC-8004's registries are."""

KNOWN = frozenset(
    {
        "admin",
        "oracle",
        "oracle_public_key",
        "attestation",
        "nft",
        "mine",
        "da",
        *NUMBERS,
        *REGISTRIES,
    }
)
"""Names that a parameter file may hold."""


class BadDeployParameter(UsageError):
    """A deploy parameter has no meaning for the contracts."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"deploy parameter {name} is {value!r}", f"give {wanted}")


class Attestation(IntEnum):
    """How the oracle's key is vouched for: as AttestationKind of IAttestationRegistry."""

    NONE = 0
    SIMULATED = 1


@dataclass(frozen=True, slots=True)
class MineParams:
    """Parameters of mining at the start (contracts/interfaces/IPoraMine.sol: MineInitParams)."""

    difficulty: int = 30_000
    target_mine_blocks: int = 10
    target_submissions: int = 10
    max_shards: int = 32
    subtasks: int = 1
    subtask_interval: int = 1

    @classmethod
    def from_mapping(cls, document: object) -> MineParams:
        """As the parameter file spells them; raises BadDeployParameter."""
        if not isinstance(document, Mapping):
            raise BadDeployParameter("mine", document, "a mapping of numbers")
        names = [field.name for field in fields(cls)]
        for name in document.keys() - set(names):
            raise BadDeployParameter(f"mine.{name}", document[name], f"only {', '.join(names)}")
        return cls(**{name: _number(f"mine.{name}", document[name], 1) for name in document})

    def values(self) -> tuple[int, ...]:
        """In the order of the struct."""
        return astuple(self)

    def check(self, blocks_per_epoch: int) -> None:
        """Raises BadDeployParameter for what the contract would refuse."""
        if self.target_mine_blocks > MAX_MINE_BLOCKS:
            wanted = f"at most {MAX_MINE_BLOCKS}: a window's block hash must be known at its end"
            raise BadDeployParameter("mine.target_mine_blocks", self.target_mine_blocks, wanted)
        if self.max_shards.bit_count() != 1:
            raise BadDeployParameter("mine.max_shards", self.max_shards, "a power of two")
        needed = (self.subtasks - 1) * self.subtask_interval + self.target_mine_blocks + 1
        if needed >= blocks_per_epoch:
            wanted = f"more than {needed}, which the mining windows take"
            raise BadDeployParameter("blocks_per_epoch", blocks_per_epoch, wanted)


@dataclass(frozen=True, slots=True)
class DeployParams:
    """What differs between networks; amounts in wei.

    `oracle` None proposes none: until one is attested, tokens move by proof and committee only.
    `oracle_public_key` (64 bytes) goes into no contract, only into the registry.
    `da`: whether there is data availability. It needs DASigners and DARegistry at their
    addresses, which only a devnet can be given; None is a devnet's yes and any other's no.
    """

    admin: Address
    price_per_sector_wei: int = DEFAULT_PRICE_PER_SECTOR_WEI
    blocks_per_epoch: int = DEFAULT_BLOCKS_PER_EPOCH
    sectors_per_price: int = DEFAULT_SECTORS_PER_PRICE
    release_seconds: int = DEFAULT_RELEASE_SECONDS
    mine: MineParams = MineParams()
    oracle: Address | None = None
    attestation: Attestation = Attestation.SIMULATED
    nft_name: str = "0G Agent"
    nft_symbol: str = "AGENT"
    oracle_public_key: PublicKey | None = None
    identity_registry: Address = CANONICAL_IDENTITY
    reputation_registry: Address = CANONICAL_REPUTATION
    da: bool | None = None

    @classmethod
    def from_mapping(cls, document: Mapping[str, object], deployer: Address) -> DeployParams:
        """Parameters as params/NETWORK.yaml spells them; the admin defaults to the deployer.

        Raises BadDeployParameter for an unknown name or a value of the wrong kind.
        """
        for name in document.keys() - KNOWN:
            raise BadDeployParameter(name, document[name], f"only {', '.join(sorted(KNOWN))}")
        nft = document.get("nft", {})
        if not isinstance(nft, Mapping):
            raise BadDeployParameter("nft", nft, "a name and a symbol")
        numbers = {
            name: _number(name, document[name], least)
            for name, least in NUMBERS.items()
            if name in document
        }
        public_key = _public_key(document.get("oracle_public_key"))
        oracle = _address("oracle", document.get("oracle"))
        if public_key is not None:
            if oracle not in (None, address_of(public_key)):
                raise BadDeployParameter("oracle", oracle, "the address of oracle_public_key")
            oracle = address_of(public_key)
        attestation = _attestation(document.get("attestation", "simulated"))
        if oracle is not None and attestation is Attestation.NONE:
            raise BadDeployParameter("attestation", "none", "how the oracle's key is vouched for")
        mine = MineParams.from_mapping(document.get("mine", {}))
        mine.check(numbers.get("blocks_per_epoch", DEFAULT_BLOCKS_PER_EPOCH))
        return cls(
            admin=_address("admin", document.get("admin")) or deployer,
            mine=mine,
            oracle=oracle,
            attestation=attestation,
            oracle_public_key=public_key,
            nft_name=_text("nft.name", nft.get("name", "0G Agent")),
            nft_symbol=_text("nft.symbol", nft.get("symbol", "AGENT")),
            **numbers,
            identity_registry=_registry(document, "identity_registry"),
            reputation_registry=_registry(document, "reputation_registry"),
            da=_choice("da", document.get("da")),
        )

    def settled(self, *, devnet: bool) -> DeployParams:
        """The same with nothing left open about the network."""
        return self if self.da is not None else replace(self, da=devnet)


def _number(name: str, value: object, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise BadDeployParameter(name, value, f"a whole number, at least {least}")
    return value


def _address(name: str, value: object) -> Address | None:
    if value is None:
        return None
    # YAML reads an unquoted 0x… as a number.
    if not isinstance(value, str) or not is_address(value):
        raise BadDeployParameter(name, value, "an address in quotes, 0x and 40 hex digits")
    return to_checksum_address(value)


def _registry(document: Mapping[str, object], name: str) -> Address:
    return _address(name, document.get(name)) or REGISTRIES[name]


def _choice(name: str, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise BadDeployParameter(name, value, "true or false, or leave it out")


def _public_key(value: object) -> PublicKey | None:
    if value is None:
        return None
    wanted = "a secp256k1 key in quotes, 0x and 64 bytes, X then Y"
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{128}", value):
        raise BadDeployParameter("oracle_public_key", value, wanted)
    try:
        return check_point(bytes.fromhex(value[2:]))
    except NotAPoint as error:
        raise BadDeployParameter("oracle_public_key", value, wanted) from error


def _attestation(value: object) -> Attestation:
    for kind in Attestation:
        if value == kind.name.lower():
            return kind
    raise BadDeployParameter("attestation", value, "none or simulated")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise BadDeployParameter(name, value, "a word")
    return value
