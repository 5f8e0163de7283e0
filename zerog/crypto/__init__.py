"""Pure cryptography: bytes in, bytes out."""
