"""The token and the verifier of its proofs. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zerog.chain.params import DeployParams
from zerog.chain.steps import Call, Deploy, Ref, Step, proxied

CONTRACTS: Mapping[str, str] = {
    "DataVerifier": "DataVerifier",
    "AgentNFT": "AgentNFT",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""


def steps(params: DeployParams) -> tuple[Step, ...]:
    """The verifier before the token that names it."""
    authority = Ref("Authority")
    verifier: tuple[Step, ...] = (Deploy("DataVerifier", "DataVerifier", (authority,)),)
    if params.oracle is not None:
        args = (params.oracle, int(params.attestation))
        verifier += (
            Call("DataVerifier.setOracle", "DataVerifier", "DataVerifier", "setOracle", args),
        )
    names = (params.nft_name, params.nft_symbol, Ref("DataVerifier"), authority)
    return (*verifier, *proxied("AgentNFT", "AgentNFT", names))
