"""Jobs: how they come in, what is said of them, what came out. Imports the ledger."""
