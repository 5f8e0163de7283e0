"""The threshold committee: members who together hand a key over, and none of whom has it."""
