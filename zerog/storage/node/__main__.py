"""`python -m zerog.storage.node`."""

from zerog.storage.node.daemon import main

main()
