"""Rows of token ids through a model on a device, in batches within its memory. Imports torch when a module needs it."""
