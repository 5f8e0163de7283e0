"""Agents of 0g-agentic-id: their attestor, the runtime that answers for one, serve proofs."""
