"""The sealed runtime of one agent."""
