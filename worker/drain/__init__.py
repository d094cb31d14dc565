"""The drain of a queue: lease, prepare, infer, render, record. Imports the ledger and the contract of pipelines."""
