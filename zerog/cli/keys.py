"""`zerog keys`: the keys of this home. Secrets are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zerog.cli.keys_viewing import viewing
from zerog.cli.output import Group, Invocation, pass_invocation, table

if TYPE_CHECKING:
    from zerog.chain.signer import Keys


@click.group(cls=Group)
def keys() -> None:
    """The keys of this home."""


keys.add_command(viewing)


def _keys(invocation: Invocation) -> Keys:
    from zerog.chain.signer import Keys  # noqa: PLC0415  (--help does not load the curve)

    return Keys(invocation.home)


@keys.command()
@click.argument("name")
@pass_invocation
def new(invocation: Invocation, name: str) -> None:
    """Make a key called NAME: plain on a devnet, a keystore elsewhere (ZEROG_PASSWORD_FILE)."""
    signer = _keys(invocation).create(name)
    public_key = signer.public_key.hex()
    invocation.emit(
        {"name": name, "address": signer.address, "public_key": public_key},
        f"{name}  {signer.address}\npublic key  {public_key}",
    )


@keys.command(name="list")
@pass_invocation
def list_keys(invocation: Invocation) -> None:
    """Names, addresses and public keys (64 bytes, X then Y: what `--to-key` takes)."""
    found = _keys(invocation)
    rows = [[name, found.address(name), _public_key(found, name)] for name in found.names()]
    text = table(["name", "address", "public key"], rows)
    invocation.emit(
        [{"name": name, "address": address, "public_key": key} for name, address, key in rows],
        text if rows else "no keys; make one: zerog keys new NAME",
    )


@keys.command()
@click.argument("name")
@click.option("--address", "field", flag_value="address", help="Print the address alone.")
@click.option("--public-key", "field", flag_value="public_key", help="Print the key alone.")
@pass_invocation
def show(invocation: Invocation, name: str, field: str | None) -> None:
    """Address and public key of NAME."""
    signer = _keys(invocation).signer(name)
    said = {"name": name, "address": signer.address, "public_key": signer.public_key.hex()}
    text = f"{name}  {signer.address}\npublic key  {said['public_key']}"
    invocation.emit(said, said[field] if field else text)


def _public_key(keys: Keys, name: str) -> str:
    from zerog.chain.signer import PasswordMissing  # noqa: PLC0415  (as above)

    try:
        return keys.signer(name).public_key.hex()
    except PasswordMissing:
        return "(locked)"
