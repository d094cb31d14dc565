"""What leaves again as files: results, notices, bills of materials. Imports the ledger."""
