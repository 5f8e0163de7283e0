"""`python -m zerog.inft.agentic --home HOME`: the attestor of a devnet.

    GET  / /health /config /deployments /deployment/SEAL /card/SEAL /avatar/SEED /ws/subscribe
    POST /deploy /clone /start /stop /reset /retry /provision /status /probe

It derives every agent's key from one secret in its home and attests by saying so: simulated,
and refused on any chain that is not a devnet's. There it first sees to it, with the admin's
well-known key, that it is trusted, has gas, and finds the trust roots that clients ask for.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from zerog.chain.signer import DEVNET_DEPLOYER, devnet_signer
from zerog.config import Settings
from zerog.errors import ZerogError
from zerog.inft.agentic.attestor import Attestor
from zerog.inft.agentic.genesis import prepare
from zerog.inft.agentic.office import Office
from zerog.service import server


def main() -> None:
    """Serve until SIGTERM; exit code 1 or 2 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="zerog-attestor", description="Agentic ID attestor")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--public-url", default="", help="under which clients reach it")
    chosen = parser.parse_args()
    url = chosen.public_url or f"http://{chosen.host}:{chosen.port}"
    try:
        office = Office.open(Settings.load(chosen.home), url)
        deployer = devnet_signer(DEVNET_DEPLOYER)
        prepare(office.chain, office.settings.home, deployer, office.registry)
        attestor = Attestor(office)
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    made = server(attestor.app(), chosen.host, chosen.port)
    made.config.ws = "websockets-sansio"
    attestor.start()
    try:
        made.run()
    finally:
        attestor.stop()


if __name__ == "__main__":
    main()
