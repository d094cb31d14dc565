"""Leases and the workers that hold them: taken, finished, lost, mended. Imports the ledger."""
