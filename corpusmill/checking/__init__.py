"""Whether results hold: made again, compared, judged. Imports the client, the ledger and pipelines."""
