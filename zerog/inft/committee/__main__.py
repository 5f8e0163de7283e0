"""`python -m zerog.inft.committee`: the board where a committee's shares meet."""

from zerog.inft.committee.board import main

main()
