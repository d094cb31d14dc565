"""A decoder-only transformer, built out of the modules of transformers, over packed tokens. Imports torch."""
