"""The market and gallery page: a person sees their agents, lists one, buys one, opens it."""
