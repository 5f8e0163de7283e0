"""The indexer: tells clients which storage nodes there are and which of them have a file."""
