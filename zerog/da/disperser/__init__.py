"""The disperser's work: from a blob that was taken in to its certificate in a final block."""
