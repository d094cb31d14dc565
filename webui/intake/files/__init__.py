"""Files that people upload, until they are documents. Imports the ledger, tasks and the intake."""
