"""The KV layer: ordered, versioned keys on top of stored files, and a daemon that serves them."""
