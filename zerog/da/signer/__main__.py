"""`python -m zerog.da.signer`."""

from zerog.da.signer.daemon import main

main()
