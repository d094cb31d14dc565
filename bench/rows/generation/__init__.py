"""Decoder-only models: our engine against transformers, and rows that come and go against batches that do not."""
