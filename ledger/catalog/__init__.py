"""Models, their licences, and what they may be used for. Imports the ledger."""
