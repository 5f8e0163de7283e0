"""Data availability: blobs as rows of a Reed-Solomon code under hash commitments."""
