"""`python -m zerog.storage.kv`."""

from zerog.storage.kv.daemon import main

main()
