"""What is asked and what comes of it: jobs, items, leases, results. Imports the ledger."""
