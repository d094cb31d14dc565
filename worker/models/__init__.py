"""The models of this process: opened, measured, kept within its memory. Imports the ledger; loads torch when asked."""
