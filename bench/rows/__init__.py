"""The rows of var/bench.json, a subject a file. Imports sides and the product."""
