"""Text in, results out, on resident Transformer models. Imports nothing of ours; never loads torch by itself."""
