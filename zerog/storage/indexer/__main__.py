"""`python -m zerog.storage.indexer`."""

from zerog.storage.indexer.daemon import main

main()
