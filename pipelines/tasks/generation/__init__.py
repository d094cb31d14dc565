"""What a decoder-only model writes to a prompt with a document in it."""
