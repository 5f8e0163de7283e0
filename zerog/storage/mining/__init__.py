"""Proof of random access: what a miner computes and what the PoraMine contract checks."""
