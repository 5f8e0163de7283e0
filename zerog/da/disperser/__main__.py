"""`python -m zerog.da.disperser`."""

from zerog.da.disperser.daemon import main

main()
