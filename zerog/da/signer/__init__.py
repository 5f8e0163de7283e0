"""The signers' daemon: keeps rows of blobs, signs for them, and gives them back."""
