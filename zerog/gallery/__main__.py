"""`python -m zerog.gallery`."""

from zerog.gallery.daemon import main

main()
