"""Selling agents: signed orders, listings, and what is credited."""
