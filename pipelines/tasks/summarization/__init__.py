"""A document in a few sentences: its own (extractive) or a model's (abstractive)."""
