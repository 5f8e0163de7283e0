"""Data availability and the chain: the disperser's door, and the duties of signers."""
