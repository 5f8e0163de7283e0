"""zerog: the 0G stack as one Python-and-Solidity library."""

__version__ = "0.1.0"
