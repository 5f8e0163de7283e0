"""The storage client: pays for files, uploads them, and gives them back verified."""
