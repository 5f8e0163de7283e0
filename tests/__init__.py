"""Tests, sorted by what they touch."""
