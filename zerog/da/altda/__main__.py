"""`python -m zerog.da.altda`."""

from zerog.da.altda.daemon import main

main()
