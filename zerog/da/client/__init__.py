"""Data availability as its users see it: put, get, sample, verify; nobody is believed."""
