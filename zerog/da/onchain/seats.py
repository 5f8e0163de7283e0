"""The signers of a home: each a name with two keys, an account and a BLS key, and a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zerog.chain.signer import Signer
from zerog.crypto.bn254 import SecretKey
from zerog.da.keys import BlsKeys
from zerog.da.onchain.network import signer_accounts
from zerog.da.params import FULL, Profile
from zerog.da.rowstore import RowStore
from zerog.types import Address


@dataclass(frozen=True, slots=True)
class Seat:
    """A signer whose keys are here; its repr shows no secret."""

    name: str
    account: Signer
    key: SecretKey
    folder: Path

    @property
    def address(self) -> Address:
        """Its account."""
        return self.account.address

    @property
    def is_leaving(self) -> bool:
        """Whether it is not registered for further epochs, so that its stake gets free."""
        return self._leaving.exists()

    def leave(self) -> None:
        """Register it for no further epoch; what it signed it still answers for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._leaving.touch()

    def stay(self) -> None:
        """Take `leave` back."""
        self._leaving.unlink(missing_ok=True)

    @property
    def _leaving(self) -> Path:
        return self.folder / "leaving"

    def rows(self, profile: Profile = FULL) -> RowStore:
        """What it keeps: HOME/da/signers/NAME/rows."""
        return RowStore(self.folder / "rows", profile)


def seat_names(home: Path, chain_id: int) -> list[str]:
    """Every signer that has both keys in a home, in the order of their numbers."""
    both = set(BlsKeys(home, chain_id).names()) & set(signer_accounts(home, chain_id).names())
    return sorted(both, key=lambda name: (len(name), name))


def open_seat(home: Path, chain_id: int, name: str) -> Seat:
    """A signer by name; raises NoSuchKey and what opening a key raises."""
    account = signer_accounts(home, chain_id).signer(name)
    key = BlsKeys(home, chain_id).key(name)
    return Seat(name, account, key, home / "da" / "signers" / name)


def open_seats(home: Path, chain_id: int) -> list[Seat]:
    """Every signer of a home."""
    return [open_seat(home, chain_id, name) for name in seat_names(home, chain_id)]


def make_seat(home: Path, chain_id: int, name: str) -> Seat:
    """A signer by name, with new keys where it has none; raises BadKeyName, PasswordMissing."""
    accounts, keys = signer_accounts(home, chain_id), BlsKeys(home, chain_id)
    if name not in accounts.names():
        accounts.create(name)
    if name not in keys.names():
        keys.create(name)
    return open_seat(home, chain_id, name)
