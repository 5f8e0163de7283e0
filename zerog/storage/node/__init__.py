"""The storage node: keeps files, serves them over the 0G JSON-RPC, follows the flow's log."""
