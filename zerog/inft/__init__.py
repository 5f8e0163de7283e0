"""Intelligent NFTs (ERC-7857): mint, transfer with re-encryption, open."""
