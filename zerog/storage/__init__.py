"""0G storage: file trees, the flow, the node, the indexer and their client."""
