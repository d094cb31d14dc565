"""The Flask front end: API, pages, uploads, downloads. Imports ledger, pipelines.spec, worker.app and settings."""
