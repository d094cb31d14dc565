"""What people upload, until it is accepted: names, limits, files, archives, pressure. Imports the ledger and tasks."""
