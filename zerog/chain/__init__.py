"""The only room that speaks to a chain: client, keys, transactions, follower, deployment."""
