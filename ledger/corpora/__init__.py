"""Corpora that are processed on a schedule. Imports the ledger."""
