"""How a model comes into use: inspected, tried out, entered. Imports pipelines and the ledger."""
