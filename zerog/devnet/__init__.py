"""The stack of one machine: which processes, how they start, and who keeps them alive."""
